use super::{NodeId, Tree};

#[test]
fn a_value_is_set_and_emptied_without_growing_the_tree() {
    let mut tree = Tree::new();
    let data = tree.append_element(NodeId::DOCUMENT, "data");
    let age = tree.append_element(data, "age");
    tree.set_text(age, "41");
    tree.set_text(age, "42");
    let nodes = tree.len();
    assert_eq!(tree.text(age), "42");
    tree.set_text(age, "");
    tree.set_text(age, "43");
    assert_eq!(tree.len(), nodes);
}
