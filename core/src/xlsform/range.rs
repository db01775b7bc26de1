//! The `range` question: a number between two ends.

use std::collections::BTreeMap;

use super::{build::Builder, header::Record};
use crate::form::{ChoiceSource, DataType, Question};

impl Builder<'_> {
    /// Checks the ends and the step, and puts the defaults of XLSForm where they are left out.
    pub(super) fn range(&mut self, record: &Record, question: &mut Question) {
        let (start, end, step) = ends(&question.parameters);
        let numbers = [("start", &start), ("end", &end), ("step", &step)];
        for (key, value) in numbers {
            if value.parse::<f64>().is_err() {
                self.bad_range(
                    record,
                    [&format!("{key} が数ではありません"), &format!("`{key}` is no number")],
                );
                return;
            }
        }
        let number = |text: &str| text.parse::<f64>().unwrap_or_default();
        let (from, to, by) = (number(&start), number(&end), number(&step).abs());
        if by == 0.0 {
            self.bad_range(record, ["step が 0 です", "`step` is zero"]);
        } else if by > (to - from).abs() {
            self.bad_range(record, ["step が範囲より大きい値です", "`step` is larger than the range"]);
        }
        let is_whole =
            [&start, &end, &step].iter().all(|text| number(text).fract() == 0.0 && !text.contains('.'));
        question.data_type = if is_whole { DataType::Int } else { DataType::Decimal };
        for (key, value) in [("start", start), ("end", end), ("step", step)] {
            question.parameters.entry(key.to_owned()).or_insert(value);
        }
        self.check_appearance(record, question);
        self.ticks(record, question, (from, to, by));
        let list = question.parameters.get("tick_labelset").cloned();
        if let Some(list) = list {
            self.tick_labels(record, question, &list, (from, to, by));
        }
    }

    /// Ticks, their labels and a placeholder belong to a scale that is drawn as a line.
    fn check_appearance(&mut self, record: &Record, question: &Question) {
        let on_a_line =
            question.appearance.iter().all(|word| matches!(word.as_str(), "vertical" | "no-ticks"));
        let of_a_line = ["tick_interval", "placeholder", "tick_labelset"];
        let given = of_a_line.into_iter().find(|key| question.parameters.contains_key(*key));
        let Some(key) = given.filter(|_| !on_a_line) else { return };
        self.report.error(
            "range-appearance",
            &record.at("parameters"),
            [
                &format!("{key} は、この appearance では使えません"),
                &format!("`{key}` has no meaning with this appearance"),
            ],
            [
                "appearance を空、vertical、no-ticks のどれかにするか、この parameter を消してください",
                "leave `appearance` empty or make it vertical or no-ticks, or remove the parameter",
            ],
        );
    }

    fn ticks(&mut self, record: &Record, question: &Question, (from, to, by): (f64, f64, f64)) {
        let number = |key: &str| question.parameters.get(key).map(|text| text.parse::<f64>());
        let is_multiple = |value: f64, step: f64| {
            let steps = value / step;
            (steps - steps.round()).abs() < 1e-9
        };
        match number("tick_interval") {
            Some(Ok(interval))
                if interval != 0.0 && interval.abs() <= (to - from).abs() && is_multiple(interval, by) => {}
            None => {}
            Some(_) => self.bad_range(
                record,
                [
                    "tick_interval は step の倍数で、範囲以下の値にしてください",
                    "`tick_interval` is a multiple of `step` within the range",
                ],
            ),
        }
        match number("placeholder") {
            Some(Ok(place))
                if (from.min(to)..=from.max(to)).contains(&place) && is_multiple(place - from, by) => {}
            None => {}
            Some(_) => self.bad_range(
                record,
                [
                    "placeholder は範囲の中の値にしてください",
                    "`placeholder` is a value that the range can take",
                ],
            ),
        }
    }

    fn tick_labels(
        &mut self,
        record: &Record,
        question: &mut Question,
        list: &str,
        (from, to, by): (f64, f64, f64),
    ) {
        let Some(entries) = self.lists.lists.get(list) else {
            let what = [
                format!("tick_labelset の選択肢リスト「{list}」がありません"),
                format!("there is no choice list `{list}` for `tick_labelset`"),
            ];
            self.bad_range(record, [&what[0], &what[1]]);
            return;
        };
        let numbers: Vec<Option<f64>> = entries.iter().map(|entry| entry.choice.name.parse().ok()).collect();
        if numbers.iter().any(Option::is_none) {
            self.bad_range(
                record,
                [
                    "tick_labelset の name はすべて数にしてください",
                    "every name of the `tick_labelset` list is a number",
                ],
            );
        }
        let inside = |number: &Option<f64>| number.is_none_or(|n| (from.min(to)..=from.max(to)).contains(&n));
        if !numbers.iter().all(inside) {
            self.bad_range(
                record,
                [
                    "tick_labelset に範囲の外の値があります",
                    "the `tick_labelset` list has a value outside of the range",
                ],
            );
        }
        self.check_labels(record, question, &numbers, (from, by));
        question.choices = Some(ChoiceSource {
            list: list.to_owned(),
            value: "name".to_owned(),
            label: "label".to_owned(),
            ..ChoiceSource::default()
        });
    }

    /// Labels stand on ticks; without ticks they stand at the two ends.
    fn check_labels(
        &mut self,
        record: &Record,
        question: &Question,
        numbers: &[Option<f64>],
        (from, by): (f64, f64),
    ) {
        let interval = question.parameters.get("tick_interval").and_then(|text| text.parse::<f64>().ok());
        let between = interval.filter(|interval| *interval != 0.0).unwrap_or(by);
        let on_a_step = |number: &Option<f64>| {
            number.is_none_or(|n| {
                let steps = (n - from) / between;
                (steps - steps.round()).abs() < 1e-9
            })
        };
        if !numbers.iter().all(on_a_step) {
            self.bad_range(
                record,
                [
                    "tick_labelset の値は start に step(あれば tick_interval)の倍数を足した値にしてください",
                    "every value of the `tick_labelset` list is `start` plus a multiple of `step`, or of `tick_interval` where that is given",
                ],
            );
        }
        let mut ends: Vec<f64> = numbers.iter().flatten().copied().collect();
        ends.sort_by(f64::total_cmp);
        ends.dedup();
        if ends.len() > 2 && question.appearance.iter().any(|word| word == "no-ticks") {
            self.bad_range(
                record,
                [
                    "no-ticks では tick_labelset の選択肢は両端の 2 つだけです",
                    "with `no-ticks` the `tick_labelset` list has two choices, one for each end",
                ],
            );
        }
    }

    fn bad_range(&mut self, record: &Record, what: [&str; 2]) {
        self.report.error(
            "range",
            &record.at("parameters"),
            what,
            ["例: start=0 end=10 step=1", "for example: start=0 end=10 step=1"],
        );
    }
}

fn ends(given: &BTreeMap<String, String>) -> (String, String, String) {
    let or = |key: &str, value: &str| given.get(key).cloned().unwrap_or_else(|| value.to_owned());
    (or("start", "1"), or("end", "10"), or("step", "1"))
}
