//! What values can do: Java's methods of the subset, `$util`, comparison and arithmetic. An error says what is wrong, without
//! where.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use super::Operator;

/// What Java's URLEncoder leaves as it is, beside letters and digits; a blank becomes `+`.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'*').remove(b'_').remove(b' ');

/// A value in a text. Java writes maps and lists in a form of its own, which is nobody's JSON.
pub(super) fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Null => Ok("null".to_owned()),
        Value::Array(_) | Value::Object(_) => Err("a list or map is not written as JSON: use `$input.json`".to_owned()),
    }
}

/// `.name` of a value: a member of a map; null where there is none.
pub(super) fn property(value: &Value, name: &str) -> Result<Value, String> {
    match value {
        Value::Object(members) => Ok(members.get(name).cloned().unwrap_or_default()),
        Value::Null => Ok(Value::Null),
        _ => Err(format!("it is not a map, and has no `{name}`")),
    }
}

/// `.name(…)` of a value, its arguments counted already.
pub(super) fn method(value: &Value, name: &str, given: &[Value]) -> Result<Value, String> {
    let first = given.first();
    match (value, name) {
        // Velocity has nothing to call there.
        (Value::Null, _) => Ok(Value::Null),
        (_, "toString") => text(value).map(Value::String),
        (_, "equals") => Ok(Value::Bool(first == Some(value))),
        (Value::String(it), _) => of_text(it, name, given),
        (Value::Array(items), "size") => Ok(json!(items.len())),
        (Value::Array(items), "isEmpty") => Ok(json!(items.is_empty())),
        (Value::Array(items), "contains") => Ok(json!(first.is_some_and(|it| items.contains(it)))),
        (Value::Array(items), "get") => {
            let index = first.and_then(Value::as_u64).and_then(|it| usize::try_from(it).ok());
            index.and_then(|index| items.get(index)).cloned().ok_or_else(|| "there is no such item".to_owned())
        }
        (Value::Object(members), "size") => Ok(json!(members.len())),
        (Value::Object(members), "isEmpty") => Ok(json!(members.is_empty())),
        (Value::Object(members), "keySet") => Ok(members.keys().map(|it| json!(it)).collect()),
        (Value::Object(members), "entrySet") => {
            Ok(members.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect())
        }
        (Value::Object(members), "get" | "containsKey") => {
            let key = text(first.unwrap_or(&Value::Null))?;
            Ok(if name == "get" {
                members.get(&key).cloned().unwrap_or_default()
            } else {
                json!(members.contains_key(&key))
            })
        }
        _ => Err(format!("it has no method `{name}`")),
    }
}

fn of_text(it: &str, name: &str, given: &[Value]) -> Result<Value, String> {
    let argument = || given.first().and_then(Value::as_str).ok_or_else(|| format!("`{name}` takes a text"));
    Ok(match name {
        // Java counts UTF-16.
        "length" => json!(it.encode_utf16().count()),
        "isEmpty" => json!(it.is_empty()),
        "contains" => json!(it.contains(argument()?)),
        "startsWith" => json!(it.starts_with(argument()?)),
        "endsWith" => json!(it.ends_with(argument()?)),
        "toLowerCase" => json!(it.to_lowercase()),
        "toUpperCase" => json!(it.to_uppercase()),
        "trim" => json!(it.trim_matches(|it| it <= ' ')),
        "substring" => {
            let units: Vec<u16> = it.encode_utf16().collect();
            let place = |index: usize| given.get(index).and_then(Value::as_u64).and_then(|it| usize::try_from(it).ok());
            let end = if given.len() > 1 { place(1) } else { Some(units.len()) };
            let part = place(0).zip(end).and_then(|(begin, end)| units.get(begin..end));
            let part = part.ok_or_else(|| "`substring` takes places within the text".to_owned())?;
            json!(String::from_utf16_lossy(part))
        }
        _ => return Err(format!("a text has no method `{name}`")),
    })
}

/// `$util.name(…)`.
pub(super) fn util(name: &str, given: &[Value]) -> Result<Value, String> {
    let it = text(given.first().unwrap_or(&Value::Null))?;
    Ok(match name {
        "escapeJavaScript" => json!(escape(&it)),
        "base64Encode" => json!(BASE64_STANDARD.encode(it)),
        "base64Decode" => {
            let bytes = BASE64_STANDARD.decode(it).map_err(|error| format!("not base64: {error}"))?;
            json!(String::from_utf8_lossy(&bytes))
        }
        "urlEncode" => json!(utf8_percent_encode(&it, FORM).to_string().replace(' ', "+")),
        "urlDecode" => json!(percent_decode_str(&it.replace('+', " ")).decode_utf8_lossy()),
        "parseJson" => serde_json::from_str(&it).map_err(|error| format!("not JSON: {error}"))?,
        _ => return Err(format!("`$util` has no `{name}`")),
    })
}

/// As Apache Commons Lang does, whose method it is named after.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match u8::try_from(unit).ok().filter(u8::is_ascii) {
            Some(b'\n') => escaped.push_str("\\n"),
            Some(b'\r') => escaped.push_str("\\r"),
            Some(b'\t') => escaped.push_str("\\t"),
            Some(0x08) => escaped.push_str("\\b"),
            Some(0x0c) => escaped.push_str("\\f"),
            Some(it @ (b'\'' | b'"' | b'\\' | b'/')) => escaped.extend(['\\', char::from(it)]),
            Some(it @ 0x20..=0x7e) => escaped.push(char::from(it)),
            Some(_) | None => escaped.push_str(&format!("\\u{unit:04X}")),
        }
    }
    escaped
}

/// A comparison, or a calculation of numbers.
pub(super) fn compare(operator: Operator, left: &Value, right: &Value) -> Result<Value, String> {
    match operator {
        Operator::Equal => equal(left, right).map(Value::Bool),
        Operator::NotEqual => equal(left, right).map(|it| Value::Bool(!it)),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            let [left, right] = [left, right].map(Value::as_f64);
            let (left, right) = left.zip(right).ok_or("only numbers are less or greater")?;
            Ok(Value::Bool(match operator {
                Operator::Less => left < right,
                Operator::LessOrEqual => left <= right,
                Operator::Greater => left > right,
                _ => left >= right,
            }))
        }
        _ => calculate(operator, left, right),
    }
}

fn equal(left: &Value, right: &Value) -> Result<bool, String> {
    Ok(match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Null, _) | (_, Value::Null) => left == right,
        // Of different types: as texts.
        _ if std::mem::discriminant(left) != std::mem::discriminant(right) => text(left)? == text(right)?,
        _ => left == right,
    })
}

fn calculate(operator: Operator, left: &Value, right: &Value) -> Result<Value, String> {
    let numbers = "only numbers are calculated with: texts are joined as \"$one$other\"";
    let beyond = || "the result is not a number that can be had".to_owned();
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        let made = match operator {
            Operator::Plus => left.checked_add(right),
            Operator::Minus => left.checked_sub(right),
            Operator::Times => left.checked_mul(right),
            Operator::Divided => left.checked_div(right),
            _ => left.checked_rem(right),
        };
        return made.map(Value::from).ok_or_else(beyond);
    }
    let (left, right) = left.as_f64().zip(right.as_f64()).ok_or(numbers)?;
    let made = match operator {
        Operator::Plus => left + right,
        Operator::Minus => left - right,
        Operator::Times => left * right,
        Operator::Divided => left / right,
        _ => left % right,
    };
    serde_json::Number::from_f64(made).map(Value::Number).ok_or_else(beyond)
}
