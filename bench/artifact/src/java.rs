//! The Java functions: jars built by Maven, run by AWS's runtime interface client on this machine's Java.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use cloud::Entrypoint;
use sha2::{Digest, Sha256};
use ways::{Axis, Language};

use super::size::files;
use super::{Built, command, zip};

/// What `services/java/pom.xml` compiles for, which is Lambda's runtime.
const SINCE: u32 = 25;

/// Where Debian, Ubuntu and Fedora have their JDKs.
const HOMES: &str = "/usr/lib/jvm";

/// What Maven makes.
struct Java {
    home: PathBuf,
    folder: PathBuf,
}

pub(super) async fn build(root: &Path, artifacts: &Path) -> anyhow::Result<Box<dyn Built>> {
    let java = made(root, artifacts).await?;
    let notices = root.join("services/java").join(zip::NOTICES);
    for name in super::functions(Language::Java) {
        let to = java.function_folder(&name).join(zip::NOTICES);
        fs::copy(&notices, to).with_context(|| format!("can't copy {}", notices.display()))?;
    }
    Ok(Box::new(java))
}

/// What stands for Lambda's managed runtime, without a handler.
pub(super) async fn runtime(root: &Path, artifacts: &Path) -> anyhow::Result<Entrypoint> {
    Ok(made(root, artifacts).await?.entrypoint())
}

/// The functions and the runtime, built again only when something has changed: Maven takes seconds to find that nothing has.
async fn made(root: &Path, artifacts: &Path) -> anyhow::Result<Java> {
    let java = Java { home: home().context("no JDK 25 or newer is here any more")?, folder: artifacts.join("java") };
    let mvn = programs::on_path("mvn").context("mvn is no longer on PATH")?;
    let (state, stamp) = (state(root, &java.home)?, java.folder.join("built-from"));
    if fs::read(&stamp).is_ok_and(|before| before == state) {
        return Ok(java);
    }
    match fs::remove_dir_all(&java.folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("can't remove {}", java.folder.display()));
        }
        _ => {}
    }
    let mut folder = OsString::from("-Dbuild.folder=");
    folder.push(&java.folder);
    // Its tests run in check.sh.
    let arguments = ["--quiet".into(), "-Dmaven.test.skip=true".into(), folder, "package".into()];
    command::tool(&root.join("services/java"), &mvn)
        .variable("JAVA_HOME", &java.home)
        .arguments(arguments)
        .captured()
        .await?;
    let (script, to) = (root.join("services/java/runtime/run.sh"), java.folder.join("runtime/run.sh"));
    fs::copy(&script, to).with_context(|| format!("can't copy {}", script.display()))?;
    let Entrypoint { program, args, .. } = java.entrypoint();
    // Without a handler it writes the runtime's AOT cache.
    command::tool(&java.folder, &program).arguments(args).captured().await?;
    fs::write(&stamp, state).with_context(|| format!("can't write {}", stamp.display()))?;
    Ok(java)
}

/// What the build depends on: the sources, the page that is in them, the JDK.
fn state(root: &Path, home: &Path) -> anyhow::Result<Vec<u8>> {
    let source = root.join("services/java");
    let mut sources: Vec<_> = files(&source)?.into_iter().filter(|path| !path.starts_with("target")).collect();
    sources.sort();
    let sources = sources.into_iter().map(|path| source.join(path));
    let mut hash = Sha256::new();
    for path in sources.chain([root.join("services/page.html"), home.join("release")]) {
        let content = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
        hash.update(path.as_os_str().as_encoded_bytes());
        hash.update((content.len() as u64).to_le_bytes());
        hash.update(content);
    }
    Ok(hash.finalize().to_vec())
}

/// The first JDK that is new enough: the one that `JAVA_HOME` names, the one on the path, those of the system, by their names. None
/// where AWS's runtime interface client does not run: its native part is for Linux.
pub(super) fn home() -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let named = std::env::var_os("JAVA_HOME").map(PathBuf::from);
    let on_path = programs::on_path("javac")
        .and_then(|javac| javac.canonicalize().ok())
        .and_then(|javac| Some(javac.parent()?.parent()?.to_owned()));
    let mut systems: Vec<_> = fs::read_dir(HOMES).into_iter().flatten().flatten().map(|it| it.path()).collect();
    systems.sort();
    named.into_iter().chain(on_path).chain(systems).find(|home| is_new_enough(home))
}

fn is_new_enough(home: &Path) -> bool {
    let release = fs::read_to_string(home.join("release")).unwrap_or_default();
    home.join("bin/javac").is_file() && major(&release).is_some_and(|major| major >= SINCE)
}

/// Of `JAVA_VERSION="25.0.1"`, a line of a JDK's file `release`.
fn major(release: &str) -> Option<u32> {
    let version = release.lines().find_map(|line| line.strip_prefix("JAVA_VERSION=\""))?;
    version.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
}

impl Java {
    /// What a function's zip is packed from.
    fn function_folder(&self, name: &str) -> PathBuf {
        self.folder.join(name).join("function")
    }

    fn entrypoint(&self) -> Entrypoint {
        let runtime = self.folder.join("runtime");
        Entrypoint {
            program: runtime.join("run.sh"),
            args: vec![self.home.join("bin/java").into(), runtime.into()],
            ..Entrypoint::default()
        }
    }
}

impl Built for Java {
    fn runtime(&self) -> Option<(&'static str, Entrypoint)> {
        Some(("java", self.entrypoint()))
    }

    fn function(&self, name: &str) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
        let mut runtime = self.entrypoint();
        let handler = Language::Java.facts().runtime.as_ref().map(|it| it.handler.as_str()).unwrap_or_default();
        runtime.args.push(handler.replace("{store}", name.trim_start_matches("lambda-")).into());
        Ok((self.function_folder(name), Some(runtime)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jdk_is_one_that_builds_the_services() {
        assert_eq!(major("IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_VERSION=\"25.0.1\"\n"), Some(25));
        assert_eq!(major("JAVA_VERSION=\"26-ea\"\n"), Some(26));
        assert_eq!(major("JAVA_VERSION=\"1.8.0_442\"\n"), Some(1));
        assert_eq!(major("JAVA_RUNTIME_VERSION=\"25\"\n"), None);
        let folder = tempfile::tempdir().expect("a folder");
        let release = |version: &str| fs::write(folder.path().join("release"), version).expect("written");
        release("JAVA_VERSION=\"25\"\n");
        assert!(!is_new_enough(folder.path()), "a JRE");
        fs::create_dir(folder.path().join("bin")).expect("made");
        fs::write(folder.path().join("bin/javac"), "").expect("written");
        assert!(is_new_enough(folder.path()));
        release("JAVA_VERSION=\"21.0.9\"\n");
        assert!(!is_new_enough(folder.path()));
    }
}
