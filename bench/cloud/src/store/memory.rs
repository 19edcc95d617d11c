//! The count in the process: nothing to provision.

use super::{Provisioned, env};

pub(super) fn provision() -> Provisioned {
    Provisioned { env: env("memory:".to_owned(), []), _resource: None }
}
