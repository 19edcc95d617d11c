//! The cloud and what is deployed in it: a way's parts, put together.
//!
//! Each part is started by its own file in `store/`, `compute/` and `front/`; nothing here may depend on
//! which values a way is made of, only on whether it runs a server or a function.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::StatusCode;
use ways::{Kind, Way, model};

use crate::client::{self, CallError};
use crate::compute::{self, ServerPlan, ServerWorkload};
use crate::credentials;
use crate::dynamodb::{DynamoDb, DynamoDbError};
use crate::front::{self, RunningFront};
use crate::profile::Profile;
use crate::s3::{S3, S3Error};
use crate::server::ServerError;
use crate::store::{self, Provisioned, StoreError};

/// How long one call may take, that of a cold start after the process is ready.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// How a cloud is set up.
#[derive(Clone, Debug, Default)]
pub struct CloudConfig {
    /// How fast things are.
    pub profile: Profile,
    /// Environment variables that every service gets besides those of its parts, which win.
    pub service_env: BTreeMap<String, String>,
}

/// A cloud on loopback: its endpoints, shared by all deployments.
pub struct Cloud {
    config: CloudConfig,
    services: Services,
}

/// The services that stores and functions live in.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) dynamodb: Arc<DynamoDb>,
    pub(crate) s3: Arc<S3>,
}

/// Base URLs of the endpoints, as the AWS SDKs take them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// `AWS_ENDPOINT_URL_DYNAMODB`.
    pub dynamodb: String,
    /// `AWS_ENDPOINT_URL_S3`.
    pub s3: String,
}

/// What is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Artifact {
    /// A server's executable.
    Server(PathBuf),
    /// A function's zip file.
    Function(PathBuf),
}

/// A way that is up. Dropped, all of it ends at once; [`Deployment::stop`] lets it drain.
pub struct Deployment {
    way: Way,
    // Dropped in this order: no caller without a service, no service without its store.
    front: RunningFront,
    workload: ServerWorkload,
    _store: Provisioned,
    environment: BTreeMap<String, String>,
    url: String,
}

/// The first call after a start from nothing.
#[derive(Clone, Debug)]
pub struct ColdCall {
    /// From the start of the process to the end of the answer, through the front.
    pub total: Duration,
    /// Of that, until the service could take calls: the server's word that it is ready, or AWS's Init Duration.
    pub init: Duration,
    /// The answer.
    pub body: Bytes,
}

/// Why something of the cloud did not work.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    /// DynamoDB did not start.
    #[error("DynamoDB did not start")]
    DynamoDb(#[source] DynamoDbError),
    /// S3 did not start.
    #[error("S3 did not start")]
    S3(#[source] S3Error),
    /// The artifact is not of the kind that the way's compute runs.
    #[error("{way} runs a {}, and the artifact is none", word(*.wanted))]
    Artifact {
        /// The way.
        way: Way,
        /// What it runs.
        wanted: Kind,
    },
    /// The store was not provisioned.
    #[error("{way} has no store")]
    Store {
        /// The way.
        way: Way,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The server did not start.
    #[error("{way} did not start")]
    Server {
        /// The way.
        way: Way,
        /// Why.
        #[source]
        source: ServerError,
    },
    /// The front did not start.
    #[error("{way} has no front")]
    Front {
        /// The way.
        way: Way,
        /// Why.
        #[source]
        source: front::FrontError,
    },
    /// A call got no answer.
    #[error("a call to {way} failed")]
    Call {
        /// The way.
        way: Way,
        /// Why.
        #[source]
        source: CallError,
    },
    /// The first call after a cold start was not answered 200.
    #[error("the first call to {way} was answered {status}: {body}")]
    Status {
        /// The way.
        way: Way,
        /// The status.
        status: StatusCode,
        /// The first line of the body.
        body: String,
    },
}

impl Cloud {
    /// Starts the endpoints, each on a free port of loopback.
    ///
    /// # Errors
    /// When one of them does not start.
    pub async fn start(config: CloudConfig) -> Result<Self, CloudError> {
        let dynamodb = Arc::new(DynamoDb::start().await.map_err(CloudError::DynamoDb)?);
        let s3 = Arc::new(S3::start().await.map_err(CloudError::S3)?);
        Ok(Self { config, services: Services { dynamodb, s3 } })
    }

    /// Where the endpoints are.
    #[must_use]
    pub fn endpoints(&self) -> Endpoints {
        Endpoints { dynamodb: self.services.dynamodb.url().to_owned(), s3: self.services.s3.url() }
    }

    /// Brings a way up from its artifact: store, compute, front.
    ///
    /// # Errors
    /// When a part does not start; then nothing of it is left.
    pub async fn deploy(&self, way: Way, artifact: &Artifact) -> Result<Deployment, CloudError> {
        let compute = model().compute(way.compute);
        let Artifact::Server(program) = artifact else {
            return Err(CloudError::Artifact { way, wanted: compute.kind });
        };
        let store = store::provision(way.store, &deployment_name(way), &self.services)
            .map_err(|source| CloudError::Store { way, source })?;
        let environment = self.environment(&store);
        let plan = ServerPlan { program: program.clone(), env: environment.clone(), size: compute.size };
        let config = compute::server(way.compute, plan).ok_or(CloudError::Artifact { way, wanted: compute.kind })?;
        let mut workload = ServerWorkload::new(config);
        workload.start().await.map_err(|source| CloudError::Server { way, source })?;
        let front =
            front::start(way.front, workload.target()).await.map_err(|source| CloudError::Front { way, source })?;
        let url = front.url();
        Ok(Deployment { way, front, workload, _store: store, environment, url })
    }

    /// Closes the endpoints once running requests are answered (bounded). Stop the deployments first: while
    /// one is up, the endpoints that it uses stay open until it is dropped.
    pub async fn shutdown(self) {
        let Services { dynamodb, s3 } = self.services;
        let dynamodb = async {
            if let Some(dynamodb) = Arc::into_inner(dynamodb) {
                dynamodb.shutdown().await;
            }
        };
        let s3 = async {
            if let Some(s3) = Arc::into_inner(s3) {
                s3.shutdown().await;
            }
        };
        tokio::join!(dynamodb, s3);
    }

    /// The whole environment of a service.
    fn environment(&self, store: &Provisioned) -> BTreeMap<String, String> {
        let Profile::Bare = self.config.profile;
        let mut env = self.config.service_env.clone();
        // What a login shell has at least: interpreters are found by it.
        env.entry("PATH".to_owned()).or_insert_with(|| "/usr/local/bin:/usr/bin:/bin".to_owned());
        env.extend(credentials::environment());
        env.extend(store.env.clone());
        env
    }
}

impl Deployment {
    /// The way that is deployed.
    #[must_use]
    pub fn way(&self) -> Way {
        self.way
    }

    /// The environment that its service gets: with it, a service run by hand counts in the same store.
    #[must_use]
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// The front's base URL, `http://127.0.0.1:PORT`. Without a balancer it is the server's own, and changes
    /// with each cold call.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops whatever runs, then times a start from nothing up to the first complete answer to `GET path`.
    ///
    /// # Errors
    /// When the service does not start, or its first answer is missing or not 200.
    pub async fn cold_call(&mut self, path: &str) -> Result<ColdCall, CloudError> {
        let way = self.way;
        self.workload.stop().await;
        let started = Instant::now();
        let server = self.workload.start().await.map_err(|source| CloudError::Server { way, source })?;
        let init = server.init();
        self.url = self.front.url();
        let (status, body) =
            client::get(&self.url, path, CALL_TIMEOUT).await.map_err(|source| CloudError::Call { way, source })?;
        let total = started.elapsed();
        if status != StatusCode::OK {
            let text = String::from_utf8_lossy(&body);
            return Err(CloudError::Status { way, status, body: text.lines().next().unwrap_or_default().to_owned() });
        }
        Ok(ColdCall { total, init, body })
    }

    /// Makes one call, `GET path` through the front, and gives the status and body of its answer.
    ///
    /// # Errors
    /// When there is no whole answer in time.
    pub async fn call(&self, path: &str) -> Result<(StatusCode, Bytes), CloudError> {
        let way = self.way;
        client::get(&self.url, path, CALL_TIMEOUT).await.map_err(|source| CloudError::Call { way, source })
    }

    /// The largest peak of resident memory of one process of it, in bytes.
    #[must_use]
    pub fn peak_memory_bytes(&self) -> Option<u64> {
        self.workload.peak_memory_bytes()
    }

    /// The processes that run for it now.
    #[must_use]
    pub fn process_ids(&self) -> Vec<i32> {
        self.workload.running().map(|server| server.process_id()).into_iter().collect()
    }

    /// Why it is down, if its server has ended by itself.
    #[must_use]
    pub fn ended(&self) -> Option<String> {
        self.workload.running().and_then(|server| server.ended())
    }

    /// Lets calls under way end (bounded), then ends its processes and removes its front, store and folders.
    pub async fn stop(self) {
        let Self { front, mut workload, .. } = self;
        // Together: connections that callers keep open end with the server.
        tokio::join!(front.shutdown(), workload.stop());
    }
}

/// A name that buckets and tables may have and no other deployment has.
fn deployment_name(way: Way) -> String {
    format!("{}-{:08x}", way.to_string().replace('_', "-"), fastrand::u32(..))
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Server => "server",
        Kind::Function => "function",
    }
}
