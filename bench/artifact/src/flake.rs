//! Artifacts that Nix builds when they are wanted: where `LAB_FLAKE` names a flake, the lab builds nothing itself. It must
//! not know what the flake's packages are made of.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use programs::{Command, on_path};
use tokio::sync::Mutex;
use ways::Way;

use crate::prebuilt::Prebuilt;

/// The variable that names the flake; `nix run` sets it.
const VARIABLE: &str = "LAB_FLAKE";

/// The longest that a build may take: each language's compilers may have to be built first.
const LIMIT: Duration = Duration::from_secs(4 * 60 * 60);

/// The flake that the environment names, if it does.
#[must_use]
pub fn given() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|value| !value.is_empty())
}

/// What Nix has built so far, by way.
#[derive(Default)]
pub(super) struct Flake(Mutex<BTreeMap<String, cloud::Artifact>>);

impl Flake {
    /// What a way deploys, built first if need be.
    pub(super) async fn artifact(&self, flake: &str, way: Way) -> anyhow::Result<cloud::Artifact> {
        let mut built = self.0.lock().await;
        let name = way.at_default_size().to_string();
        if let Some(artifact) = built.get(&name) {
            return Ok(artifact.clone());
        }
        let manifests = build(flake, &[format!("artifacts-{name}")]).await?;
        let artifact = read(&manifests, way).context("what Nix built does not have it")?;
        built.insert(name, artifact.clone());
        Ok(artifact)
    }

    /// Has Nix build what some ways deploy, in one evaluation. What fails is built again, and reported, by
    /// [`Self::artifact`].
    pub(super) async fn prepare(&self, flake: &str, ways: &[Way]) {
        // One is built by `artifact`.
        let [_, _, ..] = ways else { return };
        let names: Vec<_> = ways.iter().map(|way| format!("artifacts-{}", way.at_default_size())).collect();
        if let Ok(manifests) = build(flake, &names).await {
            let mut built = self.0.lock().await;
            for way in ways {
                if let Some(artifact) = read(&manifests, *way) {
                    built.insert(way.at_default_size().to_string(), artifact);
                }
            }
        }
    }
}

/// The manifests that Nix builds of some packages; its progress is on stderr.
async fn build(flake: &str, packages: &[String]) -> anyhow::Result<Vec<Prebuilt>> {
    let nix = Command::new(on_path("nix").context("nix is not on the path, and LAB_FLAKE wants it: unset it")?);
    let features = ["--extra-experimental-features", "nix-command flakes"];
    let options = ["build", features[0], features[1], "--no-link", "--print-out-paths"];
    let installables = packages.iter().map(|package| format!("{flake}#{package}"));
    let arguments = options.map(str::to_owned).into_iter().chain(installables);
    let out = nix.arguments(arguments).inherit_stderr().limit(LIMIT).captured().await?;
    let out = String::from_utf8(out).context("`nix build` printed no text")?;
    ensure!(!out.is_empty(), "`nix build` printed no output path");
    Ok(out.lines().map(|path| Prebuilt::read(Path::new(path))).collect::<Result<_, _>>()?)
}

/// What a way deploys, by the first manifest that has it.
fn read(manifests: &[Prebuilt], way: Way) -> Option<cloud::Artifact> {
    manifests.iter().find_map(|manifest| manifest.artifact(way))
}
