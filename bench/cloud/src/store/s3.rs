//! The count in an S3 object, in a bucket of the deployment's own.

use std::sync::Arc;

use http::Method;
use http::request::Parts;
use ways::Store;

use super::{Place, Provisioned, StoreError, StorePart, entrance, env};
use crate::door::Door;
use crate::s3::S3;

/// By which SDKs know its endpoint.
pub(super) const ENDPOINT: &str = "AWS_ENDPOINT_URL_S3";

/// The part of [`Store::S3`].
pub(super) struct ObjectStore;

struct Bucket {
    name: String,
    s3: Arc<S3>,
    _door: Option<Door>,
}

#[async_trait::async_trait]
impl StorePart for ObjectStore {
    fn store(&self) -> Store {
        Store::S3
    }

    async fn provision(&self, place: Place<'_>) -> Result<Provisioned, StoreError> {
        let (name, s3) = (place.name, &place.services.s3);
        let (endpoint, door) = entrance(s3.address(), place.conditions, is_read).await?;
        s3.create_bucket(name).map_err(StoreError::S3)?;
        let bucket = Bucket { name: name.to_owned(), s3: Arc::clone(s3), _door: door };
        Ok(Provisioned { env: env(self.store(), name, [(ENDPOINT, endpoint)]), _resource: Some(Box::new(bucket)) })
    }
}

pub(super) fn is_read(request: &Parts) -> bool {
    matches!(request.method, Method::GET | Method::HEAD)
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.s3.remove_bucket(&self.name);
    }
}
