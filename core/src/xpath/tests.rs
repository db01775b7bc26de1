use super::{Context, Expr, NoHost, Tree, eval_number};

#[test]
fn a_sum_over_a_repeat_counts_every_instance() {
    let tree = Tree::parse("<data><m><n>1</n></m><m><n>2</n></m></data>").expect("well-formed");
    let expr = Expr::parse("sum(/data/m/n) + count(/data/m)").expect("an expression");
    assert_eq!(eval_number(&expr, &Context::new(&NoHost, &tree)), Ok(5.0));
}
