//! Runs of version 1, brought to the present form. Their samples are those of acknowledged calls only; their intervals
//! are left out, for they were too narrow where samples were few.

use serde_json::{Map, Value, json};

/// Brings a run of version 1 to version 2. What is not as version 1 has it is left as it is: reading refuses it.
pub(super) fn upgrade(run: &mut Value) {
    run["schema_version"] = json!(2);
    for row in run.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten() {
        let deployment = row.pointer("/outcome/on_aws/deployment").cloned();
        let Some(row) = row.as_object_mut() else { continue };
        row.entry("took_s").or_insert(json!(0.0));
        if let Some(deployment) = deployment {
            row.insert("deployment".to_owned(), deployment);
        }
        if let Some(outcome) = row.get_mut("outcome") {
            objects(outcome, &mut object);
        }
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
