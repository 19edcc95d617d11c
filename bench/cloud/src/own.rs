//! A service of the user's own: how it is run in the counter's place, and what is requested of it.

use std::collections::BTreeMap;

use bytes::Bytes;
use ways::Way;

use crate::cloud::{Cloud, CloudError};
use crate::compute::Artifact;
use crate::deployment::Deployment;
use crate::server::Ready;

/// How a service of the user's own is run.
#[derive(Clone, Debug, Default)]
pub struct OwnService {
    /// Of a server: where it listens, and when it is ready.
    pub ready: Ready,
    /// Of a function: what Lambda calls.
    pub handler: String,
    /// Of a function: Lambda's name of its runtime.
    pub runtime: Option<String>,
    /// Its own variables, which win over the cloud's.
    pub variables: BTreeMap<String, String>,
}

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub path: String,
    /// Its headers beside `Host` and `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Bytes,
}

impl Request {
    /// A GET.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self { method: "GET".to_owned(), path: path.to_owned(), ..Self::default() }
    }
}

impl OwnService {
    pub(crate) fn health(&self) -> &str {
        match &self.ready {
            Ready::Port { health, .. } => health,
            Ready::Line => "/",
        }
    }

    pub(crate) fn environment(&self, mut cloud: BTreeMap<String, String>) -> BTreeMap<String, String> {
        cloud.extend(self.variables.clone());
        cloud
    }
}

impl Cloud {
    /// Brings a service of the user's own up: compute and front, as the way has them, and the endpoints of all stores.
    ///
    /// # Errors
    /// When a part does not start; then nothing of it is left.
    pub async fn deploy_own(
        &self,
        way: Way,
        artifact: &Artifact,
        service: &OwnService,
    ) -> Result<Deployment, CloudError> {
        self.deployed(way, artifact, Some(service)).await
    }
}
