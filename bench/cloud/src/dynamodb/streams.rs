//! Shards of DynamoDB Streams under identifiers that SDKs accept.
//!
//! A shard's identifier has 28 to 65 characters, which boto3 and the CLI check before they send
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Shard.html>). dynoxide's holds the
//! table's name and may be shorter and longer. It must not touch records or sequence numbers.

use bytes::Bytes;
use dynoxide::actions::describe_stream::{DescribeStreamRequest, DescribeStreamResponse, StreamDescription};
use dynoxide::{Database, DynoxideError};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::gate::{error, json};

/// The operations that name a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    DescribeStream,
    GetShardIterator,
}

impl Operation {
    /// The operation of an `X-Amz-Target`, if it is one of these.
    pub(super) fn named(target: &str) -> Option<Self> {
        match target.strip_prefix("DynamoDBStreams_20120810.")? {
            "DescribeStream" => Some(Self::DescribeStream),
            "GetShardIterator" => Some(Self::GetShardIterator),
            _ => None,
        }
    }

    /// Answers a request of it.
    pub(super) fn answer(self, database: &Database, body: &[u8]) -> Response<Full<Bytes>> {
        let answered = match self {
            Self::DescribeStream => describe(database, body),
            Self::GetShardIterator => iterate(database, body),
        };
        answered.unwrap_or_else(|error| {
            let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
            json(status, error.to_json())
        })
    }
}

fn describe(database: &Database, body: &[u8]) -> Result<Response<Full<Bytes>>, DynoxideError> {
    let mut described = of_its_label(database, read(body)?)?;
    for shard in &mut described.stream_description.shards {
        shard.shard_id = public(&shard.shard_id);
    }
    Ok(write(&described))
}

/// A stream that is there. dynoxide looks at its table's name alone, which an older stream has, too.
fn of_its_label(database: &Database, request: DescribeStreamRequest) -> Result<DescribeStreamResponse, DynoxideError> {
    let described = database.describe_stream(request)?;
    let StreamDescription { stream_arn, stream_label, .. } = &described.stream_description;
    if stream_arn.rsplit_once("/stream/").is_some_and(|(_, label)| label == stream_label) {
        return Ok(described);
    }
    let message = format!("Requested resource not found: Stream: {stream_arn} not found");
    Err(DynoxideError::ResourceNotFoundException(message))
}

fn iterate(database: &Database, body: &[u8]) -> Result<Response<Full<Bytes>>, DynoxideError> {
    let mut request: dynoxide::actions::get_shard_iterator::GetShardIteratorRequest = read(body)?;
    if let Some(inner) = table(&request.stream_arn).map(dynoxide::streams::shard_id) {
        if request.shard_id != public(&inner) {
            let message = format!(
                "Requested resource not found: Shard: {} in Stream: {} not found",
                request.shard_id, request.stream_arn
            );
            return Err(DynoxideError::ResourceNotFoundException(message));
        }
        of_its_label(database, DescribeStreamRequest { stream_arn: request.stream_arn.clone(), ..Default::default() })?;
        request.shard_id = inner;
    }
    Ok(write(&database.get_shard_iterator(request)?))
}

/// The table that a stream's ARN names: `arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL`.
fn table(arn: &str) -> Option<&str> {
    arn.split_once(":table/")?.1.split('/').next()
}

/// A shard's identifier as AWS forms it: 20 digits and 8 hexadecimal ones, here of the inner identifier's FNV-1a
/// (<http://www.isthe.com/chongo/tech/comp/fnv/>), so that two tables' differ.
fn public(inner: &str) -> String {
    let hash = inner.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("shardId-{:020}-{hash:08x}", 1)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, DynoxideError> {
    serde_json::from_slice(body).map_err(|error| DynoxideError::SerializationException(error.to_string()))
}

fn write(answer: &impl Serialize) -> Response<Full<Bytes>> {
    match serde_json::to_string(answer) {
        Ok(body) => json(StatusCode::OK, body),
        Err(failed) => error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "com.amazonaws.dynamodb.v20120810#InternalServerError",
            &failed.to_string(),
        ),
    }
}
