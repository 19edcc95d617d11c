//! A value that a JSON schema accepts, as far as its own words say how it looks: what an OpenAPI description has for a body.
//!
//! <https://spec.openapis.org/oas/v3.1.1.html#schema-object>

use serde_json::{Map, Value, json};

/// How deep schemas are followed: a schema may contain itself.
const DEPTH_MAX: u32 = 8;

/// A value for a schema of a description, whose references lead into the description.
pub(super) fn sample(schema: &Value, description: &Value) -> Value {
    of(schema, description, DEPTH_MAX)
}

/// What a `$ref` into the description stands for, or the value itself.
pub(super) fn resolved<'a>(value: &'a Value, description: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix('#'));
    target.and_then(|pointer| description.pointer(pointer)).unwrap_or(value)
}

fn of(schema: &Value, description: &Value, depth: u32) -> Value {
    let Some(deeper) = depth.checked_sub(1) else { return Value::Null };
    let schema = resolved(schema, description);
    let stated = ["/example", "/examples/0", "/const", "/default", "/enum/0"];
    if let Some(value) = stated.iter().find_map(|pointer| schema.pointer(pointer)) {
        return value.clone();
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let objects = parts.iter().map(|part| of(part, description, deeper));
        let members = objects.filter_map(|it| if let Value::Object(members) = it { Some(members) } else { None });
        return Value::Object(members.flatten().collect());
    }
    if let Some(first) = ["/oneOf/0", "/anyOf/0"].iter().find_map(|pointer| schema.pointer(pointer)) {
        return of(first, description, deeper);
    }
    let word = |value: &Value| value.as_str().filter(|it| *it != "null").map(str::to_owned);
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().find_map(word),
        Some(kind) => word(kind),
        None => schema.get("properties").map(|_| "object".to_owned()),
    };
    match kind.as_deref() {
        Some("object") => Value::Object(members(schema, description, deeper)),
        Some("array") => schema.get("items").map_or_else(|| json!([]), |items| json!([of(items, description, deeper)])),
        Some("string") => Value::String(text(schema)),
        Some("integer" | "number") => number(schema),
        Some("boolean") => Value::Bool(true),
        _ => Value::Null,
    }
}

/// Those that are required, or all where none is.
fn members(schema: &Value, description: &Value, depth: u32) -> Map<String, Value> {
    let required: Vec<_> = schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    let wanted = properties.into_iter().flatten().filter(|(name, property)| {
        let read_only = resolved(property, description).get("readOnly") == Some(&Value::Bool(true));
        !read_only && (required.is_empty() || required.iter().any(|it| it.as_str() == Some(name)))
    });
    wanted.map(|(name, property)| (name.clone(), of(property, description, depth))).collect()
}

fn text(schema: &Value) -> String {
    let length = |name: &str| schema.get(name).and_then(Value::as_u64).and_then(|it| usize::try_from(it).ok());
    let plain = match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        Some("email") => "someone@example.org",
        Some("uri" | "url") => "https://example.org/",
        _ => {
            let (least, most) = (length("minLength").unwrap_or(0).min(1_000), length("maxLength").unwrap_or(4));
            return "text".chars().cycle().take(least.max(most.min(4))).collect();
        }
    };
    plain.to_owned()
}

fn number(schema: &Value) -> Value {
    let least = schema.get("minimum").cloned();
    // In OpenAPI 3.0 `exclusiveMinimum` is a truth beside `minimum`.
    let above = schema.get("exclusiveMinimum").and_then(Value::as_f64).map(|it| json!(it.floor() as i64 + 1));
    let exclusive = schema.get("exclusiveMinimum") == Some(&Value::Bool(true));
    let least = match least.as_ref().and_then(Value::as_f64) {
        Some(it) if exclusive => Some(json!(it.floor() as i64 + 1)),
        _ => least,
    };
    let most = schema.get("maximum").filter(|it| it.as_f64().is_some_and(|it| it < 1.0)).cloned();
    above.or(least).or(most).unwrap_or_else(|| json!(1))
}
