//! Whatever is entered in whatever order: the state is the one computed from scratch.

use proptest::prelude::*;

use super::build::*;
use crate::{
    answers::{Path, Value},
    form::*,
};

/// A question of a random form: what it reads, and how.
#[derive(Debug, Clone)]
enum Shape {
    Asked,
    Sum(usize, usize),
    When(usize, i64),
    SumWhen(usize, usize, i64),
    Limited(usize),
    Chosen(usize),
}

#[derive(Debug, Clone)]
enum Step {
    Type(usize, Option<i64>),
    TypeInside(usize, usize, Option<i64>),
    Add(u64),
    Remove(usize),
}

fn shape() -> impl Strategy<Value = Shape> {
    let any = 0..64_usize;
    prop_oneof![
        3 => Just(Shape::Asked),
        1 => (any.clone(), any.clone()).prop_map(|(a, b)| Shape::Sum(a, b)),
        2 => (any.clone(), 0..4_i64).prop_map(|(a, n)| Shape::When(a, n)),
        1 => (any.clone(), any.clone(), 0..4_i64).prop_map(|(a, b, n)| Shape::SumWhen(a, b, n)),
        1 => any.clone().prop_map(Shape::Limited),
        1 => any.prop_map(Shape::Chosen),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let number = prop::option::weighted(0.8, 0..5_i64);
    prop_oneof![
        4 => (0..64_usize, number.clone()).prop_map(|(q, n)| Step::Type(q, n)),
        3 => (0..8_usize, 0..64_usize, number).prop_map(|(i, q, n)| Step::TypeInside(i, q, n)),
        2 => (0..u64::MAX).prop_map(Step::Add),
        1 => (0..8_usize).prop_map(Step::Remove),
    ]
}

/// Questions that read only earlier ones, so that no form is a circle.
fn questions(shapes: &[Shape], path: impl Fn(usize) -> String) -> Vec<Node> {
    let one = |(at, shape): (usize, &Shape)| {
        let name = format!("q{at}");
        let earlier = |wanted: usize| path(wanted % at.max(1));
        let plain = int(&name);
        match shape {
            _ if at == 0 => plain.into(),
            Shape::Asked => plain.into(),
            Shape::Sum(a, b) => calculate(&name, &format!("{} + {}", earlier(*a), earlier(*b))).into(),
            Shape::When(a, n) => plain.relevant(&format!("{} > {n}", earlier(*a))).into(),
            Shape::SumWhen(a, b, n) => {
                let sum = calculate(&name, &format!("concat({}, '-', {})", earlier(*a), earlier(*b)));
                sum.relevant(&format!("{} != {n}", earlier(*a))).into()
            }
            Shape::Limited(a) => plain
                .constraint(&format!(". >= coalesce({}, 0)", earlier(*a)), "small")
                .with(|q| q.bind.required = Some(format!("{} = 2", earlier(*a))))
                .into(),
            Shape::Chosen(a) => one_of_four(&name).filter(&format!("kind = {}", earlier(*a))).into(),
        }
    };
    shapes.iter().enumerate().map(one).collect()
}

fn one_of_four(name: &str) -> Question {
    one(name, "numbers")
}

fn random_form(outer: &[Shape], inner: &[Shape]) -> Form {
    let mut nodes = questions(outer, |at| format!("/data/q{at}"));
    let mut within = questions(inner, |at| format!("../q{at}"));
    within.push(calculate("place", "position(..)").into());
    within.push(calculate("outer", "concat(/data/q0, ../q0)").into());
    within.push(
        calculate(
            "running",
            "coalesce(/data/rows[position() = position(current()/..) - 1]/running, 0) + coalesce(../q0, 0)",
        )
        .into(),
    );
    nodes.push(repeat("rows", within));
    nodes.push(calculate("sum", "sum(/data/rows/running)").into());
    nodes.push(calculate("count", "count(/data/rows[q0 > 1])").into());
    nodes.push(int("last").relevant("/data/count > 0").into());
    let mut definition = definition(nodes);
    let kinds = ["0", "1", "1", "2", "3", "3"];
    let names = ["0", "1", "2", "3", "4", "5"];
    let columns: Vec<[(&str, &str); 1]> = kinds.iter().map(|kind| [("kind", *kind)]).collect();
    let items: Vec<(&str, &[(&str, &str)])> =
        names.iter().zip(&columns).map(|(name, columns)| (*name, columns.as_slice())).collect();
    definition.choices.insert("numbers".to_owned(), list(&items));
    compile(definition)
}

fn take(entry: &mut FormEntry, instances: &mut Vec<Path>, step: &Step) {
    // What is refused changes nothing, which is part of the claim.
    match step {
        Step::Type(question, number) => {
            let path = Path::new(format!("q{question}"));
            let _ = entry.set_answer(&path, number.map(Value::Integer));
        }
        Step::TypeInside(instance, question, number) => {
            if let Some(instance) = instances.get(instance % instances.len().max(1)) {
                let path = instance.child(&format!("q{question}"));
                let _ = entry.set_answer(&path, number.map(Value::Integer));
            }
        }
        Step::Add(seed) => {
            let before = instances.first().filter(|_| seed % 3 == 0);
            let added = entry.insert_repeat(&Path::new("rows"), before, &mut rng(*seed));
            instances.extend(added);
        }
        Step::Remove(at) if !instances.is_empty() => {
            let gone = instances.remove(at % instances.len());
            let _ = entry.remove_repeat(&gone);
        }
        Step::Remove(_) => {}
    }
}

/// Everything that can be seen of an entry.
fn seen(entry: &FormEntry) -> (Screen, crate::answers::Answers, Vec<Violation>) {
    (entry.screen("en"), entry.outputs(), entry.validate("en"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn computing_what_changed_gives_what_computing_everything_gives(
        outer in prop::collection::vec(shape(), 1..14),
        inner in prop::collection::vec(shape(), 1..8),
        steps in prop::collection::vec(step(), 0..30),
    ) {
        let form = random_form(&outer, &inner);
        let mut entry = FormEntry::new(form.clone(), &start());
        let mut merged = FormEntry::new(form.clone(), &start());
        let mut instances = Vec::new();
        let mut told = crate::answers::Answers::default();
        for step in &steps {
            take(&mut entry, &mut instances, step);
            for (path, value) in entry.take_changes() {
                told.set(path, value);
            }
            prop_assert_eq!(&told, entry.answers());
        }
        let loaded = FormEntry::load(form, entry.answers(), &start());
        prop_assert_eq!(seen(&entry), seen(&loaded));
        merged.merge_in(entry.answers());
        prop_assert_eq!(seen(&entry), seen(&merged));
    }
}
