//! The Python services: dependencies by their lock, source beside them, one folder for each of what is deployed. Idiomatic
//! functions are a handler alone, over the SDK that the managed runtime brings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use cloud::Entrypoint;
use programs::Command;
use ways::{Build, Language};

use super::{Built, command};

/// The longest that an interpreter takes to start.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Minor versions of Python 3 that are looked for by name: where `python3` is older than what the services are written for,
/// as on Ubuntu 22.04, a newer one may be beside it.
const MINORS: std::ops::RangeInclusive<u32> = 11..=14;

/// Prints the path of an interpreter that is new enough, and fails in another.
const QUESTION: &str = "import sys; sys.version_info < (3, 11) and sys.exit(1); print(sys.executable)";

/// The folders that `services/python/build.py` makes.
struct Python {
    interpreter: PathBuf,
    folder: PathBuf,
    build: Build,
}

pub(super) async fn build(root: &Path, artifacts: &Path, build: Build) -> anyhow::Result<Box<dyn Built>> {
    let interpreter = interpreter()?;
    let python = Python { interpreter, folder: artifacts.join("python"), build };
    let functions = super::functions(Language::Python);
    let parts = functions.iter().map(|name| python.part(name)).chain([python.part("server"), "runtime".to_owned()]);
    for part in parts {
        let arguments =
            [root.join("services/python/build.py").into(), OsString::from(&part), python.folder.join(&part).into()];
        command::tool(root, &python.interpreter).arguments(arguments).captured().await?;
    }
    Ok(Box::new(python))
}

/// What stands for Lambda's managed runtime, without a handler.
pub(super) async fn runtime(root: &Path, artifacts: &Path) -> anyhow::Result<Entrypoint> {
    let python = Python { interpreter: interpreter()?, folder: artifacts.join("python"), build: Build::Tuned };
    let into = python.folder.join("runtime");
    let arguments = [root.join("services/python/build.py"), "runtime".into(), into.clone()];
    command::tool(root, &python.interpreter).arguments(arguments).captured().await?;
    Ok(python.entrypoint(&["awslambdaric"], &into))
}

/// The interpreter itself: what is found on the path may be a script that finds it, at a cost for each start.
pub(super) fn interpreter() -> anyhow::Result<PathBuf> {
    let newest_first = MINORS.rev().map(|minor| format!("python3.{minor}"));
    let names = std::iter::once("python3".to_owned()).chain(newest_first);
    let found = names.filter_map(|name| programs::on_path(&name)).find_map(|found| {
        let printed = Command::new(found).arguments(["-c", QUESTION]).captured_blocking(START_LIMIT).ok()?;
        Some(PathBuf::from(String::from_utf8_lossy(&printed).trim())).filter(|path| path.is_absolute())
    });
    found.context("no Python 3.11 or newer is on the path")
}

impl Python {
    /// What `build.py` calls the server, or a function.
    fn part(&self, name: &str) -> String {
        match self.build {
            Build::Idiomatic => format!("idiomatic-{}", name.trim_start_matches("lambda-")),
            Build::Tuned => name.to_owned(),
        }
    }

    /// `-S`: the machine's own packages stay out, as they would in an image or on Lambda. urllib3 imports some if it
    /// finds them, which costs 24 ms of each cold start.
    fn entrypoint(&self, arguments: &[&str], path: &Path) -> Entrypoint {
        let env = [("PYTHONPATH".to_owned(), path.display().to_string())].into();
        Entrypoint { env, ..self.in_its_folder(arguments) }
    }

    /// Started in the folder of what is run, which `-m` looks into.
    fn in_its_folder(&self, arguments: &[&str]) -> Entrypoint {
        Entrypoint {
            program: self.interpreter.clone(),
            args: ["-S", "-m"].iter().chain(arguments).map(OsString::from).collect(),
            ..Entrypoint::default()
        }
    }

    /// The server's module.
    fn module(&self) -> &'static str {
        match self.build {
            Build::Idiomatic => "server",
            Build::Tuned => "counter.server",
        }
    }
}

impl Built for Python {
    fn runtime(&self) -> Option<(&'static str, Entrypoint)> {
        Some(("python", self.entrypoint(&["awslambdaric"], &self.folder.join("runtime"))))
    }

    fn server(&self) -> anyhow::Result<cloud::Artifact> {
        let package = self.folder.join(self.part("server"));
        Ok(super::server(&package, self.entrypoint(&[self.module()], &package)))
    }

    /// Its `run.sh` does the same by the interpreter that AWS brings.
    fn adapted(&self) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
        Ok((self.folder.join(self.part("server")), Some(self.in_its_folder(&[self.module()]))))
    }

    fn function(&self, name: &str) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
        let handler = match self.build {
            // What Lambda's console calls a new one.
            Build::Idiomatic => "lambda_function.lambda_handler".to_owned(),
            Build::Tuned => format!("counter.{}.handler", name.replace('-', "_")),
        };
        let mut runtime = self.entrypoint(&["awslambdaric", &handler], &self.folder.join("runtime"));
        if self.build == Build::Idiomatic {
            // Its zip has no bytecode, and Lambda's folder of the code can't be written: each start compiles.
            runtime.env.insert("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned());
        }
        Ok((self.folder.join(self.part(name)), Some(runtime)))
    }
}
