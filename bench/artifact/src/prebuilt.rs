//! Artifacts that are built already, by Nix or by hand: where `LAB_ARTIFACTS` names a manifest, the lab builds nothing.
//! It must not know what built them.
//!
//! The manifest is JSON: for each way by its name the zip, executable or folder that is deployed, and what starts it.
//!
//! ```json
//! { "lambda-dynamodb": { "package": "/…/lambda-dynamodb.zip", "entrypoint": null },
//!   "ec2": { "package": "/…/server", "entrypoint": { "program": "/…/server", "args": [], "env": {} } } }
//! ```

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cloud::Entrypoint;
use serde::Deserialize;
use ways::{Kind, Way, model};

use crate::Unavailable;

/// The variable that names the manifest.
const VARIABLE: &str = "LAB_ARTIFACTS";

/// What is built, by the names of the ways that deploy it.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Prebuilt(BTreeMap<String, Entry>);

/// What one way deploys.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    package: PathBuf,
    /// A server's command; a function's managed runtime, if it has one.
    entrypoint: Option<Command>,
    /// The program of the extension that a layer brings, if there is one.
    #[serde(default)]
    extension: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Command {
    program: PathBuf,
    args: Vec<String>,
    env: BTreeMap<String, String>,
}

/// A manifest that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("LAB_ARTIFACTS={}: {reason}; name the file that `nix build .#artifacts` makes, or unset it", .path.display())]
pub struct Unusable {
    path: PathBuf,
    reason: String,
}

/// The artifacts that the environment names, if it does; read once.
///
/// # Errors
/// When what it names can't be used.
pub fn given() -> Result<Option<&'static Prebuilt>, Unusable> {
    static GIVEN: OnceLock<Result<Option<Prebuilt>, Unusable>> = OnceLock::new();
    let read = || {
        let named = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
        named.map(|path| Prebuilt::read(Path::new(&path))).transpose()
    };
    GIVEN.get_or_init(read).as_ref().map(Option::as_ref).map_err(Clone::clone)
}

impl Prebuilt {
    /// Reads a manifest, and looks whether all that it names is there.
    pub(super) fn read(path: &Path) -> Result<Self, Unusable> {
        let unusable = |reason: String| Unusable { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
        let Self(entries) = serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
        for (name, entry) in &entries {
            let way: Way = name.parse().map_err(|error| unusable(format!("{error}")))?;
            if model().compute(way.compute).kind == Kind::Server && entry.entrypoint.is_none() {
                return Err(unusable(format!("{name} is a server and has no entrypoint")));
            }
            let programs =
                entry.entrypoint.as_ref().map(|command| &command.program).into_iter().chain(&entry.extension);
            if let Some(lost) = programs.chain([&entry.package]).find(|path| !path.exists()) {
                return Err(unusable(format!("{name} needs {}, which is not there", lost.display())));
            }
        }
        Ok(Self(entries))
    }

    /// Whether it has what a way deploys. A manifest from before a way was there has the others all the same.
    pub(super) fn check(&self, way: Way) -> Result<(), Unavailable> {
        let entry = self.0.get(&way.at_default_size().to_string()).ok_or(Unavailable::NotPrebuilt)?;
        if model().compute(way.compute).adapter.is_some() && entry.extension.is_none() {
            return Err(Unavailable::NoExtension);
        }
        Ok(())
    }

    /// What a way deploys.
    pub(super) fn artifact(&self, way: Way) -> Option<cloud::Artifact> {
        let Entry { package, entrypoint, extension } = self.0.get(&way.at_default_size().to_string())?;
        let package = package.clone();
        let entrypoint = entrypoint.as_ref().map(|Command { program, args, env }| Entrypoint {
            program: program.clone(),
            args: args.iter().map(OsString::from).collect(),
            env: env.clone(),
        });
        match model().compute(way.compute).kind {
            Kind::Server => Some(cloud::Artifact::Server { package, entrypoint: entrypoint? }),
            Kind::Integration => Some(cloud::Artifact::Templates { package }),
            Kind::Function => {
                Some(cloud::Artifact::Function { package, runtime: entrypoint, extension: extension.clone() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(name: &str) -> Way {
        name.parse().expect("a way")
    }

    /// Reads a manifest from a folder that has an executable `server` and a `function.zip`.
    fn read(manifest: &str) -> Result<Prebuilt, String> {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["server", "function.zip"] {
            std::fs::write(folder.path().join(name), name).expect("written");
        }
        let path = folder.path().join("artifacts.json");
        let place = folder.path().to_str().expect("text");
        std::fs::write(&path, manifest.replace("HERE", place)).expect("written");
        Prebuilt::read(&path).map_err(|error| error.to_string().replace(place, "HERE"))
    }

    #[test]
    fn a_way_is_what_the_manifest_says_and_another_way_is_not_there() {
        let prebuilt = read(
            r#"{ "ec2": { "package": "HERE/server",
                          "entrypoint": { "program": "HERE/server", "args": ["-v"], "env": { "A": "b" } } },
                 "lambda-s3": { "package": "HERE/function.zip", "entrypoint": null },
                 "lambdaweb-s3": { "package": "HERE/function.zip", "entrypoint": null } }"#,
        );
        let prebuilt = prebuilt.expect("usable");
        let Some(cloud::Artifact::Server { package, entrypoint }) = prebuilt.artifact(way("ec2")) else {
            panic!("a server: {prebuilt:?}");
        };
        assert_eq!(package, entrypoint.program);
        assert_eq!((entrypoint.args, entrypoint.env["A"].as_str()), (vec![OsString::from("-v")], "b"));
        let Some(cloud::Artifact::Function { package, runtime, extension: None }) = prebuilt.artifact(way("lambda-s3"))
        else {
            panic!("a function: {prebuilt:?}");
        };
        assert!(package.ends_with("function.zip"));
        assert_eq!(runtime, None);
        assert!(matches!(prebuilt.check(way("ec2")), Ok(())));
        assert!(matches!(prebuilt.check(way("fargate")), Err(Unavailable::NotPrebuilt)));
        // It keeps no other way from being run.
        assert!(matches!(prebuilt.check(way("lambdaweb-s3")), Err(Unavailable::NoExtension)));
    }

    #[test]
    fn a_manifest_that_cant_be_used_is_refused_with_the_reason() {
        for (manifest, wanted) in [
            ("[]", "invalid type: sequence, expected a map"),
            (r#"{ "ec2": { "package": "HERE/server" } }"#, "ec2 is a server and has no entrypoint"),
            (r#"{ "lambda-s3": { "package": "HERE/lost.zip" } }"#, "lambda-s3 needs HERE/lost.zip, which is not there"),
            (r#"{ "lambda-s3": { "packages": [] } }"#, "unknown field `packages`"),
            (r#"{ "lamda-s3": { "package": "HERE/function.zip" } }"#, "lamda-s3"),
        ] {
            let error = read(manifest).expect_err(manifest);
            assert!(error.starts_with("LAB_ARTIFACTS=HERE/artifacts.json: "), "{error}");
            assert!(error.contains(wanted) && error.ends_with("or unset it"), "{error}");
        }
    }
}
