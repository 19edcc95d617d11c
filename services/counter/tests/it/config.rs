//! What configuration values mean, and what a wrong one is answered with.

use counter::{Environment, StoreUrl, Update};

fn check(store: &str, expect: Result<StoreUrl, ()>) {
    let read = Environment::read(|name| (name == "STORE").then(|| store.to_owned()));
    match (read, expect) {
        (Ok(environment), Ok(url)) => assert_eq!(environment.store, Some(url), "{store}"),
        (Err(error), Err(())) => {
            let line = error.to_string();
            assert!(!line.contains('\n'), "{line}");
            for part in
                [store, "memory:", "file:///", "dynamodb://TABLE/KEY", "s3://BUCKET/KEY", "valkey://HOST:PORT/KEY"]
            {
                assert!(line.contains(part), "{line:?} lacks {part:?}");
            }
        }
        (read, expect) => panic!("{store}: {read:?} where {expect:?} was expected"),
    }
}

#[test]
fn a_store_url_is_read_or_refused_with_the_schemes_there_are() {
    let dynamodb = |table: &str, key: &str| StoreUrl::DynamoDb { table: table.into(), key: key.into() };
    let s3 = |bucket: &str, key: &str| StoreUrl::S3 { bucket: bucket.into(), key: key.into() };
    let valkey = |server: &str, key: &str, tls| StoreUrl::Valkey { server: server.into(), key: key.into(), tls };
    check("memory:", Ok(StoreUrl::Memory));
    check("file:///var/lib/counter/hits", Ok(StoreUrl::File("/var/lib/counter/hits".into())));
    check("file:///a b%20c", Ok(StoreUrl::File("/a b%20c".into())));
    check("dynamodb://counters/hits", Ok(dynamodb("counters", "hits")));
    check("dynamodb://a_b.c-d/x/y", Ok(dynamodb("a_b.c-d", "x/y")));
    check("s3://bucket/a/b/hits", Ok(s3("bucket", "a/b/hits")));
    check("valkey://localhost:6379/hits", Ok(valkey("localhost:6379", "hits", false)));
    check("valkeys://lab-one.serverless.euw2.cache.amazonaws.com:6379/a/b", {
        Ok(valkey("lab-one.serverless.euw2.cache.amazonaws.com:6379", "a/b", true))
    });
    check("valkey://[::1]:1/hits", Ok(valkey("[::1]:1", "hits", false)));
    for wrong in [
        "memory",
        "memory:x",
        "Memory:",
        "redis://host/0",
        "file:hits",
        "file://hits",
        "file:///",
        "file:///dir/",
        "file://host/hits",
        "dynamodb://table",
        "dynamodb://table/",
        "dynamodb:///key",
        "s3://",
        "s3://bucket",
        "s3:bucket/key",
        "valkey://host/hits",
        "valkey://host:/hits",
        "valkey://host:0/hits",
        "valkey://host:65536/hits",
        "valkey://:6379/hits",
        "valkey://user@host:6379/hits",
        "valkey://[host]:6379/hits",
        "valkey://host:6379/",
        "://",
        "/var/lib/hits",
        " memory:",
    ] {
        check(wrong, Err(()));
    }
}

#[test]
fn an_unset_or_empty_variable_means_its_default() {
    let default = Environment { store: None, update: Update::Atomic };
    assert_eq!(Environment::read(|_| None), Ok(default.clone()));
    assert_eq!(Environment::read(|_| Some(String::new())), Ok(default));
}

#[test]
fn an_update_is_one_of_two_words() {
    let read = |word: &str| {
        Environment::read(|name| (name == "COUNTER_UPDATE").then(|| word.to_owned()))
            .map(|environment| environment.update)
            .map_err(|error| error.to_string())
    };
    assert_eq!(read("atomic"), Ok(Update::Atomic));
    assert_eq!(read("read-then-write"), Ok(Update::ReadThenWrite));
    let line = read("Atomic").unwrap_err();
    assert!(line.contains("atomic or read-then-write"), "{line}");
}
