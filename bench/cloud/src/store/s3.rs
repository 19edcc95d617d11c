//! The count in an S3 object, in a bucket of the deployment's own.

use super::{COUNTER, Provisioned, Resource, StoreError, env};
use crate::s3::S3;

pub(super) fn provision(name: &str, s3: &S3) -> Result<Provisioned, StoreError> {
    s3.create_bucket(name).map_err(StoreError::S3)?;
    Ok(Provisioned {
        env: env(format!("s3://{name}/{COUNTER}"), [("AWS_ENDPOINT_URL_S3", s3.url())]),
        resource: Resource::Bucket(name.to_owned()),
    })
}
