//! Comparison as in XPath 1.0 section 3.4, where a date is a number.

use super::{ast::Operator, convert::text_to_number, object::Object};

/// Compares two objects.
pub(super) fn compare(operator: Operator, left: &Object<'_>, right: &Object<'_>, offset: i16) -> bool {
    match operator {
        Operator::Equal | Operator::NotEqual => equal(operator == Operator::Equal, left, right, offset),
        _ => ordered(operator, left, right, offset),
    }
}

fn equal(wanted: bool, left: &Object<'_>, right: &Object<'_>, offset: i16) -> bool {
    match (left, right) {
        (Object::Boolean(_), _) | (_, Object::Boolean(_)) => {
            (left.to_boolean() == right.to_boolean()) == wanted
        }
        (Object::Nodes(lefts), Object::Nodes(rights)) => {
            let rights: Vec<_> = rights.iter().map(|node| node.text()).collect();
            lefts.iter().any(|node| {
                let text = node.text();
                rights.iter().any(|right| (*right == text) == wanted)
            })
        }
        (Object::Nodes(nodes), Object::Text(text)) | (Object::Text(text), Object::Nodes(nodes)) => {
            nodes.iter().any(|node| (node.text() == *text) == wanted)
        }
        #[expect(clippy::float_cmp, reason = "XPath compares doubles exactly")]
        (Object::Nodes(nodes), number) | (number, Object::Nodes(nodes)) => {
            let number = number.to_number(offset);
            nodes.iter().any(|node| (text_to_number(&node.text(), offset) == number) == wanted)
        }
        (Object::Text(left), Object::Text(right)) => (left == right) == wanted,
        #[expect(clippy::float_cmp, reason = "XPath compares doubles exactly")]
        _ => (left.to_number(offset) == right.to_number(offset)) == wanted,
    }
}

fn holds(operator: Operator, left: f64, right: f64) -> bool {
    match operator {
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::Greater => left > right,
        _ => left >= right,
    }
}

/// Orders are between numbers. Nodes against a truth value are compared one by one, as the
/// other engines do, where XPath 1.0 would make one truth value of them.
fn ordered(operator: Operator, left: &Object<'_>, right: &Object<'_>, offset: i16) -> bool {
    match (left, right) {
        (Object::Nodes(lefts), Object::Nodes(rights)) => {
            let rights: Vec<f64> = rights.iter().map(|node| text_to_number(&node.text(), offset)).collect();
            lefts.iter().any(|node| {
                let number = text_to_number(&node.text(), offset);
                rights.iter().any(|right| holds(operator, number, *right))
            })
        }
        (Object::Nodes(nodes), other) => {
            let other = other.to_number(offset);
            nodes.iter().any(|node| holds(operator, text_to_number(&node.text(), offset), other))
        }
        (other, Object::Nodes(nodes)) => {
            let other = other.to_number(offset);
            nodes.iter().any(|node| holds(operator, other, text_to_number(&node.text(), offset)))
        }
        _ => holds(operator, left.to_number(offset), right.to_number(offset)),
    }
}
