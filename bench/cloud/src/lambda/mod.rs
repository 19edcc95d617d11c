//! Lambda: functions, execution environments, Runtime API, Invoke API.
//!
//! A [`Function`] is invoked by a front, by the Invoke API, or directly; all three share
//! [`Function::call`]. Each execution environment is a child process of the function's unpacked artifact with
//! a Runtime API of its own. This module knows no HTTP event: fronts translate.
//!
//! **Invariant:** an environment runs one invocation at a time, is frozen while it has none, and never
//! outlives its [`Lambda`].

mod config;
mod environment;
mod exchange;
mod function;
mod invocation;
mod invoke_api;
mod outcome;
mod package;
mod pool;
mod report;
mod runtime_api;

use std::{
    collections::HashMap,
    io,
    sync::{Arc, PoisonError, RwLock, atomic::AtomicU32},
};

pub(crate) use self::invocation::new_trace_id;
pub use self::{
    config::{FunctionConfig, LambdaConfig, Slowness},
    function::{Call, Function, Invoked},
    outcome::{ErrorSource, FunctionError, Outcome, PAYLOAD_BYTES, RESPONSE_BYTES, Throttle},
    package::{PackageError, UNPACKED_BYTES, unpack},
    report::{Report, Status},
};
use crate::endpoint::Endpoint;

/// The Lambda service of this machine.
#[derive(Debug)]
pub struct Lambda {
    config: Arc<LambdaConfig>,
    functions: Arc<Registry>,
    account_in_flight: Arc<AtomicU32>,
    invoke_api: Endpoint,
}

/// Why a function can't be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateFunctionError {
    /// AWS allows 1 to 64 letters, digits, hyphens and underscores.
    #[error("`{0}` is no function name; use 1 to 64 letters, digits, hyphens and underscores")]
    InvalidName(String),
    /// There is one of that name.
    #[error("there is a function `{0}` already")]
    Exists(String),
}

/// The functions by name.
#[derive(Debug, Default)]
struct Registry {
    functions: RwLock<HashMap<String, Function>>,
}

impl Registry {
    fn find(&self, name: &str) -> Option<Function> {
        self.functions.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

impl Lambda {
    /// Starts the service, with its Invoke API on a free loopback port. Requests to it need no valid
    /// signature: SigV4 is not verified.
    pub async fn start(config: LambdaConfig) -> io::Result<Self> {
        let config = Arc::new(config);
        let functions = Arc::<Registry>::default();
        let invoke_api = invoke_api::serve(Arc::clone(&config), Arc::clone(&functions)).await?;
        Ok(Self { config, functions, account_in_flight: Arc::default(), invoke_api })
    }

    /// The Invoke API's URL, for `AWS_ENDPOINT_URL_LAMBDA`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.invoke_api.address())
    }

    /// Creates a function. Nothing is started before its first call; a missing `bootstrap` is that call's error.
    pub fn create_function(&self, config: FunctionConfig) -> Result<Function, CreateFunctionError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if config.name.is_empty() || config.name.len() > 64 || !config.name.chars().all(fits) {
            return Err(CreateFunctionError::InvalidName(config.name));
        }
        let mut functions = self.functions.functions.write().unwrap_or_else(PoisonError::into_inner);
        if functions.contains_key(&config.name) {
            return Err(CreateFunctionError::Exists(config.name));
        }
        let name = config.name.clone();
        let function = Function::new(config, Arc::clone(&self.config), Arc::clone(&self.account_in_flight));
        functions.insert(name, function.clone());
        Ok(function)
    }

    /// Forgets a function, and gives it if there was one. Its environments end when its last clone is dropped.
    pub fn delete_function(&self, name: &str) -> Option<Function> {
        self.functions.functions.write().unwrap_or_else(PoisonError::into_inner).remove(name)
    }

    /// Stops the Invoke API and ends all environments.
    pub async fn shutdown(self) {
        self.invoke_api.shutdown().await;
        let functions: Vec<_> = {
            let mut functions = self.functions.functions.write().unwrap_or_else(PoisonError::into_inner);
            functions.drain().map(|(_, function)| function).collect()
        };
        for function in functions {
            function.shutdown().await;
        }
    }
}
