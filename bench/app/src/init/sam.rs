//! A SAM template: the first function, its HTTP events, its environment, the tables and buckets beside it.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html>

use std::collections::BTreeMap;

use serde_json::Value;

use super::scripts::{set, with_counter};
use super::{Draft, FunctionDraft, RequestDraft, TableDraft, slug, yaml};
use crate::{AttributeType, Method};

/// Reads a template.
pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), String> {
    let template = yaml::read(text)?;
    let Some(resources) = template.get("Resources").and_then(Value::as_object) else { return Ok(()) };
    let mut names = BTreeMap::new();
    for (id, resource) in resources {
        let (kind, properties) = (text_of(resource, "Type"), resource.get("Properties").unwrap_or(&Value::Null));
        match kind {
            Some("AWS::Serverless::SimpleTable" | "AWS::DynamoDB::Table") => {
                let name = text_of(properties, "TableName").map_or_else(|| slug(id), str::to_owned);
                names.insert(id.clone(), name.clone());
                draft.tables.push(TableDraft { keys: keys(properties), name });
            }
            Some("AWS::S3::Bucket") => {
                let name = text_of(properties, "BucketName").map_or_else(|| slug(id), slug);
                names.insert(id.clone(), name.clone());
                draft.buckets.push(name);
            }
            _ => {}
        }
    }
    let globals = template.pointer("/Globals/Function").unwrap_or(&Value::Null);
    let function = resources.iter().find(|(_, it)| text_of(it, "Type") == Some("AWS::Serverless::Function"));
    let Some((id, function)) = function else { return Ok(()) };
    let properties = function.get("Properties").unwrap_or(&Value::Null);
    let property = |name: &str| text_of(properties, name).or_else(|| text_of(globals, name));
    set(&mut draft.name, Some(slug(property("FunctionName").unwrap_or(id))));
    if draft.function.is_none() {
        draft.function = Some(FunctionDraft {
            package: property("CodeUri").unwrap_or(".").to_owned(),
            handler: property("Handler").map(str::to_owned),
            runtime: property("Runtime").map(str::to_owned),
        });
    }
    for of in [globals, properties] {
        let variables = of.pointer("/Environment/Variables").and_then(Value::as_object);
        for (name, value) in variables.into_iter().flatten() {
            let value = match value {
                Value::String(it) => names.get(it).unwrap_or(it).clone(),
                Value::Object(reference) => {
                    let of = reference.get("Ref").and_then(Value::as_str).unwrap_or_default();
                    names.get(of).cloned().unwrap_or_default()
                }
                Value::Null => String::new(),
                other => other.to_string(),
            };
            draft.environment.insert(name.clone(), value);
        }
    }
    let events = properties.get("Events").and_then(Value::as_object);
    for event in events.into_iter().flat_map(|events| events.values()) {
        let of = event.get("Properties").unwrap_or(&Value::Null);
        let Some(path) = text_of(of, "Path") else { continue };
        let method = text_of(of, "Method").unwrap_or("get");
        if let Some(method) = method_of(method) {
            draft.requests.push(RequestDraft { method, path: with_counter(path), body: None });
        }
    }
    Ok(())
}

fn text_of<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// The keys of a table; a `SimpleTable` without any has `id`, a text.
fn keys(properties: &Value) -> Vec<(String, AttributeType)> {
    let kind = |word: &str| match word {
        "N" | "Number" => AttributeType::N,
        "B" | "Binary" => AttributeType::B,
        _ => AttributeType::S,
    };
    if let Some(key) = properties.get("PrimaryKey") {
        let name = text_of(key, "Name").unwrap_or("id");
        return vec![(name.to_owned(), kind(text_of(key, "Type").unwrap_or("String")))];
    }
    let list = |name: &str| properties.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let types: BTreeMap<String, AttributeType> = list("AttributeDefinitions")
        .iter()
        .filter_map(|it| Some((text_of(it, "AttributeName")?.to_owned(), kind(text_of(it, "AttributeType")?))))
        .collect();
    let schema: Vec<_> =
        list("KeySchema").iter().filter_map(|it| text_of(it, "AttributeName").map(str::to_owned)).collect();
    let keys: Vec<_> = schema
        .into_iter()
        .map(|name| {
            let kind = types.get(&name).copied().unwrap_or(AttributeType::S);
            (name, kind)
        })
        .collect();
    if keys.is_empty() { vec![("id".to_owned(), AttributeType::S)] } else { keys }
}

/// A method by its word in any case; `any` is a GET.
pub(super) fn method_of(word: &str) -> Option<Method> {
    let all = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Options];
    match word.to_uppercase().as_str() {
        "ANY" | "X-AMAZON-APIGATEWAY-ANY-METHOD" => Some(Method::Get),
        word => all.into_iter().find(|it| it.word() == word),
    }
}
