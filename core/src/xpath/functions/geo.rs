//! Places: `latitude longitude altitude accuracy`, several with `;` between them.
//!
//! Lengths are in metres on a sphere, areas in square metres, both to two decimals, with
//! the radius that the other OpenRosa clients use.

use super::{
    super::{error::EvalError, object::Object},
    call::{Call, Given},
    table::Function,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("area", 1, 1, area),
    Function::new("enclosed-area", 1, 1, area),
    Function::variadic("distance", 1, distance),
    Function::new("geofence", 2, 2, geofence),
    Function::new("intersects", 1, 1, intersects),
];

const EARTH_RADIUS_M: f64 = 6_378_100.0;

/// A place in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    latitude: f64,
    longitude: f64,
}

fn parse_point(text: &str) -> Option<Point> {
    let mut words = text.split_whitespace();
    let mut degrees = |limit: f64| -> Option<f64> {
        words.next()?.parse().ok().filter(|degrees: &f64| degrees.abs() <= limit)
    };
    let point = Point { latitude: degrees(90.0)?, longitude: degrees(180.0)? };
    (words.count() <= 2).then_some(point)
}

/// The points of all texts; `None` when one of them is no point.
fn parse_points<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<Vec<Point>> {
    let places = texts.into_iter().flat_map(|text| text.split(';')).map(str::trim);
    places.filter(|place| !place.is_empty()).map(parse_point).collect()
}

fn points_from(call: &Call<'_, '_, '_>, first: usize) -> Result<Option<Vec<Point>>, EvalError> {
    let texts = call.texts_from(first)?;
    Ok(parse_points(texts.iter().map(|text| &**text)))
}

/// To two decimals.
fn rounded(value: f64) -> f64 {
    (value.abs() * 100.0).round() / 100.0
}

/// The area that the points enclose; the last is joined with the first.
fn area<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let Some(points) = points_from(call, 0)? else { return Ok(Object::Number(f64::NAN)) };
    if points.len() < 3 {
        return Ok(Object::Number(0.0));
    }
    let next = points.iter().cycle().skip(1);
    let total: f64 = points
        .iter()
        .zip(next)
        .map(|(start, end)| {
            (end.longitude - start.longitude).to_radians()
                * (2.0 + end.latitude.to_radians().sin() + start.latitude.to_radians().sin())
        })
        .sum();
    Ok(Object::Number(rounded(total * EARTH_RADIUS_M * EARTH_RADIUS_M / 2.0)))
}

/// The length of the line through all points of all arguments.
fn distance<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let Some(points) = points_from(call, 0)? else { return Ok(Object::Number(f64::NAN)) };
    let total: f64 = points.iter().zip(points.iter().skip(1)).map(|(start, end)| arc(*start, *end)).sum();
    Ok(Object::Number(rounded(total)))
}

/// Spherical law of cosines.
fn arc(start: Point, end: Point) -> f64 {
    let (from, to) = (start.latitude.to_radians(), end.latitude.to_radians());
    let turn = (start.longitude - end.longitude).to_radians();
    let cosine = from.sin() * to.sin() + from.cos() * to.cos() * turn.cos();
    cosine.clamp(-1.0, 1.0).acos() * EARTH_RADIUS_M
}

/// True when the point lies within the closed line: a ray eastward crosses it an odd number
/// of times.
fn geofence<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let (point, fence) = (call.text(0)?, call.text(1)?);
    let (Some(point), Some(fence)) = (parse_point(&point), parse_points([&*fence])) else {
        return Ok(Object::Boolean(false));
    };
    let next = fence.iter().cycle().skip(1);
    let crossed = fence.iter().zip(next).filter(|(start, end)| {
        let spans = (start.latitude > point.latitude) != (end.latitude > point.latitude);
        spans && {
            let part = (point.latitude - start.latitude) / (end.latitude - start.latitude);
            point.longitude < start.longitude + part * (end.longitude - start.longitude)
        }
    });
    Ok(Object::Boolean(crossed.count() % 2 == 1))
}

/// True when the line crosses or touches itself anywhere but where it goes on or closes.
fn intersects<'t>(call: &Call<'_, '_, 't>) -> Given<'t> {
    let Some(mut points) = points_from(call, 0)? else { return Ok(Object::Boolean(false)) };
    points.dedup();
    let lines: Vec<(Point, Point)> = points.iter().copied().zip(points.iter().copied().skip(1)).collect();
    let closed = points.len() > 2 && points.first() == points.last();
    call.evaluator.spend(lines.len() as u64 * lines.len() as u64)?;
    let crosses = lines.iter().enumerate().any(|(index, line)| {
        lines.iter().enumerate().skip(index + 1).any(|(other, second)| {
            if other == index + 1 {
                return folds_back(*line, *second);
            }
            if closed && index == 0 && other == lines.len() - 1 {
                return folds_back(*second, *line);
            }
            meet(*line, *second)
        })
    });
    Ok(Object::Boolean(crosses))
}

/// Which side of the line from `start` to `end` a point is on: 0 on it.
fn side(start: Point, end: Point, point: Point) -> f64 {
    let cross = (end.longitude - start.longitude) * (point.latitude - start.latitude)
        - (end.latitude - start.latitude) * (point.longitude - start.longitude);
    if cross == 0.0 { 0.0 } else { cross.signum() }
}

fn between(start: Point, end: Point, point: Point) -> bool {
    let within = |a: f64, b: f64, x: f64| a.min(b) <= x && x <= a.max(b);
    within(start.latitude, end.latitude, point.latitude)
        && within(start.longitude, end.longitude, point.longitude)
}

fn on_line(line: (Point, Point), point: Point) -> bool {
    side(line.0, line.1, point) == 0.0 && between(line.0, line.1, point)
}

fn meet(first: (Point, Point), second: (Point, Point)) -> bool {
    let apart = |line: (Point, Point), other: (Point, Point)| {
        side(line.0, line.1, other.0) * side(line.0, line.1, other.1)
    };
    (apart(first, second) < 0.0 && apart(second, first) < 0.0)
        || on_line(first, second.0)
        || on_line(first, second.1)
        || on_line(second, first.0)
        || on_line(second, first.1)
}

/// True when a line goes back over the one before it.
fn folds_back(line: (Point, Point), next: (Point, Point)) -> bool {
    on_line(line, next.1) || on_line(next, line.0)
}
