//! Lambda: functions, execution environments, Runtime and Extensions API, the public API.
//!
//! A [`Function`] is invoked by a front, by the public API, or directly; all three share
//! [`Function::call`]. Each execution environment is a child process of the function's unpacked artifact with
//! a Runtime API of its own. This module knows no HTTP event: fronts translate.
//!
//! **Invariant:** an environment runs one invocation at a time, is frozen while it has none, and never
//! outlives its [`Lambda`].

mod api;
mod config;
mod environment;
mod exchange;
mod extensions;
mod extensions_api;
mod failures;
mod function;
mod invocation;
mod outcome;
mod package;
mod pool;
mod report;
mod runtime_api;
mod shared;
mod start_failure;
mod stream;
mod turn;
mod variables;
mod versions;

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::task::JoinSet;

pub(crate) use self::environment::EXTENSIONS;
pub(crate) use self::invocation::{new_trace_id, new_trace_root, runtime_trace};
use self::versions::Versions;
pub use self::{
    config::{About, FunctionConfig, LambdaConfig, Listens, Slowness},
    failures::Failures,
    function::{Call, Function, Invoked},
    outcome::{ErrorSource, FunctionError, Outcome, PAYLOAD_BYTES, RESPONSE_BYTES, Throttle},
    package::{PackageError, UNPACKED_BYTES, unpack},
    report::{Report, Status},
};
use crate::endpoint::Endpoint;

/// The Lambda service of this machine.
#[derive(Debug)]
pub struct Lambda {
    account: Arc<Account>,
    api: Endpoint,
}

/// Why a function can't be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateFunctionError {
    /// AWS allows 1 to 64 letters, digits, hyphens and underscores.
    #[error("`{0}` is not a function name; use 1 to 64 letters, digits, hyphens and underscores")]
    InvalidName(String),
    /// There is one of that name.
    #[error("there is a function `{0}` already")]
    Exists(String),
}

/// What belongs to the one account of this cloud: its functions, and what they share.
#[derive(Debug)]
struct Account {
    config: Arc<LambdaConfig>,
    functions: RwLock<BTreeMap<String, Function>>,
    versions: Versions,
    in_flight: Arc<AtomicU32>,
}

impl Account {
    fn find(&self, name: &str) -> Option<Function> {
        self.functions.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All functions, in the order of their names.
    fn functions(&self) -> Vec<Function> {
        self.functions.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn create(&self, config: FunctionConfig) -> Result<Function, CreateFunctionError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if config.name.is_empty() || config.name.len() > 64 || !config.name.chars().all(fits) {
            return Err(CreateFunctionError::InvalidName(config.name));
        }
        let mut functions = self.functions.write().unwrap_or_else(PoisonError::into_inner);
        if functions.contains_key(&config.name) {
            return Err(CreateFunctionError::Exists(config.name));
        }
        let name = config.name.clone();
        let function = self.made(config);
        functions.insert(name, function.clone());
        Ok(function)
    }

    fn made(&self, config: FunctionConfig) -> Function {
        Function::new(config, Arc::clone(&self.config), Arc::clone(&self.in_flight))
    }

    /// A version of a function as it is.
    fn publish(&self, function: &Function, description: Option<&str>) -> Function {
        self.versions.publish(function, description, |config| self.made(config))
    }

    /// Removes a function with its versions, and kills their environments.
    fn delete(&self, name: &str) -> Option<Function> {
        let function = self.functions.write().unwrap_or_else(PoisonError::into_inner).remove(name)?;
        self.versions.remove_all(name).iter().for_each(Function::kill);
        function.kill();
        Some(function)
    }

    /// Removes one version, and kills its environments.
    fn delete_version(&self, name: &str, number: u32) {
        self.versions.remove(name, number).iter().for_each(Function::kill);
    }
}

impl Lambda {
    /// Starts the service, with its API on a free loopback port. Requests to it need no valid signature: SigV4 is not
    /// verified.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(config: LambdaConfig) -> io::Result<Self> {
        let account = Arc::new(Account {
            config: Arc::new(config),
            functions: RwLock::default(),
            versions: Versions::default(),
            in_flight: Arc::default(),
        });
        let api = api::serve(Arc::clone(&account)).await?;
        Ok(Self { account, api })
    }

    /// The API's URL, for `AWS_ENDPOINT_URL_LAMBDA`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.api.url()
    }

    /// Creates a function. Nothing is started before its first call; a missing `bootstrap` is that call's error.
    ///
    /// # Errors
    /// When there is one of that name, or the name is not one.
    pub fn create_function(&self, config: FunctionConfig) -> Result<Function, CreateFunctionError> {
        self.account.create(config)
    }

    /// Removes a function, kills its environments, and gives it if there was one.
    pub fn delete_function(&self, name: &str) -> Option<Function> {
        self.account.delete(name)
    }

    /// Ends the environments of all functions, and with them the calls under way.
    pub async fn end_functions(&self) {
        let mut ending = JoinSet::new();
        for function in self.account.functions().into_iter().chain(self.account.versions.all()) {
            ending.spawn(async move { function.shutdown().await });
        }
        while ending.join_next().await.is_some() {}
    }

    /// Stops the API and ends all environments.
    pub async fn shutdown(self) {
        self.end_functions().await;
        self.api.shutdown().await;
        self.account.functions.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
