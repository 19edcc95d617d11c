//! The gateway's own calls of DynamoDB: signed as its role's credentials would sign them. Must not know templates.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{Request, Uri};
use http_body_util::{BodyExt, Limited};

use super::Failure;
use crate::credentials;
use crate::endpoint::RequestBody;
use crate::front::{Target, TargetFailure, TargetGroup};

/// The API's version, before the operation in `X-Amz-Target`.
const API: &str = "DynamoDB_20120810";

const TYPE: &str = "application/x-amz-json-1.0";

/// The largest answer that is read: the gateway's largest payload.
const BYTES_MAX: usize = 10 * 1024 * 1024;

/// Where DynamoDB is.
#[derive(Debug)]
pub(super) struct DynamoDb {
    targets: Arc<TargetGroup>,
    host: String,
    timeout: Duration,
}

impl DynamoDb {
    pub(super) fn at(address: SocketAddr, timeout: Duration) -> Self {
        let targets = Arc::new(TargetGroup::new(Target::fixed(address), timeout));
        Self { targets, host: address.to_string(), timeout }
    }

    /// Calls an operation, and gives the status and the body of the answer. It is not tried again: nobody documents that the
    /// gateway does.
    pub(super) async fn call(&self, operation: &str, body: String) -> Result<(u16, String), Failure> {
        let request = self.request(operation, body).ok_or(Failure::Configuration)?;
        let answered = async {
            let response = self.targets.send(request).await.map_err(|failure| {
                tracing::debug!(%failure, "DynamoDB does not answer the gateway");
                match failure {
                    TargetFailure::ConnectTimeout | TargetFailure::Idle => Failure::Timeout,
                    TargetFailure::NoTarget
                    | TargetFailure::Connect(_)
                    | TargetFailure::Broken(_)
                    | TargetFailure::RequestBody(_) => Failure::Integration,
                }
            })?;
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), BYTES_MAX).collect().await;
            let body = body.map_err(|_| Failure::Integration)?.to_bytes();
            Ok((status, String::from_utf8_lossy(&body).into_owned()))
        };
        tokio::time::timeout(self.timeout, answered).await.unwrap_or(Err(Failure::Timeout))
    }

    /// The signed request; nothing where its parts are no parts of one.
    fn request(&self, operation: &str, body: String) -> Option<Request<RequestBody>> {
        let target = format!("{API}.{operation}");
        let headers = [(HOST.as_str(), self.host.as_str()), (CONTENT_TYPE.as_str(), TYPE), ("x-amz-target", &target)];
        let identity =
            Credentials::new(credentials::ACCESS_KEY_ID, credentials::SECRET_ACCESS_KEY, None, None, "gateway").into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(credentials::region())
            .name("dynamodb")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .ok()?
            .into();
        let url = format!("http://{}/", self.host);
        let signable =
            SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(body.as_bytes())).ok()?;
        let (signature, _) = sign(signable, &parameters).ok()?.into_parts();
        let request = headers.into_iter().fold(Request::post(&url), |it, (name, value)| it.header(name, value));
        let mut request = request.body(RequestBody::whole(Bytes::from(body))).ok()?;
        signature.apply_to_request_http1x(&mut request);
        *request.uri_mut() = Uri::from_static("/");
        Some(request)
    }
}
