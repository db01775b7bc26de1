//! What a bench says.

use std::time::Instant;

/// Prints each figure as it comes.
pub(crate) struct Report {
    json: bool,
    only: String,
}

impl Report {
    /// Prints figures whose name begins with `only`.
    pub(crate) fn new(json: bool, only: String) -> Self {
        Self { json, only }
    }

    /// True when a bench of that name is asked for.
    pub(crate) fn wants(&self, bench: &str) -> bool {
        bench.starts_with(&self.only) || self.only.starts_with(bench)
    }

    /// True when a bench that is too long for every day was asked for by its name.
    pub(crate) fn names(&self, bench: &str) -> bool {
        !self.only.is_empty() && self.only.starts_with(bench)
    }

    /// Prints one figure, with the peer's of the same run where there is one.
    #[expect(clippy::print_stdout, reason = "the figures are what this program prints")]
    pub(crate) fn say(&mut self, bench: &str, ours: f64, unit: &str, peer: Option<f64>) {
        if !bench.starts_with(&self.only) {
            return;
        }
        let ratio = peer.filter(|peer| *peer != 0.0).map(|peer| ours / peer);
        let inverse = peer.filter(|_| ours != 0.0).map(|peer| peer / ours);
        if self.json {
            let line = serde_json::json!({
                "bench": bench, "ours": ours, "unit": unit, "peer": peer, "ratio": ratio, "peer_over_ours": inverse,
            });
            println!("{line}");
        } else {
            let beside = match (peer, ratio, inverse) {
                (Some(peer), Some(ratio), Some(inverse)) => {
                    format!("   peer {peer:.3} {unit}, ratio {ratio:.3}, peer/ours {inverse:.1}")
                }
                _ => String::new(),
            };
            println!("{bench:44} {ours:>14.3} {unit}{beside}");
        }
    }
}

/// Milliseconds that `work` takes: the median of `runs`.
pub(crate) fn median_ms(runs: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The value that `share` of `values` do not exceed (nearest rank); 0 of none.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}
