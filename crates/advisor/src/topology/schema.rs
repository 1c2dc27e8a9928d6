//! JSON Schema of the topology file, for editors: made from the settings.

use domain::setting::Setting;
use serde_json::{Map, Value, json};

use super::SETTINGS;

/// JSON Schema (2020-12) of the topology file.
#[must_use]
pub fn json_schema() -> Value {
    let mut sections = Map::new();
    for setting in SETTINGS {
        let (section, key) = setting.path.rsplit_once('.').unwrap_or_default();
        let bare = section.trim_start_matches('[').trim_end_matches(']');
        let repeated = bare != section;
        let inside = sections
            .entry(bare.to_owned())
            .or_insert_with(|| section_schema(repeated));
        let pointer = if repeated {
            "/items/properties"
        } else {
            "/properties"
        };
        if let Some(Value::Object(properties)) = inside.pointer_mut(pointer) {
            properties.insert(key.to_owned(), value_schema(setting));
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Symbolon topology",
        "description": "What `symbolon advise` reads.",
        "type": "object",
        "additionalProperties": false,
        "required": ["client"],
        "properties": sections,
    })
}

fn section_schema(repeated: bool) -> Value {
    if repeated {
        let item =
            json!({"type": "object", "additionalProperties": false, "required": ["kind"], "properties": {}});
        return json!({"type": "array", "minItems": 1, "items": item});
    }
    json!({"type": "object", "additionalProperties": false, "properties": {}})
}

fn value_schema(setting: &Setting) -> Value {
    let mut schema = Map::new();
    let mut say = |name: &str, value: Value| schema.insert(name.to_owned(), value);
    match setting.form {
        "integer" => say("type", json!("integer")),
        "boolean" => say("type", json!("boolean")),
        "duration" => {
            say("pattern", json!("^[0-9]+(ms|s|m|h|d)$"));
            say("type", json!("string"))
        }
        form => match (form.strip_prefix("one of "), form.strip_prefix("list of ")) {
            (Some(words), _) => say("enum", json!(split(words))),
            (None, Some(words)) => {
                let items = if words == "text" {
                    json!({"type": "string"})
                } else {
                    json!({"enum": split(words)})
                };
                say("items", items);
                say("uniqueItems", json!(true));
                say("type", json!("array"))
            }
            (None, None) => say("type", json!("string")),
        },
    };
    say("description", json!(setting.doc));
    if setting.form == "integer"
        && let Some((low, high)) = setting.bounds.split_once(" to ")
    {
        say("minimum", json!(low.parse::<u64>().ok()));
        say("maximum", json!(high.parse::<u64>().ok()));
    }
    if let Ok(default) = serde_json::from_str::<Value>(setting.default) {
        say("default", default);
    }
    Value::Object(schema)
}

fn split(words: &str) -> Vec<&str> {
    words.split(',').map(str::trim).collect()
}
