//! The C++ functions, built by CMake.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
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
    let word = OsString::from;
    let mut configure = vec![word("-S"), source.clone().into(), word("-B"), build.clone().into()];
    configure.extend(["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG"].map(word));
    configure.push(word("-DCOUNTER_TESTS=OFF"));
    // A libcurl of HTTP alone costs less of each cold start than the system's, which serves where it can't be made.
    let made = command::tool(root, &source.join("libcurl.sh")).arguments([&libcurl]).shown().await;
    match &made {
        Ok(()) => {
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
    cmake.clone().arguments(&configure).shown().await?;
    cmake.clone().arguments([word("--build"), build.clone().into(), word("--parallel")]).shown().await?;
    for name in super::functions(Language::Cpp) {
        let to = folder.join(&name).into();
        let install = [word("--install"), build.clone().into(), word("--prefix"), to, word("--component"), name.into()];
        cmake.clone().arguments(&install).shown().await?;
    }
    Ok(Box::new(Cpp { folder }))
}

impl Built for Cpp {
    fn server(&self) -> anyhow::Result<cloud::Artifact> {
        bail!("there is no C++ server: ways.toml lets C++ run on Lambda only")
    }

    fn function(&self, name: &str) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
        Ok((self.folder.join(name), None))
    }
}
