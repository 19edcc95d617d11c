//! What S3 keeps of an object, and how much of it a read gives.

use std::time::Duration;

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::{ByteStream, DateTime, DateTimeFormat};
use aws_sdk_s3::types::{
    ChecksumAlgorithm, MetadataDirective, ObjectAttributes, ObjectCannedAcl, ObjectLockMode, ServerSideEncryption,
    StorageClass, Tag, Tagging, TaggingDirective,
};

use super::s3::{BUCKET, body, refusal, start};
use super::s3_buckets::raw;

#[tokio::test]
async fn what_a_put_states_comes_back_with_the_object() {
    let (_s3, client) = start().await;
    let expires = DateTime::from_str("Tue, 01 Jan 2030 00:00:00 GMT", DateTimeFormat::HttpDate).unwrap();
    client
        .put_object()
        .bucket(BUCKET)
        .key("a")
        .body(body(b"x"))
        .content_language("nl")
        .content_disposition("attachment")
        .expires(expires)
        .storage_class(StorageClass::StandardIa)
        .website_redirect_location("/elsewhere")
        .tagging("team=blue&stage=a%20b")
        .server_side_encryption(ServerSideEncryption::Aes256)
        .acl(ObjectCannedAcl::BucketOwnerFullControl)
        .send()
        .await
        .unwrap();
    let got = client.get_object().bucket(BUCKET).key("a").send().await.unwrap();
    assert_eq!((got.content_language(), got.content_disposition()), (Some("nl"), Some("attachment")));
    assert_eq!(got.expires_string(), Some("Tue, 01 Jan 2030 00:00:00 GMT"));
    assert_eq!(got.storage_class(), Some(&StorageClass::StandardIa));
    assert_eq!(got.website_redirect_location(), Some("/elsewhere"));
    assert_eq!(got.tag_count(), Some(2));
    assert_eq!(got.server_side_encryption(), Some(&ServerSideEncryption::Aes256));
    assert_eq!(got.content_encoding(), None);
    let tags = client.get_object_tagging().bucket(BUCKET).key("a").send().await.unwrap();
    assert_eq!(tags.tag_set().iter().map(Tag::value).collect::<Vec<_>>(), ["blue", "a b"]);
}

#[tokio::test]
async fn what_a_put_states_and_is_not_kept_is_refused() {
    let (_s3, client) = start().await;
    let put = || client.put_object().bucket(BUCKET).key("a").body(body(b"x"));
    let refused = [
        (put().acl(ObjectCannedAcl::PublicRead).send().await, 400, "AccessControlListNotSupported"),
        (put().grant_read("id=a").send().await, 400, "AccessControlListNotSupported"),
        (put().server_side_encryption(ServerSideEncryption::AwsKms).send().await, 501, "NotImplemented"),
        (put().sse_customer_algorithm("AES256").send().await, 400, "InvalidRequest"),
        (put().object_lock_mode(ObjectLockMode::Governance).send().await, 400, "InvalidRequest"),
        (put().storage_class(StorageClass::from("ICE")).send().await, 400, "InvalidStorageClass"),
        (put().website_redirect_location("elsewhere").send().await, 400, "InvalidArgument"),
        (put().tagging("a=1&a=2").send().await, 400, "InvalidArgument"),
        (put().tagging("a=%7B%7D").send().await, 400, "InvalidTag"),
        (put().metadata("big", "x".repeat(2048)).send().await, 400, "MetadataTooLarge"),
        (put().expected_bucket_owner("000000000001").send().await, 403, "AccessDenied"),
    ];
    for (result, status, code) in refused {
        assert_eq!(refusal(result), (status, code.to_owned()));
    }
    assert_eq!(client.list_objects_v2().bucket(BUCKET).send().await.unwrap().key_count(), Some(0));
}

#[tokio::test]
async fn aws_chunked_is_never_kept_as_a_coding() {
    let (_s3, client) = start().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), vec![7; 200_000]).unwrap();
    for (coding, kept) in [(None, None), (Some("gzip"), Some("gzip")), (Some("br, aws-chunked"), Some("br"))] {
        let streamed = ByteStream::from_path(file.path()).await.unwrap();
        let put = client.put_object().bucket(BUCKET).key("a").set_content_encoding(coding.map(str::to_owned));
        put.body(streamed).send().await.unwrap();
        let head = client.head_object().bucket(BUCKET).key("a").send().await.unwrap();
        assert_eq!((head.content_encoding(), head.content_length()), (kept, Some(200_000)), "{coding:?}");
    }
}

#[tokio::test]
async fn an_archived_object_is_shown_and_not_read() {
    let (_s3, client) = start().await;
    let put = client.put_object().bucket(BUCKET).key("a").storage_class(StorageClass::Glacier).body(body(b"x"));
    put.send().await.unwrap();
    let head = client.head_object().bucket(BUCKET).key("a").send().await.unwrap();
    assert_eq!(head.storage_class(), Some(&StorageClass::Glacier));
    assert_eq!(refusal(client.get_object().bucket(BUCKET).key("a").send().await), (403, "InvalidObjectState".into()));
    let copy = client.copy_object().copy_source(format!("{BUCKET}/a")).bucket(BUCKET).key("b");
    assert_eq!(refusal(copy.send().await), (403, "InvalidObjectState".into()));
}

#[tokio::test]
async fn an_object_that_was_put_whole_has_one_part() {
    let (_s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("a").body(body(b"0123456789")).send().await.unwrap();
    let get = || client.get_object().bucket(BUCKET).key("a");
    let first = get().part_number(1).send().await.unwrap();
    assert_eq!((first.content_range(), first.parts_count()), (Some("bytes 0-9/10"), None));
    assert_eq!(first.body.collect().await.unwrap().to_vec(), b"0123456789");
    let head = client.head_object().bucket(BUCKET).key("a").part_number(1).send().await.unwrap();
    assert_eq!((head.content_range(), head.content_length()), (Some("bytes 0-9/10"), Some(10)));
    assert_eq!(refusal(get().part_number(2).send().await), (416, "InvalidPartNumber".into()));
    assert_eq!(refusal(get().part_number(1).range("bytes=0-1").send().await), (400, "InvalidRequest".into()));
    assert_eq!(refusal(get().part_number(10_001).send().await), (400, "InvalidArgument".into()));
}

#[tokio::test]
async fn a_range_that_is_not_one_is_passed_over() {
    let (s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("a b").body(body(b"0123456789")).send().await.unwrap();
    for range in ["bytes=0-1,4-5", "bytes=5-2", "lines=0-1", "bytes=a-b", "bytes=-", "bytes=0-1;"] {
        let got = client.get_object().bucket(BUCKET).key("a b").range(range).send().await.unwrap();
        assert_eq!((got.content_range(), got.content_length()), (None, Some(10)), "{range}");
        assert_eq!(got.body.collect().await.unwrap().to_vec(), b"0123456789", "{range}");
        let head = client.head_object().bucket(BUCKET).key("a b").range(range).send().await.unwrap();
        assert_eq!((head.content_range(), head.content_length()), (None, Some(10)), "{range}");
        // The other demands hold, and so do the signature's.
        let stale = client.get_object().bucket(BUCKET).key("a b").range(range).if_match("\"0\"").send().await;
        assert_eq!(stale.unwrap_err().raw_response().unwrap().status().as_u16(), 412, "{range}");
        let missing = client.get_object().bucket(BUCKET).key("none").range(range).send().await;
        assert_eq!(missing.unwrap_err().code(), Some("NoSuchKey"), "{range}");
        let other = client.get_object().bucket(BUCKET).key("a b").range(range).expected_bucket_owner("000000000001");
        assert_eq!(other.send().await.unwrap_err().code(), Some("AccessDenied"), "{range}");
    }
    // A presigned URL's signature is in its address.
    let expiry = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let signed = client.get_object().bucket(BUCKET).key("a b").range("bytes=0-1,4-5").presigned(expiry).await.unwrap();
    let target = signed.uri().split_once(&s3.address().to_string()).unwrap().1;
    for (target, wanted) in [(target, "HTTP/1.1 200"), (&target.replace("Expires=60", "Expires=61"), "HTTP/1.1 403")] {
        let headers = format!("Host: {}\r\nRange: bytes=0-1,4-5\r\nConnection: close", s3.address());
        let answer = raw(&s3, &format!("GET {target} HTTP/1.1\r\n{headers}\r\n\r\n")).await;
        assert!(answer.starts_with(wanted), "{target}: {answer}");
    }
}

#[tokio::test]
async fn a_range_beyond_the_end_is_416_with_the_actual_size() {
    let (_s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("a").body(body(b"0123456789")).send().await.unwrap();
    client.put_object().bucket(BUCKET).key("empty").body(body(b"")).send().await.unwrap();
    for (key, range, size) in [("a", "bytes=10-", "10"), ("a", "bytes=-0", "10"), ("empty", "bytes=0-1", "0")] {
        let refused = client.get_object().bucket(BUCKET).key(key).range(range).send().await.unwrap_err();
        assert_eq!(refused.code(), Some("InvalidRange"), "{key} {range}");
        let answer = refused.raw_response().unwrap();
        assert_eq!(answer.status().as_u16(), 416);
        let xml = String::from_utf8(answer.body().bytes().unwrap().to_vec()).unwrap();
        assert!(xml.contains(&format!("<ActualObjectSize>{size}</ActualObjectSize>")), "{xml}");
    }
}

#[tokio::test]
async fn a_copy_onto_itself_must_change_something() {
    let (_s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("a").metadata("owner", "ann").body(body(b"1")).send().await.unwrap();
    let copy = || client.copy_object().copy_source(format!("{BUCKET}/a")).bucket(BUCKET).key("a");
    assert_eq!(refusal(copy().send().await), (400, "InvalidRequest".into()));
    let replace = copy().metadata_directive(MetadataDirective::Replace).metadata("owner", "bob");
    replace.send().await.unwrap();
    copy().storage_class(StorageClass::OnezoneIa).send().await.unwrap();
    let head = client.head_object().bucket(BUCKET).key("a").send().await.unwrap();
    assert_eq!(head.metadata().unwrap()["owner"], "bob");
    assert_eq!(head.storage_class(), Some(&StorageClass::OnezoneIa));
    assert_eq!(refusal(copy().metadata_directive(MetadataDirective::from("MOVE")).send().await).1, "InvalidArgument");
}

#[tokio::test]
async fn a_copy_holds_the_conditions_of_its_source_and_destination() {
    let (_s3, client) = start().await;
    let from = client.put_object().bucket(BUCKET).key("from").body(body(b"new")).send().await.unwrap();
    client.put_object().bucket(BUCKET).key("to").body(body(b"precious")).send().await.unwrap();
    let copy = || client.copy_object().copy_source(format!("{BUCKET}/from")).bucket(BUCKET).key("to");
    let (tag, other) = (from.e_tag().unwrap(), "\"00000000000000000000000000000000\"");
    let past = DateTime::from_secs(1_000_000_000);
    for refused in [
        copy().if_none_match("*").send().await,
        copy().if_match(other).send().await,
        copy().copy_source_if_match(other).send().await,
        copy().copy_source_if_none_match(tag).send().await,
        copy().copy_source_if_unmodified_since(past).send().await,
        // The tag matches and overrides the date; then the source is "not modified", which for a copy is 412.
        copy().copy_source_if_none_match(tag).copy_source_if_modified_since(past).send().await,
    ] {
        assert_eq!(refusal(refused), (412, "PreconditionFailed".into()));
    }
    let got = client.get_object().bucket(BUCKET).key("to").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"precious");
    copy().copy_source_if_match(tag).copy_source_if_unmodified_since(past).send().await.unwrap();
    copy().key("free").if_none_match("*").send().await.unwrap();
    assert_eq!(refusal(copy().key("missing").if_match(tag).send().await).0, 404);
}

#[tokio::test]
async fn a_read_holds_its_conditions_in_http_s_order() {
    let (_s3, client) = start().await;
    let put = client.put_object().bucket(BUCKET).key("a").body(body(b"1")).send().await.unwrap();
    let get = || client.get_object().bucket(BUCKET).key("a");
    let (tag, other) = (put.e_tag().unwrap(), "\"00000000000000000000000000000000\"");
    let (past, future) = (DateTime::from_secs(1_000_000_000), DateTime::from_secs(4_000_000_000));
    get().if_match(tag).if_unmodified_since(past).send().await.unwrap();
    get().if_none_match(other).if_modified_since(future).send().await.unwrap();
    get().if_modified_since(past).send().await.unwrap();
    get().if_unmodified_since(future).send().await.unwrap();
    get().if_match("*").send().await.unwrap();
    for refused in [get().if_unmodified_since(past).send().await, get().if_match(other).send().await] {
        assert_eq!(refusal(refused).0, 412);
    }
    for unchanged in [
        get().if_none_match(tag).if_modified_since(past).send().await,
        get().if_none_match(format!("W/{tag}")).send().await,
        get().if_none_match("*").send().await,
        get().if_modified_since(future).send().await,
    ] {
        let unchanged = unchanged.unwrap_err();
        let answer = unchanged.raw_response().unwrap();
        assert_eq!(answer.status().as_u16(), 304);
        assert_eq!(answer.headers().get("etag"), Some(tag));
    }
}

#[tokio::test]
async fn tags_follow_a_copy_unless_they_are_replaced() {
    let (_s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("a").tagging("t=1").body(body(b"1")).send().await.unwrap();
    let copy = |key: &str| client.copy_object().copy_source(format!("{BUCKET}/a")).bucket(BUCKET).key(key);
    copy("kept").send().await.unwrap();
    copy("replaced").tagging_directive(TaggingDirective::Replace).tagging("t=2").send().await.unwrap();
    for (key, value) in [("kept", "1"), ("replaced", "2")] {
        let tags = client.get_object_tagging().bucket(BUCKET).key(key).send().await.unwrap();
        assert_eq!(tags.tag_set()[0].value(), value);
    }
    let tags = (0..11).map(|number| Tag::builder().key(format!("k{number}")).value("v").build().unwrap());
    let many = Tagging::builder().set_tag_set(Some(tags.collect())).build().unwrap();
    let put = client.put_object_tagging().bucket(BUCKET).key("a").tagging(many).send().await;
    assert_eq!(refusal(put), (400, "BadRequest".into()));
    client.delete_object_tagging().bucket(BUCKET).key("a").send().await.unwrap();
    assert!(client.get_object_tagging().bucket(BUCKET).key("a").send().await.unwrap().tag_set().is_empty());
}

#[tokio::test]
async fn attributes_are_those_that_were_named() {
    let (_s3, client) = start().await;
    let put = client.put_object().bucket(BUCKET).key("a").checksum_algorithm(ChecksumAlgorithm::Sha256);
    put.body(body(b"hello")).send().await.unwrap();
    let get = client.get_object_attributes().bucket(BUCKET).key("a");
    let got = get.object_attributes(ObjectAttributes::ObjectSize).object_attributes(ObjectAttributes::Checksum);
    let got = got.send().await.unwrap();
    let tag = client.get_object_attributes().bucket(BUCKET).key("a").object_attributes(ObjectAttributes::Etag).send();
    assert_eq!(tag.await.unwrap().e_tag(), Some("5d41402abc4b2a76b9719d911017c592"), "without quotes");
    assert_eq!(got.object_size(), Some(5));
    assert_eq!(got.checksum().unwrap().checksum_sha256(), Some("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="));
    assert!(got.e_tag().is_none() && got.object_parts().is_none());
}

#[tokio::test]
async fn keys_of_odd_characters_are_kept_as_they_are() {
    let (_s3, client) = start().await;
    let odd = [
        "a//b",
        "./a",
        "../a",
        "/lead",
        "a b+c%20d",
        "ü€𝄞",
        "a&b<c>\"d'",
        "tail/",
        "line\nfeed",
        "return\rhere",
        "?#[]@!$()*,;=",
    ];
    for key in odd {
        client.put_object().bucket(BUCKET).key(key).body(body(b"x")).send().await.unwrap();
        client.head_object().bucket(BUCKET).key(key).send().await.unwrap_or_else(|error| panic!("{key:?}: {error:?}"));
    }
    let listed = client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    let mut expected = odd.to_vec();
    expected.sort_unstable();
    assert_eq!(listed.contents().iter().map(|object| object.key().unwrap()).collect::<Vec<_>>(), expected);
    let long = client.put_object().bucket(BUCKET).key("k".repeat(1025)).body(body(b"x")).send().await;
    assert_eq!(refusal(long), (400, "KeyTooLongError".into()));
}
