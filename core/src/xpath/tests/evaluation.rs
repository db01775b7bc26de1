//! Paths, predicates, operators.

use super::world::World;
use crate::xpath::{Context, EvalError, Expr, NoHost, Tree, eval_number, eval_text};

const SITES: &str = "<data><name>北製作所</name>\
    <sites><city>kita</city><staff>12</staff></sites>\
    <sites><city>mitaka</city><staff>30</staff></sites>\
    <sites><city/><staff/></sites></data>";

#[test]
fn a_sum_over_a_repeat_counts_every_instance_that_has_an_answer() {
    let world = World::new(SITES);
    assert_eq!(world.text("sum(/data/sites/staff[. != ''])"), "42");
    assert_eq!(world.text("count(/data/sites)"), "3");
    assert_eq!(world.text("count-non-empty(/data/sites/staff)"), "2");
}

#[test]
fn a_choice_filter_reads_the_answer_beside_it() {
    let world = World::new(SITES);
    let city = world.node("data/sites/city");
    let label = world.at(city, "instance('cities')/root/item[name = current()]/label");
    assert_eq!(label, Ok("北区".to_owned()));
    let by_path = "instance('cities')/root/item[name = /data/sites[2]/city]/label";
    assert_eq!(world.text(by_path), "三鷹市");
}

#[test]
fn pulldata_finds_a_row_by_its_key() {
    let world = World::new(SITES);
    assert_eq!(world.text("pulldata('cities', 'label', 'name', 'mitaka')"), "三鷹市");
    assert_eq!(world.text("pulldata('cities.csv', 'label', 'name', 'oume')"), "");
    assert_eq!(world.text("pulldata('elsewhere', 'label', 'name', 'kita')"), "");
}

#[test]
fn an_instance_of_a_repeat_knows_its_number() {
    let world = World::new(SITES);
    let second = world.tree.next_sibling(world.node("data/sites")).expect("a second instance");
    assert_eq!(world.at(second, "position(.)"), Ok("2".to_owned()));
    assert_eq!(world.at(second, "position(current())"), Ok("2".to_owned()));
    assert_eq!(world.at(second, "preceding-sibling::sites/city"), Ok("kita".to_owned()));
    assert_eq!(world.text("indexed-repeat(/data/sites/staff, /data/sites, 2)"), "30");
    assert_eq!(world.text("indexed-repeat(/data/sites/staff, /data/sites, 9)"), "");
}

#[test]
fn reverse_axes_count_from_the_context_node() {
    let world = World::new("<r><a/><b/><c><d/></c></r>");
    let node = world.node("r/c/d");
    assert_eq!(world.at(node, "name(preceding::*[1])"), Ok("b".to_owned()));
    assert_eq!(world.at(node, "name(ancestor::*[1])"), Ok("c".to_owned()));
    assert_eq!(world.at(node, "name(ancestor::*[last()])"), Ok("r".to_owned()));
    assert_eq!(world.at(node, "count(preceding::node())"), Ok("2".to_owned()));
    assert_eq!(world.at(world.node("r/a"), "count(following::node())"), Ok("3".to_owned()));
}

#[test]
fn following_and_preceding_leave_no_node_out() {
    let world = World::new("<r><a><x/><y><z/></y></a><b/><c><p><q/></p></c></r>");
    for path in ["r/a", "r/a/x", "r/a/y/z", "r/b", "r/c", "r/c/p/q"] {
        let parts = "count(ancestor::node()) + count(preceding::node()) + count(self::node()) \
                     + count(descendant::node()) + count(following::node())";
        assert_eq!(world.at(world.node(path), parts), Ok("10".to_owned()), "{path}");
    }
}

#[test]
fn nodes_of_a_union_come_once_and_in_document_order() {
    let world = World::new("<r><a>1</a><b>2</b></r>");
    assert_eq!(world.text("join(' ', /r/b | /r/a | /r/*)"), "1 2");
}

#[test]
fn and_or_stop_where_the_answer_is_clear() {
    let world = World::new("<r/>");
    let lazy = Expr::parse_any("false() and no-such-function()").expect("an expression");
    assert_eq!(eval_text(&lazy, &Context::new(&world, &world.tree)).as_deref(), Ok("false"));
    let eager = Expr::parse_any("true() and no-such-function()").expect("an expression");
    assert_eq!(
        eval_text(&eager, &Context::new(&world, &world.tree)),
        Err(EvalError::UnknownFunction { name: "no-such-function".into() })
    );
}

#[test]
fn an_expression_that_works_too_long_is_stopped() {
    let rows = "<i><v>1</v></i>".repeat(300);
    let tree = Tree::parse(&format!("<r>{rows}</r>")).expect("well-formed");
    let expr = Expr::parse("count(//v[. = //v[. = //v]])").expect("an expression");
    let context = Context::new(&NoHost, &tree).with_budget(10_000);
    assert_eq!(eval_number(&expr, &context), Err(EvalError::Budget { budget: 10_000 }));
}

#[test]
fn a_sum_of_thousands_of_questions_needs_no_deep_stack() {
    let terms = vec!["/r/a"; 5_000].join(" + ");
    let tree = Tree::parse("<r><a>1</a></r>").expect("well-formed");
    let expr = Expr::parse(&terms).expect("an expression");
    assert_eq!(eval_number(&expr, &Context::new(&NoHost, &tree)), Ok(5_000.0));
}

#[test]
fn the_deepest_expression_fits_the_stack_of_a_browser() {
    let deepest = |levels: usize| format!("{}1{}", "if(true(), ".repeat(levels), ", 0)".repeat(levels));
    let run = move || {
        let tree = Tree::parse("<r/>").expect("well-formed");
        let expr = Expr::parse(&deepest(127)).expect("an expression");
        assert_eq!(eval_number(&expr, &Context::new(&NoHost, &tree)), Ok(1.0));
        assert_eq!(Expr::parse(&expr.to_string()).as_ref(), Ok(&expr));
        assert!(Expr::parse(&deepest(128)).is_err());
    };
    // A browser gives one mebibyte. Measured 2026-11: the deepest expressions need less than
    // 384 KiB of it when optimized, and up to eight times that in a debug build.
    let stack_bytes = if cfg!(debug_assertions) { 8 << 20 } else { 1 << 20 };
    let small = std::thread::Builder::new().stack_size(stack_bytes).spawn(run).expect("a thread");
    small.join().expect("no overflow");
}

#[test]
fn names_in_another_namespace_are_asked_for_by_prefix() {
    let xml = "<data xmlns:orx='http://openrosa.org/xforms'><orx:meta><orx:id>7</orx:id></orx:meta></data>";
    let world = World::new(xml);
    assert_eq!(world.text("/data/orx:meta/orx:id"), "7");
    assert_eq!(world.text("/data/meta/id"), "");
    assert_eq!(world.text("/data/orx:*/*"), "7");
    assert_eq!(
        world.at(crate::xpath::NodeId::DOCUMENT, "/data/nope:meta"),
        Err(EvalError::Prefix { prefix: "nope".into() })
    );
}
