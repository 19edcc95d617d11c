//! The C++ functions, built by CMake.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context;
use cloud::Entrypoint;
use programs::notice;
use ways::Language;

use super::{Built, command};

/// The folders that CMake installs into.
struct Cpp {
    folder: PathBuf,
}

pub(super) async fn build(root: &Path, artifacts: &Path) -> anyhow::Result<Box<dyn Built>> {
    let cmake = programs::on_path("cmake").context("cmake is no longer on PATH")?;
    let folder = artifacts.join("cpp");
    let (source, build, libcurl) = (root.join("services/cpp"), folder.join("build"), folder.join("libcurl"));
    forget_if_moved(&build, &source).with_context(|| format!("can't remove {}", build.display()))?;
    let word = OsString::from;
    let mut configure = vec![word("-S"), source.clone().into(), word("-B"), build.clone().into()];
    configure.extend(["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG"].map(word));
    configure.push(word("-DCOUNTER_TESTS=OFF"));
    // A libcurl of HTTP alone costs less of each cold start than the system's, which serves where it can't be made.
    let made = command::tool(root, &source.join("libcurl.sh")).arguments([&libcurl]).captured().await;
    match &made {
        Ok(_) => {
            let mut prefix = word("-DCMAKE_PREFIX_PATH=");
            prefix.push(&libcurl);
            configure.extend([word("-DCOUNTER_STATIC=ON"), prefix]);
        }
        Err(reason) => {
            notice!("lab: {reason}; the C++ functions use the system's libcurl");
            configure.push(word("-DCOUNTER_STATIC=OFF"));
        }
    }
    let cmake = command::tool(root, &cmake);
    cmake.clone().arguments(&configure).captured().await?;
    cmake.clone().arguments([word("--build"), build.clone().into(), word("--parallel")]).captured().await?;
    for name in super::functions(Language::Cpp) {
        let to = folder.join(&name).into();
        let install = [word("--install"), build.clone().into(), word("--prefix"), to, word("--component"), name.into()];
        cmake.clone().arguments(&install).captured().await?;
    }
    Ok(Box::new(Cpp { folder }))
}

/// Removes what CMake built elsewhere: its cache holds absolute paths, and it refuses one of a checkout that was moved
/// or copied.
fn forget_if_moved(build: &Path, source: &Path) -> io::Result<()> {
    let Ok(cache) = fs::read_to_string(build.join("CMakeCache.txt")) else { return Ok(()) };
    let is_at = |entry: &str, folder: &Path| {
        let path = cache.lines().find_map(|line| line.strip_prefix(entry));
        let real = |path: &Path| fs::canonicalize(path).ok();
        path.is_some_and(|path| real(Path::new(path)) == real(folder))
    };
    let unmoved = is_at("CMAKE_HOME_DIRECTORY:INTERNAL=", source) && is_at("CMAKE_CACHEFILE_DIR:INTERNAL=", build);
    if unmoved { Ok(()) } else { fs::remove_dir_all(build) }
}

impl Built for Cpp {
    fn function(&self, name: &str) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
        Ok((self.folder.join(name), None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_of_a_checkout_that_was_moved_or_copied_is_forgotten() {
        let root = tempfile::tempdir().expect("a folder");
        let (here, there) = (root.path().join("he re"), root.path().join("there"));
        for checkout in [&here, &there] {
            fs::create_dir_all(checkout.join("build")).expect("made");
        }
        let cache = here.join("build/CMakeCache.txt");
        // Moved away, copied from a checkout that is still there, and where it was made.
        for (made_in, kept) in [(root.path().join("gone"), false), (there, false), (here.clone(), true)] {
            fs::create_dir_all(here.join("build")).expect("made");
            let made_in = made_in.display();
            let text = format!(
                "// For build in directory: {made_in}/build\nCMAKE_CACHEFILE_DIR:INTERNAL={made_in}/build\n\
                 CMAKE_HOME_DIRECTORY:INTERNAL={made_in}\n"
            );
            fs::write(&cache, text).expect("written");
            forget_if_moved(&here.join("build"), &here).expect("looked at");
            assert_eq!(cache.exists(), kept, "{made_in}");
        }
        forget_if_moved(&root.path().join("never built"), &here).expect("looked at");
    }
}
