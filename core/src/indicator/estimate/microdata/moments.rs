//! Means, totals, ratios and the variance of a population.

use super::{
    policy::DesignError,
    rows::{Domain, Microdata},
};
use crate::indicator::{
    estimate::{design::Estimate, linear::Matrix},
    tally::Sum,
};

/// How much larger the variance is than that of a simple random sample of as many answers
/// (Kish 1965). The two conventions differ by the finite population correction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DesignEffect {
    /// Against a simple random sample without replacement from Σw units: what R's `survey`
    /// calls `deff = TRUE`. Not a number where the weights add up to no more than the answers.
    pub without_replacement: f64,
    /// Against a simple random sample with replacement: `deff = "replace"`.
    pub with_replacement: f64,
}

/// An estimate with its design effect, and what each row adds to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The number.
    pub estimate: Estimate,
    /// Its design effect.
    pub effect: DesignEffect,
    /// What each row adds, its weight included: the covariance of two estimates is that of
    /// their influences.
    pub influence: Vec<f64>,
}

/// Weighted sums over the rows that count.
struct Sums {
    n: f64,
    w: f64,
    wy: f64,
}

impl Domain<'_> {
    /// The mean of `y`, or the share where `y` is 0 and 1 (Särndal, Swensson and Wretman 1992, 5.7).
    ///
    /// # Errors
    /// [`DesignError::NothingCounted`] where nobody answered, and what the policies refuse.
    pub fn mean(&self, y: &[f64]) -> Result<Measured, DesignError> {
        let ([y], inside) = self.answered([y])?;
        let sums = self.sums(&y, &inside);
        let mean = sums.wy / sums.w;
        if !mean.is_finite() {
            return Err(DesignError::NothingCounted);
        }
        let simple = self.spread(&y, &inside, mean, &sums) / sums.n;
        self.measured(mean, &inside, simple, sums.w, |row| (y[row] - mean) / sums.w)
    }

    /// The total of `y`.
    ///
    /// # Errors
    /// What the policies refuse.
    pub fn total(&self, y: &[f64]) -> Result<Measured, DesignError> {
        let ([y], inside) = self.answered([y])?;
        let sums = self.sums(&y, &inside);
        let simple = self.spread(&y, &inside, sums.wy / sums.w, &sums) / sums.n * sums.w * sums.w;
        self.measured(sums.wy, &inside, simple, sums.w, |row| y[row])
    }

    /// The ratio of the totals of `y` and `x` (Cochran 1977, 6.11, combined ratio).
    ///
    /// # Errors
    /// [`DesignError::NothingCounted`] where the total of `x` is 0, and what the policies refuse.
    pub fn ratio(&self, y: &[f64], x: &[f64]) -> Result<Measured, DesignError> {
        let ([y, x], inside) = self.answered([y, x])?;
        let (top, below) = (self.sums(&y, &inside), self.sums(&x, &inside));
        let ratio = top.wy / below.wy;
        if !ratio.is_finite() {
            return Err(DesignError::NothingCounted);
        }
        let rest: Vec<f64> = y.iter().zip(&x).map(|(y, x)| (y - ratio * x) / below.wy).collect();
        let simple = self.spread(&rest, &inside, 0.0, &top) / top.n * top.w * top.w;
        self.measured(ratio, &inside, simple, top.w, |row| rest[row])
    }

    /// The variance of `y` in the population, n / (n − 1) Σ w (y − ȳ)² / Σ w over the n answers
    /// with a weight; its own variance takes the mean as known, as R's `svyvar` does.
    ///
    /// # Errors
    /// [`DesignError::NothingCounted`] with fewer than two answers, and what the policies refuse.
    pub fn variance(&self, y: &[f64]) -> Result<Measured, DesignError> {
        let ([y], inside) = self.answered([y])?;
        let sums = self.sums(&y, &inside);
        let mean = sums.wy / sums.w;
        let spread = self.spread(&y, &inside, mean, &sums);
        if !spread.is_finite() {
            return Err(DesignError::NothingCounted);
        }
        let squares: Vec<f64> = y.iter().map(|y| (y - mean) * (y - mean) * sums.n / (sums.n - 1.0)).collect();
        let of_squares = self.spread(&squares, &inside, spread, &sums) / sums.n;
        self.measured(spread, &inside, of_squares, sums.w, |row| (squares[row] - spread) / sums.w)
    }

    fn sums(&self, y: &[f64], inside: &[bool]) -> Sums {
        let (mut w, mut wy, mut n) = (Sum::default(), Sum::default(), 0.0);
        for ((weight, y), _) in self.data.weights().iter().zip(y).zip(inside).filter(|(_, inside)| **inside) {
            w.add(*weight);
            wy.add(weight * y);
            n += f64::from(u8::from(*weight != 0.0));
        }
        Sums { n, w: w.value(), wy: wy.value() }
    }

    /// n / (n − 1) Σ w (y − centre)² / Σ w.
    fn spread(&self, y: &[f64], inside: &[bool], centre: f64, sums: &Sums) -> f64 {
        let rows = self.data.weights().iter().zip(y).zip(inside).filter(|(_, inside)| **inside);
        let squares: f64 = rows.map(|((weight, y), _)| weight * (y - centre) * (y - centre)).sum();
        squares / sums.w * sums.n / (sums.n - 1.0)
    }

    /// `simple`: the variance of the statistic in a simple random sample with replacement.
    fn measured(
        &self,
        value: f64,
        inside: &[bool],
        simple: f64,
        population: f64,
        part: impl Fn(usize) -> f64,
    ) -> Result<Measured, DesignError> {
        let weights = self.data.weights();
        let of_row = |row: usize| if inside[row] { weights[row] * part(row) } else { 0.0 };
        let influence: Vec<f64> = (0..weights.len()).map(of_row).collect();
        let variance = self.data.variance_of(&influence)?;
        let n = (0..weights.len()).filter(|row| inside[*row] && weights[*row] != 0.0).count();
        let left = if population < n as f64 { f64::NAN } else { (population - n as f64) / population };
        let effect = DesignEffect {
            without_replacement: variance / (simple * left),
            with_replacement: variance / simple,
        };
        let df = self.data.degrees_of(inside);
        Ok(Measured { estimate: Estimate { value, variance, df, n: n as u64 }, effect, influence })
    }
}

impl Microdata {
    /// The covariance of several estimates from these data.
    ///
    /// # Errors
    /// As [`covariance`](Self::covariance).
    pub fn covariance_of(&self, estimates: &[&Measured]) -> Result<Matrix, DesignError> {
        let columns: Vec<&[f64]> = estimates.iter().map(|measured| measured.influence.as_slice()).collect();
        self.covariance(&columns)
    }

    /// A linear contrast of estimates: Σ factor · estimate, their covariance included.
    ///
    /// # Errors
    /// As [`covariance`](Self::covariance).
    pub fn contrast(&self, parts: &[(f64, &Measured)]) -> Result<Estimate, DesignError> {
        let mut influence = vec![0.0; self.rows()];
        for (factor, measured) in parts {
            influence.iter_mut().zip(&measured.influence).for_each(|(sum, part)| *sum += factor * part);
        }
        Ok(Estimate {
            value: parts.iter().map(|(factor, measured)| factor * measured.estimate.value).sum(),
            variance: self.variance_of(&influence)?,
            df: self.degrees_of_freedom(),
            n: parts.iter().map(|(_, measured)| measured.estimate.n).sum(),
        })
    }

    /// Kish's factor of unequal weights, n Σw² / (Σw)².
    pub fn weighting_effect(&self) -> f64 {
        let sum = |power: i32| self.weights().iter().map(|weight| weight.powi(power)).sum::<f64>();
        self.rows() as f64 * sum(2) / sum(1).powi(2)
    }
}
