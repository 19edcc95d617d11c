//! The count in a file, in a temporary folder that goes with the deployment.

use super::{COUNTER, Provisioned, StoreError, env};

pub(super) fn provision() -> Result<Provisioned, StoreError> {
    let folder = tempfile::Builder::new().prefix("counter-").tempdir().map_err(StoreError::Folder)?;
    let Some(path) = folder.path().to_str() else {
        return Err(StoreError::FolderName(folder.path().display().to_string()));
    };
    let url = format!("file://{path}/{COUNTER}");
    Ok(Provisioned { env: env(url, []), _resource: Some(Box::new(folder)) })
}
