//! Declared tables: at most three dimensions, each with a hierarchy of codes.
//!
//! A code without codes under it is a leaf; a micro cell is one leaf in each dimension. A cell
//! of the table is one code in each dimension, totals included, and counts the micro cells
//! under it. Micro cells and cells are numbered with the last dimension fastest.

/// Why a table cannot be declared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CubeError {
    /// None, or more than three.
    #[error("a table has one to three dimensions, got {got}")]
    Dimensions {
        /// How many were declared.
        got: usize,
    },
    /// A code stands twice in a dimension.
    #[error("the code `{code}` of `{dimension}` is declared twice")]
    Twice {
        /// Id of the dimension.
        dimension: String,
        /// The code.
        code: String,
    },
    /// The code that another is counted into is not declared, or stands above itself.
    #[error("the code `{code}` of `{dimension}` is counted into `{parent}`, which does not stand above it")]
    Parent {
        /// Id of the dimension.
        dimension: String,
        /// The code.
        code: String,
        /// What it is counted into.
        parent: String,
    },
    /// As many counts are needed as there are micro cells.
    #[error("the table has {expected} micro cells, got {got} counts")]
    Counts {
        /// Micro cells of the declaration.
        expected: usize,
        /// Counts given.
        got: usize,
    },
}

/// One side of a table: its codes, and what each is counted into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    id: String,
    codes: Vec<String>,
    /// Each code and all above it, from below.
    above: Vec<Vec<usize>>,
    /// Codes without codes under them, in order.
    leaves: Vec<usize>,
}

impl Dimension {
    /// Declares codes with the code that each is counted into (ward → area → total).
    ///
    /// # Errors
    /// [`CubeError`] when a code stands twice or is counted into one that does not stand above it.
    pub fn new(id: &str, codes: &[(&str, Option<&str>)]) -> Result<Self, CubeError> {
        let place = |wanted: &str| codes.iter().position(|(code, _)| *code == wanted);
        let mut above = Vec::with_capacity(codes.len());
        for (index, (code, _)) in codes.iter().enumerate() {
            if place(code) != Some(index) {
                return Err(CubeError::Twice { dimension: id.to_owned(), code: (*code).to_owned() });
            }
            let (mut chain, mut at) = (vec![index], index);
            while let Some(parent) = codes[at].1 {
                let wrong = || CubeError::Parent {
                    dimension: id.to_owned(),
                    code: (*code).to_owned(),
                    parent: parent.to_owned(),
                };
                at = place(parent).filter(|at| !chain.contains(at)).ok_or_else(wrong)?;
                chain.push(at);
            }
            above.push(chain);
        }
        let is_leaf = |index: &usize| above.iter().all(|chain| !chain.iter().skip(1).any(|at| at == index));
        let leaves = (0..codes.len()).filter(is_leaf).collect();
        let codes = codes.iter().map(|(code, _)| (*code).to_owned()).collect();
        Ok(Self { id: id.to_owned(), codes, above, leaves })
    }

    /// Classes with their total, which stands last under the code `total`.
    pub fn of_classes(id: &str, classes: &[String]) -> Self {
        let total = classes.len();
        Self {
            id: id.to_owned(),
            codes: classes.iter().cloned().chain(["total".to_owned()]).collect(),
            above: (0..total).map(|code| vec![code, total]).chain([vec![total]]).collect(),
            // Without any class the total is what is counted.
            leaves: if total == 0 { vec![0] } else { (0..total).collect() },
        }
    }

    /// Its stable word.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// All codes, totals included.
    pub fn codes(&self) -> &[String] {
        &self.codes
    }

    /// True for a code that nothing is counted into.
    fn is_leaf(&self, code: usize) -> bool {
        self.leaves.binary_search(&code).is_ok()
    }

    /// The leaves that are counted into a code, by their places among the leaves.
    fn leaves_under(&self, code: usize) -> Vec<usize> {
        let under = |place: &usize| self.above[self.leaves[*place]].contains(&code);
        (0..self.leaves.len()).filter(under).collect()
    }

    /// The codes that a leaf, by its place, is counted into, itself first.
    pub(super) fn above(&self, leaf: usize) -> &[usize] {
        &self.above[self.leaves[leaf]]
    }

    /// The codes that one of two leaves is counted into and the other is not.
    pub(super) fn apart(&self, a: usize, b: usize) -> impl Iterator<Item = usize> + '_ {
        let (a, b) = (self.above(a), self.above(b));
        let left = a.iter().filter(move |code| !b.contains(code));
        left.chain(b.iter().filter(move |code| !a.contains(code))).copied()
    }
}

/// A declared table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cube {
    dimensions: Vec<Dimension>,
}

impl Cube {
    /// Declares a table.
    ///
    /// # Errors
    /// [`CubeError::Dimensions`] for none or more than three.
    pub fn new(dimensions: Vec<Dimension>) -> Result<Self, CubeError> {
        if !(1..=3).contains(&dimensions.len()) {
            return Err(CubeError::Dimensions { got: dimensions.len() });
        }
        Ok(Self { dimensions })
    }

    /// The sides.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// How many micro cells there are.
    pub fn micro_cells(&self) -> usize {
        self.dimensions.iter().map(|dimension| dimension.leaves.len()).product()
    }

    /// How many cells there are, totals included.
    pub fn cells(&self) -> usize {
        self.dimensions.iter().map(|dimension| dimension.codes.len()).product()
    }

    /// The number of the cell with these codes, by their places in each dimension.
    pub fn cell(&self, codes: &[usize]) -> usize {
        self.dimensions
            .iter()
            .zip(codes)
            .fold(0, |cell, (dimension, code)| cell * dimension.codes.len() + code)
    }

    /// The places of the codes of a cell.
    pub fn codes(&self, cell: usize) -> Vec<usize> {
        split(cell, self.dimensions.iter().map(|dimension| dimension.codes.len()))
    }

    /// The places of the leaves of a micro cell.
    pub(super) fn leaves(&self, micro: usize) -> Vec<usize> {
        split(micro, self.dimensions.iter().map(|dimension| dimension.leaves.len()))
    }

    /// How far apart two micro cells are that differ by one place in a dimension, for each.
    pub(super) fn steps(&self) -> Vec<usize> {
        let after =
            |side: usize| self.dimensions.iter().skip(side + 1).map(|side| side.leaves.len()).product();
        (0..self.dimensions.len()).map(after).collect()
    }

    /// The micro cells that a cell counts, in order.
    pub fn micro_cells_of(&self, cell: usize) -> Vec<usize> {
        let sides: Vec<Vec<usize>> = self
            .dimensions
            .iter()
            .zip(self.codes(cell))
            .map(|(side, code)| side.leaves_under(code))
            .collect();
        let mut micro = vec![0];
        for (dimension, leaves) in self.dimensions.iter().zip(&sides) {
            let wide = dimension.leaves.len();
            micro = micro.iter().flat_map(|at| leaves.iter().map(move |leaf| at * wide + leaf)).collect();
        }
        micro
    }

    /// True for a cell that is a micro cell.
    pub fn is_micro(&self, cell: usize) -> bool {
        self.dimensions.iter().zip(self.codes(cell)).all(|(dimension, code)| dimension.is_leaf(code))
    }

    /// The cell that is a micro cell.
    pub fn cell_of_micro(&self, micro: usize) -> usize {
        let codes: Vec<usize> =
            self.dimensions.iter().zip(self.leaves(micro)).map(|(side, leaf)| side.leaves[leaf]).collect();
        self.cell(&codes)
    }

    /// Counts of all cells, from those of the micro cells.
    ///
    /// # Errors
    /// [`CubeError::Counts`] when there are not as many counts as micro cells.
    pub fn add_up(&self, counts: &[u64]) -> Result<Vec<u64>, CubeError> {
        if counts.len() != self.micro_cells() {
            return Err(CubeError::Counts { expected: self.micro_cells(), got: counts.len() });
        }
        let mut sums = vec![0; self.cells()];
        for (micro, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let leaves = self.leaves(micro);
            let sides = self.dimensions.iter().zip(&leaves).map(|(side, leaf)| side.above(*leaf));
            for cell in self.product(sides.map(<[usize]>::to_vec)) {
                sums[cell] += count;
            }
        }
        Ok(sums)
    }

    /// The cells whose codes are each in the list of their dimension.
    pub(super) fn product(&self, sides: impl Iterator<Item = Vec<usize>>) -> Vec<usize> {
        let mut cells = vec![0];
        for (dimension, codes) in self.dimensions.iter().zip(sides) {
            let wide = dimension.codes.len();
            cells = cells.iter().flat_map(|cell| codes.iter().map(move |code| cell * wide + code)).collect();
        }
        cells
    }
}

/// The digits of a number, the last fastest.
fn split(mut number: usize, wide: impl DoubleEndedIterator<Item = usize>) -> Vec<usize> {
    let mut digits: Vec<usize> = wide
        .rev()
        .map(|wide| {
            let digit = number % wide;
            number /= wide;
            digit
        })
        .collect();
    digits.reverse();
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wards() -> Dimension {
        let codes = [
            ("Chiyoda", Some("centre")),
            ("Minato", Some("centre")),
            ("centre", Some("total")),
            ("Kita", Some("north")),
            ("north", Some("total")),
            ("total", None),
        ];
        Dimension::new("ward", &codes).expect("a tree")
    }

    #[test]
    fn wards_are_counted_into_areas_and_areas_into_the_total() {
        let sexes = Dimension::of_classes("sex", &["F".to_owned(), "M".to_owned()]);
        let cube = Cube::new(vec![wards(), sexes]).expect("two dimensions");
        assert_eq!((cube.micro_cells(), cube.cells()), (6, 18));
        let sums = cube.add_up(&[1, 2, 3, 4, 5, 6]).expect("six");
        assert_eq!(sums, [1, 2, 3, 3, 4, 7, 4, 6, 10, 5, 6, 11, 5, 6, 11, 9, 12, 21]);
        assert_eq!(cube.micro_cells_of(cube.cell(&[2, 0])), [0, 2]);
        assert_eq!(cube.micro_cells_of(cube.cell(&[5, 2])), [0, 1, 2, 3, 4, 5]);
        assert_eq!(cube.cell_of_micro(4), cube.cell(&[3, 0]));
        assert!(cube.is_micro(cube.cell(&[3, 1])) && !cube.is_micro(cube.cell(&[4, 1])));
    }

    #[test]
    fn a_code_above_itself_and_a_fourth_dimension_are_refused() {
        let round = Dimension::new("ward", &[("a", Some("b")), ("b", Some("a"))]);
        assert!(matches!(round, Err(CubeError::Parent { .. })));
        let twice = Dimension::new("ward", &[("a", None), ("a", None)]);
        assert!(matches!(twice, Err(CubeError::Twice { .. })));
        assert_eq!(Cube::new(vec![wards(); 4]), Err(CubeError::Dimensions { got: 4 }));
        let cube = Cube::new(vec![wards()]).expect("one dimension");
        assert_eq!(cube.add_up(&[1]), Err(CubeError::Counts { expected: 3, got: 1 }));
    }
}
