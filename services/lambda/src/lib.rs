//! The counter as a Lambda function: `lambda_runtime` around the same router as the server's. Generic
//! over the store, so that each binary links the SDK of its own store and no other. Must not know a
//! store.

mod event;

use std::process::ExitCode;
use std::time::Duration;

use counter::{ConfigError, Environment, Router, Store, StoreUrl, Update, router};
use http_body_util::BodyExt;
use lambda_runtime::{LambdaEvent, Service, service_fn};

use crate::event::{Answer, Event};

/// A fifth of a call's instructions were glibc's allocator. This one takes 9 µs off a warm call of
/// 82 and adds half a millisecond to a cold start of 3.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Why a function did not start, or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FunctionError {
    /// A value of the environment cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `STORE` is missing, or names a store that this function was not built with.
    #[error("this function needs STORE={needed}")]
    Store {
        /// The form of the store's URL.
        needed: &'static str,
    },
    /// The Runtime API or the async runtime failed.
    #[error("the Lambda runtime failed: {0}")]
    Runtime(String),
}

/// Reads the environment, opens the store during the init phase, and answers invocations until
/// the execution environment ends. The store is used bare: an environment has one request at a
/// time, so there is nobody to share a call with.
pub fn main<S: Store>(open: impl FnOnce(Option<StoreUrl>, Update) -> Result<S, FunctionError>) -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::WARN)
        .with_target(false)
        // Told on stderr, and with a panic where that is what failed: a log on a full disk.
        .log_internal_errors(false)
        // CloudWatch has the time of each line.
        .without_time()
        .with_ansi(false)
        .init();
    match run(open) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(match error {
                FunctionError::Config(_) | FunctionError::Store { .. } => 2,
                FunctionError::Runtime(_) => 1,
            })
        }
    }
}

/// The value of an environment variable.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn run<S: Store>(open: impl FnOnce(Option<StoreUrl>, Update) -> Result<S, FunctionError>) -> Result<(), FunctionError> {
    let environment = Environment::read(variable)?;
    let store = open(environment.store, environment.update)?;
    // One thread: a function has one invocation at a time and, at 128 MB, 7 % of a core.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| FunctionError::Runtime(error.to_string()))?;
    runtime.spawn(tick());
    let router = router(store);
    let handler = service_fn(|event: LambdaEvent<Event>| answer(router.clone(), event.payload));
    runtime
        .block_on(lambda_runtime::Runtime::new(handler).run())
        .map_err(|error| FunctionError::Runtime(error.to_string()))
}

/// Keeps a timer that ends sooner than any timeout of a call. Only a new timer that is the
/// soonest wakes tokio's driver, by a write and an extra poll, and each call has three timers.
async fn tick() {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn answer<S: Store>(mut router: Router<S>, event: Event) -> Result<Answer, lambda_runtime::Error> {
    // As text: the runtime logs an error by its `Debug`.
    let request = event.into_request().map_err(|error| error.to_string())?;
    let (parts, body) = router.call(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Answer::new(parts.status, &parts.headers, &body))
}
