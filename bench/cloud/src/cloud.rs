//! The cloud: its endpoints, and how a way's parts are put together in it.
//!
//! Each part is started by its own file in `store/`, `compute/` and `front/`; nothing here may depend on
//! which values a way is made of, only on whether it runs a server or a function.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use ways::{Axis, Way};

use crate::client::CallError;
use crate::compute::{self, Artifact, ComputeError, Plan};
use crate::credentials;
use crate::deployment::{CALL_TIMEOUT, Deployment};
use crate::dynamodb::{DynamoDb, DynamoDbError};
use crate::entrypoint::Entrypoint;
use crate::front::{self, StartFrontError};
use crate::lambda::{Lambda, LambdaConfig};
use crate::metered::{Meter, Metered};
use crate::own::OwnService;
use crate::profile::{Aws, Profile};
use crate::s3::{S3, S3Error};
use crate::store::{self, StoreError};

/// How a cloud is set up.
#[derive(Clone, Debug, Default)]
pub struct CloudConfig {
    /// How fast things are.
    pub profile: Profile,
    /// Environment variables that every service gets besides those of its parts, which win.
    pub service_env: BTreeMap<String, String>,
    /// The managed runtimes that functions can be created with through Lambda's API; see [`LambdaConfig::runtimes`].
    pub runtimes: BTreeMap<String, Entrypoint>,
    /// How many functions may run at once; AWS's default quota unless given.
    pub account_concurrency: Option<u32>,
    /// Whether what the stores get is counted by what AWS charges: [`Cloud::metered`].
    pub metered: bool,
}

/// A cloud on loopback: its endpoints, shared by all deployments.
pub struct Cloud {
    config: CloudConfig,
    services: Services,
    meter: Option<Arc<Meter>>,
}

/// The services that stores and functions live in.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) dynamodb: Arc<DynamoDb>,
    pub(crate) s3: Arc<S3>,
    pub(crate) lambda: Arc<Lambda>,
}

/// Base URLs of the endpoints, as the AWS SDKs take them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// `AWS_ENDPOINT_URL_DYNAMODB`.
    pub dynamodb: String,
    /// `AWS_ENDPOINT_URL_S3`.
    pub s3: String,
    /// `AWS_ENDPOINT_URL_LAMBDA`.
    pub lambda: String,
}

/// Why something of the cloud did not work.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    /// Lambda did not start.
    #[error("cannot listen for Lambda's API on loopback")]
    Lambda(#[source] std::io::Error),
    /// DynamoDB did not start.
    #[error("DynamoDB did not start")]
    DynamoDb(#[source] DynamoDbError),
    /// S3 did not start.
    #[error("S3 did not start")]
    S3(#[source] S3Error),
    /// The store was not provisioned.
    #[error("the store of {way} did not start")]
    Store {
        /// The way.
        way: Way,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The service did not start.
    #[error("{way} did not start")]
    Compute {
        /// The way.
        way: Way,
        /// Why.
        #[source]
        source: ComputeError,
    },
    /// The front did not start.
    #[error("the front of {way} did not start")]
    Front {
        /// The way.
        way: Way,
        /// Why.
        #[source]
        source: StartFrontError,
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
    /// The first call after a cold start was not answered as expected.
    #[error("the first call to {way} was answered {status}: {body}{reason}")]
    Status {
        /// The way.
        way: Way,
        /// The status.
        status: StatusCode,
        /// The first line of the body.
        body: String,
        /// Why, in parentheses, where what runs it knows.
        reason: String,
    },
}

impl Cloud {
    /// Starts the endpoints, each on a free port of loopback.
    ///
    /// # Errors
    /// When one of them does not start.
    pub async fn start(config: CloudConfig) -> Result<Self, CloudError> {
        let meter = config.metered.then(Arc::<Meter>::default);
        let dynamodb = DynamoDb::start_with(meter.clone()).await.map_err(CloudError::DynamoDb)?;
        let s3 = S3::start_with(meter.clone()).await.map_err(CloudError::S3)?;
        let (dynamodb, s3) = (Arc::new(dynamodb), Arc::new(s3));
        let endpoints = [("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.url().to_owned()), ("AWS_ENDPOINT_URL_S3", s3.url())];
        let default = LambdaConfig::default();
        let lambda = LambdaConfig {
            account_concurrency: config.account_concurrency.unwrap_or(default.account_concurrency),
            env: endpoints.map(|(name, url)| (name.to_owned(), url)).into(),
            runtimes: config.runtimes.clone(),
            ..default
        };
        let lambda = Arc::new(Lambda::start(lambda).await.map_err(CloudError::Lambda)?);
        Ok(Self { config, services: Services { dynamodb, s3, lambda }, meter })
    }

    /// Where the endpoints are.
    #[must_use]
    pub fn endpoints(&self) -> Endpoints {
        let Services { dynamodb, s3, lambda } = &self.services;
        Endpoints { dynamodb: dynamodb.url().to_owned(), s3: s3.url(), lambda: lambda.endpoint() }
    }

    /// Brings a way up from its artifact: store, compute, front.
    ///
    /// # Errors
    /// When a part does not start; then nothing of it is left.
    pub async fn deploy(&self, way: Way, artifact: &Artifact) -> Result<Deployment, CloudError> {
        self.deployed(way, artifact, None).await
    }

    /// What the stores got so far, by what AWS charges; nothing where the cloud is not metered.
    #[must_use]
    pub fn metered(&self) -> Metered {
        self.meter.as_ref().map(|meter| meter.read()).unwrap_or_default()
    }

    /// DynamoDB.
    #[must_use]
    pub fn dynamodb(&self) -> &DynamoDb {
        &self.services.dynamodb
    }

    /// S3.
    #[must_use]
    pub fn s3(&self) -> &S3 {
        &self.services.s3
    }

    /// Brings a way up, with the counter's store, or with a service of the user's own, which has the cloud's stores.
    pub(crate) async fn deployed(
        &self,
        way: Way,
        artifact: &Artifact,
        own: Option<&OwnService>,
    ) -> Result<Deployment, CloudError> {
        let name = deployment_name(way);
        let size = way.resources();
        let conditions = match &self.config.profile {
            Profile::Bare => None,
            Profile::Aws(aws) => Some(aws.conditions(way, size)),
            Profile::CpuShare => Some(Aws::new(0).conditions(way, size).without_delays()),
        };
        let at_store = conditions.as_ref().and_then(|conditions| conditions.store.clone());
        let failed = |source| CloudError::Store { way, source };
        let (store, environment) = match own {
            None => {
                let store = store::provision(way.store, &name, &self.services, at_store).await.map_err(failed)?;
                let environment = self.environment(store.env.clone());
                (Some(store), environment)
            }
            Some(own) => {
                let at = store::at_stores(&self.services, at_store).await.map_err(failed)?;
                let environment = self.environment(at.env.clone());
                (Some(at), own.environment(environment))
            }
        };
        let timeout =
            way.compute.facts().timeout_s.map_or(CALL_TIMEOUT, |timeout_s| Duration::from_secs(timeout_s.into()));
        let (env, facts) = (environment.clone(), way.compute.facts());
        let (artifact_kind, adapter) = (facts.artifact, facts.adapter.as_ref());
        let conditions_of = conditions.as_ref();
        let plan = Plan { name, artifact, env, size, timeout, artifact_kind, adapter, conditions: conditions_of, own };
        let failed = |source| CloudError::Compute { way, source };
        let mut workload = compute::provision(way.compute, plan, &self.services.lambda).await.map_err(failed)?;
        workload.start().await.map_err(failed)?;
        let no_front = |source| CloudError::Front { way, source };
        let mut front = front::start(way.front, workload.backend()).await.map_err(no_front)?;
        if let Some(entrance) = conditions.and_then(|conditions| conditions.entrance) {
            front = front::delay(front, way.front, entrance).await.map_err(no_front)?;
        }
        let url = front.url();
        let (name, health) = match own {
            None => (way.to_string(), ways::model().service.health.path.clone()),
            Some(own) => (way.place(), own.health().to_owned()),
        };
        Ok(Deployment { way, name, health, front, workload, store, environment, url })
    }

    /// Ends the execution environments of all functions, and with them the calls under way: for whoever has waited for
    /// these long enough.
    pub async fn end_functions(&self) {
        self.services.lambda.end_functions().await;
    }

    /// Closes the endpoints once running requests are answered (bounded). Stop the deployments first: while
    /// one is up, the endpoints that it uses stay open until it is dropped.
    pub async fn shutdown(self) {
        let Services { dynamodb, s3, lambda } = self.services;
        // First: functions may be using the stores.
        if let Some(lambda) = Arc::into_inner(lambda) {
            lambda.shutdown().await;
        }
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
    fn environment(&self, store: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut env = self.config.service_env.clone();
        // What a login shell has at least: interpreters are found by it.
        env.entry("PATH".to_owned()).or_insert_with(|| "/usr/local/bin:/usr/bin:/bin".to_owned());
        env.extend(credentials::environment());
        env.extend(store);
        env
    }
}

/// A name that buckets and tables may have and no other deployment has.
fn deployment_name(way: Way) -> String {
    format!("{}-{:08x}", way.at_default_size().to_string().replace('_', "-"), fastrand::u32(..))
}
