//! XForms made comparable: the order of attributes, of binds and of instances means
//! nothing, and blanks around a text or inside an expression neither.

use roxmltree::Node;

/// Lines of a document, one an element, in an order that depends on its meaning alone.
pub(crate) fn lines(xml: &str) -> Result<Vec<String>, String> {
    let document = roxmltree::Document::parse(xml).map_err(|error| error.to_string())?;
    let mut lines = Vec::new();
    element(document.root_element(), 0, &mut lines);
    Ok(lines)
}

/// The first place where two documents differ.
pub(crate) fn difference(ours: &[String], theirs: &[String]) -> Option<(String, String)> {
    let same = ours.iter().zip(theirs).take_while(|(ours, theirs)| ours == theirs).count();
    let at = |lines: &[String]| lines.get(same).cloned().unwrap_or_default();
    (ours != theirs).then(|| (at(ours), at(theirs)))
}

fn element(node: Node<'_, '_>, depth: usize, lines: &mut Vec<String>) {
    let mut attributes: Vec<String> = node
        .attributes()
        .map(|attribute| {
            let namespace = attribute.namespace().map(|uri| format!("{{{uri}}}")).unwrap_or_default();
            format!("{namespace}{}=\"{}\"", attribute.name(), squeeze(attribute.value()))
        })
        .collect();
    attributes.sort();
    let namespace = node.tag_name().namespace().unwrap_or_default();
    lines.push(format!("{depth} {namespace}#{} {}", node.tag_name().name(), attributes.join(" ")));
    let mut children: Vec<Vec<String>> = node
        .children()
        .filter_map(|child| {
            let mut inner = Vec::new();
            if child.is_element() {
                element(child, depth + 1, &mut inner);
            } else if child.is_text() {
                let text = squeeze(child.text().unwrap_or_default());
                if !text.is_empty() {
                    inner.push(format!("{} text {text}", depth + 1));
                }
            }
            (!inner.is_empty()).then_some(inner)
        })
        .collect();
    if matches!(node.tag_name().name(), "model" | "itext" | "translation" | "text") {
        children.sort();
    }
    lines.extend(children.into_iter().flatten());
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
