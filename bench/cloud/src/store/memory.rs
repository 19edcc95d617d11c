//! The count in the process: nothing to provision.

use ways::Store;

use super::{Place, Provisioned, StoreError, StorePart, env};

/// The part of [`Store::Memory`].
pub(super) struct Memory;

#[async_trait::async_trait]
impl StorePart for Memory {
    fn store(&self) -> Store {
        Store::Memory
    }

    async fn provision(&self, _: Place<'_>) -> Result<Provisioned, StoreError> {
        Ok(Provisioned { env: env(self.store(), "", []), _resource: None })
    }
}
