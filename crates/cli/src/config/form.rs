//! Whether a value looks as its setting says, and lies within its bounds.

use domain::setting::{Setting, parse_span};
use toml::Value;

/// What is wrong with a value, and the remedy. Never quotes a secret.
pub(crate) fn judge(setting: &Setting, value: &Value) -> Result<(), (String, String)> {
    let hint = example(setting);
    let wrong = |expected: &str| Err((format!("is {}, not {expected}", kind(value)), hint.clone()));
    match (setting.form, value) {
        ("duration", Value::String(text)) => duration(setting, text),
        ("duration", _) => wrong("a duration in quotes"),
        ("integer", Value::Integer(number)) => integer(setting, *number),
        ("integer", _) => wrong("a whole number"),
        ("boolean", Value::Boolean(_)) | ("text", Value::String(_)) => Ok(()),
        ("boolean", _) => wrong("true or false"),
        ("text", _) => wrong("a text"),
        (form, Value::Array(list)) if form.starts_with("list of ") && list.iter().all(Value::is_str) => {
            Ok(())
        }
        (form, _) if form.starts_with("list of ") => wrong("a list of texts"),
        (form, value) => match (words(form), value) {
            (Some(words), Value::String(text)) if words.iter().any(|word| word == text) => Ok(()),
            (Some(words), Value::String(text)) => {
                let near = words.iter().max_by(|one, other| {
                    strsim::jaro_winkler(one, text).total_cmp(&strsim::jaro_winkler(other, text))
                });
                let near = near
                    .map(|word| format!(": perhaps \"{word}\""))
                    .unwrap_or_default();
                Err((
                    format!("\"{text}\" is not one of {}", words.join(", ")),
                    format!("choose one{near}"),
                ))
            }
            (Some(words), _) => wrong(&format!("one of {}", words.join(", "))),
            // A form that this table does not know is judged by its room.
            (None, _) => Ok(()),
        },
    }
}

/// A value from the text of an environment variable, by the setting's form.
pub(crate) fn from_text(setting: &Setting, text: &str) -> Result<Value, (String, String)> {
    let wrong = |expected: &str| Err((format!("\"{text}\" is not {expected}"), example(setting)));
    match setting.form {
        "integer" => text
            .parse()
            .map(Value::Integer)
            .or_else(|_| wrong("a whole number")),
        "boolean" => text
            .parse()
            .map(Value::Boolean)
            .or_else(|_| wrong("true or false")),
        form if form.starts_with("list of ") => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Ok(Value::Array(
                parts.map(|part| Value::String(part.to_owned())).collect(),
            ))
        }
        _ => Ok(Value::String(text.to_owned())),
    }
}

/// The default as it is written in a file; a bare duration gets its quotes.
pub(crate) fn written_default(setting: &Setting) -> String {
    let default = setting.default;
    if setting.form == "duration" && !default.is_empty() && !default.starts_with('"') {
        return format!("\"{default}\"");
    }
    default.to_owned()
}

/// The words of `one of a, b`.
pub(crate) fn words(form: &str) -> Option<Vec<&str>> {
    form.strip_prefix("one of ")
        .map(|list| list.split(',').map(str::trim).collect())
}

fn duration(setting: &Setting, text: &str) -> Result<(), (String, String)> {
    let Some(span) = parse_span(text) else {
        return Err((
            format!("\"{text}\" is not a duration"),
            "write a number and ms, s, m, h or d: \"15m\"".to_owned(),
        ));
    };
    let Some((low, high)) = bounds(setting, parse_span) else {
        return Ok(());
    };
    within(setting, span, low, high, &format!("\"{text}\""))
}

fn integer(setting: &Setting, number: i64) -> Result<(), (String, String)> {
    let Some((low, high)) = bounds(setting, |text| text.parse::<i64>().ok()) else {
        return Ok(());
    };
    within(setting, number, low, high, &number.to_string())
}

fn within<T: PartialOrd>(
    setting: &Setting,
    value: T,
    low: T,
    high: T,
    text: &str,
) -> Result<(), (String, String)> {
    if value < low || value > high {
        return Err((
            format!("{text} is out of bounds"),
            format!("choose {}", setting.bounds),
        ));
    }
    Ok(())
}

/// `A to B`.
fn bounds<T>(setting: &Setting, read: impl Fn(&str) -> Option<T>) -> Option<(T, T)> {
    let (low, high) = setting.bounds.split_once(" to ")?;
    Some((read(low.trim())?, read(high.trim())?))
}

fn example(setting: &Setting) -> String {
    let shown = if setting.default.is_empty() {
        setting.form
    } else {
        setting.default
    };
    format!("write it as {shown}")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}
