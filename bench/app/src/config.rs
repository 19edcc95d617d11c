//! `app.toml`, typed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Deserializer, de};
use toml::Spanned;
use ways::{Axis, Kind, Language, Way, model};

use crate::command::Words;
use crate::error::AppError;
use crate::request::Request;
use crate::store::{Bucket, Table};
use crate::way::AppWay;

/// The file's name in the service's folder.
pub const FILE: &str = "app.toml";

/// A user's own service. Paths are relative to its folder.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "app.toml")]
pub struct App {
    /// What it is called.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// What builds it, in its folder, by `sh -c`; nothing where it runs as it is.
    #[serde(default)]
    pub build: Option<String>,
    /// How it runs as a server.
    #[serde(default)]
    pub server: Option<Server>,
    /// How it runs as a Lambda function.
    #[serde(default)]
    pub function: Option<Function>,
    /// Its environment, wherever it runs, beside what AWS and the lab set.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// What is requested of it.
    #[serde(rename = "request", deserialize_with = "some_requests")]
    #[schemars(length(min = 1))]
    pub requests: Vec<Request>,
    /// DynamoDB tables that are there before it starts.
    #[serde(default, rename = "table")]
    #[schemars(with = "Vec<Table>")]
    tables: Vec<Spanned<Table>>,
    /// S3 buckets that are there before it starts.
    #[serde(default, rename = "bucket")]
    #[schemars(with = "Vec<Bucket>")]
    buckets: Vec<Spanned<Bucket>>,
    /// What verifies its state once it was measured.
    #[serde(default)]
    pub check: Option<Check>,
    /// The ways of interest, with their sizes [default: each compute that it runs on, at its default size].
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    ways: Vec<Spanned<AppWay>>,
    /// The traffic that it is chosen for.
    #[serde(default)]
    pub traffic: Traffic,
}

/// How it runs as a server.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// What starts it, in its folder: no shell reads it. It must not go to the background.
    pub command: Words,
    /// The variable with the port on which it must listen.
    #[serde(default = "port")]
    pub port: String,
    /// What is requested to see whether it is ready: any answer below 500 is.
    #[serde(default = "root")]
    #[schemars(regex(pattern = "^/"))]
    pub health: String,
    /// Whether it works on one call at a time: an interpreter's lock, an event loop.
    #[serde(default)]
    pub single_threaded: bool,
}

/// How it runs as a Lambda function.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// What is deployed: a zip, or a folder that is zipped. Of `provided.al2023` also the executable itself.
    pub package: PathBuf,
    /// What Lambda calls in it.
    #[serde(default = "bootstrap")]
    pub handler: String,
    /// Lambda's runtime.
    pub runtime: Runtime,
}

/// Lambda's runtimes that the local cloud has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime(String);

/// What verifies its state.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// A command, in its folder, with its environment and `URL`, where it answers: it ends with 0 if all is right.
    pub command: Words,
}

/// The traffic that it is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// Calls a month.
    #[serde(default)]
    pub calls_per_month: Option<f64>,
    /// The most that the 99th percentile may be, in milliseconds.
    #[serde(default)]
    pub p99_ms: Option<f64>,
}

impl App {
    /// Reads the `app.toml` of a folder.
    ///
    /// # Errors
    /// When it is not there, or something in it is wrong.
    pub fn read(folder: &Path) -> Result<Self, AppError> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(|source| AppError::Read { path: path.clone(), source })?;
        Self::parse(&text, &path)
    }

    /// Reads a text, for whose errors the file is named.
    ///
    /// # Errors
    /// When something in it is wrong.
    pub fn parse(text: &str, path: &Path) -> Result<Self, AppError> {
        let app: Self = toml::from_str(text).map_err(|error| AppError::of_toml(path, text, &error))?;
        app.checked(text, path)
    }

    fn checked(self, text: &str, path: &Path) -> Result<Self, AppError> {
        let refused = |offset: usize, message: String| Err(AppError::at(path, text, offset, message));
        if self.server.is_none() && self.function.is_none() {
            let message = "it is neither a server nor a function: add [server] with `command`, or [function] with \
                           `package` and `runtime`";
            return refused(0, message.to_owned());
        }
        let mut names = BTreeSet::new();
        for table in &self.tables {
            if !names.insert(table.get_ref().name.clone()) {
                return refused(table.span().start, format!("there are two tables `{}`", table.get_ref().name));
            }
            if let Some(reason) = conflict(table.get_ref()) {
                return refused(table.span().start, reason);
            }
        }
        for bucket in &self.buckets {
            if !names.insert(format!("s3://{}", bucket.get_ref().name)) {
                return refused(bucket.span().start, format!("there are two buckets `{}`", bucket.get_ref().name));
            }
        }
        for way in &self.ways {
            if let Err(reason) = self.fits(*way.get_ref()) {
                return refused(way.span().start, reason);
            }
        }
        Ok(self)
    }

    /// Whether it can run so.
    ///
    /// # Errors
    /// What it lacks.
    pub fn fits(&self, way: AppWay) -> Result<(), String> {
        match way.service() {
            Kind::Server if self.server.is_none() => {
                Err(format!("`{way}` runs a server, and {FILE} has no [server] with its command"))
            }
            Kind::Function if self.function.is_none() => {
                Err(format!("`{way}` runs a function, and {FILE} has no [function] with its package"))
            }
            Kind::Integration => Err(format!("nothing of one's own runs in `{way}`")),
            Kind::Server | Kind::Function => Ok(()),
        }
    }

    /// The ways of interest: those that it lists, or each compute that it runs on.
    #[must_use]
    pub fn ways(&self) -> Vec<AppWay> {
        let listed: Vec<_> = self.ways.iter().map(|it| *it.get_ref()).collect();
        if listed.is_empty() { AppWay::defaults().filter(|way| self.fits(*way).is_ok()).collect() } else { listed }
    }

    /// DynamoDB tables that are there before it starts.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.tables.iter().map(Spanned::get_ref)
    }

    /// S3 buckets that are there before it starts.
    pub fn buckets(&self) -> impl Iterator<Item = &Bucket> {
        self.buckets.iter().map(Spanned::get_ref)
    }

    /// Whether it keeps anything outside of its process.
    #[must_use]
    pub fn keeps_state(&self) -> bool {
        !(self.tables.is_empty() && self.buckets.is_empty())
    }

    /// The counter's way that stands for one of its own where a prediction or a cost asks. Its language does so for how a
    /// process shares processors, and how long Lambda's runtime takes to start.
    #[must_use]
    pub fn stand_in(&self, way: AppWay) -> Way {
        way.stand_in(self.stands_for(way))
    }

    fn stands_for(&self, way: AppWay) -> Language {
        let default = model().defaults.language;
        match (way.service(), &self.server, &self.function) {
            (Kind::Function, _, Some(function)) => function.runtime.language(),
            (Kind::Server, Some(server), _) if server.single_threaded => {
                let of_servers =
                    |it: &&Language| it.facts().single_threaded && way.compute().facts().languages.contains(it);
                Language::ALL.iter().find(of_servers).copied().unwrap_or(default)
            }
            _ => default,
        }
    }

    /// The JSON schema of `app.toml`.
    #[must_use]
    pub fn schema() -> Schema {
        schemars::schema_for!(App)
    }
}

/// An attribute has one type, whichever key it is part of; indexes have names of their own.
fn conflict(table: &Table) -> Option<String> {
    let mut types = BTreeMap::new();
    let mut names = BTreeSet::new();
    let keys = |partition, sort: &'_ Option<_>| [Some(partition), sort.clone()];
    let of_indexes = table.indexes.iter().flat_map(|it| keys(it.partition_key.clone(), &it.sort_key));
    for key in keys(table.partition_key.clone(), &table.sort_key).into_iter().chain(of_indexes).flatten() {
        if let Some(other) = types.insert(key.name.clone(), key.kind)
            && other != key.kind
        {
            return Some(format!("`{}` of table `{}` has two types", key.name, table.name));
        }
    }
    let twice = table.indexes.iter().find(|it| !names.insert(it.name.clone()));
    twice.map(|it| format!("table `{}` has two indexes `{}`", table.name, it.name))
}

impl Runtime {
    /// Lambda's name of it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The one in which Lambda runs a server behind AWS's Web Adapter: that of the interpreter which its command starts, or
    /// the one for executables.
    #[must_use]
    pub fn of_server(server: &Server) -> Self {
        let program = Path::new(server.command.program());
        let name = program.file_name().and_then(OsStr::to_str).unwrap_or_default();
        // The commands that Python's and Node.js's packages bring are scripts in these folders.
        let interpreter = match program.components().next().and_then(|first| first.as_os_str().to_str()) {
            Some(".venv" | "venv") => "python",
            Some("node_modules") => "nodejs",
            _ if name.starts_with("python") => "python",
            _ if name == "node" => "nodejs",
            _ => "provided.al",
        };
        let names = || Language::ALL.iter().filter_map(|it| Some(&it.facts().runtime.as_ref()?.name));
        let found = names().find(|name| family(name) == interpreter);
        Self(found.or_else(|| names().next()).cloned().unwrap_or_default())
    }

    /// The language that it is for; of `provided.al2023`, whose executables may be of any, the leanest.
    #[must_use]
    pub fn language(&self) -> Language {
        let of = |language: &&Language| {
            language.facts().runtime.as_ref().is_some_and(|it| family(&it.name) == family(&self.0))
        };
        Language::ALL.iter().find(of).copied().unwrap_or(model().defaults.language)
    }
}

/// The letters that a runtime's name begins with: `python`, `nodejs`, `provided.al`.
fn family(name: &str) -> &str {
    name.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default()
}

impl FromStr for Runtime {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known: Vec<&str> =
            Language::ALL.iter().filter_map(|it| Some(it.facts().runtime.as_ref()?.name.as_str())).collect();
        if known.iter().any(|it| family(it) == family(name) && name.len() > family(name).len()) {
            return Ok(Self(name.to_owned()));
        }
        let nearest = crate::error::nearest(name, known);
        Err(format!("the local cloud has no runtime `{name}`; nearest: `{nearest}`"))
    }
}

impl<'de> Deserialize<'de> for Runtime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Runtime {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Runtime".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(provided\\.al|python|nodejs|java)[0-9]" })
    }
}

fn port() -> String {
    "PORT".to_owned()
}

fn root() -> String {
    "/".to_owned()
}

fn bootstrap() -> String {
    "bootstrap".to_owned()
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=32).contains(&name.len()) && name.chars().all(fits) && !name.starts_with('-') {
        Ok(name)
    } else {
        Err(de::Error::custom(format!("`{name}` is no name: 1 to 32 lower-case letters, digits and hyphens")))
    }
}

fn some_requests<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Request>, D::Error> {
    let requests = Vec::<Request>::deserialize(deserializer)?;
    if requests.is_empty() {
        Err(de::Error::custom("it names no request: add a [[request]] with a `path`"))
    } else {
        Ok(requests)
    }
}
