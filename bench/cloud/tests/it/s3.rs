//! S3, through the official SDK in its default configuration: signed, with checksums.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, Delete, MetadataDirective, ObjectIdentifier};
use cloud::credentials::ACCESS_KEY_ID;
use cloud::s3::{MAX_OBJECT_BYTES, S3};
use tokio::task::JoinSet;

pub(crate) const BUCKET: &str = "counter";

pub(crate) async fn start() -> (S3, Client) {
    let s3 = S3::start().await.unwrap();
    s3.create_bucket(BUCKET).unwrap();
    let client = super::sdk::s3(&s3.url());
    (s3, client)
}

pub(crate) fn body(bytes: &'static [u8]) -> ByteStream {
    ByteStream::from_static(bytes)
}

/// The status and code of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<T, SdkError<E>>,
) -> (u16, String) {
    let error = result.unwrap_err();
    let status = error.raw_response().expect("S3 answered").status().as_u16();
    (status, error.code().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn what_is_put_is_got_with_its_headers() {
    let (_s3, client) = start().await;
    let put = client
        .put_object()
        .bucket(BUCKET)
        .key("a/b c+ü")
        .content_type("text/plain")
        .cache_control("no-store")
        .metadata("colour", "green")
        .body(body(b"hello"))
        .send()
        .await
        .unwrap();
    assert_eq!(put.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    let got =
        client.get_object().bucket(BUCKET).key("a/b c+ü").checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert_eq!(got.content_type(), Some("text/plain"));
    assert_eq!(got.cache_control(), Some("no-store"));
    assert_eq!(got.metadata().unwrap()["colour"], "green");
    assert_eq!(got.e_tag(), put.e_tag());
    assert_eq!(got.checksum_crc32(), put.checksum_crc32());
    assert!(got.checksum_crc32().is_some());
    assert!(got.last_modified().is_some());
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"hello");

    let head = client.head_object().bucket(BUCKET).key("a/b c+ü").send().await.unwrap();
    assert_eq!((head.content_length(), head.content_type()), (Some(5), Some("text/plain")));
    assert_eq!(head.metadata().unwrap()["colour"], "green");
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let (_s3, client) = start().await;
    let got = client.get_object().bucket(BUCKET).key("no").send().await;
    assert!(got.unwrap_err().into_service_error().is_no_such_key());
    let head = client.head_object().bucket(BUCKET).key("no").send().await;
    assert!(head.unwrap_err().into_service_error().is_not_found());
    let got = client.get_object().bucket("nowhere").key("no").send().await;
    assert_eq!(refusal(got), (404, "NoSuchBucket".into()));
    client.delete_object().bucket(BUCKET).key("no").send().await.expect("deleting what is not there succeeds");
}

#[tokio::test]
async fn conditional_writes_hold_their_condition() {
    let (_s3, client) = start().await;
    let put = |key: &str| client.put_object().bucket(BUCKET).key(key).body(body(b"1"));

    let missing = put("a").if_match("\"5d41402abc4b2a76b9719d911017c592\"").send().await;
    assert_eq!(refusal(missing), (404, "NoSuchKey".into()));
    let created = put("a").if_none_match("*").send().await.unwrap();
    assert_eq!(refusal(put("a").if_none_match("*").send().await), (412, "PreconditionFailed".into()));
    assert_eq!(refusal(put("a").if_none_match("\"x\"").send().await), (501, "NotImplemented".into()));
    let wrong = put("a").if_match("\"00000000000000000000000000000000\"").send().await;
    assert_eq!(refusal(wrong), (412, "PreconditionFailed".into()));
    put("a").if_match(created.e_tag().unwrap()).body(body(b"2")).send().await.unwrap();
    assert_eq!(refusal(put("a").if_match(created.e_tag().unwrap()).send().await).0, 412);

    let stale = client.delete_object().bucket(BUCKET).key("a").if_match(created.e_tag().unwrap()).send().await;
    assert_eq!(refusal(stale), (412, "PreconditionFailed".into()));
}

#[tokio::test]
async fn conditional_reads_hold_their_condition() {
    let (_s3, client) = start().await;
    let put = client.put_object().bucket(BUCKET).key("a").body(body(b"1")).send().await.unwrap();
    let get = || client.get_object().bucket(BUCKET).key("a");
    let etag = put.e_tag().unwrap();
    get().if_match(etag).send().await.unwrap();
    assert_eq!(refusal(get().if_match("\"no\"").send().await).0, 412);
    assert_eq!(refusal(get().if_none_match(etag).send().await).0, 304);
    get().if_none_match("\"no\"").send().await.unwrap();
}

#[tokio::test]
async fn a_range_gives_these_bytes_only() {
    let (_s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("a").body(body(b"0123456789")).send().await.unwrap();
    let get = |range: &str| client.get_object().bucket(BUCKET).key("a").range(range).send();
    for (range, bytes, content_range) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-1", "9", "bytes 9-9/10"),
        ("bytes=0-99", "0123456789", "bytes 0-9/10"),
    ] {
        let got = get(range).await.unwrap();
        assert_eq!(got.content_range(), Some(content_range));
        assert_eq!(got.body.collect().await.unwrap().to_vec(), bytes.as_bytes(), "{range}");
    }
    assert_eq!(refusal(get("bytes=10-").await), (416, "InvalidRange".into()));
}

#[tokio::test]
async fn a_listing_rolls_up_by_delimiter_and_goes_on_page_by_page() {
    let (_s3, client) = start().await;
    for key in ["a", "b/1", "b/2", "c/1", "d", "e ü/1", "other"] {
        client.put_object().bucket(BUCKET).key(key).body(body(b"x")).send().await.unwrap();
    }
    let (mut keys, mut prefixes, mut pages, mut token) = (Vec::new(), Vec::new(), 0, None);
    loop {
        let page = client
            .list_objects_v2()
            .bucket(BUCKET)
            .delimiter("/")
            .max_keys(2)
            .set_continuation_token(token)
            .send()
            .await
            .unwrap();
        assert_eq!(page.key_count(), Some((page.contents().len() + page.common_prefixes().len()) as i32));
        keys.extend(page.contents().iter().map(|object| object.key().unwrap().to_owned()));
        prefixes.extend(page.common_prefixes().iter().map(|prefix| prefix.prefix().unwrap().to_owned()));
        pages += 1;
        token = page.next_continuation_token().map(str::to_owned);
        assert_eq!(page.is_truncated(), Some(token.is_some()));
        if token.is_none() {
            break;
        }
    }
    assert_eq!(
        (keys, prefixes, pages),
        (["a", "d", "other"].map(str::to_owned).to_vec(), ["b/", "c/", "e ü/"].map(str::to_owned).to_vec(), 3)
    );

    let under = client.list_objects_v2().bucket(BUCKET).prefix("b/").start_after("b/1").send().await.unwrap();
    assert_eq!(under.contents().iter().map(|object| object.key().unwrap()).collect::<Vec<_>>(), ["b/2"]);
    let first = client.list_objects().bucket(BUCKET).delimiter("/").max_keys(2).send().await.unwrap();
    assert_eq!(first.next_marker(), Some("b/"));
    let rest = client.list_objects().bucket(BUCKET).delimiter("/").marker("b/").send().await.unwrap();
    assert_eq!(rest.common_prefixes().len(), 2);
    // An empty delimiter is as if left out.
    let plain = client.list_objects_v2().bucket(BUCKET).delimiter("").send().await.unwrap();
    assert_eq!((plain.contents().len(), plain.common_prefixes().len(), plain.delimiter()), (7, 0, None));
    let refused = client.list_objects_v2().bucket(BUCKET).continuation_token("?").send().await;
    assert_eq!(refusal(refused), (400, "InvalidArgument".into()));
}

#[tokio::test]
async fn several_objects_are_deleted_at_once() {
    let (_s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("a").body(body(b"x")).send().await.unwrap();
    let objects = ["a", "never"].map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
    let delete = Delete::builder().set_objects(Some(objects.to_vec())).build().unwrap();
    let deleted = client.delete_objects().bucket(BUCKET).delete(delete).send().await.unwrap();
    assert_eq!((deleted.deleted().len(), deleted.errors().len()), (2, 0));
    assert_eq!(client.list_objects_v2().bucket(BUCKET).send().await.unwrap().key_count(), Some(0));
}

#[tokio::test]
async fn a_copy_keeps_the_headers_unless_they_are_replaced() {
    let (_s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("a").content_type("text/plain").body(body(b"x")).send().await.unwrap();
    let copy = |key: &str| client.copy_object().copy_source(format!("{BUCKET}/a")).bucket(BUCKET).key(key);
    copy("kept").send().await.unwrap();
    copy("replaced").metadata_directive(MetadataDirective::Replace).content_type("text/html").send().await.unwrap();
    for (key, content_type) in [("kept", "text/plain"), ("replaced", "text/html")] {
        let got = client.get_object().bucket(BUCKET).key(key).send().await.unwrap();
        assert_eq!(got.content_type(), Some(content_type));
        assert_eq!(got.body.collect().await.unwrap().to_vec(), b"x");
    }
    assert_eq!(refusal(copy("no").copy_source_if_match("\"no\"").send().await).0, 412);
}

#[tokio::test]
async fn buckets_come_and_go() {
    let (_s3, client) = start().await;
    client.create_bucket().bucket("second").send().await.unwrap();
    assert_eq!(refusal(client.create_bucket().bucket("second").send().await).0, 409);
    client.head_bucket().bucket("second").send().await.unwrap();
    client.put_object().bucket("second").key("a").body(body(b"x")).send().await.unwrap();
    let listed = client.list_buckets().send().await.unwrap();
    assert_eq!(listed.buckets().iter().map(|bucket| bucket.name().unwrap()).collect::<Vec<_>>(), [BUCKET, "second"]);
    assert_eq!(refusal(client.delete_bucket().bucket("second").send().await), (409, "BucketNotEmpty".into()));
    client.delete_object().bucket("second").key("a").send().await.unwrap();
    client.delete_bucket().bucket("second").send().await.unwrap();
    assert_eq!(refusal(client.head_bucket().bucket("second").send().await).0, 404);
}

#[tokio::test]
async fn a_wrong_identity_is_403() {
    let (s3, _) = start().await;
    for (key, code) in [(ACCESS_KEY_ID, "SignatureDoesNotMatch"), ("AKIASTRANGER", "InvalidAccessKeyId")] {
        let stranger = super::sdk::s3_as(&s3.url(), Credentials::new(key, "wrong", None, None, "test"));
        let refused = stranger.get_object().bucket(BUCKET).key("a").send().await;
        assert_eq!(refusal(refused), (403, code.to_owned()));
    }
}

#[tokio::test]
async fn every_checksum_that_the_sdk_can_send_is_taken() {
    let (_s3, client) = start().await;
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let put = client.put_object().bucket(BUCKET).key("a").body(body(b"hello"));
        put.checksum_algorithm(algorithm.clone()).send().await.unwrap_or_else(|error| panic!("{algorithm}: {error:?}"));
        let got = client.get_object().bucket(BUCKET).key("a").checksum_mode(ChecksumMode::Enabled).send();
        // The SDK verifies what it gets.
        assert_eq!(got.await.unwrap().body.collect().await.unwrap().to_vec(), b"hello", "{algorithm}");
    }
    let wrong = client.put_object().bucket(BUCKET).key("a").body(body(b"hello")).checksum_crc32("AAAAAA==");
    assert_eq!(refusal(wrong.send().await), (400, "BadDigest".into()));
    let wrong =
        client.put_object().bucket(BUCKET).key("a").body(body(b"hello")).content_md5("AAAAAAAAAAAAAAAAAAAAAA==");
    assert_eq!(refusal(wrong.send().await), (400, "BadDigest".into()));
}

#[tokio::test]
async fn a_streamed_body_comes_in_signed_chunks_with_its_checksum_after_it() {
    let (_s3, client) = start().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let content: Vec<u8> = (0..300_000u32).map(|number| number as u8).collect();
    std::fs::write(file.path(), &content).unwrap();
    let streamed = ByteStream::from_path(file.path()).await.unwrap();
    client.put_object().bucket(BUCKET).key("a").body(streamed).send().await.unwrap();
    let got = client.get_object().bucket(BUCKET).key("a").send().await.unwrap();
    assert!(got.body.collect().await.unwrap().to_vec() == content);
}

#[tokio::test]
async fn an_object_that_is_too_large_is_refused() {
    let (_s3, client) = start().await;
    let large = ByteStream::from(vec![0; MAX_OBJECT_BYTES + 1]);
    let refused = client.put_object().bucket(BUCKET).key("a").body(large).send().await;
    assert_eq!(refusal(refused), (400, "EntityTooLarge".into()));
}

/// Read, add, write if unchanged; again if not.
async fn increment(client: &Client) -> u64 {
    loop {
        let got = client.get_object().bucket(BUCKET).key("hits").send().await;
        let put = client.put_object().bucket(BUCKET).key("hits");
        let (count, put) = match got {
            Ok(got) => {
                let etag = got.e_tag().unwrap().to_owned();
                let bytes = got.body.collect().await.unwrap().to_vec();
                (String::from_utf8(bytes).unwrap().parse::<u64>().unwrap(), put.if_match(etag))
            }
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => {
                (0, put.if_none_match("*"))
            }
            Err(error) => panic!("{error:?}"),
        };
        match put.body(ByteStream::from((count + 1).to_string().into_bytes())).send().await {
            Ok(_) => return count + 1,
            Err(error) if matches!(error.raw_response().map(|raw| raw.status().as_u16()), Some(409 | 412)) => {
                // Jitter: without it, sixteen callers mostly conflict.
                tokio::time::sleep(Duration::from_millis(fastrand::u64(..20))).await;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_concurrent_callers_each_get_a_number_of_their_own() {
    let (s3, client) = start().await;
    let mut callers = JoinSet::new();
    for _ in 0..16 {
        let client = client.clone();
        callers.spawn(async move {
            let mut numbers = Vec::new();
            for _ in 0..5 {
                numbers.push(increment(&client).await);
            }
            numbers
        });
    }
    let numbers: BTreeSet<u64> = callers.join_all().await.into_iter().flatten().collect();
    assert_eq!(numbers, (1..=80).collect());
    s3.shutdown().await;
}
