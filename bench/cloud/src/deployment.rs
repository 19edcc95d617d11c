//! What is deployed in the cloud: called, started from nothing, measured, stopped.
//!
//! Nothing here may depend on which values a way is made of, only on whether it runs a server or a function.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::StatusCode;
use ways::Way;

use crate::client;
use crate::cloud::CloudError;
use crate::compute::Workload;
use crate::front::{Backend, RunningFront, Target};
use crate::lambda::Function;
use crate::own::Request;
use crate::process::CpuApplied;
use crate::store::Provisioned;

/// How long one call may take, that of a cold start after the process is ready.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// A way that is up. Dropped, all of it ends at once; [`Deployment::stop`] lets it drain.
pub struct Deployment {
    pub(crate) way: Way,
    pub(crate) name: String,
    /// The path of a health check.
    pub(crate) health: String,
    // Dropped in this order: no caller without a service, no service without its store.
    pub(crate) front: Box<dyn RunningFront>,
    pub(crate) workload: Box<dyn Workload>,
    pub(crate) store: Option<Provisioned>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) url: String,
}

/// The first call after a start from nothing.
#[derive(Clone, Debug)]
pub struct ColdCall {
    /// From the start of the process to the end of the answer, through the front.
    pub total: Duration,
    /// Of that, until the service could take calls: the server's line that it is ready, or the function's Init
    /// Duration (zero if none was reported).
    pub init: Duration,
    /// CPU time of that; nothing where it can't be read.
    pub init_cpu: Option<Duration>,
    /// The answer.
    pub body: Bytes,
}

impl Deployment {
    /// The way that is deployed.
    #[must_use]
    pub fn way(&self) -> Way {
        self.way
    }

    /// What its way is called: of a service of the user's own without language and store.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn health(&self) -> &str {
        &self.health
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

    /// Where its front takes calls; clones of it follow a restart.
    pub(crate) fn entrance(&self) -> Target {
        self.front.target()
    }

    /// Its function in Lambda; nothing of a server.
    pub(crate) fn function(&self) -> Option<Function> {
        match self.workload.backend() {
            Backend::Function(function) => Some(function.clone()),
            Backend::Server(_) | Backend::Nothing(_) => None,
        }
    }

    /// Stops whatever runs, then times a start from nothing up to the first complete answer to `GET path`.
    ///
    /// # Errors
    /// When the service does not start, or its first answer is missing or not 200.
    pub async fn cold_call(&mut self, path: &str) -> Result<ColdCall, CloudError> {
        self.cold_request(&Request::get(path), |status| status == StatusCode::OK).await
    }

    /// The same with any request, which must be answered as expected.
    ///
    /// # Errors
    /// When the service does not start, or its first answer is missing or another one.
    pub async fn cold_request(
        &mut self,
        request: &Request,
        expected: impl Fn(StatusCode) -> bool,
    ) -> Result<ColdCall, CloudError> {
        let way = self.way;
        self.workload.stop().await;
        let started = Instant::now();
        self.workload.start().await.map_err(|source| CloudError::Compute { way, source })?;
        self.url = self.front.url();
        let (status, body) =
            client::call(&self.url, request, CALL_TIMEOUT).await.map_err(|source| CloudError::Call { way, source })?;
        let total = started.elapsed();
        if !expected(status) {
            let text = String::from_utf8_lossy(&body);
            let body = text.lines().next().unwrap_or_default().to_owned();
            let reason = self.workload.failure().await.map(|reason| format!(" ({reason})")).unwrap_or_default();
            return Err(CloudError::Status { way, status, body, reason });
        }
        let (init, init_cpu) = (self.workload.init().unwrap_or_default(), self.workload.init_cpu());
        Ok(ColdCall { total, init, init_cpu, body })
    }

    /// Makes one call, `GET path` through the front, and gives the status and body of its answer.
    ///
    /// # Errors
    /// When there is no whole answer in time.
    pub async fn call(&self, path: &str) -> Result<(StatusCode, Bytes), CloudError> {
        self.request(&Request::get(path)).await
    }

    /// Makes any request through the front, and gives the status and body of its answer.
    ///
    /// # Errors
    /// When there is no whole answer in time.
    pub async fn request(&self, request: &Request) -> Result<(StatusCode, Bytes), CloudError> {
        let way = self.way;
        client::call(&self.url, request, CALL_TIMEOUT).await.map_err(|source| CloudError::Call { way, source })
    }

    /// The largest peak of resident memory of one process of it, in bytes.
    #[must_use]
    pub fn peak_memory_bytes(&self) -> Option<u64> {
        self.workload.peak_memory_bytes()
    }

    /// CPU time that its processes have used so far, to a nanosecond; nothing where that can't be read.
    #[must_use]
    pub fn cpu_time(&self) -> Option<Duration> {
        self.workload.cpu_time()
    }

    /// The processes that run for it now.
    #[must_use]
    pub fn process_ids(&self) -> Vec<i32> {
        self.workload.process_ids()
    }

    /// How many execution environments of its function are being started; 0 of a server.
    #[must_use]
    pub fn starting(&self) -> usize {
        self.workload.starting()
    }

    /// How the CPU share of what runs now is held; none if nothing runs yet. Under [`Profile::Aws`] anything but
    /// [`CpuApplied::Cgroup`] means that its figures are no prediction.
    ///
    /// [`Profile::Aws`]: crate::Profile::Aws
    #[must_use]
    pub fn cpu_applied(&self) -> Option<CpuApplied> {
        self.workload.cpu_applied()
    }

    /// How long the last calls (1,024 at most) took inside of the function, oldest first: what AWS bills. None of a
    /// server.
    #[must_use]
    pub fn function_durations(&self) -> Vec<Duration> {
        self.workload.durations()
    }

    /// Why it is down, if its server has ended by itself.
    #[must_use]
    pub fn ended(&self) -> Option<String> {
        self.workload.ended()
    }

    /// The name of its function in Lambda; `None` of a server.
    #[must_use]
    pub fn function_name(&self) -> Option<&str> {
        self.workload.function_name()
    }

    /// Waits until its server has ended by itself and gives the reason. A function never does.
    pub async fn wait_ended(&self) -> String {
        self.workload.wait_ended().await
    }

    /// Starts its server again where it was, after it has ended by itself.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self) -> Result<(), CloudError> {
        let way = self.way;
        self.workload.restart().await.map_err(|source| CloudError::Compute { way, source })?;
        self.url = self.front.url();
        Ok(())
    }

    /// Removes its store while its service runs, as when somebody deletes the table: what the service makes of it can
    /// then be seen. A count in the service's own memory stays.
    pub fn lose_store(&mut self) {
        self.store = None;
    }

    /// Lets calls under way end (bounded), ends its processes, and removes its front, function, store and folders.
    pub async fn stop(self) {
        let Self { front, mut workload, .. } = self;
        // Together: connections that callers keep open end with the server.
        tokio::join!(front.shutdown(), workload.stop());
    }
}
