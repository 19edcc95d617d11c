//! The count in an S3 object, in a bucket of the deployment's own.

use std::sync::Arc;

use super::{COUNTER, Provisioned, StoreError, env};
use crate::s3::S3;

struct Bucket {
    name: String,
    s3: Arc<S3>,
}

pub(super) fn provision(name: &str, s3: &Arc<S3>) -> Result<Provisioned, StoreError> {
    s3.create_bucket(name).map_err(StoreError::S3)?;
    Ok(Provisioned {
        env: env(format!("s3://{name}/{COUNTER}"), [("AWS_ENDPOINT_URL_S3", s3.url())]),
        _resource: Some(Box::new(Bucket { name: name.to_owned(), s3: Arc::clone(s3) })),
    })
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.s3.remove_bucket(&self.name);
    }
}
