//! The count in a file, in a temporary folder that is deleted with the deployment.

use ways::Store;

use super::{Place, Provisioned, StoreError, StorePart, env};
use crate::scratch::Scratch;

/// The part of [`Store::File`].
pub(super) struct File;

#[async_trait::async_trait]
impl StorePart for File {
    fn store(&self) -> Store {
        Store::File
    }

    async fn provision(&self, _: Place<'_>) -> Result<Provisioned, StoreError> {
        let folder = Scratch::new("counter-").map_err(StoreError::Folder)?;
        let Some(path) = folder.path().to_str() else {
            return Err(StoreError::FolderName(folder.path().display().to_string()));
        };
        Ok(Provisioned { env: env(self.store(), path, []), _resource: Some(Box::new(folder)) })
    }
}
