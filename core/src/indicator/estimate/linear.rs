//! Small dense matrices: what regressions and covariances of a few columns need.

/// A matrix of `rows` by `columns` numbers, row by row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    cells: Vec<f64>,
}

impl Matrix {
    /// All zeros.
    pub fn zero(rows: usize, columns: usize) -> Self {
        Self { rows, columns, cells: vec![0.0; rows * columns] }
    }

    /// One number for each place.
    pub fn of(rows: usize, columns: usize, number: impl Fn(usize, usize) -> f64) -> Self {
        let cells = (0..rows * columns).map(|at| number(at / columns, at % columns)).collect();
        Self { rows, columns, cells }
    }

    /// The number of rows.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// The number in a place.
    ///
    /// # Panics
    /// Outside of the matrix.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.columns + column]
    }

    /// Adds to a place.
    ///
    /// # Panics
    /// Outside of the matrix.
    pub fn add(&mut self, row: usize, column: usize, number: f64) {
        self.cells[row * self.columns + column] += number;
    }

    /// This matrix plus `factor` times another of the same shape.
    pub fn add_times(&mut self, factor: f64, other: &Self) {
        self.cells.iter_mut().zip(&other.cells).for_each(|(cell, other)| *cell += factor * other);
    }

    /// The numbers on the diagonal.
    pub fn diagonal(&self) -> Vec<f64> {
        (0..self.rows.min(self.columns)).map(|at| self.at(at, at)).collect()
    }

    /// The sum of the diagonal.
    pub fn trace(&self) -> f64 {
        self.diagonal().iter().sum()
    }

    /// Rows and columns exchanged.
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self::of(self.columns, self.rows, |row, column| self.at(column, row))
    }

    /// The product with another matrix.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let sum = |row, column| (0..self.columns).map(|k| self.at(row, k) * other.at(k, column)).sum();
        Self::of(self.rows, other.columns, sum)
    }

    /// X with `self` · X = `right`, by elimination with row exchanges; `None` where `self` is singular.
    pub fn solve(&self, right: &Self) -> Option<Self> {
        let (mut left, mut right) = (self.clone(), right.clone());
        let n = left.rows;
        for pivot in 0..n {
            let size = |row: &usize| left.at(*row, pivot).abs();
            let best = (pivot..n).max_by(|a, b| size(a).total_cmp(&size(b)))?;
            let largest = self.cells.iter().fold(0.0_f64, |most, cell| most.max(cell.abs()));
            if size(&best) <= 1e-14 * largest {
                return None;
            }
            left.exchange(pivot, best);
            right.exchange(pivot, best);
            for row in (0..n).filter(|row| *row != pivot) {
                let factor = left.at(row, pivot) / left.at(pivot, pivot);
                left.take_row(row, pivot, factor);
                right.take_row(row, pivot, factor);
            }
        }
        Some(Self::of(n, right.columns, |row, column| right.at(row, column) / left.at(row, row)))
    }

    fn exchange(&mut self, a: usize, b: usize) {
        for column in 0..self.columns {
            self.cells.swap(a * self.columns + column, b * self.columns + column);
        }
    }

    /// Subtracts `factor` times one row from another.
    fn take_row(&mut self, row: usize, from: usize, factor: f64) {
        for column in 0..self.columns {
            let taken = factor * self.at(from, column);
            self.cells[row * self.columns + column] -= taken;
        }
    }

    /// x with `self` · x = `right` for a symmetric matrix without negative directions, by Cholesky
    /// with pivots. Columns that others already say (the last class of a second margin) get 0.
    pub fn solve_semidefinite(&self, right: &[f64]) -> Vec<f64> {
        let n = self.rows;
        let mut order: Vec<usize> = (0..n).collect();
        let mut lower = Self::zero(n, n);
        let mut rest: Vec<f64> = self.diagonal();
        let largest = rest.iter().copied().fold(0.0, f64::max);
        let mut rank = 0;
        while rank < n {
            let next = (rank..n).max_by(|a, b| rest[order[*a]].total_cmp(&rest[order[*b]])).unwrap_or(rank);
            if rest[order[next]] <= 1e-12 * largest {
                break;
            }
            order.swap(rank, next);
            let root = rest[order[rank]].sqrt();
            lower.add(order[rank], rank, root);
            for row in order[rank + 1..].iter().copied() {
                let said: f64 = (0..rank).map(|k| lower.at(row, k) * lower.at(order[rank], k)).sum();
                let entry = (self.at(row, order[rank]) - said) / root;
                lower.add(row, rank, entry);
                rest[row] -= entry * entry;
            }
            rank += 1;
        }
        let mut middle = vec![0.0; rank];
        for at in 0..rank {
            let said: f64 = (0..at).map(|k| lower.at(order[at], k) * middle[k]).sum();
            middle[at] = (right[order[at]] - said) / lower.at(order[at], at);
        }
        let mut solved = vec![0.0; n];
        for at in (0..rank).rev() {
            let said: f64 = (at + 1..rank).map(|k| lower.at(order[k], at) * solved[order[k]]).sum();
            solved[order[at]] = (middle[at] - said) / lower.at(order[at], at);
        }
        solved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_a_singular_one_is_refused() {
        let matrix = Matrix::of(2, 2, |row, column| [[0.0, 2.0], [3.0, 1.0]][row][column]);
        let right = Matrix::of(2, 1, |row, _| [4.0, 5.0][row]);
        assert_eq!(matrix.solve(&right), Some(Matrix::of(2, 1, |row, _| [1.0, 2.0][row])));
        assert_eq!(Matrix::of(2, 2, |_, column| [1.0, 2.0][column]).solve(&right), None);
    }

    #[test]
    fn a_column_that_others_already_say_gets_nothing() {
        // Columns: everyone, women, men. Any solution has the same fitted values.
        let matrix =
            Matrix::of(3, 3, |row, column| [[10.0, 6.0, 4.0], [6.0, 6.0, 0.0], [4.0, 0.0, 4.0]][row][column]);
        let solved = matrix.solve_semidefinite(&[16.0, 12.0, 4.0]);
        let fitted = matrix.times(&Matrix::of(3, 1, |row, _| solved[row]));
        for (fitted, right) in fitted.cells.iter().zip([16.0, 12.0, 4.0]) {
            assert!((fitted - right).abs() < 1e-12);
        }
        assert!(solved.contains(&0.0));
    }
}
