//! Multipart uploads, through the official SDK.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart, ObjectAttributes,
};

use super::s3::{BUCKET, body, refusal, start};

const LEAST: usize = 5 * 1024 * 1024;

async fn begin(client: &Client, key: &str) -> String {
    let begun = client.create_multipart_upload().bucket(BUCKET).key(key).content_type("text/x-parts").send().await;
    begun.unwrap().upload_id().unwrap().to_owned()
}

async fn send(client: &Client, key: &str, id: &str, number: i32, size: usize) -> CompletedPart {
    let part = client.upload_part().bucket(BUCKET).key(key).upload_id(id).part_number(number);
    let sent = part.body(ByteStream::from(vec![number as u8; size])).send().await.unwrap();
    CompletedPart::builder()
        .part_number(number)
        .set_e_tag(sent.e_tag)
        .set_checksum_crc32(sent.checksum_crc32)
        .set_checksum_sha256(sent.checksum_sha256)
        .build()
}

fn list(parts: impl IntoIterator<Item = CompletedPart>) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder().set_parts(Some(parts.into_iter().collect())).build()
}

#[tokio::test]
async fn parts_become_one_object_that_still_knows_them() {
    let (_s3, client) = start().await;
    let id = begin(&client, "big").await;
    // Out of order, and one of them twice: the later one counts.
    let second = send(&client, "big", &id, 7, 100).await;
    send(&client, "big", &id, 3, 10).await;
    let first = send(&client, "big", &id, 3, LEAST).await;
    let listed = client.list_parts().bucket(BUCKET).key("big").upload_id(&id).max_parts(1).send().await.unwrap();
    assert_eq!((listed.is_truncated(), listed.next_part_number_marker()), (Some(true), Some("3")));
    let rest =
        client.list_parts().bucket(BUCKET).key("big").upload_id(&id).part_number_marker("3").send().await.unwrap();
    assert_eq!((rest.parts()[0].part_number(), rest.parts()[0].size()), (Some(7), Some(100)));

    let complete = client.complete_multipart_upload().bucket(BUCKET).key("big").upload_id(&id);
    let done = complete.clone().multipart_upload(list([first.clone(), second.clone()])).send().await.unwrap();
    // A caller that missed the answer gets it again; other parts are another completion.
    let repeated = complete.clone().multipart_upload(list([first.clone(), second])).send().await.unwrap();
    assert_eq!((repeated.e_tag(), repeated.location()), (done.e_tag(), done.location()));
    assert_eq!(refusal(complete.multipart_upload(list([first])).send().await), (404, "NoSuchUpload".into()));
    assert!(done.e_tag().unwrap().ends_with("-2\""), "{done:?}");
    let head = client.head_object().bucket(BUCKET).key("big").part_number(2).send().await.unwrap();
    assert_eq!((head.content_length(), head.parts_count()), (Some(100), Some(2)));
    assert_eq!(head.content_range(), Some("bytes 5242880-5242979/5242980"));
    let got = client.get_object().bucket(BUCKET).key("big").range("bytes=5242878-5242881").send().await.unwrap();
    assert_eq!(got.content_type(), Some("text/x-parts"));
    assert_eq!(got.body.collect().await.unwrap().to_vec(), [3, 3, 7, 7]);
    let whole =
        client.get_object().bucket(BUCKET).key("big").checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert_eq!(whole.body.collect().await.unwrap().to_vec().len(), LEAST + 100);
    let again = client.list_parts().bucket(BUCKET).key("big").upload_id(&id).send().await;
    assert_eq!(refusal(again), (404, "NoSuchUpload".into()));
}

#[tokio::test]
async fn a_list_of_parts_that_does_not_hold_is_refused_and_the_upload_stays() {
    let (_s3, client) = start().await;
    let id = begin(&client, "a").await;
    let first = send(&client, "a", &id, 1, 1000).await;
    let second = send(&client, "a", &id, 2, 1000).await;
    let complete =
        |parts| client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(&id).multipart_upload(parts);
    let never = CompletedPart::builder().part_number(3).e_tag("\"00000000000000000000000000000000\"").build();
    let wrong = CompletedPart::builder().part_number(1).e_tag("\"00000000000000000000000000000000\"").build();
    for (parts, code) in [
        (list([second.clone(), first.clone()]), "InvalidPartOrder"),
        (list([first.clone(), first.clone()]), "InvalidPartOrder"),
        (list([first.clone(), second.clone()]), "EntityTooSmall"),
        (list([first.clone(), never]), "InvalidPart"),
        (list([wrong]), "InvalidPart"),
        (list([]), "MalformedXML"),
    ] {
        assert_eq!(refusal(complete(parts).send().await), (400, code.to_owned()));
    }
    let size = complete(list([first.clone()])).mpu_object_size(7).send().await;
    assert_eq!(refusal(size), (400, "InvalidRequest".into()));
    client.put_object().bucket(BUCKET).key("a").body(body(b"x")).send().await.unwrap();
    let taken = complete(list([first.clone()])).if_none_match("*").send().await;
    assert_eq!(refusal(taken), (412, "PreconditionFailed".into()));
    complete(list([first])).send().await.unwrap();
}

#[tokio::test]
async fn checksums_of_the_whole_and_of_the_parts_are_kept() {
    let (_s3, client) = start().await;
    for (algorithm, kind) in [
        (ChecksumAlgorithm::Crc32, ChecksumType::FullObject),
        (ChecksumAlgorithm::Crc32, ChecksumType::Composite),
        (ChecksumAlgorithm::Sha256, ChecksumType::Composite),
        (ChecksumAlgorithm::Crc64Nvme, ChecksumType::FullObject),
    ] {
        let create = client.create_multipart_upload().bucket(BUCKET).key("a");
        let create = create.checksum_algorithm(algorithm.clone()).checksum_type(kind.clone()).send().await.unwrap();
        let id = create.upload_id().unwrap();
        let part = client.upload_part().bucket(BUCKET).key("a").upload_id(id).part_number(1).body(body(b"hello"));
        let part = part.checksum_algorithm(algorithm.clone()).send().await.unwrap();
        let entry = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag.clone());
        let bare = list([entry.clone().build()]);
        let entry = entry.set_checksum_crc32(part.checksum_crc32).set_checksum_sha256(part.checksum_sha256);
        let entry = entry.set_checksum_crc64_nvme(part.checksum_crc64_nvme).build();
        let complete =
            |parts| client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(id).multipart_upload(parts);
        if kind == ChecksumType::Composite {
            assert_eq!(refusal(complete(bare).send().await), (400, "InvalidRequest".into()), "{algorithm}");
        }
        let done = complete(list([entry])).send().await.unwrap();
        assert_eq!(done.checksum_type(), Some(&kind), "{algorithm}");
        let values = [done.checksum_crc32(), done.checksum_sha256(), done.checksum_crc64_nvme()];
        let value = values.into_iter().flatten().next().unwrap();
        assert_eq!(value.ends_with("-1"), kind == ChecksumType::Composite, "{algorithm}: {value}");
        let parts = client.get_object_attributes().bucket(BUCKET).key("a");
        let parts = parts.object_attributes(ObjectAttributes::ObjectParts).send().await.unwrap();
        assert_eq!(parts.object_parts().unwrap().total_parts_count(), Some(1));
    }
    let create = client.create_multipart_upload().bucket(BUCKET).key("a");
    let refused =
        create.checksum_algorithm(ChecksumAlgorithm::Sha1).checksum_type(ChecksumType::FullObject).send().await;
    assert_eq!(refusal(refused), (400, "InvalidRequest".into()));
}

#[tokio::test]
async fn a_part_is_copied_from_an_object() {
    let (_s3, client) = start().await;
    client.put_object().bucket(BUCKET).key("source").body(body(b"0123456789")).send().await.unwrap();
    let id = begin(&client, "a").await;
    let copy = |range: &str| {
        let copy = client.upload_part_copy().bucket(BUCKET).key("a").upload_id(&id).part_number(1);
        copy.copy_source(format!("{BUCKET}/source")).copy_source_range(range)
    };
    for wrong in ["bytes=5-10", "bytes=5-", "bytes=-3", "5-6"] {
        assert_eq!(refusal(copy(wrong).send().await), (400, "InvalidArgument".into()), "{wrong}");
    }
    let held = copy("bytes=2-4").copy_source_if_none_match("*").send().await;
    assert_eq!(refusal(held), (412, "PreconditionFailed".into()));
    let copied = copy("bytes=2-4").send().await.unwrap();
    let result = copied.copy_part_result().unwrap();
    let part = CompletedPart::builder().part_number(1).set_e_tag(result.e_tag.clone());
    let part = part.set_checksum_crc32(result.checksum_crc32.clone()).build();
    let complete = client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(&id);
    complete.multipart_upload(list([part])).send().await.unwrap();
    let got = client.get_object().bucket(BUCKET).key("a").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"234");
}

#[tokio::test]
async fn uploads_are_listed_until_they_end() {
    let (_s3, client) = start().await;
    let ids = [begin(&client, "x/1").await, begin(&client, "x/1").await, begin(&client, "y").await];
    let first = client.list_multipart_uploads().bucket(BUCKET).max_uploads(2).send().await.unwrap();
    let found: Vec<_> = first.uploads().iter().map(|upload| upload.upload_id().unwrap()).collect();
    assert_eq!((found, first.is_truncated()), (vec![&*ids[0], &*ids[1]], Some(true)));
    let rest = client.list_multipart_uploads().bucket(BUCKET).set_key_marker(first.next_key_marker.clone());
    let rest = rest.set_upload_id_marker(first.next_upload_id_marker.clone()).send().await.unwrap();
    assert_eq!(rest.uploads().iter().map(|upload| upload.key().unwrap()).collect::<Vec<_>>(), ["y"]);
    let rolled = client.list_multipart_uploads().bucket(BUCKET).delimiter("/").send().await.unwrap();
    assert_eq!((rolled.common_prefixes().len(), rolled.uploads().len()), (1, 1));
    for (key, id) in ["x/1", "x/1", "y"].iter().zip(&ids) {
        client.abort_multipart_upload().bucket(BUCKET).key(*key).upload_id(id).send().await.unwrap();
    }
    let refused = client.abort_multipart_upload().bucket(BUCKET).key("y").upload_id(&ids[2]).send().await;
    assert_eq!(refusal(refused), (404, "NoSuchUpload".into()));
    assert!(client.list_multipart_uploads().bucket(BUCKET).send().await.unwrap().uploads().is_empty());
    let number = client.upload_part().bucket(BUCKET).key("y").upload_id(&ids[2]).part_number(0).body(body(b"x"));
    assert_eq!(refusal(number.send().await), (400, "InvalidArgument".into()));
}
