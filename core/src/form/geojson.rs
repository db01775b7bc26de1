//! Features of GeoJSON (RFC 7946) as rows of a list, as ODK's clients read them.

use serde_json::Value;

/// A row: columns with their cells.
type Row = Vec<(String, String)>;

/// Reads a feature collection; `None` where the text is something else.
pub(super) fn rows(text: &str) -> Option<Vec<Row>> {
    let file: Value = serde_json::from_str(text).ok()?;
    let features = file.get("features")?.as_array()?;
    Some(features.iter().map(row).collect())
}

fn row(feature: &Value) -> Row {
    let mut row = Row::new();
    if let Some(geometry) = feature.get("geometry").and_then(geometry) {
        row.push(("geometry".to_owned(), geometry));
    }
    let properties = feature.get("properties").and_then(Value::as_object);
    // An `id` beside the properties is that of the feature; one among them wins.
    if let Some(id) = feature.get("id").filter(|_| properties.is_none_or(|all| !all.contains_key("id"))) {
        row.push(("id".to_owned(), cell(id)));
    }
    let cells = properties.into_iter().flatten().map(|(name, value)| (name.clone(), cell(value)));
    row.extend(cells);
    row
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A geometry in the notation of ODK: `lat lon alt acc`, points joined by `;`.
fn geometry(geometry: &Value) -> Option<String> {
    let coordinates = geometry.get("coordinates")?;
    let line = |points: &Value| {
        let points: Option<Vec<String>> = points.as_array()?.iter().map(point).collect();
        points.map(|points| points.join("; "))
    };
    match geometry.get("type")?.as_str()? {
        "Point" => point(coordinates),
        "LineString" => line(coordinates),
        "Polygon" => line(coordinates.get(0)?),
        _ => None,
    }
}

fn point(coordinates: &Value) -> Option<String> {
    let number = |at: usize| coordinates.get(at).and_then(Value::as_f64);
    let (longitude, latitude) = (number(0)?, number(1)?);
    Some(format!("{latitude} {longitude} {} 0", number(2).unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_is_a_row_with_its_place_and_its_properties() {
        let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","id":"a",
            "geometry":{"type":"Point","coordinates":[139.7,35.5]},"properties":{"name":"区","n":67}}]}"#;
        let rows = rows(text).expect("a collection of features");
        let cell =
            |name: &str| rows[0].iter().find(|(known, _)| known == name).map(|(_, cell)| cell.as_str());
        assert_eq!(cell("geometry"), Some("35.5 139.7 0 0"));
        assert_eq!((cell("id"), cell("name"), cell("n")), (Some("a"), Some("区"), Some("67")));
    }
}
