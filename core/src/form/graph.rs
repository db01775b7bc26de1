//! The order of computing, and who must be computed again when something changes.
//!
//! A cell is one computed fact of an element: its relevance, its value, its choices. The
//! graph knows elements, not instances: an edge carries the element under which owner and
//! target stand together, and the entry finds the instances below it.

use super::{
    model::{Element, Formula, FormulaId, ModelId},
    read::Volatile,
};

/// A computed fact of an element, in the order in which facts of one element are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(super) enum Cell {
    Relevant,
    Count,
    ReadOnly,
    Required,
    Choices,
    Value,
    Constraint,
}

impl Cell {
    pub(super) const ALL: [Self; 7] = [
        Self::Relevant,
        Self::Count,
        Self::ReadOnly,
        Self::Required,
        Self::Choices,
        Self::Value,
        Self::Constraint,
    ];
}

/// A cell to compute again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dependent {
    pub(super) owner: ModelId,
    pub(super) cell: Cell,
    /// The element under which owner and target stand together.
    pub(super) anchor: ModelId,
}

/// Values that depend on themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cycle {
    /// The elements in order, each with the column that reads the next.
    pub(super) through: Vec<(ModelId, &'static str)>,
    /// False when only relevance closes the circle.
    pub(super) hard: bool,
}

/// Who reads what, and the order of computing.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// Rank by element and cell.
    ranks: Vec<u32>,
    /// By element: who reads its value.
    pub(super) values: Vec<Vec<Dependent>>,
    /// By repeat: who reads how many instances there are.
    pub(super) structures: Vec<Vec<Dependent>>,
    /// By repeat: who, inside of an instance, reads its place.
    pub(super) positions: Vec<Vec<Dependent>>,
    /// Who reads last wave's answers.
    pub(super) previous: Vec<Dependent>,
    /// Who reads a text in the language that is shown.
    pub(super) language: Vec<Dependent>,
}

#[derive(Clone, Copy)]
struct Edge {
    /// Index of the cell that is read.
    to: usize,
    /// A value needs this value in any order of answering.
    hard: bool,
}

impl Graph {
    /// Builds the graph and finds what depends on itself.
    pub(super) fn build(elements: &[Element], formulas: &[Formula]) -> (Self, Vec<Cycle>) {
        let builder = Builder { elements, formulas };
        let mut graph = Self {
            ranks: vec![0; elements.len() * Cell::ALL.len()],
            values: vec![Vec::new(); elements.len()],
            structures: vec![Vec::new(); elements.len()],
            positions: vec![Vec::new(); elements.len()],
            previous: Vec::new(),
            language: Vec::new(),
        };
        let mut edges: Vec<Vec<Edge>> = vec![Vec::new(); graph.ranks.len()];
        for id in builder.ids() {
            builder.structural_edges(id, &mut edges);
            for (cell, formula) in cells_of(&elements[id.index()]) {
                builder.formula_edges(id, cell, formula, &mut edges, &mut graph);
            }
        }
        let hard = |from: &Vec<Edge>| from.iter().copied().filter(|edge| edge.hard).collect();
        let hard_edges: Vec<Vec<Edge>> = edges.iter().map(hard).collect();
        let mut cycles = builder.rank(&hard_edges, &mut graph.ranks.clone());
        let told = |cycle: &Cycle| cycle.hard;
        let soft: Vec<Cycle> =
            builder.rank(&edges, &mut graph.ranks).into_iter().filter(|c| !told(c)).collect();
        cycles.extend(soft);
        (graph, cycles)
    }

    /// Place of a cell in the order of computing.
    pub(super) fn rank(&self, element: ModelId, cell: Cell) -> u32 {
        self.ranks.get(index(element, cell)).copied().unwrap_or(0)
    }
}

fn index(element: ModelId, cell: Cell) -> usize {
    element.index() * Cell::ALL.len() + cell as usize
}

/// The formulas that decide cells of an element.
pub(super) fn cells_of(element: &Element) -> Vec<(Cell, FormulaId)> {
    let formulas = &element.formulas;
    let calculate = formulas.calculate.filter(|_| !element.triggered);
    let mut cells: Vec<(Cell, FormulaId)> = [
        (Cell::Relevant, formulas.relevant),
        (Cell::Count, formulas.count),
        (Cell::ReadOnly, formulas.read_only),
        (Cell::Required, formulas.required),
        (Cell::Value, calculate),
        (Cell::Constraint, formulas.constraint),
    ]
    .into_iter()
    .filter_map(|(cell, formula)| Some((cell, formula?)))
    .collect();
    if let Some(choices) = &element.choices {
        let of_choices = choices.equal.iter().map(|(_, formula)| *formula);
        let of_choices = of_choices.chain(choices.rest).chain(choices.nodeset).chain(choices.seed);
        let of_choices = of_choices.chain(choices.shown.iter().copied());
        cells.extend(of_choices.map(|formula| (Cell::Choices, formula)));
    }
    cells
}

struct Builder<'a> {
    elements: &'a [Element],
    formulas: &'a [Formula],
}

impl Builder<'_> {
    fn ids(&self) -> impl Iterator<Item = ModelId> {
        (0..).map(ModelId).take(self.elements.len())
    }

    fn upwards(&self, id: ModelId) -> impl Iterator<Item = ModelId> {
        std::iter::successors(Some(id), |&at| (at != ModelId::ROOT).then(|| self.elements[at.index()].parent))
    }

    fn common(&self, one: ModelId, other: ModelId) -> ModelId {
        self.upwards(one).find(|&at| self.upwards(other).any(|above| above == at)).unwrap_or(ModelId::ROOT)
    }

    /// A value needs to know whether it is relevant and what can be chosen.
    fn structural_edges(&self, id: ModelId, edges: &mut [Vec<Edge>]) {
        let value = index(id, Cell::Value);
        edges[value].push(Edge { to: index(id, Cell::Choices), hard: false });
        edges[index(id, Cell::Constraint)].push(Edge { to: value, hard: false });
        for above in self.upwards(id) {
            edges[value].push(Edge { to: index(above, Cell::Relevant), hard: false });
        }
    }

    fn formula_edges(
        &self,
        id: ModelId,
        cell: Cell,
        formula: FormulaId,
        edges: &mut [Vec<Edge>],
        graph: &mut Graph,
    ) {
        let reads = &self.formulas[formula.0].reads;
        let from = index(id, cell);
        for read in &reads.values {
            let anchor = self.common(id, read.anchor);
            let other_instance = read.chosen && self.crosses(id, read.target, anchor);
            let hard = cell == Cell::Value && !other_instance && !self.is_once(formula, id, read.target);
            edges[from].push(Edge { to: index(read.target, Cell::Value), hard });
            push_new(&mut graph.values[read.target.index()], Dependent { owner: id, cell, anchor });
        }
        for read in &reads.structures {
            let anchor = self.common(id, read.anchor);
            edges[from].push(Edge { to: index(read.target, Cell::Count), hard: false });
            push_new(&mut graph.structures[read.target.index()], Dependent { owner: id, cell, anchor });
        }
        for &repeat in &reads.positions {
            push_new(&mut graph.positions[repeat.index()], Dependent { owner: id, cell, anchor: repeat });
        }
        if reads.volatile.contains(&Volatile::Language) {
            push_new(&mut graph.language, Dependent { owner: id, cell, anchor: ModelId::ROOT });
        }
        if reads.volatile.contains(&Volatile::Previous) {
            push_new(&mut graph.previous, Dependent { owner: id, cell, anchor: ModelId::ROOT });
        }
    }

    /// `once()` reads its own value to keep it.
    fn is_once(&self, formula: FormulaId, owner: ModelId, target: ModelId) -> bool {
        owner == target && self.formulas[formula.0].reads.volatile.contains(&Volatile::Once)
    }

    /// True when owner and target may stand in different instances of one repeat.
    fn crosses(&self, owner: ModelId, target: ModelId, anchor: ModelId) -> bool {
        let below = self.upwards(owner).take_while(|&at| at != anchor);
        below
            .filter(|at| self.elements[at.index()].is_repeat())
            .any(|repeat| self.upwards(target).any(|at| at == repeat))
    }

    /// Ranks cells so that each comes after what it reads; where that cannot be, the edge
    /// that closes the circle is left out and the circle is told.
    fn rank(&self, edges: &[Vec<Edge>], ranks: &mut [u32]) -> Vec<Cycle> {
        let mut cycles = Vec::new();
        let mut state = vec![State::New; edges.len()];
        let mut next = 0;
        for start in 0..edges.len() {
            if state[start] != State::New {
                continue;
            }
            state[start] = State::Open;
            let mut stack: Vec<(usize, usize)> = vec![(start, 0)];
            while let Some((at, edge)) = stack.last_mut() {
                let (cell, place) = (*at, *edge);
                let Some(read) = edges[cell].get(place) else {
                    state[cell] = State::Done;
                    ranks[cell] = next;
                    next += 1;
                    stack.pop();
                    continue;
                };
                *edge += 1;
                match state[read.to] {
                    State::New => {
                        state[read.to] = State::Open;
                        stack.push((read.to, 0));
                    }
                    State::Open => cycles.extend(self.cycle(&stack, read.to, edges)),
                    State::Done => {}
                }
            }
        }
        cycles
    }

    fn cycle(&self, stack: &[(usize, usize)], closing: usize, edges: &[Vec<Edge>]) -> Option<Cycle> {
        let from = stack.iter().position(|(cell, _)| *cell == closing)?;
        let circle = stack.get(from..)?;
        let taken = |(cell, next): &(usize, usize)| edges[*cell].get(next.wrapping_sub(1)).copied();
        let hard = circle.iter().all(|step| taken(step).is_some_and(|edge| edge.hard));
        let cells = Cell::ALL.len();
        let through: Vec<(ModelId, &'static str)> = circle
            .iter()
            .filter_map(|(cell, _)| {
                let element = ModelId(u32::try_from(cell / cells).ok()?);
                let kind = Cell::ALL.get(cell % cells).copied()?;
                let formula =
                    cells_of(&self.elements[element.index()]).into_iter().find(|(of, _)| *of == kind)?;
                Some((element, self.formulas[formula.1.0].role.column()))
            })
            .collect();
        // A circle over instances of a repeat (a running total) is fine.
        let relevance = circle.iter().any(|(cell, _)| cell % cells == Cell::Relevant as usize);
        (hard || relevance).then_some(Cycle { through, hard })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

fn push_new(list: &mut Vec<Dependent>, dependent: Dependent) {
    if !list.contains(&dependent) {
        list.push(dependent);
    }
}
