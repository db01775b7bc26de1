//! What the form, the device and its other instances know.

use std::borrow::Cow;

use super::{
    super::{
        error::EvalError,
        names::{JAVAROSA, well_known_namespace},
        object::{NodeRef, Object},
        tree::{NodeId, Tree},
    },
    call::{Call, Given},
    table::Function,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("instance", 1, 1, instance),
    Function::new("pulldata", 4, 4, pulldata),
    Function::new("jr:itext", 1, 1, itext),
    Function::new("property", 1, 1, property),
    Function::new("version", 0, 0, version),
    Function::new("uuid", 0, 1, uuid),
];

/// An instance that is not there has no nodes.
fn instance<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let id = call.text(0)?;
    Ok(Object::Nodes(call.host().instance(&id).into_iter().collect()))
}

/// `pulldata('instance', 'column', 'key column', 'key')`: the column of the first row whose
/// key column is the key.
fn pulldata<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let (id, column, key_column, key) = (call.text(0)?, call.text(1)?, call.text(2)?, call.text(3)?);
    let host = call.host();
    let known = host.pull(&id, &column, &key_column, &key);
    if let Some(found) = known.or_else(|| host.pull(id.strip_suffix(".csv")?, &column, &key_column, &key)) {
        return Ok(Object::text(found));
    }
    let source = host.instance(&id).or_else(|| host.instance(id.strip_suffix(".csv")?));
    let Some(NodeRef { tree, node }) = source else { return Ok(Object::text("")) };
    let Some(root) = tree.child_elements(node).next() else { return Ok(Object::text("")) };
    for row in tree.child_elements(root) {
        call.evaluator.spend(1)?;
        if cell(tree, row, &key_column).is_some_and(|found| found == key) {
            return Ok(Object::Text(cell(tree, row, &column).unwrap_or_default()));
        }
    }
    Ok(Object::text(""))
}

/// The column of a row: a child element, or with `@` an attribute.
fn cell<'t>(tree: &'t Tree, row: NodeId, column: &str) -> Option<Cow<'t, str>> {
    match column.strip_prefix('@') {
        Some(attribute) => tree.attribute(row, attribute).map(Cow::Borrowed),
        None => tree.child_named(row, column).map(|cell| tree.text(cell)),
    }
}

fn itext<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let prefix_means = call.host().namespace("jr").or_else(|| well_known_namespace("jr"));
    if prefix_means != Some(JAVAROSA) {
        return Err(EvalError::Prefix { prefix: "jr".into() });
    }
    let id = call.text(0)?;
    Ok(call.host().itext(&id).unwrap_or_else(|| Object::text("")))
}

fn property<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let name = call.text(0)?;
    Ok(Object::text(call.host().property(&name).unwrap_or_default()))
}

fn version<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    Ok(Object::text(call.host().version().unwrap_or_default()))
}

/// Longest text that `uuid(n)` makes.
const MAX_UUID_LENGTH: f64 = 4096.0;

/// A random UUID (RFC 9562 version 4), or so many characters of such.
fn uuid<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    if call.count() == 0 {
        return random_uuid(call).map(Object::text);
    }
    let length = call.number(0)?;
    if !(0.0..=MAX_UUID_LENGTH).contains(&length) {
        return Err(call.bad_argument(1, "a length up to 4096"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the range above")]
    let length = length as usize;
    let mut text = String::new();
    while text.len() < length {
        text.push_str(&random_uuid(call)?);
    }
    text.truncate(length);
    Ok(Object::text(text))
}

fn random_uuid(call: &Call<'_, '_, '_>) -> Result<String, EvalError> {
    let below = |limit: u32| {
        let random = call.host().random().ok_or_else(|| call.unavailable("a source of random numbers"))?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 up to the limit")]
        let drawn = (random * f64::from(limit)) as u32;
        Ok(drawn.min(limit - 1))
    };
    let mut text = String::with_capacity(36);
    for letter in "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".chars() {
        text.push(match letter {
            'x' => char::from_digit(below(16)?, 16).unwrap_or('0'),
            'y' => char::from_digit(8 + below(4)?, 16).unwrap_or('8'),
            other => other,
        });
    }
    Ok(text)
}
