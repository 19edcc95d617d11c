//! What a service of the user's own deploys: built by its own command, in its own folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use cloud::Entrypoint;
use ways::Language;

use super::{Artifacts, command, zip};

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
            let zip = self.folder().join("own").join(format!("{name}.zip"));
            std::fs::create_dir_all(self.folder().join("own")).context("can't make a folder for packages")?;
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
