//! What a device's screen shows.

use tsumugi_core::{answers::Value, id::ResponseId};
use tsumugi_server::demo::Tablet;

/// The answer at `path` as the open response shows it.
pub fn shown(device: &mut Tablet, response: ResponseId, path: &str) -> Option<Value> {
    let screen = device.device().screen(response, "ja").expect("an open response");
    let text = serde_json::to_value(&screen).expect("a screen is JSON");
    value_at(&text, path)
}

fn value_at(node: &serde_json::Value, path: &str) -> Option<Value> {
    match node {
        serde_json::Value::Object(fields)
            if fields.get("path").is_some_and(|known| known == path) && fields.contains_key("control") =>
        {
            serde_json::from_value(fields.get("value")?.clone()).ok()
        }
        serde_json::Value::Object(fields) => fields.values().find_map(|field| value_at(field, path)),
        serde_json::Value::Array(items) => items.iter().find_map(|item| value_at(item, path)),
        _ => None,
    }
}
