//! `InvokeWithResponseStream`: the answer's pieces as they come, in AWS's event stream.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html>

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue as EventValue, Message};
use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Either;
use hyper::body::{Body as HttpBody, Frame};
use serde::Serialize;
use tokio::sync::mpsc;

use super::invoke::{EXECUTED_VERSION, call, executed, log_result, payload, refusal};
use super::{Body, Refusal, Service, empty};
use crate::endpoint::RequestBody;
use crate::lambda::function::{Function, Invoked};
use crate::lambda::outcome::{FunctionError, PAYLOAD_BYTES};

/// Pieces on their way at most: a slow caller slows the function down.
const PIECES: usize = 16;

/// The body of an event stream.
pub(super) struct Events(mpsc::Receiver<Bytes>);

impl HttpBody for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

/// The last event.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Complete {
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_details: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_result: Option<String>,
}

impl Service {
    pub(super) async fn invoke_streaming(
        &self,
        function: Function,
        head: &Parts,
        body: RequestBody,
    ) -> Result<Response<Body>, Refusal> {
        let mut call = call(head, payload(body, PAYLOAD_BYTES, "InvokeWithResponseStream").await?)?;
        let (sink, mut pieces) = mpsc::channel(PIECES);
        call.sink = Some(sink);
        let request = *call.request_id.get_or_insert_with(uuid::Uuid::new_v4);
        let version = executed(&function);
        // In a task: a caller who hangs up must not stop it half way.
        let running = tokio::spawn(async move { function.call(call).await });
        let first = pieces.recv().await;
        let (send, events) = mpsc::channel(PIECES);
        if let Some(first) = first {
            tokio::spawn(async move {
                let _caller_gone = send.send(chunk(first)).await;
                while let Some(piece) = pieces.recv().await {
                    let _caller_gone = send.send(chunk(piece)).await;
                }
                if let Ok(invoked) = running.await {
                    let _caller_gone = send.send(complete(invoked)).await;
                }
            });
        } else {
            // Nothing was streamed: it was answered whole, failed, or was not run.
            let mut invoked = running.await.map_err(|_| Refusal::service("the invocation was interrupted"))?;
            match refusal(invoked.outcome)? {
                Ok(payload) => {
                    let _room = send.send(chunk(payload)).await;
                    invoked.outcome = crate::lambda::Outcome::Success(Bytes::new());
                }
                Err(error) => invoked.outcome = crate::lambda::Outcome::FunctionError(error),
            }
            let _room = send.send(complete(invoked)).await;
        }
        let mut response = empty(StatusCode::OK, request).map(|_| Either::Right(Events(events)));
        let kind = HeaderValue::from_static("application/vnd.amazon.eventstream");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response.headers_mut().insert(EXECUTED_VERSION, version);
        Ok(response)
    }
}

fn chunk(payload: Bytes) -> Bytes {
    event("PayloadChunk", "application/octet-stream", payload)
}

fn complete(invoked: Invoked) -> Bytes {
    let log_result = invoked.log.as_deref().map(log_result);
    let failed =
        |error: FunctionError| (Some(error.error_type), Some(String::from_utf8_lossy(&error.payload).into_owned()));
    let (error_code, error_details) = match invoked.outcome {
        crate::lambda::Outcome::FunctionError(error) => failed(error),
        _ => (None, None),
    };
    let complete = Complete { error_code, error_details, log_result };
    event("InvokeComplete", "application/json", serde_json::to_vec(&complete).expect("strings are always JSON").into())
}

/// <https://smithy.io/2.0/aws/amazon-eventstream.html>
fn event(name: &'static str, kind: &'static str, payload: Bytes) -> Bytes {
    let header = |name: &'static str, value: &'static str| Header::new(name, EventValue::String(value.into()));
    let headers = vec![header(":message-type", "event"), header(":event-type", name), header(":content-type", kind)];
    let mut frame = BytesMut::new();
    let message = Message::new_from_parts(headers, payload);
    write_message_to(&message, &mut frame).expect("a few short headers and at most 6 MB fit into a frame");
    frame.freeze()
}
