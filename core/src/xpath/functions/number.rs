//! Numbers: XPath 1.0, XForms and OpenRosa.

use std::f64::consts;

use super::{
    super::{
        date::{self, DateTime},
        error::EvalError,
        object::Object,
        sum::sum_of,
    },
    call::{Call, Given},
    string::round_half_up,
    table::Function,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("number", 0, 1, number),
    Function::new("sum", 1, 1, sum),
    Function::new("floor", 1, 1, |call| map(call, f64::floor)),
    Function::new("ceiling", 1, 1, |call| map(call, f64::ceil)),
    Function::new("round", 1, 2, round),
    Function::new("int", 1, 1, |call| map(call, f64::trunc)),
    Function::new("abs", 1, 1, |call| map(call, f64::abs)),
    Function::new("pow", 2, 2, |call| map_two(call, f64::powf)),
    Function::new("exp", 1, 1, |call| map(call, f64::exp)),
    Function::new("exp10", 1, 1, |call| map(call, |number| 10_f64.powf(number))),
    Function::new("log", 1, 1, |call| map(call, f64::ln)),
    Function::new("log10", 1, 1, |call| map(call, f64::log10)),
    Function::new("sqrt", 1, 1, |call| map(call, f64::sqrt)),
    Function::new("sin", 1, 1, |call| map(call, f64::sin)),
    Function::new("cos", 1, 1, |call| map(call, f64::cos)),
    Function::new("tan", 1, 1, |call| map(call, f64::tan)),
    Function::new("asin", 1, 1, |call| map(call, f64::asin)),
    Function::new("acos", 1, 1, |call| map(call, f64::acos)),
    Function::new("atan", 1, 1, |call| map(call, f64::atan)),
    Function::new("atan2", 2, 2, |call| map_two(call, f64::atan2)),
    Function::new("pi", 0, 0, |_| Ok(Object::Number(consts::PI))),
    Function::variadic("min", 1, |call| extreme(call, |number, best| number < best)),
    Function::variadic("max", 1, |call| extreme(call, |number, best| number > best)),
    Function::new("random", 0, 0, random),
];

fn map<'t>(call: &Call<'_, '_, 't>, operation: impl Fn(f64) -> f64) -> Given<'t> {
    Ok(Object::Number(operation(call.number(0)?)))
}

fn map_two<'t>(call: &Call<'_, '_, 't>, operation: impl Fn(f64, f64) -> f64) -> Given<'t> {
    Ok(Object::Number(operation(call.number(0)?, call.number(1)?)))
}

/// The text of a date becomes its days, which print without their fraction.
fn number<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let object = if call.count() == 0 { Object::Nodes(vec![call.focus.node]) } else { call.object(0)? };
    if matches!(object, Object::Date(_)) {
        return Ok(object);
    }
    if matches!(object, Object::Text(_) | Object::Nodes(_)) {
        let text = object.to_text(call.offset());
        if let Some(unix_ms) = date::parse(&text, call.offset()) {
            return Ok(Object::Date(DateTime::as_days(unix_ms)));
        }
    }
    Ok(Object::Number(object.to_number(call.offset())))
}

fn numbers<'t>(call: &Call<'_, '_, 't>, index: usize) -> Result<Vec<f64>, EvalError> {
    Ok(match call.object(index)? {
        Object::Nodes(nodes) => {
            let present = nodes.into_iter().filter(|node| !node.tree.is_hidden(node.node));
            present.map(|node| Object::Text(node.text()).to_number(call.offset())).collect()
        }
        other => vec![other.to_number(call.offset())],
    })
}

fn sum<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    call.nodes(0)?;
    Ok(Object::Number(sum_of(&numbers(call, 0)?)))
}

/// Rounds a half away from zero, to `decimals` places; without them as XPath 1.0 does,
/// but for halves below zero, which OpenRosa rounds away too.
fn round<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let value = call.number(0)?;
    let decimals = if call.count() == 2 { call.number(1)? } else { 0.0 };
    if value.is_nan() || decimals.is_nan() {
        return Ok(Object::Number(f64::NAN));
    }
    let scale = 10_f64.powf(decimals.trunc());
    let rounded = round_half_up(value.abs() * scale) / scale;
    Ok(Object::Number(if rounded.is_finite() { rounded.copysign(value) } else { value }))
}

/// The least or greatest of all numbers; not a number when one of them is none.
fn extreme<'t>(call: &Call<'_, '_, 't>, better: impl Fn(f64, f64) -> bool) -> Given<'t> {
    let mut best: Option<f64> = None;
    for index in 0..call.count() {
        for number in numbers(call, index)? {
            if number.is_nan() {
                return Ok(Object::Number(number));
            }
            if best.is_none_or(|best| better(number, best)) {
                best = Some(number);
            }
        }
    }
    Ok(Object::Number(best.unwrap_or(f64::NAN)))
}

fn random<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    call.host().random().map(Object::Number).ok_or_else(|| call.unavailable("a source of random numbers"))
}
