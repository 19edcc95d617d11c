//! Runs of earlier versions, brought to the present form. What is not as its version has it is left as it is: reading
//! refuses it.
//!
//! Version 2 measured in one round. Version 1 kept samples of acknowledged calls only; its intervals are left out, for they
//! were too narrow where samples were few.

use serde_json::{Map, Value, json};

use super::SCHEMA_VERSION;

/// Brings a run to the present version.
pub(super) fn run(run: &mut Value) {
    let version_1 = run["schema_version"] == json!(1);
    begun(run);
    for row in run.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten() {
        if version_1 {
            record_of_version_1(row);
        }
        record(row);
    }
}

/// Brings what a run of version 2 was begun with to the present version.
pub(super) fn begun(begun: &mut Value) {
    begun["schema_version"] = json!(SCHEMA_VERSION);
    if let Some(plan) = begun.get_mut("plan").and_then(Value::as_object_mut) {
        plan.insert("rounds".to_owned(), json!(1));
    }
}

/// Brings a record of version 2 to the present version.
pub(super) fn record(record: &mut Value) {
    if let Some(record) = record.as_object_mut() {
        record.insert("rounds".to_owned(), json!(1));
    }
}

fn record_of_version_1(record: &mut Value) {
    let deployment = record.pointer("/outcome/on_aws/deployment").cloned();
    let Some(record) = record.as_object_mut() else { return };
    record.entry("took_s").or_insert(json!(0.0));
    if let Some(deployment) = deployment {
        record.insert("deployment".to_owned(), deployment);
    }
    if let Some(outcome) = record.get_mut("outcome") {
        objects(outcome, &mut object);
    }
}

fn object(object: &mut Map<String, Value>) {
    object.remove("mean_ci95_ms");
    object.remove("p50_ci95_ms");
    if let Some(samples) = object.remove("samples_us") {
        let count = samples.as_array().map_or(0, Vec::len);
        let samples =
            json!({ "every": 1, "duration_us": samples, "status": vec![200; count], "opened_connection": [] });
        object.insert("samples".to_owned(), samples);
    }
}

/// Every object in a value.
fn objects(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            change(fields);
            fields.values_mut().for_each(|field| objects(field, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| objects(item, change)),
        _ => {}
    }
}
