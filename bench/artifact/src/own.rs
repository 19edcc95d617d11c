//! What a service of the user's own deploys: built by its own command, in its own folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use cloud::Entrypoint;
use ways::{Axis, Build, Language, Way};

use super::lock::{Lock, Mode};
use super::{Artifacts, Unavailable, builds_here, command, zip};

/// Builds it.
///
/// # Errors
/// When its command fails.
pub async fn build(folder: &Path, shell: &str) -> anyhow::Result<()> {
    let built = command::tool(folder, Path::new("sh")).arguments(["-c", shell]).captured().await;
    built.map(|_| ()).with_context(|| format!("its build failed, `{shell}` in {}", folder.display()))
}

/// The server that a program in, or beside, a folder is. What is deployed is that program where it stands alone, the folder
/// where an interpreter runs it.
///
/// # Errors
/// When there is no such program.
pub fn server(folder: &Path, program: &str, arguments: &[String]) -> anyhow::Result<cloud::Artifact> {
    let path = if program.contains('/') {
        let path = folder.join(program);
        ensure!(path.is_file(), "its command starts `{program}`, which {} does not have: build it", folder.display());
        path
    } else {
        programs::on_path(program).with_context(|| format!("its command starts `{program}`, which is not on PATH"))?
    };
    let within = path.strip_prefix(folder).is_ok_and(|it| !it.starts_with(".venv") && !it.starts_with("node_modules"));
    let alone = within && is_executable_file(&path);
    let entrypoint =
        Entrypoint { program: path.clone(), args: arguments.iter().map(Into::into).collect(), ..Entrypoint::default() };
    Ok(cloud::Artifact::Server { package: if alone { path } else { folder.to_owned() }, entrypoint })
}

/// An executable, no script: those of Linux and of macOS begin with bytes that are not text.
fn is_executable_file(path: &Path) -> bool {
    use std::io::Read as _;
    let mut begin = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && (begin == *b"\x7fELF" || begin == [0xcf, 0xfa, 0xed, 0xfe])
}

impl Artifacts {
    /// Whether this machine runs a way of a service of the user's own: its own command builds that, but what lets a function
    /// run a server is built from its crate.
    ///
    /// # Errors
    /// The reason why it can't.
    pub fn own_runs_here(way: Way) -> Result<(), Unavailable> {
        Self::runs_here(way.arch)?;
        if builds_here()? { Self::builds_adapter(way) } else { Ok(()) }
    }

    /// A server in a function, as a way has it: zipped, with AWS's Web Adapter beside it. An executable that stands alone is
    /// the package's `bootstrap`; what an interpreter runs is the folder, started by this machine's interpreter in the
    /// package's folder.
    ///
    /// # Errors
    /// When it can't be packed, or the adapter can't be built.
    pub async fn own_adapted(
        &self,
        name: &str,
        folder: &Path,
        server: &cloud::Artifact,
        way: Way,
    ) -> anyhow::Result<cloud::Artifact> {
        let cloud::Artifact::Server { package, entrypoint } = server else { bail!("`{name}` is no server") };
        let extension = Some(self.adapter_of(way).await?);
        let zip = self.own_zip(&format!("{name}-{}", way.compute))?;
        let alone = package != folder;
        if alone {
            zip::pack(package, None, &zip)?;
        } else {
            zip::pack_own(folder, &zip)?;
        }
        let runtime = (!alone || !entrypoint.args.is_empty()).then(|| entrypoint.clone());
        Ok(cloud::Artifact::Function { package: zip, runtime, extension })
    }

    /// What lets a function run a server: built from its crate, or of what was built beforehand.
    async fn adapter_of(&self, way: Way) -> anyhow::Result<PathBuf> {
        if builds_here()? {
            let adapter = way.compute.facts().adapter.as_ref().context("its compute has no adapter")?;
            let _lock = Lock::take(&self.lock_file(), Mode::Exclusive).await?;
            return self.adapter(adapter).await;
        }
        match self.of(way, Build::Tuned).await? {
            cloud::Artifact::Function { extension: Some(program), .. } => Ok(program),
            _ => bail!("what was built beforehand has no adapter for {way}"),
        }
    }

    /// Where a package of one's own is made.
    fn own_zip(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.folder().join("own");
        std::fs::create_dir_all(&folder).context("can't make a folder for packages")?;
        Ok(folder.join(format!("{name}.zip")))
    }

    /// A function: its package as it is where that is a zip, packed where it is a folder or an executable; and what starts its
    /// managed runtime.
    ///
    /// # Errors
    /// When the package is not there, or the runtime can't be made.
    pub async fn own_function(
        &self,
        name: &str,
        package: PathBuf,
        handler: &str,
        language: Language,
    ) -> anyhow::Result<cloud::Artifact> {
        ensure!(package.exists(), "its package {} is not there: build it", package.display());
        let package = if package.extension().is_some_and(|it| it == "zip") {
            package
        } else {
            let zip = self.own_zip(name)?;
            zip::pack(&package, None, &zip)?;
            zip
        };
        let runtime = self.runtime_of(language).await?.map(|mut runtime| {
            runtime.args.push(handler.into());
            runtime
        });
        Ok(cloud::Artifact::Function { package, runtime, extension: None })
    }
}
