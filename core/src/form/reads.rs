//! What an expression reads, found without evaluating it.
//!
//! Each location path is walked over the elements of the form. A path that always leads to
//! one place, seen from the element that owns the expression (`../age`, `/data/total`), is
//! replaced by a slot, so that evaluating it is a look-up however many instances there are.

use super::{
    compile::Draft,
    model::ModelId,
    read::{Read, Reads, Slot, Unknown, Volatile},
};
use crate::xpath::{Axis, Expr, LocationPath, NameTest, NodeTest, Origin, Step};

/// A set of elements that a path may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spot {
    /// `None` is the document above the root element.
    element: Option<ModelId>,
    /// Equal to `element` when there is one such place for the owner.
    anchor: Option<ModelId>,
}

impl Spot {
    const DOCUMENT: Self = Self { element: None, anchor: None };

    const fn fixed(element: ModelId) -> Self {
        Self { element: Some(element), anchor: Some(element) }
    }

    fn is_fixed(&self) -> bool {
        self.element == self.anchor
    }
}

/// Functions whose arguments are sets of nodes: an absolute path in them means all instances.
const OF_SETS: [&str; 12] = [
    "sum",
    "count",
    "count-non-empty",
    "min",
    "max",
    "join",
    "concat",
    "position",
    "indexed-repeat",
    "area",
    "distance",
    "randomize",
];

/// Finds what `expr` reads, seen from `owner`, and puts slots in the place of paths.
pub(super) fn resolve(form: &Draft, owner: ModelId, expr: &mut Expr) -> (Reads, Vec<Unknown>) {
    let mut resolver = Resolver { form, owner, reads: Reads::default(), unknown: Vec::new() };
    let context = [Spot::fixed(owner)];
    resolver.expr(expr, &Focus { spots: &context, in_set: false, chosen: false });
    (resolver.reads, resolver.unknown)
}

struct Resolver<'a> {
    form: &'a Draft,
    owner: ModelId,
    reads: Reads,
    unknown: Vec<Unknown>,
}

/// Where a part of an expression is evaluated; no spots inside a secondary instance.
struct Focus<'a> {
    spots: &'a [Spot],
    in_set: bool,
    chosen: bool,
}

impl Resolver<'_> {
    fn expr(&mut self, expr: &mut Expr, focus: &Focus<'_>) {
        match expr {
            Expr::Chain(first, rest) => {
                self.expr(first, focus);
                for (_, operand) in rest {
                    self.expr(operand, focus);
                }
            }
            Expr::Negate(operand) => self.expr(operand, focus),
            Expr::Number(_) | Expr::Text(_) | Expr::Variable(_) => {}
            Expr::Unknown(_, arguments) => {
                arguments.iter_mut().for_each(|argument| self.expr(argument, focus));
            }
            Expr::Call(..) => self.call(expr, focus),
            Expr::Filter(primary, predicates) => {
                let spots = self.spots_of(primary, focus);
                let inner = Focus { spots: &spots, in_set: false, chosen: true };
                predicates.iter_mut().for_each(|predicate| self.expr(predicate, &inner));
                self.read_all(&spots, true);
            }
            Expr::Path(_) => self.path(expr, focus),
        }
    }

    fn call(&mut self, expr: &mut Expr, focus: &Focus<'_>) {
        let Expr::Call(function, arguments) = expr else { return };
        let name = function.name();
        match name {
            "now" | "today" => self.note(Volatile::Clock),
            "random" | "uuid" => self.note(Volatile::Random),
            "randomize" if arguments.len() < 2 => self.note(Volatile::Random),
            "once" => self.note(Volatile::Once),
            "jr:choice-name" | "jr:itext" => self.note(Volatile::Language),
            "current" => return self.read_all(&[Spot::fixed(self.owner)], focus.chosen),
            "instance" => return self.instance(arguments.first()),
            "pulldata" => self.instance(arguments.first()),
            "position" if arguments.len() == 1 => {
                if let Some(slot) = self.position(arguments, focus) {
                    *expr = slot;
                }
                return;
            }
            "sum" => {
                if let Some(slot) = self.sum(arguments, focus) {
                    *expr = slot;
                    return;
                }
            }
            "count" => {
                if let Some(slot) = self.count(arguments, focus) {
                    *expr = slot;
                    return;
                }
            }
            _ => {}
        }
        let indexed = name == "indexed-repeat";
        let inner = Focus {
            spots: focus.spots,
            in_set: focus.in_set || OF_SETS.contains(&name),
            chosen: focus.chosen || indexed,
        };
        for (at, argument) in arguments.iter_mut().enumerate() {
            // The paths of `indexed-repeat` are names for the function, not values.
            if indexed && (at == 0 || at % 2 == 1) {
                let mut path = argument.clone();
                self.expr(&mut path, &inner);
            } else {
                self.expr(argument, &inner);
            }
        }
        // Functions without arguments read the context node: `string()`, `number()`.
        if arguments.is_empty() && matches!(name, "string" | "number" | "string-length" | "normalize-space") {
            self.read_all(focus.spots, focus.chosen);
        }
    }

    fn note(&mut self, volatile: Volatile) {
        if !self.reads.volatile.contains(&volatile) {
            self.reads.volatile.push(volatile);
        }
    }

    fn instance(&mut self, id: Option<&Expr>) {
        let Some(Expr::Text(id)) = id else { return };
        if &**id == "previous" {
            self.note(Volatile::Previous);
        } else if !self.form.has_instance(id) {
            self.unknown.push(Unknown::Instance(id.to_string()));
        }
    }

    /// `position(..)`: a slot where it is the place of an instance around the owner.
    fn position(&mut self, arguments: &mut [Expr], focus: &Focus<'_>) -> Option<Expr> {
        let argument = arguments.first_mut()?;
        let spots = self.spots_of(&mut argument.clone(), &Focus { in_set: true, ..*focus });
        if let [spot] = spots.as_slice()
            && let Some(repeat) = spot.element.filter(|_| spot.is_fixed())
            && self.form.is_repeat(repeat)
            && self.form.is_within(self.owner, repeat)
        {
            if !self.reads.positions.contains(&repeat) {
                self.reads.positions.push(repeat);
            }
            return Some(self.slot(Slot::Position(repeat)));
        }
        // A place among siblings is read, and no value: `position(..)` of what stands beside it is
        // no circle.
        for spot in spots {
            let (Some(element), Some(anchor)) = (spot.element, spot.anchor) else { continue };
            self.read_structures(element, anchor, focus.chosen);
        }
        None
    }

    /// `sum(/data/sites/people)`: a slot where it is over all instances of repeats.
    fn sum(&mut self, arguments: &mut [Expr], focus: &Focus<'_>) -> Option<Expr> {
        let [Expr::Path(path)] = arguments else { return None };
        let plain = path.steps.iter().all(|step| {
            step.predicates.is_empty() && matches!(step.axis, Axis::Child | Axis::Parent | Axis::SelfNode)
        });
        let from_form = matches!(path.origin, Origin::Root) || focus.spots == [Spot::fixed(self.owner)];
        if !plain || !from_form || self.ends_at_text(path) {
            return None;
        }
        let spots = self.walk(&mut path.clone(), &Focus { in_set: true, ..*focus });
        let [spot] = spots.as_slice() else { return None };
        let element = spot.element.filter(|&element| self.form.is_question(element) && !spot.is_fixed())?;
        let anchor = spot.anchor?;
        self.read_all(&spots, focus.chosen);
        Some(self.slot(Slot::Sum { element, anchor }))
    }

    /// `count(/data/sites)`: a slot where it is the number of instances of one repeat.
    fn count(&mut self, arguments: &mut [Expr], focus: &Focus<'_>) -> Option<Expr> {
        let [Expr::Path(path)] = arguments else { return None };
        let plain = path.steps.iter().all(|step| {
            step.predicates.is_empty() && matches!(step.axis, Axis::Child | Axis::Parent | Axis::SelfNode)
        });
        let from_form = matches!(path.origin, Origin::Root) || focus.spots == [Spot::fixed(self.owner)];
        if !plain || !from_form {
            return None;
        }
        let spots = self.walk(&mut path.clone(), &Focus { in_set: true, ..*focus });
        let [spot] = spots.as_slice() else { return None };
        let repeat = spot.element.filter(|&element| self.form.is_repeat(element) && !spot.is_fixed())?;
        if spot.anchor != Some(self.form.parent(repeat)) {
            return None;
        }
        self.read_all(&spots, focus.chosen);
        Some(self.slot(Slot::Count(repeat)))
    }

    fn slot(&mut self, slot: Slot) -> Expr {
        let at = self.reads.slots.iter().position(|known| *known == slot).unwrap_or_else(|| {
            self.reads.slots.push(slot);
            self.reads.slots.len() - 1
        });
        Expr::Variable(at.to_string().into_boxed_str())
    }

    fn path(&mut self, expr: &mut Expr, focus: &Focus<'_>) {
        let spots = self.spots_of(expr, focus);
        let Expr::Path(path) = &*expr else { return };
        let chosen = focus.chosen || path.steps.iter().any(|step| !step.predicates.is_empty());
        self.read_all(&spots, chosen);
        let simple = path.steps.iter().all(|step| {
            step.predicates.is_empty() && matches!(step.axis, Axis::Child | Axis::Parent | Axis::SelfNode)
        });
        let at_owner = focus.spots == [Spot::fixed(self.owner)] || matches!(path.origin, Origin::Root);
        if let [spot] = spots.as_slice()
            && let Some(element) = spot.element.filter(|_| spot.is_fixed() && simple && at_owner)
            && !self.ends_at_text(path)
        {
            *expr = self.slot(Slot::Place(element));
        }
    }

    fn ends_at_text(&self, path: &LocationPath) -> bool {
        path.steps.last().is_some_and(|step| step.test == NodeTest::Text)
    }

    /// Where an expression that gives nodes leads to.
    fn spots_of(&mut self, expr: &mut Expr, focus: &Focus<'_>) -> Vec<Spot> {
        match expr {
            Expr::Path(path) => self.walk(path, focus),
            Expr::Call(function, _) if function.name() == "current" => vec![Spot::fixed(self.owner)],
            Expr::Filter(primary, predicates) => {
                let spots = self.spots_of(primary, focus);
                let inner = Focus { spots: &spots, in_set: false, chosen: true };
                predicates.iter_mut().for_each(|predicate| self.expr(predicate, &inner));
                spots
            }
            other => {
                self.expr(other, focus);
                Vec::new()
            }
        }
    }

    fn walk(&mut self, path: &mut LocationPath, focus: &Focus<'_>) -> Vec<Spot> {
        let mut spots = match &mut path.origin {
            Origin::Root => vec![Spot::DOCUMENT],
            Origin::Context => focus.spots.to_vec(),
            Origin::Expr(origin) => self.spots_of(origin, focus),
        };
        let absolute = matches!(path.origin, Origin::Root);
        let mut context = absolute && !focus.in_set;
        let last = path.steps.len().saturating_sub(1);
        for (at, step) in path.steps.iter_mut().enumerate() {
            context &= step.axis == Axis::Child && step.predicates.is_empty();
            let from = spots;
            spots = self.step(&from, step, context && at < last);
            if spots.is_empty() {
                self.report(&from, step);
                break;
            }
            let inner = Focus { spots: &spots, in_set: false, chosen: true };
            step.predicates.iter_mut().for_each(|predicate| self.expr(predicate, &inner));
        }
        // Predicates of a secondary instance may read the form: `[ward = /data/ward]`.
        if spots.is_empty() {
            let inner = Focus { spots: &[], in_set: false, chosen: focus.chosen };
            for predicate in path.steps.iter_mut().flat_map(|step| &mut step.predicates) {
                self.expr(predicate, &inner);
            }
        }
        spots
    }

    fn report(&mut self, from: &[Spot], step: &Step) {
        let NodeTest::Name(NameTest::Named { local, .. }) = &step.test else { return };
        if step.axis == Axis::Attribute || Draft::is_reserved(local) {
            return;
        }
        if let Some(spot) = from.first() {
            let below = spot.element.unwrap_or(ModelId::ROOT);
            if !Draft::is_reserved(self.form.name(below)) {
                self.unknown.push(Unknown::Name { name: local.to_string(), below });
            }
        }
    }

    fn step(&self, from: &[Spot], step: &Step, in_context: bool) -> Vec<Spot> {
        let mut found: Vec<Spot> = Vec::new();
        for &spot in from {
            for next in self.reach(spot, step, in_context) {
                if !found.contains(&next) {
                    found.push(next);
                }
            }
        }
        found
    }

    fn reach(&self, spot: Spot, step: &Step, in_context: bool) -> Vec<Spot> {
        let down = |spot: Spot| self.children(spot, in_context);
        let below = |spot: Spot| {
            let mut all = Vec::new();
            let mut open = down(spot);
            while let Some(next) = open.pop() {
                open.extend(down(next));
                all.push(next);
            }
            all
        };
        let reached = match step.axis {
            Axis::Child if step.test == NodeTest::Text => return vec![spot],
            Axis::Child => down(spot),
            Axis::Parent => self.parent(spot).into_iter().collect(),
            Axis::SelfNode => vec![spot],
            Axis::Descendant => below(spot),
            Axis::DescendantOrSelf => {
                let mut all = below(spot);
                all.push(spot);
                all
            }
            Axis::Ancestor => std::iter::successors(self.parent(spot), |&at| self.parent(at)).collect(),
            Axis::AncestorOrSelf => std::iter::successors(Some(spot), |&at| self.parent(at)).collect(),
            Axis::FollowingSibling | Axis::PrecedingSibling => {
                self.parent(spot).map(down).unwrap_or_default()
            }
            Axis::Following | Axis::Preceding => below(Spot::DOCUMENT),
            Axis::Attribute => return self.attribute(spot, &step.test).into_iter().collect(),
            Axis::Namespace => Vec::new(),
        };
        reached.into_iter().filter(|next| self.accepts(*next, &step.test)).collect()
    }

    /// The attribute of an element that the form computes or sets.
    fn attribute(&self, spot: Spot, test: &NodeTest) -> Option<Spot> {
        let NodeTest::Name(NameTest::Named { local, .. }) = test else { return None };
        let path = self.form.element(spot.element?).path.child(&format!("@{local}"));
        let found = *self.form.by_path.get(path.as_str())?;
        Some(if spot.is_fixed() { Spot::fixed(found) } else { Spot { element: Some(found), ..spot } })
    }

    fn accepts(&self, spot: Spot, test: &NodeTest) -> bool {
        match (test, spot.element) {
            (NodeTest::Name(NameTest::Named { prefix, local }), Some(element)) => {
                match (prefix, self.form.name(element).split_once(':')) {
                    (Some(prefix), Some((written, name))) => &**prefix == written && &**local == name,
                    (None, None) => self.form.name(element) == &**local,
                    _ => false,
                }
            }
            (NodeTest::Name(_), Some(_)) | (NodeTest::Node, _) => true,
            _ => false,
        }
    }

    fn parent(&self, spot: Spot) -> Option<Spot> {
        let element = spot.element?;
        let parent = (element != ModelId::ROOT).then(|| self.form.parent(element));
        let anchor = if spot.is_fixed() || spot.anchor == parent { parent } else { spot.anchor };
        Some(Spot { element: parent, anchor })
    }

    /// The elements below; a repeat is one place only where the owner stands in it and the
    /// path is absolute, as `/data/sites/name` written inside of `sites` means its own.
    fn children(&self, spot: Spot, in_context: bool) -> Vec<Spot> {
        let Some(element) = spot.element else { return vec![Spot::fixed(ModelId::ROOT)] };
        let child = |&child: &ModelId| {
            let single =
                !self.form.is_repeat(child) || (in_context && self.form.is_within(self.owner, child));
            if spot.is_fixed() && single { Spot::fixed(child) } else { Spot { element: Some(child), ..spot } }
        };
        self.form.children(element).iter().map(child).collect()
    }

    fn read_all(&mut self, spots: &[Spot], chosen: bool) {
        for spot in spots {
            let (Some(element), Some(anchor)) = (spot.element, spot.anchor) else { continue };
            self.read(element, anchor, chosen);
            self.read_structures(element, anchor, chosen);
        }
    }

    fn read_structures(&mut self, element: ModelId, anchor: ModelId, chosen: bool) {
        let between = self.form.upwards(element).into_iter().take_while(|&at| at != anchor);
        for repeat in between.filter(|&at| self.form.is_repeat(at)) {
            push_new(&mut self.reads.structures, Read { target: repeat, anchor, chosen });
        }
    }

    fn read(&mut self, element: ModelId, anchor: ModelId, chosen: bool) {
        let mut open = vec![element];
        while let Some(at) = open.pop() {
            if self.form.is_question(at) {
                let anchor = if anchor == element { at } else { anchor };
                push_new(&mut self.reads.values, Read { target: at, anchor, chosen });
            } else if !self.form.is_repeat(at) {
                open.extend(self.form.children(at));
            }
        }
    }
}

fn push_new(reads: &mut Vec<Read>, read: Read) {
    if !reads.contains(&read) {
        reads.push(read);
    }
}

/// As [`resolve`], for a condition on items of a list: its relative paths are columns.
pub(super) fn resolve_item(form: &Draft, owner: ModelId, expr: &mut Expr) -> (Reads, Vec<Unknown>) {
    let mut resolver = Resolver { form, owner, reads: Reads::default(), unknown: Vec::new() };
    resolver.expr(expr, &Focus { spots: &[], in_set: false, chosen: false });
    (resolver.reads, resolver.unknown)
}
