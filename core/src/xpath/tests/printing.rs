//! What is printed parses to the same expression.

use proptest::{prelude::*, strategy::Union};

use crate::xpath::{Context, Expr, NoHost, Tree, eval};

fn printed(expression: &str) -> String {
    Expr::parse(expression).expect("an expression").to_string()
}

#[test]
fn parentheses_are_printed_where_they_matter() {
    let expectations = [
        ("(1 + 2) * 3", "(1 + 2) * 3"),
        ("1 + (2 * 3)", "1 + 2 * 3"),
        ("1 - (2 - 3)", "1 - (2 - 3)"),
        ("-(a | b)", "-a | b"),
        ("(-a) | b", "(-a) | b"),
        ("(/) * 2", "(/) * 2"),
        ("(//a)[1]", "(//a)[1]"),
        ("//a[ 1 ]/../@b", "//a[1]/../@b"),
        ("child::a/descendant-or-self::node()/b", "a//b"),
        ("\"it's\"", "\"it's\""),
        ("a<-b", "a < -b"),
        ("div div mod", "div div mod"),
        ("( current() )/../x", "current()/../x"),
        ("1e-7", "0.0000001"),
    ];
    for (expression, expected) in expectations {
        assert_eq!(printed(expression), expected, "{expression}");
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("a".to_owned()),
        Just("or".to_owned()),
        Just("div".to_owned()),
        Just("text".to_owned()),
        Just("年齢".to_owned()),
        Just("jr:x-1.y".to_owned()),
        Just("*".to_owned()),
        Just("jr:*".to_owned()),
    ]
}

fn step() -> BoxedStrategy<String> {
    let test = prop_oneof![
        name(),
        Just("node()".to_owned()),
        Just("text()".to_owned()),
        Just("processing-instruction('p')".to_owned()),
    ];
    let axis =
        prop_oneof![Just(""), Just("@"), Just("ancestor-or-self::"), Just("self::"), Just("preceding :: ")];
    prop_oneof![
        (axis, test).prop_map(|(axis, test)| format!("{axis}{test}")),
        Just(".".to_owned()),
        Just("..".to_owned())
    ]
    .boxed()
}

/// Expressions as people and other programs write them.
fn expression() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        (0_u32..1_000_000, 0_u8..4).prop_map(|(digits, scale)| match scale {
            0 => digits.to_string(),
            1 => format!(".{digits}"),
            2 => format!("{digits}."),
            _ => format!("{digits}e-3"),
        }),
        "[a-z\"あ ]{0,5}".prop_map(|text| format!("'{text}'")),
        "[a-z' ]{0,5}".prop_map(|text| format!("\"{text}\"")),
        Just("$v:w".to_owned()),
        Just("/".to_owned()),
        step(),
    ];
    leaf.prop_recursive(3, 24, 3, |inner| {
        let operator = prop::sample::select(vec![
            " or ", " and ", "=", "!=", "<", " <= ", ">", ">=", "+", " - ", " * ", " div ", " mod ", "|",
        ]);
        // Boxed one by one: the frames of a debug build would not fit a test's stack.
        Union::new([
            (inner.clone(), operator, inner.clone())
                .prop_map(|(left, op, right)| format!("{left}{op}{right}"))
                .boxed(),
            inner.clone().prop_map(|inner| format!("-{inner}")).boxed(),
            inner.clone().prop_map(|inner| format!("( {inner} )")).boxed(),
            (inner.clone(), inner.clone()).prop_map(|(base, test)| format!("({base})[{test}]")).boxed(),
            (inner.clone(), step()).prop_map(|(base, step)| format!("({base})/{step}")).boxed(),
            (step(), inner.clone()).prop_map(|(step, test)| format!("//{step}[{test}]")).boxed(),
            (step(), step()).prop_map(|(first, second)| format!("/{first}//{second}")).boxed(),
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|all| format!("concat({})", all.join(",")))
                .boxed(),
            (inner.clone(), step()).prop_map(|(id, step)| format!("instance({id})/{step}")).boxed(),
        ])
    })
    .boxed()
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same_expression(source in expression()) {
        if let Ok(expr) = Expr::parse(&source) {
            let printed = expr.to_string();
            prop_assert_eq!(Expr::parse(&printed), Ok(expr), "{} printed as {}", source, printed);
        }
    }

    #[test]
    fn any_expression_is_evaluated_or_refused(source in expression()) {
        let tree = Tree::parse("<a x='1'><or>2</or><a>年</a></a>").expect("well-formed");
        if let Ok(expr) = Expr::parse(&source) {
            let _ = eval(&expr, &Context::new(&NoHost, &tree).with_budget(10_000));
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(source in "\\PC{0,60}") {
        let _ = Expr::parse(&source);
    }

    #[test]
    fn symbols_in_any_order_are_parsed_or_refused(source in "[-a1.'\"()\\[\\]/|@:,*$<>=! ]{0,40}") {
        if let Ok(expr) = Expr::parse_any(&source) {
            prop_assert_eq!(Expr::parse_any(&expr.to_string()), Ok(expr));
        }
    }
}

#[test]
fn most_generated_expressions_are_expressions() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let parsed = (0..400).filter(|_| {
        let source = expression().new_tree(&mut runner).expect("a tree").current();
        Expr::parse(&source).is_ok()
    });
    assert!(parsed.count() > 200);
}
