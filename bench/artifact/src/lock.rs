//! One lab at a time builds in a checkout.

use std::fs::File;
use std::path::Path;

use anyhow::Context;

/// Held while artifacts are built; the system gives it back when the lab ends, however it ends.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for its turn.
    pub(super) async fn take(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
        let path = folder.join("lock");
        let file = File::create(&path).with_context(|| format!("can't write {}", path.display()))?;
        let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
        let file = locked.await.context("waiting for the lock was cut off")?;
        Ok(Self { _file: file.with_context(|| format!("can't lock {}", path.display()))? })
    }
}
