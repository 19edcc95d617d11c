//! YAML, and JSON with it, as JSON values. Tags are left out: CloudFormation's `!Ref X` becomes `X`.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Number, Value};

/// The first document.
///
/// # Errors
/// What is wrong with it, and where.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    Ok(documents.first().map_or(Value::Null, value))
}

fn value(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::Boolean(it)) => Value::Bool(*it),
        Yaml::Value(Scalar::Integer(it)) => Value::from(*it),
        Yaml::Value(Scalar::FloatingPoint(it)) => Number::from_f64(**it).map_or(Value::Null, Value::Number),
        Yaml::Value(Scalar::String(it)) => Value::from(it.as_ref()),
        Yaml::Representation(text, ..) => Value::from(text.as_ref()),
        Yaml::Sequence(list) => list.iter().map(value).collect(),
        Yaml::Mapping(map) => {
            let key = |node: &Yaml<'_>| match value(node) {
                Value::String(it) => it,
                other => other.to_string(),
            };
            Value::Object(map.iter().map(|(name, it)| (key(name), value(it))).collect::<Map<_, _>>())
        }
        Yaml::Tagged(_, inside) => value(inside),
        Yaml::Value(Scalar::Null) | Yaml::Alias(_) | Yaml::BadValue => Value::Null,
    }
}
