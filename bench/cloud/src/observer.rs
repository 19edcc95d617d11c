//! What can be seen of a deployment while somebody else keeps it up. It must not change anything: a function is not called,
//! for that would be an invocation of its own.

use std::time::{Duration, Instant};

use http::StatusCode;
use ways::Way;

use crate::client::{self, CallError};
use crate::deployment::Deployment;
use crate::front::Target;
use crate::lambda::{Function, Report};

/// How long a health check may take: as long as a balancer here waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at a deployment. Clones look at the same one.
#[derive(Clone, Debug)]
pub struct Observer {
    way: Way,
    name: String,
    entrance: Target,
    function: Option<Function>,
    health: String,
}

/// What a health check came to.
#[derive(Debug)]
pub enum Health {
    /// It was answered, with this status and after this time.
    Answered(StatusCode, Duration),
    /// It was not.
    Down(CallError),
}

impl Observer {
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

    /// Where it takes calls now; nothing while no server runs.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        self.entrance.address().map(|address| format!("http://{address}"))
    }

    /// The name of its function in Lambda; nothing of a server.
    #[must_use]
    pub fn function_name(&self) -> Option<&str> {
        self.function.as_ref().map(Function::name)
    }

    /// The reports of its last 1,024 invocations, oldest first; none of a server.
    #[must_use]
    pub fn reports(&self) -> Vec<Report> {
        self.function.as_ref().map(Function::reports).unwrap_or_default()
    }

    /// A health check of a server, through its front; nothing of a function.
    pub async fn health(&self) -> Option<Health> {
        if self.function.is_some() {
            return None;
        }
        let begun = Instant::now();
        let url = self.url().unwrap_or_default();
        Some(match client::get(&url, &self.health, PATIENCE).await {
            Ok((status, _)) => Health::Answered(status, begun.elapsed()),
            Err(error) => Health::Down(error),
        })
    }
}

impl Deployment {
    /// Looks at it, wherever it is.
    #[must_use]
    pub fn observer(&self) -> Observer {
        Observer {
            way: self.way(),
            name: self.name().to_owned(),
            entrance: self.entrance(),
            function: self.function(),
            health: self.health().to_owned(),
        }
    }
}
