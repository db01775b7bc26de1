//! What an author is told.

use crate::xpath::{Context, Expr, NoHost, Problem, Tree, dependencies, eval};

fn message(expression: &str) -> String {
    Expr::parse(expression).expect_err("not an expression").to_string()
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    let expectations = [
        ("", "the expression is empty (at character 1)"),
        (
            "1 +",
            "the expression ends where a name, a number, a text or a function was expected (at character 4)",
        ),
        ("if(1, 2", "the expression ends where an operator, `,` or `)` was expected (at character 8)"),
        ("a = 'x", "the text that begins with ' is never closed (at character 5)"),
        ("年齢 == 3", "found `=` where a name, a number, a text or a function was expected (at character 5)"),
        ("a b", "found `b` where an operator or the end was expected (at character 3)"),
        ("round()", "`round()` takes 1 to 2 arguments, got 0 (at character 1)"),
        ("selected(., “a”)", "`“` is a typographic quote; write ' or \" (at character 13)"),
        ("parents::a", "there is no axis `parents` (at character 1)"),
        ("a[1", "the expression ends where an operator or `]` was expected (at character 4)"),
        ("${age} > 3", "found `$` where the name of a variable after `$` was expected (at character 2)"),
    ];
    for (expression, expected) in expectations {
        assert_eq!(message(expression), expected, "{expression}");
    }
}

#[test]
fn a_mistake_is_explained_in_japanese_too() {
    let error = Expr::parse("sellected(a, 'b')").expect_err("misspelt");
    assert_eq!(
        error.explain().get("ja"),
        "関数 sellected() はありません（selected() ではありませんか）（1 文字目）"
    );
    assert!(matches!(error.problem, Problem::UnknownFunction { .. }));
}

#[test]
fn no_error_repeats_what_a_respondent_typed() {
    let tree = Tree::parse("<d><secret>とても孤独</secret></d>").expect("well-formed");
    for expression in ["regex('a', concat(/d/secret, '('))", "digest('a', /d/secret)", "uuid(/d/secret)"] {
        let expr = Expr::parse(expression).expect("an expression");
        let error = eval(&expr, &Context::new(&NoHost, &tree)).expect_err("it cannot be evaluated");
        assert!(!format!("{error} {error:?}").contains("孤独"), "{error:?}");
    }
}

#[test]
fn an_expression_tells_what_it_depends_on() {
    let expr = Expr::parse(
        "if(/d/a > today(), instance('cities')/root/item[name = current()/../b], pulldata('x', 'y', 'z', $v))",
    )
    .expect("an expression");
    let found = dependencies(&expr);
    let paths: Vec<String> = found.paths.iter().map(ToString::to_string).collect();
    assert_eq!(
        paths,
        ["/d/a", "instance('cities')/root/item[name = current()/../b]", "name", "current()/../b"]
    );
    assert_eq!(found.instances, ["cities".into(), "x".into()]);
    assert_eq!(found.variables, ["v".into()]);
    assert!(found.calls("today") && !found.calls("now"));
}
