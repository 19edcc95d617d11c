//! Lambda's public API: invoking, and enough of the control plane to list functions and to put one's own there.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>. Signatures are not verified. What is not there is
//! refused in AWS's form; docs/local-cloud.md lists both.

mod create;
mod describe;
mod functions;
mod invoke;
mod refusal;
mod response_stream;
mod versions;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::service::service_fn;
use tokio::sync::Semaphore;
use uuid::Uuid;

use self::refusal::Refusal;
use self::response_stream::Events;
use super::Account;
use super::config::LambdaConfig;
use super::function::Function;
use crate::body::drain;
use crate::endpoint::{Endpoint, Guard, Http, RequestBody};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Asynchronous invocations that wait or run. AWS queues for hours; here what exceeds a full account's
/// worth of concurrency is refused.
const EVENTS: usize = 1_000;

/// The prefix of all paths but one.
const FUNCTIONS: &str = "/2015-03-31/functions";

/// What InvokeWithResponseStream alone begins with.
const STREAMING: &str = "/2021-11-15/functions/";

type Body = Either<Full<Bytes>, Events>;

/// Programs on this machine only: signatures are not verified.
const GUARD: Guard = Guard { forbidden: || Refusal::forbidden().into_response(), ..Guard::PLAIN };

/// What answers the API's calls.
struct Service {
    account: Arc<Account>,
    events: Arc<Semaphore>,
}

pub(super) async fn serve(account: Arc<Account>) -> io::Result<Endpoint> {
    let service = Arc::new(Service { account, events: Arc::new(Semaphore::new(EVENTS)) });
    Endpoint::start(move |stream, _peer, stop| {
        let service = Arc::clone(&service);
        let answer = service_fn(move |request| {
            let service = Arc::clone(&service);
            async move { Ok::<_, Infallible>(service.answer(request).await) }
        });
        // An invocation goes on without its caller, as on AWS.
        Http { guard: GUARD, half_close: true, ..Http::DOOR }.serve(stream, answer, stop)
    })
    .await
}

impl Service {
    async fn answer(&self, request: Request<RequestBody>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let path = head.uri.path();
        let query = head.uri.query().unwrap_or_default();
        let refused = |refusal: Refusal| refusal.into_response().map(Either::Left);
        if let Some(name) =
            path.strip_prefix(STREAMING).and_then(|rest| rest.strip_suffix("/response-streaming-invocations"))
            && head.method == Method::POST
        {
            return match self.named(name, query) {
                Ok(function) => self.invoke_streaming(function, &head, body).await.unwrap_or_else(refused),
                Err(refusal) => {
                    drain(body).await;
                    refused(refusal)
                }
            };
        }
        let Some(rest) = path.strip_prefix(FUNCTIONS).map(|rest| rest.strip_prefix('/').unwrap_or(rest)) else {
            drain(body).await;
            return refused(Refusal::unknown_operation(&head.method, path));
        };
        let (name, action) = rest.split_once('/').unwrap_or((rest, ""));
        let answered = match (&head.method, name, action) {
            (&Method::GET, "", "") => self.list(query),
            (&Method::POST, "", "") => self.create(body).await,
            (method, name, action) => match (method, action, self.named(name, query)) {
                (&Method::POST, "invocations", Ok(function)) => self.invoke(function, &head, body).await,
                (&Method::GET, "", Ok(function)) => Ok(self.get(&function)),
                (&Method::GET, "configuration", Ok(function)) => Ok(self.configuration(&function)),
                (&Method::GET, "versions", Ok(function)) => self.list_versions(&function, query),
                (&Method::POST, "versions", Ok(function)) => self.publish_version(&function, body).await,
                (&Method::PUT, "code", Ok(function)) => self.update_code(&function, body).await,
                (&Method::PUT, "configuration", Ok(function)) => self.update_configuration(&function, body).await,
                (&Method::DELETE, "", Ok(function)) => self.delete(&function, query),
                (&Method::POST, "invocations" | "versions", Err(refusal))
                | (&Method::GET | &Method::DELETE, "", Err(refusal))
                | (&Method::GET, "configuration" | "versions", Err(refusal))
                | (&Method::PUT, "code" | "configuration", Err(refusal)) => {
                    drain(body).await;
                    Err(refusal)
                }
                _ => {
                    drain(body).await;
                    Err(Refusal::unknown_operation(&head.method, path))
                }
            },
        };
        answered.unwrap_or_else(Refusal::into_response).map(Either::Left)
    }

    fn config(&self) -> &LambdaConfig {
        &self.account.config
    }

    /// The function of a request: name, partial or whole ARN, with or without a version.
    fn named(&self, name: &str, query: &str) -> Result<Function, Refusal> {
        // The common case has nothing to decode: a plain name.
        if let (Some(function), true) = (self.account.find(name), query.is_empty()) {
            return Ok(function);
        }
        let identifier = decode(name);
        self.is_here(&identifier)?;
        let version = parameter(query, "Qualifier");
        let (name, suffix) = self.split(&identifier);
        let version = version.or(suffix.map(str::to_owned));
        let not_found = |version: Option<&str>| {
            let version = version.map(|version| format!(":{version}")).unwrap_or_default();
            let (region, account) = (&self.config().region, &self.config().account);
            Refusal::function_not_found(&format!("arn:aws:lambda:{region}:{account}:function:{name}{version}"))
        };
        match version.as_deref() {
            None | Some("$LATEST") => self.account.find(name).ok_or_else(|| not_found(version.as_deref())),
            Some(version) => {
                let found = version.parse().ok().and_then(|number| self.account.versions.find(name, number));
                found.ok_or_else(|| not_found(Some(version)))
            }
        }
    }

    /// Refuses an ARN of another region or account, whose functions are not here.
    fn is_here(&self, identifier: &str) -> Result<(), Refusal> {
        let (region, account) = (&self.config().region, &self.config().account);
        let fields: Vec<&str> = identifier.split(':').collect();
        let (their_region, theirs) = match fields[..] {
            ["arn", _, "lambda", region, account, "function", ..] => (Some(region), account),
            [account, "function", _, ..] => (None, account),
            _ => return Ok(()),
        };
        match their_region {
            Some(theirs) if theirs != region => Err(Refusal::other_region(theirs, region)),
            _ if theirs != account => Err(Refusal::other_account(identifier)),
            _ => Ok(()),
        }
    }

    /// Name and version of `name`, `name:version`, `account:function:name` or a whole ARN.
    fn split<'a>(&self, identifier: &'a str) -> (&'a str, Option<&'a str>) {
        let rest = identifier.rsplit_once("function:").map_or(identifier, |(_, rest)| rest);
        rest.split_once(':').map_or((rest, None), |(name, version)| (name, Some(version)))
    }
}

/// A response without a body.
fn empty(status: StatusCode, request: Uuid) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    let id = HeaderValue::from_str(request.as_hyphenated().encode_lower(&mut [0; 36]));
    response.headers_mut().insert(REQUEST_ID, id.expect("a UUID is a header value"));
    response
}

/// A response of the control plane.
fn document(status: StatusCode, document: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = empty(status, Uuid::new_v4());
    *response.body_mut() = Full::from(document.to_string());
    response.headers_mut().insert(http::header::CONTENT_TYPE, JSON);
    response
}

/// A parameter of a query, decoded.
fn parameter(query: &str, name: &str) -> Option<String> {
    let values = query.split('&').filter_map(|pair| pair.split_once('='));
    values.into_iter().find(|(key, _)| *key == name).map(|(_, value)| decode(value))
}

/// Percent-decoding; what is not UTF-8 then is replaced, and finds no function.
fn decode(text: &str) -> String {
    crate::front::percent_decode(text).into_owned()
}

/// Whole seconds, as AWS counts timeouts.
fn seconds(time: Duration) -> u64 {
    time.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX)
}
