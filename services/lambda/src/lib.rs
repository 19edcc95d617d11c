//! The counter as a Lambda function: the Runtime API's loop around the same router as the server's. Generic
//! over the store, so that each binary links the SDK of its own store and no other. Must not know a
//! store.

mod event;
mod runtime;

use std::process::ExitCode;
use std::time::Duration;

use counter::{ConfigError, Environment, Router, Store, StoreUrl, Update, router};
use http::Uri;
use http_body_util::BodyExt;
use lambda_runtime_api_client::BoxError;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::event::{Answer, Event};

/// A fifth of a call's instructions were glibc's allocator. This one takes a warm call of lambda-s3,
/// in the lab on one core, from 222 µs to 187. A start, from spawn to the first question for work
/// with a stand-in for the Runtime API, takes 1.48 ms for 1.30. Version 3: 183 µs, and 1.63 ms.
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
    /// `AWS_LAMBDA_RUNTIME_API` is missing or no address.
    #[error("AWS_LAMBDA_RUNTIME_API={0:?} is not an address; Lambda sets it: run this function there, or in the lab")]
    RuntimeApi(String),
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
        .with_max_level(LevelFilter::WARN)
        .with_target(false)
        // They would go to stderr, with a panic where stderr is what failed: a log on a full disk.
        .log_internal_errors(false)
        // CloudWatch has the time of each line.
        .without_time()
        .with_ansi(false)
        .finish()
        // What the SDK logs, its errors contain.
        .with(Targets::new().with_default(LevelFilter::WARN).with_target("aws_", LevelFilter::OFF))
        .init();
    match run(open) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(match error {
                FunctionError::Config(_) | FunctionError::Store { .. } | FunctionError::RuntimeApi(_) => 2,
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
    let api = variable("AWS_LAMBDA_RUNTIME_API").unwrap_or_default();
    let Some(api) = api.parse::<Uri>().ok().filter(|api| api.authority().is_some()) else {
        return Err(FunctionError::RuntimeApi(api));
    };
    let failed = |error: BoxError| FunctionError::Runtime(chain(&*error));
    // One thread: a function has one invocation at a time and, at 128 MB, 7 % of a core.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| failed(error.into()))?;
    let router = router(store);
    runtime.block_on(async {
        tokio::spawn(tick());
        match runtime::run(api, async |event: &[u8]| answer(&router, event).await).await {
            Ok(never) => match never {},
            Err(error) => Err(failed(error)),
        }
    })
}

/// The error and its causes in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Keeps a timer that ends sooner than any timeout of a call. Only a new timer that is the
/// soonest wakes tokio's driver, by a write and an extra poll, and each call has three timers.
async fn tick() {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn answer<S: Store>(router: &Router<S>, event: &[u8]) -> Result<Answer, BoxError> {
    let request = serde_json::from_slice::<Event>(event)?.into_request()?;
    let Ok(response) = router.answer(request).await;
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Answer::new(parts.status, &parts.headers, &body))
}
