//! Buckets and their pages, names and addresses, and what is refused by name.

use std::time::Duration;

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_s3::types::{
    AccessControlPolicy, BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, Delete,
    EncodingType, ObjectIdentifier, Tag, Tagging, VersioningConfiguration,
};
use cloud::credentials::region;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::s3::{BUCKET, body, refusal, start};

#[tokio::test]
async fn buckets_are_listed_page_by_page() {
    let (_s3, client) = start().await;
    for name in ["page-a", "page-b", "page-c"] {
        client.create_bucket().bucket(name).send().await.unwrap();
    }
    let first = client.list_buckets().prefix("page-").max_buckets(2).send().await.unwrap();
    assert_eq!((first.buckets().len(), first.prefix()), (2, Some("page-")));
    assert!(first.owner().unwrap().id().is_some());
    let rest = client.list_buckets().prefix("page-").set_continuation_token(first.continuation_token.clone());
    let rest = rest.send().await.unwrap();
    assert_eq!(rest.buckets().iter().map(|bucket| bucket.name().unwrap()).collect::<Vec<_>>(), ["page-c"]);
    assert_eq!(rest.continuation_token(), None);
    assert_eq!(refusal(client.list_buckets().max_buckets(0).send().await), (400, "InvalidArgument".into()));
}

/// Turns the region of a body into another one once the request is signed.
#[derive(Debug)]
struct Tampering;

impl Intercept for Tampering {
    fn name(&self) -> &'static str {
        "Tampering"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.request_mut().body_mut();
        let text = String::from_utf8(body.bytes().ok_or("it is streamed")?.to_vec())?;
        *body = SdkBody::from(text.replace("eu-west-2", "eu-west-3"));
        Ok(())
    }
}

#[tokio::test]
async fn a_document_that_is_not_the_one_that_was_signed_is_refused() {
    let (_s3, client) = start().await;
    let place = BucketLocationConstraint::from("eu-west-2");
    let place = CreateBucketConfiguration::builder().location_constraint(place).build();
    let create = client.create_bucket().bucket("tampered").create_bucket_configuration(place);
    let refused = create.clone().customize().interceptor(Tampering).send().await;
    assert_eq!(refusal(refused), (400, "XAmzContentSHA256Mismatch".into()));
    create.send().await.unwrap();
}

#[tokio::test]
async fn a_bucket_is_created_in_this_region_under_a_name_that_s3_allows() {
    let (_s3, client) = start().await;
    let create = |place: &str| {
        let place =
            CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(place)).build();
        client.create_bucket().create_bucket_configuration(place)
    };
    create(region()).bucket("placed").send().await.unwrap();
    let elsewhere = create("us-west-2").bucket("elsewhere").send().await;
    assert_eq!(refusal(elsewhere), (400, "IllegalLocationConstraintException".into()));
    for name in ["ab", "a_b", "xn--a", "sthree-a", "foo-.bar"] {
        let refused = client.create_bucket().bucket(name).send().await;
        assert_eq!(refusal(refused), (400, "InvalidBucketName".into()), "{name}");
    }
}

#[tokio::test]
async fn a_thousand_keys_are_deleted_at_once_and_not_one_more() {
    let (_s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("k0").body(body(b"x")).send().await.unwrap();
    let delete = |count: usize| {
        let keys = (0..count).map(|number| ObjectIdentifier::builder().key(format!("k{number}")).build().unwrap());
        let keys = Delete::builder().set_objects(Some(keys.collect())).quiet(true).build().unwrap();
        client.delete_objects().bucket(BUCKET).delete(keys).send()
    };
    assert_eq!(refusal(delete(1001).await), (400, "MalformedXML".into()));
    client.head_object().bucket(BUCKET).key("k0").send().await.expect("nothing is deleted");
    assert!(delete(1000).await.unwrap().deleted().is_empty(), "quiet");
    assert_eq!(client.list_objects_v2().bucket(BUCKET).send().await.unwrap().key_count(), Some(0));
    let stale = ObjectIdentifier::builder().key("k0").e_tag("\"0\"").build().unwrap();
    let stale = Delete::builder().objects(stale).build().unwrap();
    let errors = client.delete_objects().bucket(BUCKET).delete(stale).send().await.unwrap();
    assert_eq!(errors.errors()[0].code(), Some("NoSuchKey"));
}

#[tokio::test]
async fn a_listing_shows_what_its_parameters_ask_for() {
    let (_s3, client) = start().await;
    for key in ["a b", "c/d"] {
        client.put_object().bucket(BUCKET).key(key).body(body(b"x")).send().await.unwrap();
    }
    let list = || client.list_objects_v2().bucket(BUCKET);
    let nothing = list().max_keys(0).send().await.unwrap();
    assert_eq!((nothing.key_count(), nothing.is_truncated()), (Some(0), Some(false)));
    let owned = list().fetch_owner(true).send().await.unwrap();
    assert!(owned.contents().iter().all(|object| object.owner().is_some()));
    assert!(list().send().await.unwrap().contents().iter().all(|object| object.owner().is_none()));
    let encoded = list().encoding_type(EncodingType::Url).send().await.unwrap();
    assert_eq!(encoded.contents()[0].key(), Some("a%20b"));
    assert_eq!(list().start_after("a b").send().await.unwrap().contents()[0].key(), Some("c/d"));
    let versions = client.list_object_versions().bucket(BUCKET).send().await.unwrap();
    assert!(versions.versions().iter().all(|version| version.version_id() == Some("null")));
    let version = client.get_object().bucket(BUCKET).key("a b").version_id("null").send().await.unwrap();
    assert_eq!(version.content_length(), Some(1));
    let other = client.get_object().bucket(BUCKET).key("a b").version_id("0".repeat(32)).send().await;
    assert_eq!(refusal(other), (404, "NoSuchVersion".into()));
}

#[tokio::test]
async fn a_listing_refuses_parameters_that_mean_nothing() {
    let (_s3, client) = start().await;
    let list = || client.list_objects_v2().bucket(BUCKET);
    let versions = || client.list_object_versions().bucket(BUCKET);
    for refused in [
        refusal(list().encoding_type("xml".into()).send().await),
        refusal(list().continuation_token("").send().await),
        refusal(client.list_objects().bucket(BUCKET).encoding_type("xml".into()).send().await),
        refusal(versions().version_id_marker("null").send().await),
        refusal(client.list_multipart_uploads().bucket(BUCKET).encoding_type("xml".into()).send().await),
    ] {
        assert_eq!(refused, (400, "InvalidArgument".into()));
    }
}

#[tokio::test]
async fn what_can_not_be_configured_is_refused_and_reads_as_on_a_new_bucket() {
    let (_s3, client) = start().await;
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let put = client.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled).send().await;
    assert_eq!(refusal(put), (501, "NotImplemented".into()));
    assert_eq!(client.get_bucket_versioning().bucket(BUCKET).send().await.unwrap().status(), None);
    assert_eq!(refusal(client.put_bucket_policy().bucket(BUCKET).policy("{}").send().await).0, 501);
    assert_eq!(refusal(client.get_bucket_policy().bucket(BUCKET).send().await), (404, "NoSuchBucketPolicy".into()));
    assert_eq!(refusal(client.get_bucket_cors().bucket(BUCKET).send().await).1, "NoSuchCORSConfiguration");
    let acl = client.put_bucket_acl().bucket(BUCKET).grant_read("id=a").send().await;
    assert_eq!(refusal(acl), (400, "AccessControlListNotSupported".into()));
    assert_eq!(client.get_bucket_acl().bucket(BUCKET).send().await.unwrap().grants().len(), 1);
    assert_eq!(refusal(client.get_bucket_tagging().bucket(BUCKET).send().await), (404, "NoSuchTagSet".into()));
    let tags = Tagging::builder().tag_set(Tag::builder().key("a").value("b").build().unwrap()).build().unwrap();
    client.put_bucket_tagging().bucket(BUCKET).tagging(tags).send().await.unwrap();
    assert_eq!(client.get_bucket_tagging().bucket(BUCKET).send().await.unwrap().tag_set()[0].value(), "b");
}

#[tokio::test]
async fn malformed_xml_is_refused_as_such() {
    let (_s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("a").body(body(b"x")).send().await.unwrap();
    let tagging = || Tagging::builder().set_tag_set(Some(Vec::new())).build().unwrap();
    for xml in ["<Tagging>", "no xml", "<Other/>", "<Tagging><TagSet></Tagging>", "\u{0}"] {
        let broken = move |request: &mut aws_sdk_s3::config::http::HttpRequest| {
            request.headers_mut().remove("x-amz-checksum-crc32");
            request.headers_mut().remove("x-amz-sdk-checksum-algorithm");
            *request.body_mut() = xml.into();
            request.headers_mut().insert("content-length", xml.len().to_string());
        };
        let put = client.put_object_tagging().bucket(BUCKET).key("a").tagging(tagging());
        let refused = put.customize().mutate_request(broken).send().await;
        assert_eq!(refusal(refused), (400, "MalformedXML".into()), "{xml}");
        let put = client.put_bucket_acl().bucket(BUCKET).access_control_policy(AccessControlPolicy::builder().build());
        let refused = put.customize().mutate_request(broken).send().await;
        assert_eq!(refusal(refused), (400, "MalformedXML".into()), "{xml}");
    }
}

#[tokio::test]
async fn a_bucket_is_reached_by_its_name_under_localhost() {
    let (s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("a b").body(body(b"by name")).send().await.unwrap();
    let port = s3.address().port();
    for domain in ["localhost".to_owned(), "s3.localhost".to_owned(), format!("s3.{}.localhost", region())] {
        // By default an SDK puts the bucket before a domain that is no address.
        let named = super::sdk::s3(&format!("http://{domain}:{port}"));
        let expiry = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
        let signed = named.get_object().bucket(BUCKET).key("a b").presigned(expiry).await.unwrap();
        let (host, target) = signed.uri().trim_start_matches("http://").split_once('/').unwrap();
        assert_eq!(host, format!("{BUCKET}.{domain}:{port}"));
        let request = format!("GET /{target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let mut stream = TcpStream::connect(s3.address()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("by name"), "{host}: {answer}");
    }
}

/// What comes back for a request of these bytes, until the connection ends.
pub(super) async fn raw(s3: &cloud::s3::S3, request: &str) -> String {
    let mut stream = TcpStream::connect(s3.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

#[tokio::test]
async fn a_presigned_url_is_valid_for_a_week_at_most_and_names_all_that_it_is_made_of() {
    let (s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("a").body(body(b"x")).send().await.unwrap();
    let expiry = PresigningConfig::expires_in(Duration::from_secs(100)).unwrap();
    let signed = client.get_object().bucket(BUCKET).key("a").presigned(expiry).await.unwrap();
    let target = signed.uri().split_once(&s3.address().to_string()).unwrap().1;
    let get = async |target: &str| {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", s3.address());
        raw(&s3, &request).await
    };
    assert!(get(target).await.starts_with("HTTP/1.1 200"));
    for (expires, wanted) in [
        ("X-Amz-Expires=0", "AccessDenied"),
        ("X-Amz-Expires=-7", "AuthorizationQueryParametersError"),
        ("X-Amz-Expires=604801", "AuthorizationQueryParametersError"),
        ("X-Amz-Expires=99999999999999999999", "AuthorizationQueryParametersError"),
        ("X-Amz-Expires=soon", "AuthorizationQueryParametersError"),
        ("X-Other=1", "AuthorizationQueryParametersError"),
        ("X-Amz-Expires=101", "SignatureDoesNotMatch"),
    ] {
        let answer = get(&target.replace("X-Amz-Expires=100", expires)).await;
        assert!(answer.contains(&format!("<Code>{wanted}</Code><Message>")), "{expires}: {answer}");
    }
    let cut = &target[..target.len() - 1];
    assert!(target.contains("X-Amz-Signature=") && !cut.ends_with('='));
    for (target, wanted) in [
        (cut.to_owned(), "SignatureDoesNotMatch"),
        (format!("{target}0"), "SignatureDoesNotMatch"),
        (format!("{cut}z"), "SignatureDoesNotMatch"),
        (target.replace("HMAC-SHA256", "HMAC-MD5"), "AuthorizationQueryParametersError"),
    ] {
        let answer = get(&target).await;
        assert!(answer.contains(&format!("<Code>{wanted}</Code><Message>")), "{target}: {answer}");
    }
}

#[tokio::test]
async fn a_signature_of_version_2_is_refused() {
    let (s3, _client) = start().await;
    let query = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D&Expires=4070908800";
    let header = "Authorization: AWS AKIAIOSFODNN7EXAMPLE:qgk2+6Sv9/oM7G3qLEjTH1a1l1g=\r\n";
    for (target, header) in [(format!("/{BUCKET}/a?{query}"), ""), (format!("/{BUCKET}/a"), header)] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {}\r\n{header}Connection: close\r\n\r\n", s3.address());
        let answer = raw(&s3, &request).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("<Code>InvalidRequest</Code>"), "{answer}");
        assert!(answer.contains("Please use AWS4-HMAC-SHA256."), "{answer}");
    }
}

#[tokio::test]
async fn a_body_of_unknown_length_and_a_key_of_kms_are_not_implemented() {
    let (s3, client) = start().await;
    for (name, value) in
        [("x-amz-server-side-encryption-bucket-key-enabled", "true"), ("x-amz-server-side-encryption-context", "e30=")]
    {
        let refused = client
            .put_object()
            .bucket(BUCKET)
            .key("a")
            .body(body(b"x"))
            .customize()
            .mutate_request(move |request| drop(request.headers_mut().insert(name, value)));
        assert_eq!(refusal(refused.send().await), (501, "NotImplemented".into()), "{name}");
    }
    let chunked = format!(
        "PUT /{BUCKET}/a HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        s3.address()
    );
    let answer = raw(&s3, &chunked).await;
    assert!(answer.starts_with("HTTP/1.1 501") && answer.contains("<Code>NotImplemented</Code>"), "{answer}");
}
