//! A questionnaire of 300 questions, one of which 100 others depend on.

use std::hint::black_box;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tsumugi_core::{
    answers::Path,
    form::{Bind, Control, DataType, Form, FormDefinition, FormEntry, Group, Node, Question, Repeat, Start},
    moment::Moment,
    text::Localized,
};

use crate::report::{Report, median_ms};

fn question(name: String, bind: Bind, control: Control) -> Node {
    let label = Localized::of([("ja", "質問"), ("en", "Question")]);
    Node::Question(Box::new(Question {
        name,
        data_type: DataType::Int,
        control,
        label,
        bind,
        ..Question::default()
    }))
}

/// 200 questions to type, 100 calculations that read the first one, in ten sections, and a repeat.
fn definition() -> FormDefinition {
    let typed = |number: usize| {
        let relevant = (number % 10 == 9).then(|| "/data/s0/q0 > 3".to_owned());
        let constraint = Some(". >= 0 and . < 100000".to_owned());
        question(format!("q{number}"), Bind { relevant, constraint, ..Bind::default() }, Control::Input)
    };
    let computed = |number: usize| {
        let calculate = Some(format!("/data/s0/q0 * {number} + 1"));
        question(format!("c{number}"), Bind { calculate, ..Bind::default() }, Control::None)
    };
    let mut nodes: Vec<Node> = (0..10)
        .map(|section| {
            let children = (0..20)
                .map(|place| typed(section * 20 + place))
                .chain((0..10).map(|place| computed(section * 10 + place)))
                .collect();
            Node::Group(Box::new(Group { name: format!("s{section}"), children, ..Group::default() }))
        })
        .collect();
    let children = vec![
        question("amount".to_owned(), Bind::default(), Control::Input),
        question(
            "double".to_owned(),
            Bind { calculate: Some("../amount * 2".to_owned()), ..Bind::default() },
            Control::None,
        ),
    ];
    nodes.push(Node::Repeat(Box::new(Repeat { name: "rows".to_owned(), children, ..Repeat::default() })));
    nodes.push(question(
        "sum".to_owned(),
        Bind { calculate: Some("sum(/data/rows/double)".to_owned()), ..Bind::default() },
        Control::None,
    ));
    FormDefinition {
        form_id: "bench".to_owned(),
        root: "data".to_owned(),
        nodes,
        ..FormDefinition::default()
    }
}

pub(crate) fn measure(report: &mut Report) {
    if !report.wants("form") {
        return;
    }
    let definition = definition();
    let start = Start {
        now: Moment::tokyo(1_790_000_000_000),
        seed: 1,
        device: None,
        properties: std::collections::BTreeMap::new(),
        language: "ja".to_owned(),
    };
    report.say(
        "form/compile-300-questions",
        median_ms(21, || drop(black_box(Form::compile(definition.clone())))),
        "ms",
        None,
    );
    let form = Form::compile(definition).expect("the form of the bench is sound");
    report.say(
        "form/open-300-questions",
        median_ms(51, || drop(black_box(FormEntry::new(form.clone(), &start)))),
        "ms",
        None,
    );
    let mut entry = FormEntry::new(form.clone(), &start);
    let mut number = 0_u32;
    let set = median_ms(201, || {
        number += 1;
        entry.set_text(&Path::new("s0/q0"), &number.to_string()).expect("a number");
    });
    report.say("form/set-answer-100-dependents", set, "ms", None);
    report.say(
        "form/screen-300-questions",
        median_ms(21, || drop(black_box(entry.screen("ja")))),
        "ms",
        None,
    );
    repeats(report, &form, &start);
}

fn repeats(report: &mut Report, form: &Form, start: &Start) {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let rows = Path::new("rows");
    let mut add = |entry: &mut FormEntry| {
        let instance = entry.add_repeat(&rows, &mut rng).expect("an instance");
        entry.set_text(&instance.child("amount"), "2").expect("a number");
    };
    let mut nth = |place: usize| {
        let mut times: Vec<f64> = (0..11)
            .map(|_| {
                let mut entry = FormEntry::new(form.clone(), start);
                (1..place).for_each(|_| add(&mut entry));
                median_ms(1, || add(&mut entry))
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    let (tenth, thousandth) = (nth(10), nth(1_000));
    report.say("form/add-1000th-repeat", thousandth, "ms", Some(tenth));
}
