//! True and false: XPath 1.0 and OpenRosa.

use super::{
    super::object::Object,
    call::{Call, Given},
    table::Function,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("boolean", 1, 1, |call| Ok(Object::Boolean(call.boolean(0)?))),
    Function::new("not", 1, 1, |call| Ok(Object::Boolean(!call.boolean(0)?))),
    Function::new("true", 0, 0, |_| Ok(Object::Boolean(true))),
    Function::new("false", 0, 0, |_| Ok(Object::Boolean(false))),
    Function::new("boolean-from-string", 1, 1, boolean_from_string),
    Function::new("if", 3, 3, |call| call.object(if call.boolean(0)? { 1 } else { 2 })),
    Function::variadic("checklist", 2, checklist),
    Function::variadic("weighted-checklist", 2, weighted_checklist),
];

fn boolean_from_string<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    Ok(Object::Boolean(matches!(&*call.text(0)?, "1" | "true")))
}

/// The least and most that must hold; -1 as the most means no limit.
fn limits(call: &Call<'_, '_, '_>) -> Result<(f64, f64), super::super::error::EvalError> {
    let (least, most) = (call.number(0)?, call.number(1)?);
    Ok((least, if most < 0.0 { f64::INFINITY } else { most }))
}

fn checklist<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let (least, most) = limits(call)?;
    let mut held = 0.0;
    for index in 2..call.count() {
        for object in call.each(index)? {
            held += f64::from(u8::from(object.to_boolean()));
        }
    }
    Ok(Object::Boolean(held >= least && held <= most))
}

/// Pairs of a condition and its weight; nodes of both are paired in order.
fn weighted_checklist<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let (least, most) = limits(call)?;
    if !call.count().is_multiple_of(2) {
        return Err(call.bad_argument(call.count(), "followed by its weight"));
    }
    let mut total = 0.0;
    for index in (2..call.count()).step_by(2) {
        let (conditions, weights) = (call.each(index)?, call.each(index + 1)?);
        if weights.len() > conditions.len() {
            return Ok(Object::Boolean(false));
        }
        for (condition, weight) in conditions.iter().zip(&weights) {
            if condition.to_boolean() {
                total += weight.to_number(call.offset());
            }
        }
    }
    Ok(Object::Boolean(total >= least && total <= most))
}
