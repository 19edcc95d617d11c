//! The service's environment: as `app.toml` has it, but names of its tables and buckets are those that they get.

use std::collections::BTreeMap;

use app::App;
use serde_json::{Value, json};

/// The variables of a service.
pub(crate) struct Environment {
    /// As in `app.toml`.
    given: BTreeMap<String, String>,
    /// References, by the names of tables and buckets.
    references: BTreeMap<String, String>,
}

impl Environment {
    pub(crate) fn of(app: &App) -> Self {
        let mut references = BTreeMap::new();
        for table in app.tables().filter(|table| app.buckets().all(|bucket| bucket.name != table.name)) {
            references.insert(table.name.clone(), format!("${{aws_dynamodb_table.{}.name}}", label(&table.name)));
        }
        for bucket in app.buckets().filter(|bucket| app.tables().all(|table| table.name != bucket.name)) {
            references.insert(bucket.name.clone(), format!("${{aws_s3_bucket.{}.bucket}}", label(&bucket.name)));
        }
        let given = app.environment.clone();
        Self { given, references }
    }

    /// Whether a variable has the name of a table or bucket, which may then be another one than on this machine.
    pub(crate) fn names(&self, store: &str) -> bool {
        self.references.contains_key(store) && self.given.values().any(|value| named(value) == store)
    }

    /// The variables, as templates of Terraform's.
    pub(crate) fn variables(&self) -> BTreeMap<String, String> {
        self.given.iter().map(|(name, value)| (name.clone(), self.template(value))).collect()
    }

    /// The same as containers have them, and what else they need.
    pub(crate) fn of_container(&self, more: &[(&str, &str)]) -> Value {
        let mut variables: BTreeMap<String, String> =
            more.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        variables.extend(self.variables());
        variables.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
    }

    fn template(&self, value: &str) -> String {
        match self.references.get(named(value)) {
            Some(reference) => {
                let (before, after) = value.split_once(named(value)).unwrap_or_default();
                format!("{}{reference}{}", literal(before), literal(after))
            }
            None => literal(value),
        }
    }
}

/// The name that a variable may have as its value, or in the URL `s3://NAME/…`.
fn named(value: &str) -> &str {
    let rest = value.strip_prefix("s3://").map(|rest| rest.split('/').next().unwrap_or_default());
    rest.unwrap_or(value)
}

/// A text that Terraform reads as it is.
pub(crate) fn literal(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// A name as one of Terraform's.
pub(crate) fn label(name: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
    let label: String = name.chars().map(fits).collect();
    // A label begins with a letter; these are the ways' own.
    let taken = ["disk", "kops_state", "artifact"].contains(&label.as_str());
    if taken || !label.starts_with(|c: char| c.is_ascii_alphabetic()) { format!("store_{label}") } else { label }
}
