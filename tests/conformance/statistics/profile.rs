//! The interval by likelihood as R's `svyciprop` reads it: the exact root of core, at the points
//! that `MASS:::profile.glm` tries, joined by the spline and the straight lines of R's `spline`
//! and `approx`. R takes the working likelihood's variance from the last but one round of its
//! fit, which changes the fifth digit: so does this.

use tsumugi_core::indicator::{
    Interval,
    estimate::{ProportionBasis, likelihood_root, microdata::Domain, normal_cdf, t_quantile},
};

/// p (1 − p) as R's `glm` has it when it stops: of the round before the last.
fn spread_of_r(domain: &Domain<'_>, y: &[f64]) -> f64 {
    let weights = domain.data().weights();
    let rows: Vec<(f64, f64)> = (0..y.len())
        .filter(|row| domain.holds(*row) && y[*row].is_finite())
        .map(|row| (weights[row], y[row]))
        .collect();
    let scale = rows.len() as f64 / rows.iter().map(|row| row.0).sum::<f64>();
    let rows: Vec<(f64, f64)> = rows.into_iter().map(|(weight, y)| (weight * scale, y)).collect();
    let mut means: Vec<f64> = rows.iter().map(|(weight, y)| (weight * y + 0.5) / (weight + 1.0)).collect();
    let deviance = |means: &[f64]| -> f64 {
        let part = |((weight, y), mean): (&(f64, f64), &f64)| {
            -2.0 * weight * if *y > 0.5 { mean.ln() } else { (-mean).ln_1p() }
        };
        rows.iter().zip(means).map(part).sum()
    };
    let mut before = deviance(&means);
    for _ in 0..25 {
        let (mut sum, mut of_working) = (0.0, 0.0);
        for ((weight, y), mean) in rows.iter().zip(&means) {
            let spread = mean * (1.0 - mean);
            sum += weight * spread;
            of_working += weight * spread * ((mean / (1.0 - mean)).ln() + (y - mean) / spread);
        }
        let mean = 1.0 / (1.0 + (-of_working / sum).exp());
        means = vec![mean; rows.len()];
        let now = deviance(&means);
        if (now - before).abs() / (now.abs() + 0.1) < 1e-8 {
            return sum / rows.len() as f64;
        }
        before = now;
    }
    f64::NAN
}

/// R's reading of the interval.
pub(crate) fn interpolated(basis: &ProportionBasis, domain: &Domain<'_>, y: &[f64]) -> Interval {
    let ProportionBasis { p, variance, n, df } = *basis;
    if !(p > 0.0 && p < 1.0 && variance > 0.0 && df > 0.0) {
        return Interval { low: f64::NAN, high: f64::NAN };
    }
    // How much the design's variance is larger than that of the working likelihood.
    let scale = (n / basis.effective_n()).sqrt();
    let cutoff = t_quantile(0.975, df) * (variance * n * spread_of_r(domain, y)).sqrt() / (p * (1.0 - p));
    let farthest = -t_quantile(normal_cdf(-cutoff) / 4.0, n - 1.0);
    let centre = (p / (1.0 - p)).ln();
    let step = farthest / 5.0 * variance.sqrt() / (p * (1.0 - p));
    let share = |place: f64| 1.0 / (1.0 + (-place).exp());
    let mut points = vec![(centre, 0.0)];
    for side in [-1.0, 1.0] {
        let mut root = 0.0_f64;
        let mut number = 1;
        while number < 10 && root.abs() < farthest {
            let place = centre + side * f64::from(number) * step;
            root = scale * likelihood_root(basis, share(place));
            points.push((place, root));
            number += 1;
        }
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let spline = Spline::through(&points);
    let first = points.first().map_or(0.0, |point| point.0);
    let last = points.last().map_or(0.0, |point| point.0);
    let count = 3 * points.len();
    let drawn: Vec<(f64, f64)> = (0..count)
        .map(|at| first + (last - first) * at as f64 / (count as f64 - 1.0))
        .map(|place| (place, spline.at(place)))
        .collect();
    let read = |root: f64| {
        let between = drawn.windows(2).find(|pair| pair[0].1 <= root && root <= pair[1].1);
        between.map_or(f64::NAN, |pair| {
            let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
            share(x1 + (x2 - x1) * (root - y1) / (y2 - y1))
        })
    };
    Interval { low: read(-cutoff), high: read(cutoff) }
}

/// The cubic spline of Forsythe, Malcolm and Moler.
struct Spline {
    x: Vec<f64>,
    y: Vec<f64>,
    b: Vec<f64>,
    c: Vec<f64>,
    d: Vec<f64>,
}

impl Spline {
    /// Through at least four points with rising places.
    fn through(points: &[(f64, f64)]) -> Self {
        let x: Vec<f64> = points.iter().map(|point| point.0).collect();
        let y: Vec<f64> = points.iter().map(|point| point.1).collect();
        let n = x.len();
        let (mut b, mut c, mut d) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        let last = n - 1;
        d[0] = x[1] - x[0];
        c[1] = (y[1] - y[0]) / d[0];
        for i in 1..last {
            d[i] = x[i + 1] - x[i];
            b[i] = 2.0 * (d[i - 1] + d[i]);
            c[i + 1] = (y[i + 1] - y[i]) / d[i];
            c[i] = c[i + 1] - c[i];
        }
        // The third derivatives at the ends are those of the cubics through the outer four points.
        b[0] = -d[0];
        b[last] = -d[last - 1];
        c[0] = c[2] / (x[3] - x[1]) - c[1] / (x[2] - x[0]);
        c[last] = c[last - 1] / (x[last] - x[last - 2]) - c[last - 2] / (x[last - 1] - x[last - 3]);
        c[0] = c[0] * d[0] * d[0] / (x[3] - x[0]);
        c[last] = -c[last] * d[last - 1] * d[last - 1] / (x[last] - x[last - 3]);
        for i in 1..n {
            let t = d[i - 1] / b[i - 1];
            b[i] -= t * d[i - 1];
            c[i] -= t * c[i - 1];
        }
        c[last] /= b[last];
        for i in (0..last).rev() {
            c[i] = (c[i] - d[i] * c[i + 1]) / b[i];
        }
        b[last] = (y[last] - y[last - 1]) / d[last - 1] + d[last - 1] * (c[last - 1] + 2.0 * c[last]);
        for i in 0..last {
            b[i] = (y[i + 1] - y[i]) / d[i] - d[i] * (c[i + 1] + 2.0 * c[i]);
            d[i] = (c[i + 1] - c[i]) / d[i];
            c[i] *= 3.0;
        }
        c[last] *= 3.0;
        d[last] = d[last - 1];
        Self { x, y, b, c, d }
    }

    fn at(&self, place: f64) -> f64 {
        let after = self.x.iter().skip(1).take(self.x.len() - 2).filter(|x| place >= **x).count();
        let off = place - self.x[after];
        self.y[after] + off * (self.b[after] + off * (self.c[after] + off * self.d[after]))
    }
}
