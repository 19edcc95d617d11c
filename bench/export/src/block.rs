//! Places in a configuration.

use serde_json::{Map, Value};

use crate::ExportError;

/// What is at a JSON pointer.
pub(crate) fn at<'a>(configuration: &'a mut Value, pointer: &str) -> Result<&'a mut Value, ExportError> {
    configuration.pointer_mut(pointer).ok_or_else(|| ExportError::Unknown(pointer.trim_start_matches('/').to_owned()))
}

/// The object at a JSON pointer.
pub(crate) fn object<'a>(
    configuration: &'a mut Value,
    pointer: &str,
) -> Result<&'a mut Map<String, Value>, ExportError> {
    let found = at(configuration, pointer)?.as_object_mut();
    found.ok_or_else(|| ExportError::Unknown(format!("object {}", pointer.trim_start_matches('/'))))
}

/// The blocks of resources, or of data, by their labels: of each type.
pub(crate) fn kinds<'a>(
    configuration: &'a mut Value,
    section: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    let kinds = configuration.get_mut(section).and_then(Value::as_object_mut);
    kinds.into_iter().flat_map(|kinds| kinds.values_mut()).filter_map(Value::as_object_mut)
}

/// Puts a block of a type there, by its label.
pub(crate) fn insert(configuration: &mut Value, section: &str, kind: &str, label: &str, block: Value) {
    configuration[section][kind][label] = block;
}

/// Takes a block of a type out; types without a block go with it.
pub(crate) fn remove(configuration: &mut Value, section: &str, kind: &str, label: &str) {
    let Some(kinds) = configuration.get_mut(section).and_then(Value::as_object_mut) else { return };
    let Some(blocks) = kinds.get_mut(kind).and_then(Value::as_object_mut) else { return };
    blocks.remove(label);
    if blocks.is_empty() {
        kinds.remove(kind);
    }
}

/// Whether a text is in a value.
pub(crate) fn has(value: &Value, text: &str) -> bool {
    match value {
        Value::String(it) => it.contains(text),
        Value::Array(items) => items.iter().any(|item| has(item, text)),
        Value::Object(members) => members.values().any(|member| has(member, text)),
        _ => false,
    }
}

/// Changes all texts in a value.
pub(crate) fn texts(value: &mut Value, change: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| texts(item, change)),
        Value::Object(members) => members.values_mut().for_each(|member| texts(member, change)),
        _ => {}
    }
}
