//! An OpenAPI description: its paths, the queries that they require, the bodies that they take.
//!
//! <https://spec.openapis.org/oas/v3.1.1.html>

use serde_json::Value;

use super::sam::method_of;
use super::sample::{resolved, sample};
use super::scripts::{set, with_counter};
use super::{Draft, RequestDraft, slug, yaml};
use crate::Method;

/// Reads a description, as JSON or YAML.
pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), String> {
    let description = yaml::read(text)?;
    set(&mut draft.name, description.pointer("/info/title").and_then(Value::as_str).map(slug));
    let paths = description.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in operations(item) {
            let path = format!("{}{}", with_counter(path), query(item, operation, &description));
            if !draft.requests.iter().any(|it| (it.method, &it.path) == (method, &path)) {
                draft.requests.push(RequestDraft { method, path, body: body(operation, &description) });
            }
        }
    }
    Ok(())
}

fn operations(item: &Value) -> impl Iterator<Item = (Method, &Value)> {
    item.as_object().into_iter().flatten().filter_map(|(word, operation)| Some((method_of(word)?, operation)))
}

/// The parameters of the query that are required, each with a value.
fn query(item: &Value, operation: &Value, description: &Value) -> String {
    let listed = [item, operation].map(|it| it.get("parameters").and_then(Value::as_array));
    let parameters = listed.into_iter().flatten().flatten().map(|it| resolved(it, description));
    let required =
        parameters.filter(|it| it.get("in") == Some(&"query".into()) && it.get("required") == Some(&true.into()));
    let pairs = required.filter_map(|it| {
        let value = it.get("example").cloned().unwrap_or_else(|| sample(it.get("schema").unwrap_or(it), description));
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:".contains(c));
        let name = it.get("name").and_then(Value::as_str)?;
        Some(format!("{name}={}", if plain(&value) { value.as_str() } else { "1" })).filter(|_| plain(name))
    });
    let pairs: Vec<_> = pairs.collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// What is sent where JSON is taken: the example that is stated, or one that fits the schema.
fn body(operation: &Value, description: &Value) -> Option<String> {
    let content = resolved(operation.get("requestBody")?, description).get("content")?.as_object()?;
    let (_, media) = content.iter().find(|(kind, _)| kind.contains("json"))?;
    let named = media.get("examples").and_then(Value::as_object).and_then(|them| them.values().next());
    let stated = media.get("example").or_else(|| resolved(named?, description).get("value")).cloned();
    let value = stated.or_else(|| Some(sample(media.get("schema")?, description)))?;
    // A text of app.toml's: `${` begins a place in it.
    Some(value.to_string().replace("${", "$${"))
}
