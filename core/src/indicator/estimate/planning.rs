//! How many answers a wave needs, and what a wave of a given size can show.
//!
//! Two-sided tests with the normal distribution and unpooled variances (Fleiss, Levin and Paik
//! 2003, 4.2, without continuity correction); the design effect multiplies the sample.

use super::distribution::normal_quantile;

/// How sure a comparison is to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power {
    /// Chance of calling a change that is none; 0.05 by default.
    pub alpha: f64,
    /// Chance of finding a change that is there; 0.8 by default.
    pub power: f64,
    /// Design effect of the survey, with replacement: 1 for a simple random sample.
    pub design_effect: f64,
}

impl Default for Power {
    fn default() -> Self {
        Self { alpha: 0.05, power: 0.8, design_effect: 1.0 }
    }
}

impl Power {
    /// (z of alpha + z of power)².
    fn factor(self) -> f64 {
        (normal_quantile(1.0 - self.alpha / 2.0) + normal_quantile(self.power)).powi(2)
    }

    /// Whole answers of a simple random sample, times the design effect.
    fn answers(self, simple: f64) -> Option<u64> {
        whole(whole(simple)? as f64 * self.design_effect)
    }

    /// Answers that each of two independent waves needs to show a share going from `before` to
    /// `after` (0 to 1); `None` where they are equal or no shares.
    pub fn answers_for_shares(self, before: f64, after: f64) -> Option<u64> {
        let is_share = |p: f64| (0.0..=1.0).contains(&p);
        let apart = before - after;
        let needed = self.factor() * (spread(before) + spread(after)) / (apart * apart);
        (is_share(before) && is_share(after)).then(|| self.answers(needed)).flatten()
    }

    /// Answers that each of two independent waves needs to show a mean moving by `change` when
    /// answers have the standard deviation `deviation`.
    pub fn answers_for_means(self, change: f64, deviation: f64) -> Option<u64> {
        self.answers(self.factor() * 2.0 * (deviation / change).powi(2))
    }

    /// Pairs that the same units before and after need to show a mean moving by `change` when
    /// the differences have the standard deviation `deviation`.
    pub fn pairs_for_change(self, change: f64, deviation: f64) -> Option<u64> {
        self.answers(self.factor() * (deviation / change).powi(2))
    }

    /// The smallest fall and the smallest rise of a share from `before` that two waves of
    /// `answers` each can show, as levels; `None` where even 0 or 1 would not be told apart.
    pub fn detectable_shares(self, before: f64, answers: u64) -> (Option<f64>, Option<f64>) {
        let shows = |after: f64| {
            let variance = (spread(before) + spread(after)) / answers as f64;
            (after - before).powi(2) >= self.factor() * self.design_effect * variance
        };
        let edge = |mut hidden: f64, mut shown: f64| {
            if !shows(shown) {
                return None;
            }
            // The gap grows and the variance of the far share falls towards the end, once shown.
            for _ in 0..200 {
                let middle = f64::midpoint(hidden, shown);
                if shows(middle) { shown = middle } else { hidden = middle }
            }
            Some(shown)
        };
        if !(answers > 0 && (0.0..=1.0).contains(&before)) {
            return (None, None);
        }
        (edge(before, 0.0), edge(before, 1.0))
    }

    /// The smallest change of a mean that two waves of `answers` each can show.
    pub fn detectable_mean(self, deviation: f64, answers: u64) -> f64 {
        (self.factor() * self.design_effect * 2.0 / answers as f64).sqrt() * deviation
    }

    /// Answers for an interval of `half_width` on either side of a share.
    pub fn answers_for_half_width(self, share: f64, half_width: f64) -> Option<u64> {
        let z = normal_quantile(1.0 - self.alpha / 2.0);
        self.answers(z * z * spread(share) / (half_width * half_width))
    }

    /// Half the width of the interval of a share from `answers`.
    pub fn half_width(self, share: f64, answers: u64) -> f64 {
        let z = normal_quantile(1.0 - self.alpha / 2.0);
        z * (spread(share) * self.design_effect / answers as f64).sqrt()
    }
}

/// p (1 − p).
fn spread(share: f64) -> f64 {
    share * (1.0 - share)
}

/// A number of answers rounded up.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a count first")]
fn whole(number: f64) -> Option<u64> {
    (number.is_finite() && (0.0..1e15).contains(&number)).then(|| number.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_effect(design_effect: f64) -> Power {
        Power { design_effect, ..Power::default() }
    }

    /// The government's loneliness survey: lonely at all 39.3 %, often or always 4.8 %.
    #[test]
    fn a_fall_by_fifteen_percent_needs_a_thousand_answers_and_by_fifteen_points_few() {
        let relative = 0.393 * 0.85;
        assert_eq!(with_effect(1.0).answers_for_shares(0.393, relative), Some(1_042));
        assert_eq!(with_effect(1.5).answers_for_shares(0.393, relative), Some(1_563));
        assert_eq!(with_effect(1.0).answers_for_shares(0.393, 0.243), Some(148));
        assert_eq!(with_effect(1.0).answers_for_shares(0.048, 0.048 * 0.85), Some(12_844));
        assert_eq!(with_effect(1.0).answers_for_shares(0.196, 0.196 * 0.85), Some(2_692));
        assert_eq!(with_effect(1.0).answers_for_shares(0.42, 0.5), Some(606));
        assert_eq!(with_effect(1.0).answers_for_half_width(0.75, 0.03), Some(801));
    }

    #[test]
    fn four_hundred_answers_tell_a_share_to_five_points() {
        let points = |effect: f64| (with_effect(effect).half_width(0.393, 400) * 1_000.0).round() / 10.0;
        assert_eq!((points(1.0), points(1.5)), (4.8, 5.9));
    }

    #[test]
    fn the_smallest_change_shown_is_the_one_that_the_answers_are_enough_for() {
        let power = with_effect(1.5);
        let (fall, rise) = power.detectable_shares(0.393, 1_563);
        assert!((fall.expect("a fall") - 0.393 * 0.85).abs() < 1e-4);
        assert!(rise.expect("a rise") > 0.44);
        for after in [fall, rise].into_iter().flatten() {
            let needed = power.answers_for_shares(0.393, after).expect("a number");
            assert!((1_562..=1_565).contains(&needed), "{needed}");
        }
        // From 0.3 % no fall can be shown by 400 answers: even none at all is within chance.
        assert_eq!(with_effect(1.0).detectable_shares(0.003, 400).0, None);
    }

    /// Cohen (1988), table 2.4.1: a medium effect (half a deviation) needs 64 in each group by t;
    /// by the normal distribution 63.
    #[test]
    fn a_medium_effect_needs_sixty_three_in_each_wave() {
        assert_eq!(Power::default().answers_for_means(0.5, 1.0), Some(63));
        assert_eq!(Power::default().pairs_for_change(0.5, 1.0), Some(32));
        assert!((Power::default().detectable_mean(1.0, 63) - 0.5).abs() < 2e-3);
        assert_eq!(Power::default().answers_for_shares(0.4, 0.4), None);
    }
}
