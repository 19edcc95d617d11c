//! An OpenAPI description: its paths.

use serde_json::Value;

use super::sam::method_of;
use super::scripts::{set, with_counter};
use super::{Draft, slug, yaml};

/// Reads a description, as JSON or YAML.
pub(super) fn read(text: &str, draft: &mut Draft) {
    let Some(description) = yaml::read(text) else { return };
    set(&mut draft.name, description.pointer("/info/title").and_then(Value::as_str).map(slug));
    let paths = description.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        for method in item.as_object().into_iter().flatten().filter_map(|(word, _)| method_of(word)) {
            let request = (method, with_counter(path));
            if !draft.requests.contains(&request) {
                draft.requests.push(request);
            }
        }
    }
}
