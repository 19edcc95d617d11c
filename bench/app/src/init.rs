//! The first draft of an `app.toml`: from what a folder states in the files that its community has anyway, and from answers.

mod container;
mod openapi;
mod sam;
mod sample;
mod scripts;
mod yaml;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::{AttributeType, Method};

/// What is known of a service so far. Where nothing is, it is left out, or stands as a comment to fill in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// What it is called.
    pub name: Option<String>,
    /// What builds it.
    pub build: Option<String>,
    /// What starts the server.
    pub command: Option<String>,
    /// What is requested to see whether it is ready.
    pub health: Option<String>,
    /// Whether the server works on one call at a time.
    pub single_threaded: bool,
    /// The function's package, handler and runtime.
    pub function: Option<FunctionDraft>,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// What is requested.
    pub requests: Vec<RequestDraft>,
    /// Tables: name, partition key, sort key.
    pub tables: Vec<TableDraft>,
    /// Buckets.
    pub buckets: Vec<String>,
    /// The files that it was read from.
    pub read: Vec<String>,
    /// Files that can't be read, and why.
    pub unreadable: Vec<(String, String)>,
}

/// A request, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestDraft {
    /// Its method.
    pub method: Method,
    /// Its path and query.
    pub path: String,
    /// Its body, as JSON.
    pub body: Option<String>,
}

impl RequestDraft {
    /// A GET of a path.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self { method: Method::Get, path: path.to_owned(), body: None }
    }
}

/// A function, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionDraft {
    /// A zip or folder.
    pub package: String,
    /// What Lambda calls.
    pub handler: Option<String>,
    /// Lambda's runtime.
    pub runtime: Option<String>,
}

/// A table, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDraft {
    /// Its name.
    pub name: String,
    /// Its keys, the partition key first.
    pub keys: Vec<(String, AttributeType)>,
}

/// Files in the order in which they are read: what an earlier one states, a later one does not change.
type Reader = fn(&str, &mut Draft) -> Result<(), String>;
const FILES: [(&str, Reader); 13] = [
    ("template.yaml", sam::read),
    ("template.yml", sam::read),
    ("Dockerfile", container::read),
    ("Containerfile", container::read),
    ("package.json", scripts::package_json),
    ("pyproject.toml", scripts::python),
    ("requirements.txt", scripts::python),
    ("go.mod", scripts::go),
    ("Cargo.toml", scripts::cargo),
    ("openapi.yaml", openapi::read),
    ("openapi.yml", openapi::read),
    ("openapi.json", openapi::read),
    ("swagger.json", openapi::read),
];

impl Draft {
    /// What the files of a folder state.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let mut draft = Self::default();
        for (name, read) in FILES {
            let Ok(text) = std::fs::read_to_string(folder.join(name)) else { continue };
            let before = Self { read: Vec::new(), ..draft.clone() };
            if let Err(reason) = read(&text, &mut draft) {
                draft.unreadable.push((name.to_owned(), reason));
            } else if before != (Self { read: Vec::new(), ..draft.clone() }) {
                draft.read.push(name.to_owned());
            }
        }
        scripts::by_lock(folder, &mut draft);
        scripts::sources(folder, &mut draft);
        if draft.name.is_none() {
            let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
            draft.name = folder.file_name().map(|name| slug(&name.to_string_lossy()));
        }
        draft
    }

    /// As the text of an `app.toml`.
    #[must_use]
    pub fn toml(&self) -> String {
        let mut text = String::new();
        let mut line = |line: &str| writeln!(text, "{line}").expect("memory takes all that is written");
        let string = |value: &str| toml_string(value);
        line("# The service in the lab: docs/own-service.md. Check each line with a `?`.");
        line(&format!("name = {}", string(self.name.as_deref().unwrap_or("service"))));
        if let Some(build) = &self.build {
            line(&format!("build = {}", string(build)));
        }
        if let Some(command) = &self.command {
            line("\n[server]");
            line(&format!("command = {}", string(command)));
            if let Some(health) = &self.health {
                line(&format!("health = {}", string(health)));
            }
            if self.single_threaded {
                line("single_threaded = true");
            }
        }
        if let Some(function) = &self.function {
            line("\n[function]");
            line(&format!("package = {}", string(&function.package)));
            if let Some(handler) = &function.handler {
                line(&format!("handler = {}", string(handler)));
            }
            line(&format!("runtime = {}", string(function.runtime.as_deref().unwrap_or_default())));
        }
        if self.command.is_none() && self.function.is_none() {
            line("\n# ? What starts it, with the port in PORT.\n[server]\ncommand = \"\"");
        }
        if !self.environment.is_empty() {
            line("\n[environment]");
            for (name, value) in &self.environment {
                let mark = if value.is_empty() { " # ?" } else { "" };
                line(&format!("{} = {}{mark}", toml_key(name), string(value)));
            }
        }
        let root = [RequestDraft::get("/")];
        for request in if self.requests.is_empty() { &root[..] } else { &self.requests[..] } {
            line("\n[[request]]");
            if request.method != Method::Get {
                line(&format!("method = {}", string(request.method.word())));
            }
            line(&format!("path = {}", string(&request.path)));
            let takes_body = matches!(request.method, Method::Post | Method::Put | Method::Patch);
            if takes_body || request.body.is_some() {
                line("headers = { content-type = \"application/json\" }");
                line(&format!("body = {} # ?", string(request.body.as_deref().unwrap_or("{}"))));
            }
        }
        for table in &self.tables {
            line(&format!("\n[[table]]\nname = {}", string(&table.name)));
            for (word, (name, kind)) in ["partition_key", "sort_key"].iter().zip(&table.keys) {
                line(&format!("{word} = {}", string(&format!("{name}:{kind:?}"))));
            }
        }
        for bucket in &self.buckets {
            line(&format!("\n[[bucket]]\nname = {}", string(bucket)));
        }
        text
    }
}

/// A text as TOML's, on one line: what JSON escapes, TOML reads.
fn toml_string(value: &str) -> String {
    toml_value(value).unwrap_or_else(|| serde_json::Value::from(value).to_string())
}

/// Literal where that is possible: what stands in it is what is meant.
fn toml_value(value: &str) -> Option<String> {
    let plain = |c: char| !c.is_control() && c != '\'';
    match value {
        value if !value.contains(['"', '\\']) && !value.contains(char::is_control) => Some(format!("\"{value}\"")),
        value if value.chars().all(plain) => Some(format!("'{value}'")),
        _ => None,
    }
}

fn toml_key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { toml_string(name) }
}

/// A name that `app.toml` takes.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let word = lower.rsplit('/').next().unwrap_or_default();
    let dashed: String = word.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let trimmed = dashed.trim_matches('-');
    let short: String = trimmed.chars().take(32).collect();
    if short.is_empty() { "service".to_owned() } else { short }
}
