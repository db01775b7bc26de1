//! Sums that do not depend on the order of their parts.
//!
//! Numbers that people write have few decimals. Added up in millionths they give the same
//! sum in any order, `0.1 + 0.2` is `0.3`, and a part can be taken out again, so that a sum
//! over a thousand instances of a repeat costs one addition when one of them changes.

/// Parts of a whole, for six decimals.
const SCALE: f64 = 1e6;
/// The largest whole number up to which a double has every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A sum to which numbers are added and from which they are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    millionths: i128,
    /// Parts that are no number.
    none: usize,
    /// Parts with more decimals, or too large.
    long: usize,
}

impl Sum {
    /// Adds a number.
    pub fn add(&mut self, number: f64) {
        match millionths(number) {
            Some(part) => self.millionths += i128::from(part),
            None if number.is_nan() => self.none += 1,
            None => self.long += 1,
        }
    }

    /// Takes away a number that was added.
    pub fn take(&mut self, number: f64) {
        match millionths(number) {
            Some(part) => self.millionths -= i128::from(part),
            None if number.is_nan() => self.none = self.none.saturating_sub(1),
            None => self.long = self.long.saturating_sub(1),
        }
    }

    /// The sum; `None` when a part has too many decimals for a sum of millionths, so that
    /// the parts must be added up one after the other.
    pub fn value(&self) -> Option<f64> {
        if self.none > 0 {
            return Some(f64::NAN);
        }
        #[expect(clippy::cast_precision_loss, reason = "a sum that is not exact is not given")]
        let whole = self.millionths as f64;
        (self.long == 0 && whole.abs() <= EXACT).then_some(whole / SCALE)
    }
}

/// A number in millionths, when that is exactly what it is.
#[expect(clippy::float_cmp, reason = "only a number that comes back the same is one of millionths")]
fn millionths(number: f64) -> Option<i64> {
    let scaled = (number * SCALE).round();
    if scaled.abs() > EXACT || scaled / SCALE != number {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within the range above")]
    Some(scaled as i64)
}

/// Adds up numbers as `sum()` does.
pub(super) fn sum_of(numbers: &[f64]) -> f64 {
    let mut sum = Sum::default();
    numbers.iter().for_each(|number| sum.add(*number));
    sum.value().unwrap_or_else(|| numbers.iter().sum())
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact sums are the point")]
mod tests {
    use super::*;

    #[test]
    fn decimals_add_up_in_any_order_and_come_out_again() {
        assert_eq!(sum_of(&[0.1, 0.2]), 0.3);
        assert_eq!(sum_of(&[1e15, 0.1]), 1e15 + 0.1);
        let mut sum = Sum::default();
        for number in [1.5, 0.1, f64::NAN, 2.0, 1.0 / 3.0] {
            sum.add(number);
        }
        assert!(sum.value().is_some_and(f64::is_nan));
        sum.take(f64::NAN);
        assert_eq!(sum.value(), None);
        sum.take(1.0 / 3.0);
        sum.take(1.5);
        assert_eq!(sum.value(), Some(2.1));
    }
}
