//! Exact fractions: an interval that decides on a release is never rounded.

use std::cmp::Ordering;

/// A fraction in lowest terms. Each operation is `None` where a term does not fit 64 bits:
/// whoever asked cannot tell then, and must hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ratio {
    top: i64,
    bottom: i64,
}

impl Ratio {
    /// Nothing.
    pub(super) const ZERO: Self = Self::whole(0);
    /// One.
    pub(super) const ONE: Self = Self::whole(1);

    /// A whole number.
    pub(super) const fn whole(number: i64) -> Self {
        Self { top: number, bottom: 1 }
    }

    /// A count of people.
    pub(super) fn count(count: u64) -> Option<Self> {
        i64::try_from(count).ok().map(Self::whole)
    }

    fn reduced(top: i128, bottom: i128) -> Option<Self> {
        let (mut a, mut b) = (top.unsigned_abs(), bottom.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let common = i128::try_from(a.max(1)).ok()?;
        let sign = if bottom < 0 { -1 } else { 1 };
        let term = |term: i128| i64::try_from(sign * term / common).ok();
        Some(Self { top: term(top)?, bottom: term(bottom)? })
    }

    /// The sum.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        if self.bottom == 1 && other.bottom == 1 {
            return self.top.checked_add(other.top).map(Self::whole);
        }
        let (a, b) = (i128::from(self.top), i128::from(self.bottom));
        let (c, d) = (i128::from(other.top), i128::from(other.bottom));
        Self::reduced(a.checked_mul(d)?.checked_add(c.checked_mul(b)?)?, b * d)
    }

    /// The product.
    pub(super) fn times(self, other: Self) -> Option<Self> {
        if self.bottom == 1 && other.bottom == 1 {
            return self.top.checked_mul(other.top).map(Self::whole);
        }
        let product = |a: i64, b: i64| i128::from(a) * i128::from(b);
        Self::reduced(product(self.top, other.top), product(self.bottom, other.bottom))
    }

    /// The quotient; `None` for a division by nothing.
    pub(super) fn over(self, other: Self) -> Option<Self> {
        if other.top == 0 {
            return None;
        }
        let product = |a: i64, b: i64| i128::from(a) * i128::from(b);
        Self::reduced(product(self.top, other.bottom), product(self.bottom, other.top))
    }

    /// The same with the other sign.
    pub(super) fn negated(self) -> Option<Self> {
        self.top.checked_neg().map(|top| Self { top, bottom: self.bottom })
    }

    /// `self` − `other`.
    pub(super) fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated()?)
    }

    /// −1, 0 or 1.
    pub(super) const fn sign(self) -> i64 {
        self.top.signum()
    }

    /// True for nothing.
    pub(super) const fn is_zero(self) -> bool {
        self.top == 0
    }

    /// The whole number above or at a fraction that is not negative.
    pub(super) fn ceiling(self) -> u64 {
        let up = i128::from(self.top) + i128::from(self.bottom) - 1;
        u64::try_from(up.max(0) / i128::from(self.bottom)).unwrap_or(u64::MAX)
    }

    /// The whole number below or at a fraction that is not negative.
    pub(super) fn floor(self) -> u64 {
        u64::try_from(self.top.max(0) / self.bottom).unwrap_or(u64::MAX)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let product = |a: i64, b: i64| i128::from(a) * i128::from(b);
        product(self.top, other.bottom).cmp(&product(other.top, self.bottom))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_and_a_sixth_are_a_half_and_what_does_not_fit_is_not_told() {
        let third = Ratio::ONE.over(Ratio::whole(3)).expect("fits");
        let sixth = third.over(Ratio::whole(2)).expect("fits");
        let half = third.plus(sixth).expect("fits");
        assert_eq!(half.times(Ratio::whole(2)), Some(Ratio::ONE));
        assert_eq!((half.floor(), half.ceiling()), (0, 1));
        assert!(third < half && half.minus(third) == Some(sixth));
        assert_eq!(Ratio::whole(-2).over(Ratio::whole(-4)), Some(half));
        assert_eq!(Ratio::whole(i64::MAX).plus(Ratio::ONE), None);
        assert_eq!(Ratio::ONE.over(Ratio::ZERO), None);
    }
}
