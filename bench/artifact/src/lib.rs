//! Artifacts: what a way deploys, built by the lab when it is needed, by Nix where `LAB_FLAKE` names a flake, or named by
//! `LAB_ARTIFACTS`. One file per language.

mod adapter;
mod command;
mod cpp;
pub mod flake;
mod go;
mod java;
mod javascript;
pub mod lock;
mod node;
pub mod oha;
mod order;
pub mod own;
pub mod prebuilt;
mod python;
pub mod root;
mod rust;
mod shelf;
mod size;
pub mod toolchain;
mod unavailable;
mod vtl;
mod zip;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::PoisonError;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use futures_util::future::join_all;
use programs::notice;
use tokio::sync::{Mutex, OnceCell};
use ways::{Adapter, Arch, Axis, Build, Kind, Language, Way, model};

pub use order::quickest_first;
pub use size::{Description, describe, describe_file};
pub use unavailable::{Unavailable, engine};

use lock::{Lock, LockError, Mode};
use shelf::{Outcome, Shelf};

/// A build that takes longer than this is announced.
const ANNOUNCED_AFTER: Duration = Duration::from_secs(2);

/// Builds artifacts, each once.
#[derive(Default)]
pub struct Artifacts {
    root: PathBuf,
    /// What a package was built to, or why it could not be: neither is tried again.
    packages: Mutex<BTreeMap<String, Result<cloud::Artifact, String>>>,
    /// What Nix built.
    flake: flake::Flake,
    /// In the order of [`Language::ALL`] and [`Build::ALL`].
    built: [[Shelf; Build::ALL.len()]; Language::ALL.len()],
    /// The managed runtimes of the languages that have been built so far.
    runtimes: std::sync::Mutex<BTreeMap<String, cloud::Entrypoint>>,
    /// What lets functions run servers, or why it could not be built.
    adapter: OnceCell<Result<PathBuf, String>>,
}

/// Why a way is refused that `ways.toml` does not have.
const NO_SERVER: &str = "this language has no server: ways.toml lets it run on Lambda only";

/// What one build of a language's services came to.
trait Built: Send + Sync {
    /// The server and what starts it; an error of a language that has functions alone.
    fn server(&self) -> anyhow::Result<cloud::Artifact> {
        bail!(NO_SERVER)
    }
    /// What the package of the function `lambda-STORE` is packed from, and its managed runtime if it has one.
    fn function(&self, name: &str) -> anyhow::Result<(PathBuf, Option<cloud::Entrypoint>)>;
    /// What the package is packed from where a function runs the server, and what starts it in the package's folder where
    /// that is not its own `bootstrap`.
    fn adapted(&self) -> anyhow::Result<(PathBuf, Option<cloud::Entrypoint>)> {
        bail!(NO_SERVER)
    }
    /// Mapping templates; an error of a language that has programs.
    fn templates(&self) -> anyhow::Result<cloud::Artifact> {
        bail!("this language has no mapping templates")
    }
    /// What starts any function of this language in its managed runtime, given the handler as one more argument, and the
    /// letters with which AWS's names of that runtime begin.
    fn runtime(&self) -> Option<(&'static str, cloud::Entrypoint)> {
        None
    }
}

impl Artifacts {
    /// Artifacts of the checkout at `root`, in its `.lab` folder.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root, ..Self::default() }
    }

    /// Whether a way can be built and run here.
    ///
    /// # Errors
    /// The reason why it can't.
    pub fn available(way: Way) -> Result<(), Unavailable> {
        Self::runs_here(way.arch)?;
        engine(way.store)?;
        match prebuilt::given()? {
            Some(prebuilt) => prebuilt.check(way),
            None if flake::given().is_some() => Ok(()),
            None => {
                Self::builds_adapter(way)?;
                Ok(toolchain::check(way.language)?)
            }
        }
    }

    /// Whether what lets a way's function run a server can be built here, if it needs that.
    fn builds_adapter(way: Way) -> Result<(), Unavailable> {
        if model().compute(way.compute).adapter.is_some() {
            toolchain::check(Language::Rust)?;
        }
        Ok(())
    }

    /// Whether this machine runs an instruction set.
    ///
    /// # Errors
    /// That it does not.
    pub fn runs_here(arch: Arch) -> Result<(), Unavailable> {
        let machine = match std::env::consts::ARCH {
            "aarch64" => "arm64",
            arch => arch,
        };
        if arch.word() == machine { Ok(()) } else { Err(Unavailable::Arch { wanted: arch.word(), machine }) }
    }

    /// The builds that can be had of a way's service here, the one that is shown by default first.
    ///
    /// # Errors
    /// When what the lab was given can't be used.
    pub fn builds(way: Way) -> Result<&'static [Build], prebuilt::Unusable> {
        // Nix and whoever else builds beforehand builds what is deployed.
        Ok(if builds_here()? { model().builds(way) } else { &[Build::Tuned] })
    }

    /// Builds beforehand what ways deploy: the languages side by side, since much of a build is one processor's work or
    /// the network's. What can't be built is an error of [`Self::of`].
    ///
    /// # Errors
    /// When the lock file can't be used, or what the lab was given.
    pub async fn prepare(&self, variants: impl IntoIterator<Item = (Way, Build)>) -> anyhow::Result<()> {
        if prebuilt::given()?.is_some() {
            return Ok(());
        }
        let available = |(way, _): &(Way, Build)| Self::available(*way).is_ok();
        if let Some(flake) = flake::given() {
            let ways: Vec<_> = variants.into_iter().filter(available).map(|(way, _)| way).collect();
            self.flake.prepare(&flake, &ways).await;
            return Ok(());
        }
        let mut builds: BTreeMap<Language, BTreeMap<Build, BTreeSet<String>>> = BTreeMap::new();
        for (way, build) in variants.into_iter().filter(available) {
            builds.entry(way.language).or_default().entry(build).or_default().insert(program(way));
        }
        let lock = Lock::take(&self.lock_file(), Mode::Exclusive).await?;
        join_all(builds.into_iter().map(|(language, builds)| async move {
            for (build, programs) in builds {
                for program in &programs {
                    let _on_its_shelf = self.built(language, build, program, &programs).await;
                }
            }
        }))
        .await;
        drop(lock);
        Ok(())
    }

    /// What a way deploys, built first if need be.
    ///
    /// # Errors
    /// When it can't be built so, or at all.
    pub async fn of(&self, way: Way, build: Build) -> anyhow::Result<cloud::Artifact> {
        Self::available(way)?;
        ensure!(Self::builds(way)?.contains(&build), "{way} has no {build} build here");
        if let Some(prebuilt) = prebuilt::given()? {
            prebuilt.check(way)?;
            return Ok(prebuilt.artifact(way).ok_or(Unavailable::NotPrebuilt)?);
        }
        if let Some(flake) = flake::given() {
            return self.flake.artifact(&flake, way).await;
        }
        let mut packages = self.packages.lock().await;
        let name = package_name(way, build);
        if let Some(built) = packages.get(&name) {
            return built.clone().map_err(anyhow::Error::msg);
        }
        // Another lab in this checkout may be building the same files, or measuring them.
        let lock = Lock::take(&self.lock_file(), Mode::Exclusive).await?;
        let built = self.package(way, build).await;
        drop(lock);
        let outcome = built.as_ref().map(Clone::clone).map_err(|error| format!("{error:#}"));
        packages.insert(name, outcome);
        built
    }

    /// Keeps what was built as it is while the lock is held: other labs wait before they build. What has not been built
    /// by then can't be built by this lab either.
    ///
    /// # Errors
    /// When the lock file can't be used.
    pub async fn hold(&self) -> Result<Lock, LockError> {
        Lock::take(&self.lock_file(), Mode::Shared).await
    }

    /// The managed runtimes of the languages that have been built so far: see [`cloud::CloudConfig::runtimes`].
    #[must_use]
    pub fn runtimes(&self) -> BTreeMap<String, cloud::Entrypoint> {
        self.runtimes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn package(&self, way: Way, build: Build) -> anyhow::Result<cloud::Artifact> {
        let built =
            self.built(way.language, build, &program(way), &BTreeSet::new()).await.map_err(anyhow::Error::msg)?;
        let facts = model().compute(way.compute);
        match facts.kind {
            Kind::Server => return built.server(),
            Kind::Integration => return built.templates(),
            Kind::Function => {}
        }
        let package = self.folder().join(format!("{}.zip", package_name(way, build)));
        let ((source, runtime), extension) = match &facts.adapter {
            Some(adapter) => (built.adapted()?, Some(self.adapter(adapter).await?)),
            None => (built.function(&program(way))?, None),
        };
        let notices = self.root.join("services").join(zip::NOTICES);
        // What is only measured is not distributed.
        zip::pack(&source, (build == Build::Tuned).then_some(notices.as_path()), &package)?;
        Ok(cloud::Artifact::Function { package, runtime, extension })
    }

    async fn adapter(&self, adapter: &Adapter) -> anyhow::Result<PathBuf> {
        let build = async || {
            let built = adapter::build(&self.root, &self.folder(), adapter).await;
            built.map_err(|error| format!("can't build {} {}: {error:#}", adapter.crate_name, adapter.version))
        };
        self.adapter.get_or_init(build).await.clone().map_err(anyhow::Error::msg)
    }

    /// What a build of a language has made of a program; of the others, too, where it was not made yet.
    async fn built(&self, language: Language, build: Build, program: &str, others: &BTreeSet<String>) -> Outcome {
        let shelf = &self.built[language as usize][build as usize];
        let outcome = match language {
            // Each program is linked for a minute and more.
            Language::Rust => {
                shelf.of(program, others, async |wanted| self.announced(language, build, wanted).await).await
            }
            _ => shelf.of("", &BTreeSet::new(), async |all| self.announced(language, build, all).await).await,
        };
        if let Some((name, runtime)) = outcome.as_ref().ok().and_then(|built| built.runtime()) {
            self.runtimes.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), runtime);
        }
        outcome
    }

    async fn announced(
        &self,
        language: Language,
        build: Build,
        programs: &BTreeSet<String>,
    ) -> anyhow::Result<Box<dyn Built>> {
        let mut built = pin!(self.build(language, build, programs));
        tokio::select! {
            built = &mut built => return built,
            () = tokio::time::sleep(ANNOUNCED_AFTER) => {}
        }
        notice!("lab: building the {build} {} services: minutes, the first time", model().language(language));
        built.await
    }

    async fn build(
        &self,
        language: Language,
        build: Build,
        programs: &BTreeSet<String>,
    ) -> anyhow::Result<Box<dyn Built>> {
        let title = model().language(language);
        match language {
            Language::Rust => rust::build(&self.root, build, programs).await,
            Language::Python => python::build(&self.root, &self.folder(), build).await,
            Language::Javascript => javascript::build(&self.root, &self.folder(), build).await,
            Language::Cpp => cpp::build(&self.root, &self.folder()).await,
            Language::Go => go::build(&self.root, &self.folder()).await,
            Language::Java => java::build(&self.root, &self.folder()).await,
            Language::Vtl => Ok(vtl::build(&self.root)),
        }
        .with_context(|| format!("can't build the {build} {title} services"))
    }

    /// What starts the managed runtime of a language's functions, without a handler; nothing where their package brings it.
    async fn runtime_of(&self, language: Language) -> anyhow::Result<Option<cloud::Entrypoint>> {
        let lock = Lock::take(&self.lock_file(), Mode::Exclusive).await?;
        let runtime = match language {
            Language::Rust | Language::Cpp | Language::Go | Language::Vtl => Ok(None),
            Language::Python => python::runtime(&self.root, &self.folder()).await.map(Some),
            Language::Javascript => javascript::runtime(&self.root, &self.folder()).await.map(Some),
            Language::Java => java::runtime(&self.root, &self.folder()).await.map(Some),
        };
        drop(lock);
        runtime.with_context(|| format!("can't make Lambda's runtime for {}", model().language(language)))
    }

    fn lock_file(&self) -> PathBuf {
        self.folder().join("lock")
    }

    fn folder(&self) -> PathBuf {
        self.root.join(".lab/artifacts")
    }
}

/// Whether what a language deploys, or what runs it here, is compiled.
fn is_compiled(language: Language) -> bool {
    match language {
        Language::Rust | Language::Javascript | Language::Cpp | Language::Go | Language::Java => true,
        Language::Python | Language::Vtl => false,
    }
}

/// Whether that tool of a language is here that its name alone does not find: it has to be new enough.
fn is_new_enough(language: Language) -> bool {
    match language {
        Language::Python => python::interpreter().is_ok(),
        Language::Javascript => node::is_here(),
        Language::Go => go::is_new_enough(),
        Language::Java => java::home().is_some(),
        Language::Rust | Language::Cpp | Language::Vtl => true,
    }
}

/// Whether the lab builds what is deployed, in its checkout.
///
/// # Errors
/// When what the lab was given can't be used.
pub fn builds_here() -> Result<bool, prebuilt::Unusable> {
    Ok(prebuilt::given()?.is_none() && flake::given().is_none())
}

/// What is built for a way: `server`, `lambda-STORE`.
fn program(way: Way) -> String {
    match model().compute(way.compute).service() {
        Kind::Server => "server".to_owned(),
        Kind::Function => format!("lambda-{}", way.store.service()),
        Kind::Integration => "templates".to_owned(),
    }
}

/// What is deployed is the same behind every front: `lambda-dynamodb`, `lambda-python-s3-idiomatic`, whether it is deployed as a
/// zip or in an image, and whichever of its service's stores it calls; and of a server, also in a function, for every store.
fn package_name(way: Way, build: Build) -> String {
    let facts = model().compute(way.compute);
    let (kind, store) = match (facts.kind, facts.service()) {
        (Kind::Server, _) => ("server", String::new()),
        (Kind::Integration, _) | (_, Kind::Integration) => ("templates", String::new()),
        (Kind::Function, Kind::Server) => (way.compute.word(), String::new()),
        (Kind::Function, Kind::Function) => ("lambda", format!("-{}", way.store.service())),
    };
    let name = match way.language {
        language if language == model().defaults.language => format!("{kind}{store}"),
        language => format!("{kind}-{language}{store}"),
    };
    match build {
        Build::Tuned => name,
        Build::Idiomatic => format!("{name}-{build}"),
    }
}

/// The functions of a language, one for each store that it has one for: `lambda-STORE`.
fn functions(language: Language) -> Vec<String> {
    model().functions(language).into_iter().map(|store| format!("lambda-{store}")).collect()
}

/// A server that an executable or an interpreter runs from a folder or file.
fn server(package: &Path, entrypoint: cloud::Entrypoint) -> cloud::Artifact {
    cloud::Artifact::Server { package: package.to_owned(), entrypoint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_one_for_all_stores_of_its_services() {
        let of = |name: &str| {
            let way = name.parse().expect("a way");
            (program(way), package_name(way, Build::Tuned))
        };
        for (name, wanted) in [
            ("lambda-valkeynode", ("lambda-valkey", "lambda-valkey")),
            ("lambdaimage-python-valkeynode", ("lambda-valkey", "lambda-python-valkey")),
            ("lambdaweb-go-valkeynode", ("server", "lambdaweb-go")),
            ("fargate-valkeynode", ("server", "server")),
        ] {
            let (program, package) = of(name);
            assert_eq!((program.as_str(), package.as_str()), wanted, "{name}");
        }
    }
}
