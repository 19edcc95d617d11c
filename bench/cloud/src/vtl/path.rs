//! JSONPath as far as it names one place: `$`, members and indexes. What may name several is refused.

use serde_json::Value;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Member(String),
    Index(usize),
}

/// Reads a path; an error says why it is not one of the subset.
pub(super) fn parse(text: &str) -> Result<Vec<Step>, String> {
    let refused = || format!("`{text}` is not a path of the subset: `$`, `.name`, `['name']`, `[0]`");
    let mut rest = text.strip_prefix('$').ok_or_else(refused)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("['") {
            let (name, after) = after.split_once("']").ok_or_else(refused)?;
            steps.push(Step::Member(name.to_owned()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (index, after) = after.split_once(']').ok_or_else(refused)?;
            steps.push(Step::Index(index.parse().map_err(|_| refused())?));
            rest = after;
        } else {
            let after = rest.strip_prefix('.').ok_or_else(refused)?;
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            if name.is_empty() || !name.chars().all(|it| it.is_alphanumeric() || it == '_' || it == '-') {
                return Err(refused());
            }
            steps.push(Step::Member(name.to_owned()));
            rest = after;
        }
    }
    Ok(steps)
}

/// What stands there; nothing where there is no such place.
pub(super) fn find<'a>(document: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    steps.iter().try_fold(document, |value, step| match step {
        Step::Member(name) => value.get(name),
        Step::Index(index) => value.get(index),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_names_one_place_or_none() {
        let document = json!({ "a": [{ "b c": 1 }, null], "d": { "e": "x" } });
        for (path, expected) in [
            ("$", Some(document.clone())),
            ("$.a[0]['b c']", Some(json!(1))),
            ("$.d.e", Some(json!("x"))),
            ("$['d']['e']", Some(json!("x"))),
            ("$.a[1]", Some(Value::Null)),
            ("$.a[2]", None),
            ("$.d[0]", None),
            ("$.none.e", None),
        ] {
            let steps = parse(path).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(find(&document, &steps).cloned(), expected, "{path}");
        }
    }

    #[test]
    fn what_may_name_several_places_is_refused() {
        for path in
            ["", "a", "$..b", "$.a[*]", "$.*", "$.a[0:1]", "$.a[?(@.b)]", "$.a[-1]", "$.a.", "$['a", "$[0", "$.a b"]
        {
            assert!(parse(path).is_err(), "{path}");
        }
    }
}
