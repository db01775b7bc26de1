//! XPath: what is printed parses to the same expression, and nothing panics.

use tsumugi_core::{
    moment::Moment,
    xpath::{Context, Expr, Host, NodeRef, Tree, eval, eval_boolean, eval_number, eval_text},
};

/// Few steps: what takes more is refused, and the next input comes sooner.
const BUDGET: u64 = 20_000;

const FORM: &str = "<data><a>2</a><b x=\"1\">年 5</b><rows><n>1</n></rows><rows><n>2026-11-26</n></rows>\
                    <g>35.6 139.7 0 0;35.7 139.8 0 0;35.6 139.9 0 0</g><!-- c --><?p i?></data>";

struct World {
    items: Tree,
}

impl Host for World {
    fn instance(&self, id: &str) -> Option<NodeRef<'_>> {
        (id == "i").then(|| NodeRef::document(&self.items))
    }

    fn now(&self) -> Option<Moment> {
        Some(Moment::tokyo(1_795_388_709_120))
    }

    fn random(&self) -> Option<f64> {
        Some(0.5)
    }
}

/// Any bytes as an expression.
///
/// # Panics
/// When the claim does not hold.
pub fn expression(data: &[u8]) {
    let source = String::from_utf8_lossy(data);
    let tree = Tree::parse(FORM).expect("the form is well-formed");
    let items = Tree::parse("<root><item><name>a</name></item><item/></root>").expect("so are the items");
    let world = World { items };
    for parse in [Expr::parse, Expr::parse_any] {
        let Ok(expr) = parse(&source) else { continue };
        let printed = expr.to_string();
        assert_eq!(parse(&printed).as_ref(), Ok(&expr), "{source:?} is printed as {printed:?}");
        let context = Context::new(&world, &tree).with_budget(BUDGET);
        // Each answers or refuses; that it returns is the claim.
        let _ = eval(&expr, &context);
        let _ = eval_text(&expr, &context);
        let _ = eval_number(&expr, &context);
        let _ = eval_boolean(&expr, &context);
    }
}
