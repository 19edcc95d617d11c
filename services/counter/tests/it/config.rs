//! What configuration values mean, and what a wrong one is answered with.

use counter::{Environment, PostgresUrl, StoreUrl, Update};

fn check(store: &str, expect: Result<StoreUrl, ()>) {
    let read = Environment::read(|name| (name == "STORE").then(|| store.to_owned()));
    match (read, expect) {
        (Ok(environment), Ok(url)) => assert_eq!(environment.store, Some(url), "{store}"),
        (Err(error), Err(())) => {
            let line = error.to_string();
            assert!(!line.contains('\n'), "{line}");
            for part in [
                store,
                "memory:",
                "file:///",
                "dynamodb://TABLE/KEY",
                "s3://BUCKET/KEY",
                "valkey://HOST:PORT/KEY",
                "postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY",
            ] {
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
fn a_url_of_postgresql_is_read_whole_or_refused_without_its_password() {
    let url = |key: &str, authority: Option<&[u8]>| {
        StoreUrl::Postgres(PostgresUrl {
            user: "counter".into(),
            password: "s3-cret_~.".into(),
            host: "lab-one.abc.eu-west-2.rds.amazonaws.com".into(),
            port: 5432,
            database: "counts".into(),
            key: key.into(),
            authority: authority.map(<[u8]>::to_vec),
        })
    };
    let server = "postgres://counter:s3-cret_~.@lab-one.abc.eu-west-2.rds.amazonaws.com:5432/counts";
    check(&format!("{server}/hits"), Ok(url("hits", None)));
    check(&format!("{server}/a/b"), Ok(url("a/b", None)));
    // RFC 4648, section 10, and the two signs that URLs have of their own.
    for (text, bytes) in [("Zg", "f".as_bytes()), ("Zm8", b"fo"), ("Zm9v", b"foo"), ("-_-_", &[0xfb, 0xff, 0xbf])] {
        check(&format!("{server}/hits?ca={text}"), Ok(url("hits", Some(bytes))));
    }
    let shown = format!("{:?}", url("hits", None));
    assert!(shown.contains("lab-one") && !shown.contains("s3-cret"), "{shown}");
    for wrong in [
        "postgres://counter:s3-cret@host:5432/counts",
        "postgres://counter:s3-cret@host:5432/counts/",
        "postgres://counter:s3-cret@host:5432//hits",
        "postgres://counter:s3-cret@host/counts/hits",
        "postgres://counter:s3-cret@host:0/counts/hits",
        "postgres://:s3-cret@host:5432/counts/hits",
        "postgres://counter:s3-cret%20@host:5432/counts/hits",
        "postgres://counter:s3-cret@x@host:5432/counts/hits",
        "postgres://counter:s3-cret@host:5432/counts/hits?ca=",
        "postgres://counter:s3-cret@host:5432/counts/hits?ca=Z",
        "postgres://counter:s3-cret@host:5432/counts/hits?ca=Zg==",
        "postgresql://counter:s3-cret@host:5432/counts/hits",
    ] {
        let read = Environment::read(|name| (name == "STORE").then(|| wrong.to_owned()));
        let line = read.unwrap_err().to_string();
        assert!(line.contains("host") && !line.contains("s3-cret"), "{wrong}: {line}");
    }
    check("postgres://host:5432/counts/hits", Err(()));
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
