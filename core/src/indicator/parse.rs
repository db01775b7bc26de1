//! Reading `indicators.toml`: every issue at once, each with its line.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use super::{
    definition::{
        Baseline, BaselineWave, Calibration, Comparator, Definition, Design, Direction, Disaggregation,
        IndicatorFile, Level, Margin, Measure, Period, Phrase, Role, Sampling, Sensitivity, Target,
        TargetKind, Unit,
    },
    issue::IndicatorIssue,
    reader::{Node, Report},
};
use crate::{text::Localized, xpath::Expr};

/// Fewest respondents that any indicator may be shown for.
const FEWEST_PERSONS: u64 = 10;
/// Fewest companies that any indicator may be shown for.
const FEWEST_COMPANIES: u64 = 3;

const KEYS: [&str; 24] = [
    "id",
    "level",
    "role",
    "name",
    "policy",
    "quote_ja",
    "form",
    "rows",
    "population",
    "answered",
    "measure",
    "design",
    "calibration",
    "baseline",
    "target",
    "direction",
    "period",
    "unit",
    "by",
    "method",
    "reading",
    "sensitivity",
    "smallest_cell",
    "companion",
];

type Classes = BTreeMap<String, Vec<(String, Localized)>>;

impl IndicatorFile {
    /// Reads an indicator file.
    ///
    /// # Errors
    /// Every [`IndicatorIssue`] of the file, in file order.
    pub fn parse(source: &str) -> Result<Self, Vec<IndicatorIssue>> {
        let mut report = Report::new(source);
        let (document, errors) = DeTable::parse_recoverable(source);
        for error in errors {
            let at = error.span().map(|span| span.start);
            report.add(at, "toml", format!("TOML として読めません: {}", error.message()), error.message());
        }
        if !report.issues.is_empty() {
            return Err(report.issues);
        }
        let root = Node::new(&document);
        root.refuse_other_keys(&mut report, &["classes", "indicator"]);
        let classes = class_lists(&mut report, root);
        let mut file = Self::default();
        for node in root.tables(&mut report, "indicator", false) {
            file.indicators.push(definition(&mut report, &classes, node));
        }
        report.indicator.clear();
        check_ids(&mut report, &file);
        report.issues.sort_by_key(|issue| issue.line);
        if report.issues.is_empty() { Ok(file) } else { Err(report.issues) }
    }
}

fn check_ids(report: &mut Report<'_>, file: &IndicatorFile) {
    if file.indicators.is_empty() {
        report.add(None, "indicator", "指標が一つもありません", "there is no indicator");
    }
    let mut seen = BTreeSet::new();
    for definition in file.all() {
        if !seen.insert(&definition.id) {
            report.indicator.clone_from(&definition.id);
            report.add(None, "id", "同じ id が二度あります", "this id stands twice");
        }
    }
}

/// Lists of classes that several indicators are broken down by.
fn class_lists(report: &mut Report<'_>, root: Node<'_>) -> Classes {
    let mut lists = Classes::new();
    let Some(table) = root.table(report, "classes") else { return lists };
    for (name, _) in table.keys() {
        let classes = table.tables(report, name, false);
        lists.insert(name.to_owned(), classes.into_iter().map(|class| class_of(report, class)).collect());
    }
    lists
}

fn class_of(report: &mut Report<'_>, node: Node<'_>) -> (String, Localized) {
    node.refuse_other_keys(report, &["id", "ja", "en"]);
    (node.text(report, "id"), node.both_languages(report, "classes"))
}

fn definition(report: &mut Report<'_>, classes: &Classes, node: Node<'_>) -> Definition {
    report.indicator = node.text_or_none(report, "id").unwrap_or_default();
    node.refuse_other_keys(report, &KEYS);
    let definition = Definition {
        id: node.text(report, "id"),
        level: node.word(
            report,
            "level",
            &[("KGI", Level::Kgi), ("KSI", Level::Ksi), ("KPI", Level::Kpi)],
            true,
        ),
        role: role(report, node),
        name: node.localized(report, "name"),
        policy: node.localized(report, "policy"),
        quote_ja: node.text(report, "quote_ja"),
        form: node.text(report, "form"),
        rows: node.text_or_none(report, "rows"),
        population: expression(report, node, "population"),
        answered: expression(report, node, "answered"),
        measure: measure(report, node),
        design: design(report, node),
        baseline: baseline(report, node),
        target: target(report, node),
        direction: node.word(report, "direction", &[("up", Direction::Up), ("down", Direction::Down)], true),
        period: node.word(
            report,
            "period",
            &[("wave", Period::Wave), ("fiscal-year", Period::FiscalYear)],
            true,
        ),
        unit: unit(report, node),
        disaggregations: disaggregations(report, classes, node),
        method: node.localized(report, "method"),
        reading: node.localized(report, "reading"),
        sensitivity: sensitivity(report, node),
        smallest_cell: smallest_cell(report, node),
        companions: companions(report, classes, node),
    };
    report.indicator.clone_from(&definition.id);
    check(report, node, &definition);
    definition
}

fn companions(report: &mut Report<'_>, classes: &Classes, node: Node<'_>) -> Vec<Definition> {
    let tables = node.tables(report, "companion", false);
    let inner = |report: &mut Report<'_>, table: Node<'_>| {
        if let Some(value) = table.own("companion") {
            let at = Some(value.span().start);
            report.add(
                at,
                "companion",
                "companion の中に companion は書けません",
                "a companion has none of its own",
            );
        }
        if table.own("id").is_none() {
            report.add(Some(table.start()), "id", "必須のキーがありません", "this key is required");
        }
        definition(report, classes, table.under(node))
    };
    tables.into_iter().map(|table| inner(report, table)).collect()
}

/// What no single key can say.
fn check(report: &mut Report<'_>, node: Node<'_>, definition: &Definition) {
    let at = node.get("target").map(|value| value.span().start);
    let changes = matches!(definition.target.kind, TargetKind::RelativeChange | TargetKind::Points);
    let Baseline { wave, value, phrase, before } = &definition.baseline;
    if changes && wave.is_none() && value.is_none() && phrase.is_none() && !before {
        report.add(
            at,
            "baseline",
            "変化の目標には基準(baseline)が必要です",
            "a target that is a change needs a baseline",
        );
    }
    let rises = definition.target.comparator == Comparator::AtLeast;
    if rises != (definition.direction == Direction::Up) {
        report.add(
            at,
            "target.comparator",
            "direction と向きが合いません(up なら at-least、down なら at-most)",
            "does not agree with `direction` (at-least with up, at-most with down)",
        );
    }
    if *before && !matches!(definition.measure, Measure::PairedChange { .. }) {
        report.add(
            at,
            "baseline.before",
            "before は paired-change にだけ使えます",
            "`before` belongs to the measure paired-change only",
        );
    }
}

fn role(report: &mut Report<'_>, node: Node<'_>) -> Option<Role> {
    node.get("role")?;
    Some(node.word(report, "role", &[("outcome", Role::Outcome), ("output", Role::Output)], false))
}

/// An expression that parses.
fn expression(report: &mut Report<'_>, node: Node<'_>, key: &str) -> Option<String> {
    let text = node.text_or_none(report, key)?;
    if let Err(error) = Expr::parse(&text) {
        let at = node.get(key).map(|value| value.span().start);
        report.add(
            at,
            key,
            format!("式が読めません: {error}"),
            format!("the expression cannot be read: {error}"),
        );
    }
    Some(text)
}

fn required_expression(report: &mut Report<'_>, node: Node<'_>, key: &str) -> String {
    if node.get(key).is_none() {
        node.text(report, key);
    }
    expression(report, node, key).unwrap_or_default()
}

fn measure(report: &mut Report<'_>, node: Node<'_>) -> Measure {
    let Some(table) = node.required_table(report, "measure") else { return Measure::Count };
    table.refuse_other_keys(
        report,
        &["kind", "numerator", "denominator", "value", "key", "before", "after", "scale"],
    );
    let kinds =
        ["count", "proportion", "mean", "total", "distinct-count", "ratio", "paired-change"].map(|k| (k, k));
    let kind = table.word(report, "kind", &kinds, true);
    let scale = table.number_or_none(report, "scale").unwrap_or(1.0);
    match kind {
        "proportion" => Measure::Proportion { numerator: required_expression(report, table, "numerator") },
        "mean" => Measure::Mean { value: required_expression(report, table, "value") },
        "total" => Measure::Total { value: required_expression(report, table, "value") },
        "distinct-count" => Measure::DistinctCount { key: required_expression(report, table, "key") },
        "ratio" => Measure::Ratio {
            numerator: required_expression(report, table, "numerator"),
            denominator: required_expression(report, table, "denominator"),
            scale,
        },
        "paired-change" => Measure::PairedChange {
            before: required_expression(report, table, "before"),
            after: required_expression(report, table, "after"),
            scale,
        },
        _ => Measure::Count,
    }
}

fn design(report: &mut Report<'_>, node: Node<'_>) -> Design {
    let calibration = calibration(report, node);
    let Some(table) = node.required_table(report, "design") else { return Design::default() };
    table.refuse_other_keys(
        report,
        &["sampling", "stratified", "finite_population", "weight", "cluster", "contributor"],
    );
    Design {
        sampling: table.word(
            report,
            "sampling",
            &[("sample", Sampling::Sample), ("census", Sampling::Census)],
            true,
        ),
        stratified: table.flag(report, "stratified"),
        finite_population: table.flag(report, "finite_population"),
        weight: expression(report, table, "weight"),
        cluster: expression(report, table, "cluster"),
        contributor: expression(report, table, "contributor"),
        calibration,
    }
}

fn calibration(report: &mut Report<'_>, node: Node<'_>) -> Calibration {
    let mut margins = Vec::new();
    for table in node.tables(report, "calibration", true) {
        table.refuse_other_keys(report, &["by", "totals", "margin"]);
        let by = required_expression(report, table, "by");
        let margin = table.text_or_none(report, "margin");
        let mut totals = BTreeMap::new();
        let list = match margin {
            Some(_) => table.table(report, "totals"),
            None => table.required_table(report, "totals"),
        };
        if let Some(list) = list {
            for (class, _) in list.keys() {
                totals.insert(class.to_owned(), list.number(report, class));
            }
        }
        margins.push(Margin { by, margin, totals });
    }
    Calibration(margins)
}

fn baseline(report: &mut Report<'_>, node: Node<'_>) -> Baseline {
    let Some(table) = node.table(report, "baseline") else { return Baseline::default() };
    table.refuse_other_keys(report, &["wave", "value", "phrase", "before"]);
    let phrase = table.table(report, "phrase").map(|phrase| {
        phrase.refuse_other_keys(report, &["ja", "en", "low", "high"]);
        Phrase {
            text: phrase.both_languages(report, "baseline.phrase"),
            low: phrase.number(report, "low"),
            high: phrase.number(report, "high"),
        }
    });
    Baseline {
        wave: baseline_wave(report, table),
        value: table.number_or_none(report, "value"),
        phrase,
        before: table.flag(report, "before"),
    }
}

fn baseline_wave(report: &mut Report<'_>, table: Node<'_>) -> Option<BaselineWave> {
    if let DeValue::Integer(_) = table.get("wave")?.get_ref() {
        let year = table.whole_or_none(report, "wave").and_then(|year| i32::try_from(year).ok());
        return year.map(BaselineWave::FiscalYear);
    }
    let words = [("first", BaselineWave::First), ("previous", BaselineWave::Previous)];
    Some(table.word(report, "wave", &words, true))
}

fn target(report: &mut Report<'_>, node: Node<'_>) -> Target {
    let none = Target { kind: TargetKind::Level, value: 0.0, comparator: Comparator::AtLeast };
    let Some(table) = node.required_table(report, "target") else { return none };
    table.refuse_other_keys(report, &["kind", "value", "comparator"]);
    let kinds = [
        ("level", TargetKind::Level),
        ("relative-change", TargetKind::RelativeChange),
        ("points", TargetKind::Points),
        ("annual-count", TargetKind::AnnualCount),
        ("annual-sum", TargetKind::AnnualSum),
    ];
    let comparators = [("at-least", Comparator::AtLeast), ("at-most", Comparator::AtMost)];
    Target {
        kind: table.word(report, "kind", &kinds, true),
        value: table.number(report, "value"),
        comparator: table.word(report, "comparator", &comparators, true),
    }
}

fn unit(report: &mut Report<'_>, node: Node<'_>) -> Unit {
    let Some(table) = node.required_table(report, "unit") else {
        return Unit { code: String::new(), label: Localized::default(), decimals: 0 };
    };
    table.refuse_other_keys(report, &["code", "ja", "en", "decimals"]);
    let decimals = table.whole_or_none(report, "decimals").unwrap_or(0);
    Unit {
        code: table.text(report, "code"),
        label: table.both_languages(report, "unit"),
        decimals: u8::try_from(decimals.clamp(0, 6)).unwrap_or(0),
    }
}

fn disaggregations(report: &mut Report<'_>, classes: &Classes, node: Node<'_>) -> Vec<Disaggregation> {
    let mut found = Vec::new();
    for table in node.tables(report, "by", false) {
        table.refuse_other_keys(report, &["id", "ja", "en", "expression", "classes"]);
        let list = table.text(report, "classes");
        if !classes.contains_key(&list) {
            let at = Some(table.start());
            report.add(at, "by.classes", "[classes] にない一覧です", "there is no such list under [classes]");
        }
        found.push(Disaggregation {
            id: table.text(report, "id"),
            label: table.both_languages(report, "by"),
            expression: required_expression(report, table, "expression"),
            classes: classes.get(&list).cloned().unwrap_or_default(),
        });
    }
    found
}

fn sensitivity(report: &mut Report<'_>, node: Node<'_>) -> Sensitivity {
    let words = [
        ("anonymous", Sensitivity::Anonymous),
        ("company", Sensitivity::Company),
        ("register", Sensitivity::Register),
    ];
    node.word(report, "sensitivity", &words, true)
}

/// The file may ask for more than the rule, never for less.
fn smallest_cell(report: &mut Report<'_>, node: Node<'_>) -> u64 {
    let least = match node.get("sensitivity").map(|value| value.get_ref()) {
        Some(DeValue::String(word)) if word == "register" => 1,
        Some(DeValue::String(word)) if word == "company" => FEWEST_COMPANIES,
        _ => FEWEST_PERSONS,
    };
    let asked = node.whole_or_none(report, "smallest_cell").and_then(|number| u64::try_from(number).ok());
    let Some(asked) = asked else { return least };
    if asked < least {
        let at = node.get("smallest_cell").map(|value| value.span().start);
        report.add(
            at,
            "smallest_cell",
            format!("{least} 以上にしてください"),
            format!("write {least} or more"),
        );
    }
    asked.max(least)
}
