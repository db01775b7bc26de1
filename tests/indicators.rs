//! The indicator file against the forms that it counts: a renamed question or a new choice must
//! not silently empty an indicator.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use tsumugi_core::{
    form::{FormDefinition, Node},
    indicator::{Definition, IndicatorFile, Measure},
    xlsform,
    xpath::{Expr, dependencies},
};

const FORMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../forms");

fn file() -> IndicatorFile {
    let text = std::fs::read_to_string(Path::new(FORMS).join("indicators.toml")).expect("the indicator file");
    IndicatorFile::parse(&text).expect("an indicator file without issues")
}

fn form(id: &str) -> FormDefinition {
    let name = format!("{id}.xlsx");
    let bytes = std::fs::read(Path::new(FORMS).join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let import = xlsform::import(&bytes, &name);
    import.definition.unwrap_or_else(|| panic!("{name}: {:?}", import.findings))
}

/// Paths of questions without repeat ids, with the codes that may be chosen.
fn questions(form: &FormDefinition) -> BTreeMap<String, BTreeSet<String>> {
    fn walk(
        form: &FormDefinition,
        nodes: &[Node],
        above: &str,
        found: &mut BTreeMap<String, BTreeSet<String>>,
    ) {
        for node in nodes {
            let path =
                if above.is_empty() { node.name().to_owned() } else { format!("{above}/{}", node.name()) };
            match node {
                Node::Group(group) => walk(form, &group.children, &path, found),
                Node::Repeat(repeat) => walk(form, &repeat.children, &path, found),
                Node::Question(question) => {
                    let list = question.choices.as_ref().and_then(|source| form.choices.get(&source.list));
                    let codes = list.into_iter().flat_map(|list| &list.items).map(|item| item.name.clone());
                    found.insert(path, codes.collect());
                }
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(form, &form.nodes, "", &mut found);
    found
}

fn expressions(definition: &Definition) -> Vec<String> {
    let design = &definition.design;
    let single =
        [&definition.population, &definition.answered, &design.weight, &design.cluster, &design.contributor];
    let mut found: Vec<String> = single.into_iter().flatten().cloned().collect();
    match &definition.measure {
        Measure::Proportion { numerator } => found.push(numerator.clone()),
        Measure::Mean { value } | Measure::Total { value } => found.push(value.clone()),
        Measure::Count => {}
        Measure::DistinctCount { key } => found.push(key.clone()),
        Measure::Ratio { numerator, denominator, .. } => {
            found.extend([numerator.clone(), denominator.clone()])
        }
        Measure::PairedChange { before, after, .. } => found.extend([before.clone(), after.clone()]),
    }
    found.extend(definition.disaggregations.iter().map(|by| by.expression.clone()));
    found
}

#[test]
fn every_path_of_every_indicator_is_a_question_of_its_form() {
    let mut seen = 0;
    for definition in file().all() {
        let questions = questions(&form(&definition.form));
        for text in expressions(definition) {
            let expr = Expr::parse(&text).expect("the file was parsed");
            for path in dependencies(&expr).paths {
                let path = path.to_string();
                assert!(
                    questions.contains_key(&path),
                    "{}: `{path}` is not in {}",
                    definition.id,
                    definition.form
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "only {seen} paths were checked");
}

#[test]
fn every_choice_that_a_condition_names_can_be_chosen() {
    for definition in file().all() {
        let questions = questions(&form(&definition.form));
        for text in expressions(definition) {
            // `path = 'code'`, as the file writes it.
            for condition in text.split(" and ").flat_map(|part| part.split(" or ")) {
                let Some((path, code)) = condition.split_once("= '") else { continue };
                let (path, code) =
                    (path.trim_end_matches(['!', ' ']).trim(), code.trim_end_matches(['\'', ' ', ')']));
                let codes = questions.get(path).unwrap_or_else(|| panic!("{}: {path}", definition.id));
                let known = code.is_empty() || codes.is_empty() || codes.contains(code);
                assert!(known, "{}: `{path}` has no choice `{code}`", definition.id);
            }
        }
    }
}

#[test]
fn breakdowns_name_every_choice_of_their_question() {
    for definition in file().all() {
        let questions = questions(&form(&definition.form));
        let unreachable = |text: &str, code: &str| {
            definition
                .population
                .as_deref()
                .is_some_and(|population| population.contains(&format!("{text} != '{code}'")))
        };
        for by in definition.disaggregations.iter().filter(|by| !by.classes.is_empty()) {
            let named: BTreeSet<&String> = by.classes.iter().map(|(code, _)| code).collect();
            for code in questions.get(&by.expression).into_iter().flatten() {
                let covered = named.contains(code) || unreachable(&by.expression, code);
                assert!(covered, "{}: breakdown `{}` does not name `{code}`", definition.id, by.id);
            }
        }
    }
}
