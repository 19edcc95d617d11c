//! The count in an S3 object, in a bucket of the deployment's own.

use std::sync::Arc;

use http::Method;
use http::request::Parts;

use super::{COUNTER, Provisioned, StoreError, door, env};
use crate::door::Door;
use crate::profile::StoreConditions;
use crate::s3::S3;

struct Bucket {
    name: String,
    s3: Arc<S3>,
    _door: Option<Door>,
}

pub(super) async fn provision(
    name: &str,
    s3: &Arc<S3>,
    conditions: Option<StoreConditions>,
) -> Result<Provisioned, StoreError> {
    let door = match conditions {
        None => None,
        Some(conditions) => Some(door(s3.address(), conditions, is_read).await?),
    };
    let endpoint = door.as_ref().map_or_else(|| s3.url(), Door::url);
    s3.create_bucket(name).map_err(StoreError::S3)?;
    let bucket = Bucket { name: name.to_owned(), s3: Arc::clone(s3), _door: door };
    Ok(Provisioned {
        env: env(format!("s3://{name}/{COUNTER}"), [("AWS_ENDPOINT_URL_S3", endpoint)]),
        _resource: Some(Box::new(bucket)),
    })
}

fn is_read(request: &Parts) -> bool {
    matches!(request.method, Method::GET | Method::HEAD)
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.s3.remove_bucket(&self.name);
    }
}
