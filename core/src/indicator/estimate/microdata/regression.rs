//! Linear and logistic regression under a sampling design.

use super::{policy::DesignError, rows::Domain};
use crate::indicator::estimate::linear::Matrix;

/// What is linear in the explanatory columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// The mean.
    Linear,
    /// The logit of the share.
    Logistic,
}

/// When the fitting of a logistic regression stops.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tightness {
    /// Largest change of the deviance, relative to it; R stops at 1e-8.
    pub relative_deviance: f64,
    /// Most rounds.
    pub rounds: u32,
}

impl Default for Tightness {
    fn default() -> Self {
        Self { relative_deviance: 1e-14, rounds: 50 }
    }
}

/// Coefficients with their covariance under the design.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// One for each explanatory column.
    pub coefficients: Vec<f64>,
    /// Their covariance (Binder 1983).
    pub covariance: Matrix,
    /// Degrees of freedom: those of the design, plus 1, minus the columns.
    pub df: f64,
}

impl Regression {
    /// The standard error of each coefficient.
    pub fn standard_errors(&self) -> Vec<f64> {
        self.covariance.diagonal().into_iter().map(f64::sqrt).collect()
    }
}

/// Fits `y` to explanatory columns (a column of ones is the intercept) by weighted maximum likelihood.
///
/// # Errors
/// [`DesignError::Regression`] where the columns say the same twice or the fit does not settle,
/// and what the policies refuse.
pub fn regress(
    domain: &Domain<'_>,
    y: &[f64],
    columns: &[&[f64]],
    family: Family,
    tightness: Tightness,
) -> Result<Regression, DesignError> {
    let missing =
        |row: usize| columns.iter().any(|column| !column.get(row).is_some_and(|value| value.is_finite()));
    let asked: Vec<f64> =
        y.iter().enumerate().map(|(row, y)| if missing(row) { f64::NAN } else { *y }).collect();
    let ([y], inside) = domain.answered([&asked])?;
    let columns: Vec<Vec<f64>> = columns
        .iter()
        .map(|column| column.iter().map(|value| if value.is_finite() { *value } else { 0.0 }).collect())
        .collect();
    let rows: Vec<usize> = (0..y.len()).filter(|row| inside[*row]).collect();
    let mean_weight = rows.iter().map(|row| domain.data.weights()[*row]).sum::<f64>() / rows.len() as f64;
    let problem =
        Problem { y: &y, columns: &columns, rows: &rows, weights: domain.data.weights(), mean_weight };
    let fit = problem.fit(family, tightness).ok_or(DesignError::Regression)?;
    let influence: Vec<Vec<f64>> = (0..columns.len())
        .map(|coefficient| {
            let mut influence = vec![0.0; y.len()];
            for row in &rows {
                let score = problem.weight(*row) * (y[*row] - fit.means[*row]);
                influence[*row] = (0..columns.len())
                    .map(|k| score * columns[k][*row] * fit.inverse.at(k, coefficient))
                    .sum();
            }
            influence
        })
        .collect();
    let influence: Vec<&[f64]> = influence.iter().map(Vec::as_slice).collect();
    Ok(Regression {
        covariance: domain.data.covariance(&influence)?,
        df: domain.data.degrees_of(&inside) + 1.0 - columns.len() as f64,
        coefficients: fit.coefficients,
    })
}

struct Problem<'p> {
    y: &'p [f64],
    columns: &'p [Vec<f64>],
    rows: &'p [usize],
    weights: &'p [f64],
    mean_weight: f64,
}

struct Fit {
    coefficients: Vec<f64>,
    /// Fitted mean of each row.
    means: Vec<f64>,
    /// Inverse of the information.
    inverse: Matrix,
}

impl Problem<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.weights[row] / self.mean_weight
    }

    /// Iterated weighted least squares (McCullagh and Nelder 1989, 2.5), from the start that R takes.
    fn fit(&self, family: Family, tightness: Tightness) -> Option<Fit> {
        let start = |row: usize| {
            let weight = self.weight(row);
            match family {
                Family::Linear => self.y[row],
                Family::Logistic => {
                    let mean: f64 = (weight * self.y[row] + 0.5) / (weight + 1.0);
                    (mean / (1.0 - mean)).ln()
                }
            }
        };
        let mut predictor = vec![0.0; self.y.len()];
        self.rows.iter().for_each(|row| predictor[*row] = start(*row));
        let mut before = self.deviance(family, &predictor);
        for _ in 0..tightness.rounds {
            let (coefficients, inverse) = self.round(family, &predictor)?;
            for row in self.rows {
                predictor[*row] =
                    self.columns.iter().zip(&coefficients).map(|(x, beta)| x[*row] * beta).sum();
            }
            let now = self.deviance(family, &predictor);
            if family == Family::Linear
                || (now - before).abs() / (now.abs() + 0.1) < tightness.relative_deviance
            {
                let means = predictor.iter().map(|predictor| mean(family, *predictor)).collect();
                return Some(Fit { coefficients, means, inverse });
            }
            before = now;
        }
        None
    }

    fn round(&self, family: Family, predictor: &[f64]) -> Option<(Vec<f64>, Matrix)> {
        let width = self.columns.len();
        let mut normal = Matrix::zero(width, width);
        let mut right = Matrix::zero(width, 1);
        for row in self.rows {
            let fitted = mean(family, predictor[*row]);
            let slope = if family == Family::Linear { 1.0 } else { fitted * (1.0 - fitted) };
            let weight = self.weight(*row) * slope;
            let working = predictor[*row] + (self.y[*row] - fitted) / slope;
            for a in 0..width {
                right.add(a, 0, weight * self.columns[a][*row] * working);
                for b in 0..width {
                    normal.add(a, b, weight * self.columns[a][*row] * self.columns[b][*row]);
                }
            }
        }
        let unit = Matrix::of(width, width, |row, column| f64::from(u8::from(row == column)));
        let inverse = normal.solve(&unit)?;
        let coefficients = normal.solve(&right)?;
        Some(((0..width).map(|at| coefficients.at(at, 0)).collect(), inverse))
    }

    fn deviance(&self, family: Family, predictor: &[f64]) -> f64 {
        let part = |row: &usize| {
            let (y, fitted) = (self.y[*row], mean(family, predictor[*row]));
            let log = |y: f64, fitted: f64| if y > 0.0 { y * (y / fitted).ln() } else { 0.0 };
            let own = match family {
                Family::Linear => (y - fitted) * (y - fitted),
                Family::Logistic => 2.0 * (log(y, fitted) + log(1.0 - y, 1.0 - fitted)),
            };
            self.weight(*row) * own
        };
        self.rows.iter().map(part).sum()
    }
}

fn mean(family: Family, predictor: f64) -> f64 {
    match family {
        Family::Linear => predictor,
        Family::Logistic => 1.0 / (1.0 + (-predictor).exp()),
    }
}
