//! The server's configuration, typed and checked before anything starts. Must not open anything.

use std::net::SocketAddr;

use counter::{Environment, StoreUrl, Update};

use crate::ServerError;

/// What `--help` prints.
#[must_use]
pub fn help() -> String {
    HELP.replace("{stores}", &stores())
}

/// The forms of stores' URLs; one that there is more to know of begins a line.
fn stores() -> String {
    let mut stores = String::new();
    for (index, form) in StoreUrl::FORMS.into_iter().enumerate() {
        let separator = match (index, form.contains(',')) {
            (0, _) => "",
            (_, false) => " | ",
            (_, true) => "\n                  | ",
        };
        stores += separator;
        stores += form;
    }
    stores
}

const HELP: &str = "\
The counter's server. It takes no arguments; the environment configures it:

  LISTEN          address and port, port 0 for any free one  [0.0.0.0:8000]
  STORE           {stores}  [memory:]
  COUNTER_UPDATE  atomic | read-then-write (as the original study: two calls, lost updates)  [atomic]

dynamodb and s3 also take AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_SESSION_TOKEN, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL;
without keys they use the role of the task, pod or instance.

Exit codes: 0 ended by SIGTERM or SIGINT, 1 failed while running, 2 refused to start.
";

/// The server's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where to count.
    pub store: StoreUrl,
    /// How to count.
    pub update: Update,
}

impl Config {
    /// Reads the configuration through `variable`, which gives the value of an environment
    /// variable.
    ///
    /// # Errors
    ///
    /// The first value that cannot be used.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ServerError> {
        let listen = variable("LISTEN").filter(|value| !value.is_empty());
        let listen = listen.unwrap_or_else(|| "0.0.0.0:8000".to_owned());
        let Ok(listen) = listen.parse() else {
            return Err(ServerError::Listen(listen));
        };
        let environment = Environment::read(variable)?;
        let store = environment.store.unwrap_or(StoreUrl::Memory);
        Ok(Self { listen, store, update: environment.update })
    }
}
