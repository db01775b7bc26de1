//! Tests of independence in a table under a sampling design.

use super::{
    policy::DesignError,
    rows::{Domain, Microdata},
    stage::Codes,
};
use crate::indicator::estimate::{
    distribution::{chi_squared_upper, f_upper},
    linear::Matrix,
};

/// A test with its p value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Independence {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom of the numerator.
    pub df: f64,
    /// Degrees of freedom of the denominator; infinite for chi-squared.
    pub df_below: f64,
    /// The probability of a statistic at least as large without any association.
    pub p: f64,
}

/// Pearson's statistic with the corrections of Rao and Scott.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Association {
    /// First order: X² over the mean of the generalised design effects, on chi-squared. The
    /// statistic is X² itself, of the weighted shares times the rows of the data.
    pub first_order: Independence,
    /// Second order, as F: X² over the sum of the generalised design effects, with Satterthwaite's
    /// degrees of freedom. The one to report.
    pub second_order: Independence,
}

/// A cross table of the rows that have both answers.
struct Table {
    rows: usize,
    columns: usize,
    /// Cell of each row of the data, where it has one.
    cell: Vec<Option<usize>>,
}

impl Table {
    fn of(domain: &Domain<'_>, first: &[Option<u32>], second: &[Option<u32>]) -> Result<Self, DesignError> {
        let expected = domain.data.rows();
        if let Some(got) = [first.len(), second.len()].into_iter().find(|got| *got != expected) {
            return Err(DesignError::Length { expected, got });
        }
        let classes = |codes: &[Option<u32>]| Codes::of(codes.iter().flatten().map(u32::to_string)).classes();
        let place = |codes: &[Option<u32>]| {
            let mut sorted: Vec<u32> = codes.iter().flatten().copied().collect();
            sorted.sort_unstable();
            sorted.dedup();
            move |code: u32| sorted.binary_search(&code).unwrap_or_default()
        };
        let (rows, columns) = (classes(first), classes(second));
        let (row_of, column_of) = (place(first), place(second));
        let cell = first
            .iter()
            .zip(second)
            .zip(&domain.inside)
            .map(|((first, second), inside)| {
                inside.then_some(())?;
                Some(row_of((*first)?) * columns + column_of((*second)?))
            })
            .collect();
        let table = Self { rows, columns, cell };
        if rows < 2 || columns < 2 { Err(DesignError::Table) } else { Ok(table) }
    }

    /// What each row of the data adds to the share of each cell, and the shares.
    fn shares(&self, data: &Microdata) -> (Vec<Vec<f64>>, Vec<f64>) {
        let cells = self.rows * self.columns;
        let mut shares = vec![0.0; cells];
        for (cell, weight) in self.cell.iter().zip(data.weights()) {
            if let Some(cell) = cell {
                shares[*cell] += weight;
            }
        }
        let all: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= all);
        let influence = |at: usize| {
            let of_row = |(cell, weight): (&Option<usize>, &f64)| {
                cell.map_or(0.0, |cell| weight * (f64::from(u8::from(cell == at)) - shares[at]) / all)
            };
            self.cell.iter().zip(data.weights()).map(of_row).collect()
        };
        ((0..cells).map(influence).collect(), shares)
    }

    fn margins(&self, cells: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let rows = (0..self.rows)
            .map(|row| (0..self.columns).map(|column| cells[row * self.columns + column]).sum());
        let columns = (0..self.columns)
            .map(|column| (0..self.rows).map(|row| cells[row * self.columns + column]).sum());
        (rows.collect(), columns.collect())
    }

    /// The generalised design effects of the association (Rao and Scott 1984): the covariance of its
    /// contrasts under the design, over that of a simple random sample of `n`.
    fn design_effects(&self, shares: &[f64], covariance: &Matrix, n: f64) -> Option<Matrix> {
        let inverse = |at: usize| if shares[at] == 0.0 { 0.0 } else { 1.0 / shares[at] };
        let freedom = self.freedom();
        // The differences of differences against the last row and column span what independence excludes.
        let contrasts = Matrix::of(shares.len(), freedom, |cell, contrast| {
            let (row, column) = (contrast / (self.columns - 1), contrast % (self.columns - 1));
            let part = |at: usize, own: usize, last: usize| {
                if at == own {
                    1.0
                } else if at == last {
                    -1.0
                } else {
                    0.0
                }
            };
            inverse(cell)
                * part(cell / self.columns, row, self.rows - 1)
                * part(cell % self.columns, column, self.columns - 1)
        });
        let simple =
            Matrix::of(
                shares.len(),
                shares.len(),
                |row, column| if row == column { shares[row] / n } else { 0.0 },
            );
        let around = |middle: &Matrix| contrasts.transposed().times(middle).times(&contrasts);
        around(&simple).solve(&around(covariance))
    }

    /// Degrees of freedom of the association.
    const fn freedom(&self) -> usize {
        (self.rows - 1) * (self.columns - 1)
    }
}

/// The test of independence of two classifications, corrected for the design (Rao and Scott
/// 1984; Thomas and Rao 1987 for F). `None` is a missing answer: the row stays in the design.
///
/// # Errors
/// [`DesignError::Table`] where there are not two filled classes each way or a class is empty.
pub fn rao_scott(
    domain: &Domain<'_>,
    first: &[Option<u32>],
    second: &[Option<u32>],
) -> Result<Association, DesignError> {
    let table = Table::of(domain, first, second)?;
    let (influence, shares) = table.shares(domain.data);
    let columns: Vec<&[f64]> = influence.iter().map(Vec::as_slice).collect();
    let covariance = domain.data.covariance(&columns)?;
    let n = domain.inside.iter().filter(|inside| **inside).count() as f64;
    let (of_rows, of_columns) = table.margins(&shares);
    let mut pearson = 0.0;
    for (at, share) in shares.iter().enumerate() {
        let independent = of_rows[at / table.columns] * of_columns[at % table.columns];
        pearson += n * (share - independent).powi(2) / independent;
    }
    let effects = table.design_effects(&shares, &covariance, n).ok_or(DesignError::Table)?;
    let freedom = table.freedom();
    let sum = effects.trace();
    let satterthwaite = sum * sum / effects.times(&effects).trace();
    if !(pearson.is_finite() && satterthwaite.is_finite()) {
        return Err(DesignError::Table);
    }
    let below = satterthwaite * domain.data.degrees_of(&domain.inside);
    let corrected = pearson / (sum / freedom as f64);
    Ok(Association {
        first_order: Independence {
            statistic: pearson,
            df: freedom as f64,
            df_below: f64::INFINITY,
            p: chi_squared_upper(corrected, freedom as f64),
        },
        second_order: Independence {
            statistic: pearson / sum,
            df: satterthwaite,
            df_below: below,
            p: f_upper(pearson / sum, satterthwaite, below),
        },
    })
}

/// Wald's test of independence of two classifications (Koch, Freeman and Freeman 1975), as F;
/// `adjusted` takes the degrees of freedom of the design into account.
///
/// # Errors
/// As [`rao_scott`].
pub fn wald(
    domain: &Domain<'_>,
    first: &[Option<u32>],
    second: &[Option<u32>],
    adjusted: bool,
) -> Result<Independence, DesignError> {
    let table = Table::of(domain, first, second)?;
    let weights = domain.data.weights();
    let mut cells = vec![0.0; table.rows * table.columns];
    for (cell, weight) in table.cell.iter().zip(weights) {
        if let Some(cell) = cell {
            cells[*cell] += weight;
        }
    }
    let all: f64 = cells.iter().sum();
    let (of_rows, of_columns) = table.margins(&cells);
    let mut apart = Vec::new();
    let mut influence = Vec::new();
    for row in 1..table.rows {
        for column in 1..table.columns {
            let (r, c) = (of_rows[row], of_columns[column]);
            apart.push(cells[row * table.columns + column] - r * c / all);
            let is = |yes: bool| f64::from(u8::from(yes));
            let of_row = |(cell, weight): (&Option<usize>, &f64)| {
                cell.map_or(0.0, |cell| {
                    let (in_row, in_column) =
                        (is(cell / table.columns == row), is(cell % table.columns == column));
                    weight
                        * (in_row * in_column - in_row * c / all - r * in_column / all + r * c / (all * all))
                })
            };
            influence.push(table.cell.iter().zip(weights).map(of_row).collect::<Vec<f64>>());
        }
    }
    let columns: Vec<&[f64]> = influence.iter().map(Vec::as_slice).collect();
    let covariance = domain.data.covariance(&columns)?;
    let right = Matrix::of(apart.len(), 1, |row, _| apart[row]);
    let solved = covariance.solve(&right).ok_or(DesignError::Table)?;
    let statistic: f64 = apart.iter().enumerate().map(|(at, apart)| apart * solved.at(at, 0)).sum();
    let (df, nu) = (table.freedom() as f64, domain.data.degrees_of(&domain.inside));
    let (statistic, df_below) = if adjusted {
        (statistic * (nu - df + 1.0) / (df * nu), nu - df + 1.0)
    } else {
        (statistic / df, nu)
    };
    Ok(Independence { statistic, df, df_below, p: f_upper(statistic, df, df_below) })
}
