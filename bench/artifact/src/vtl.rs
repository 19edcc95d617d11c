//! Mapping templates: nothing is built, the folder is what is deployed. Must not read them.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::Built;

struct Templates(PathBuf);

/// Those of the checkout.
pub(super) fn build(root: &Path) -> Box<dyn Built> {
    Box::new(Templates(root.join("services/vtl")))
}

impl Built for Templates {
    fn function(&self, _name: &str) -> anyhow::Result<(PathBuf, Option<cloud::Entrypoint>)> {
        bail!("mapping templates are no function")
    }

    fn templates(&self) -> anyhow::Result<cloud::Artifact> {
        Ok(cloud::Artifact::Templates { package: self.0.clone() })
    }
}
