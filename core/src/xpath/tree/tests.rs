use super::{Name, NodeId, NodeKind, Tree, TreeError};

fn form() -> (Tree, NodeId, NodeId) {
    let mut tree = Tree::new();
    let data = tree.append_element(NodeId::DOCUMENT, "data");
    let age = tree.append_element(data, "age");
    (tree, data, age)
}

/// Ranks must rise in document order, attributes between an element and its children.
fn assert_in_order(tree: &Tree) {
    let mut ranks = Vec::new();
    for node in std::iter::once(NodeId::DOCUMENT).chain(tree.descendants(NodeId::DOCUMENT)) {
        ranks.push(tree.rank(node));
        ranks.extend(tree.attributes(node).map(|attribute| tree.rank(attribute)));
    }
    assert!(ranks.is_sorted_by(|left, right| left < right), "{ranks:?}");
    assert_eq!(ranks.len(), tree.len());
}

#[test]
fn a_value_is_set_and_emptied_without_growing_the_tree() {
    let (mut tree, _, age) = form();
    tree.set_text(age, "41");
    tree.set_text(age, "42");
    let nodes = tree.len();
    assert_eq!(tree.text(age), "42");
    tree.set_text(age, "");
    assert_eq!(tree.text(age), "");
    tree.set_text(age, "43");
    assert_eq!(tree.len(), nodes);
    assert_in_order(&tree);
}

#[test]
fn an_instance_of_a_repeat_is_copied_moved_and_removed() {
    let template = Tree::parse("<site id='t'><city>kita</city><staff/></site>").expect("well-formed");
    let source = template.root_element().expect("a root");
    let (mut tree, data, age) = form();
    let second = tree.insert_copy(data, Some(age), &template, source);
    let first = tree.insert_copy(data, Some(second), &template, source);
    tree.set_text(tree.child_named(first, "city").expect("a city"), "mitaka");
    assert_eq!(tree.text(data), "mitakakita");
    assert_in_order(&tree);
    tree.move_before(first, Some(age));
    assert_eq!(tree.text(data), "kitamitaka");
    assert_in_order(&tree);
    tree.remove(second);
    assert_eq!(tree.text(data), "mitaka");
    let nodes = tree.len();
    tree.insert_copy(data, None, &template, source);
    assert_eq!(tree.len(), nodes + 5);
    assert_in_order(&tree);
}

#[test]
fn a_thousand_insertions_at_one_place_keep_document_order() {
    let (mut tree, data, mut age) = form();
    for _ in 0..1_000 {
        age = tree.insert_element(data, Some(age), Name::local("age"));
        tree.set_attribute(age, Name::local("id"), "x");
    }
    assert_in_order(&tree);
}

#[test]
fn xml_is_read_as_the_data_model_of_xpath_has_it() {
    let xml = "<?xml version='1.0'?><!DOCTYPE d><d a='1' xmlns='urn:d'><!-- c --><?p q?>x<![CDATA[<y>]]></d>";
    let tree = Tree::parse(xml).expect("well-formed");
    let root = tree.root_element().expect("a root");
    let kinds: Vec<NodeKind> = tree.children(root).map(|node| tree.kind(node)).collect();
    assert_eq!(kinds, [NodeKind::Comment, NodeKind::Instruction, NodeKind::Text]);
    assert_eq!(tree.text(root), "x<y>");
    assert_eq!(tree.name(root).uri.as_deref(), Some("urn:d"));
    assert_eq!(tree.attribute(root, "a"), Some("1"));
    assert_in_order(&tree);
}

#[test]
fn damaged_xml_is_refused_with_its_place() {
    let error = Tree::parse("<data>\n  <age>41</data>").expect_err("not well-formed");
    assert!(matches!(error, TreeError::Malformed { line: 2, .. }), "{error}");
    assert!(Tree::parse("").is_err());
}

#[test]
fn entities_that_grow_without_end_are_refused() {
    let mut xml = "<!DOCTYPE d [<!ENTITY a0 'aaaaaaaaaa'>".to_owned();
    for level in 1..30 {
        let entity = format!("<!ENTITY a{level} '{}'>", format!("&a{};", level - 1).repeat(10));
        xml.push_str(&entity);
    }
    xml.push_str("]><d>&a29;</d>");
    assert!(matches!(Tree::parse(&xml), Err(TreeError::Malformed { .. })));
}

#[test]
fn a_deep_document_is_read_without_a_deep_stack() {
    let depth = 900;
    let xml = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let tree = Tree::parse(&xml).expect("well-formed");
    assert_eq!(tree.len(), depth + 1);
    assert_in_order(&tree);
}
