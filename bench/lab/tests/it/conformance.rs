//! One contract for all: every valid way of this machine answers the same bytes, in every language, on every host,
//! from every store, behind every front.

use std::collections::BTreeSet;

use artifact::Artifacts;
use cloud::Deployment;
use http::header::{HeaderMap, HeaderName, HeaderValue, SERVER};
use require::require;
use ways::{Arch, Axis, Build, Kind, Language, Store, Update, Way, model};

use crate::exactness::CALLERS;
use crate::support::{Caller, alone, built, cloud_with, each, root, runtime};

/// Headers that servers and fronts add to what the service says. A function URL renames a function's `date`, which only a server
/// in a function sends.
const ADDED: [&str; 8] = [
    "apigw-requestid",
    "connection",
    "content-length",
    "date",
    "x-amz-apigw-id",
    "x-amzn-remapped-date",
    "x-amzn-requestid",
    "x-amzn-trace-id",
];

const NO_STORE: (&str, &str) = ("cache-control", "no-store");
const TEXT: (&str, &str) = ("content-type", "text/plain; charset=utf-8");
const PROBLEM: (&str, &str) = ("content-type", "application/problem+json");
const HEALTH: (&str, &str) = ("content-type", "application/health+json");
const ALLOW_READ: (&str, &str) = ("allow", "GET, HEAD");
const ALLOW_COUNT: (&str, &str) = ("allow", "GET, POST");

const NOT_FOUND: &str = r#"{"type":"about:blank","title":"Not Found","status":404}"#;
const NOT_ALLOWED: &str = r#"{"type":"about:blank","title":"Method Not Allowed","status":405}"#;
const UNAVAILABLE: &str = r#"{"type":"about:blank","title":"Service Unavailable","status":503}"#;

/// What is requested, and all of the answer but its added headers.
struct Case {
    method: &'static str,
    path: &'static str,
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

fn case(
    (method, path): (&'static str, &'static str),
    status: u16,
    headers: &[(&'static str, &'static str)],
    body: impl Into<String>,
) -> Case {
    Case { method, path, status, headers: headers.to_vec(), body: body.into() }
}

/// The contract while the store works, on a counter that nobody has used.
fn working() -> Vec<Case> {
    let page = std::fs::read_to_string(root().join("services/page.html")).expect("the page");
    let html = [("content-type", "text/html; charset=utf-8"), ("x-content-type-options", "nosniff")];
    vec![
        case(("GET", "/"), 200, &html, page),
        case(("HEAD", "/"), 200, &html, ""),
        case(("GET", "/healthz"), 200, &[HEALTH, NO_STORE], r#"{"status":"pass"}"#),
        case(("HEAD", "/healthz"), 200, &[HEALTH, NO_STORE], ""),
        case(("GET", "/readyz"), 200, &[HEALTH, NO_STORE], r#"{"status":"pass"}"#),
        case(("HEAD", "/readyz"), 200, &[HEALTH, NO_STORE], ""),
        case(("GET", "/hits"), 200, &[TEXT, NO_STORE], "1"),
        case(("POST", "/hits"), 200, &[TEXT, NO_STORE], "2"),
        case(("GET", "/hits?n=7"), 200, &[TEXT, NO_STORE], "3"),
        case(("HEAD", "/hits"), 405, &[PROBLEM, NO_STORE, ALLOW_COUNT], ""),
        case(("DELETE", "/hits"), 405, &[PROBLEM, NO_STORE, ALLOW_COUNT], NOT_ALLOWED),
        case(("PUT", "/healthz"), 405, &[PROBLEM, NO_STORE, ALLOW_READ], NOT_ALLOWED),
        case(("POST", "/readyz"), 405, &[PROBLEM, NO_STORE, ALLOW_READ], NOT_ALLOWED),
        case(("POST", "/"), 405, &[PROBLEM, NO_STORE, ALLOW_READ], NOT_ALLOWED),
        case(("GET", "/hits/"), 404, &[PROBLEM, NO_STORE], NOT_FOUND),
        case(("GET", "/docs"), 404, &[PROBLEM, NO_STORE], NOT_FOUND),
        case(("PATCH", "/nowhere"), 404, &[PROBLEM, NO_STORE], NOT_FOUND),
        // A health check and a refused method have counted nothing.
        case(("GET", "/hits"), 200, &[TEXT, NO_STORE], "4"),
    ]
}

/// The contract once the store has ended.
fn broken() -> Vec<Case> {
    vec![
        case(("GET", "/hits"), 503, &[PROBLEM, NO_STORE], UNAVAILABLE),
        case(("POST", "/hits"), 503, &[PROBLEM, NO_STORE], UNAVAILABLE),
        // A balancer's check is about the process; readiness is about the store.
        case(("GET", "/healthz"), 200, &[HEALTH, NO_STORE], r#"{"status":"pass"}"#),
        case(("GET", "/readyz"), 503, &[HEALTH, NO_STORE], r#"{"status":"fail"}"#),
        case(("HEAD", "/readyz"), 503, &[HEALTH, NO_STORE], ""),
        case(("DELETE", "/hits"), 405, &[PROBLEM, NO_STORE, ALLOW_COUNT], NOT_ALLOWED),
    ]
}

fn own(headers: &HeaderMap) -> BTreeSet<(String, String)> {
    // A balancer signs what a function answers (`server: awselb/2.0`); a service that named its software would be seen.
    let balancer = |name: &HeaderName, value: &HeaderValue| *name == SERVER && value == "awselb/2.0";
    let headers = headers.iter().filter(|(name, value)| !ADDED.contains(&name.as_str()) && !balancer(name, value));
    headers.map(|(name, value)| (name.to_string(), value.to_str().expect("ASCII").to_owned())).collect()
}

async fn check(way: Way, build: Build, deployment: &Deployment, cases: &[Case]) {
    let caller = Caller::new();
    // A REST API does not look at a slash at the end, and counts: docs/service.md.
    let same = |case: &&Case| way.has_process() || case.path != "/hits/";
    for case in cases.iter().filter(same) {
        let what = format!("{way}, {build}: {} {}", case.method, case.path);
        let answer = caller.call(case.method, &format!("{}{}", deployment.url(), case.path)).await;
        assert_eq!(answer.status, case.status, "{what}: {answer:?}");
        let expected = case.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        assert_eq!(own(&answer.headers), expected.collect(), "{what}");
        assert_eq!(answer.body, case.body, "{what}");
    }
}

/// The ways of this machine's processor whose languages can be built here.
fn ways_here() -> Vec<Way> {
    let machine = if cfg!(target_arch = "x86_64") { Arch::X86_64 } else { Arch::Arm64 };
    let mut ways: Vec<Way> = model().ways().filter(|way| way.arch == machine).collect();
    for store in Store::ALL {
        if require(store.word(), artifact::engine(*store)).is_none() {
            ways.retain(|way| way.store != *store);
        }
    }
    let mut here = ways.clone();
    for language in Language::ALL {
        let of = |way: &&Way| way.language == *language;
        let available = ways.iter().filter(of).try_for_each(|way| Artifacts::available(*way));
        if require("languages", available).is_none() {
            here.retain(|way| way.language != *language);
        }
    }
    assert!(here.iter().any(|way| way.language == Language::Rust), "the toolchain that built this test is here");
    here
}

/// One way for each language, store with services of its own and kind of host, by each build: what the counter itself can distinguish.
fn distinct_services() -> Vec<(Way, Build)> {
    let mut seen = BTreeSet::new();
    // A server, a function, a server that a function runs.
    let host = |way: &Way| [way.compute.facts().kind, way.compute.facts().service()].map(|kind| kind == Kind::Function);
    let ways = ways_here().into_iter().filter(|way| seen.insert((way.language, way.store.service(), host(way))));
    ways.flat_map(|way| builds(way).iter().map(move |&build| (way, build))).collect()
}

/// Callers of functions: enough for them to meet. Each has an environment of its own, and one of an interpreted language takes
/// half a second of a processor to start.
const SOME_CALLERS: u64 = 8;

/// Those that many callers at once are put on: each has an environment of its own, and an interpreter's server in one takes half a
/// second of a processor to start. Its store is held to it on servers.
fn for_a_crowd() -> Vec<(Way, Build)> {
    let mut ways = distinct_services();
    ways.retain(|(way, _)| way.compute.facts().adapter.is_none() || !way.language.facts().single_threaded);
    ways
}

fn builds(way: Way) -> &'static [Build] {
    Artifacts::builds(way).expect("what was given is usable")
}

#[test]
fn every_way_answers_the_same_bytes() {
    let _alone = alone();
    runtime().block_on(async {
        let (working, cloud) = (working(), cloud_with(Update::Atomic).await);
        // Behind every front by the build that is deployed; the other one is the same behind each.
        let ways = ways_here().into_iter().map(|way| (way, Build::Tuned));
        let other = distinct_services().into_iter().filter(|(_, build)| *build != Build::Tuned);
        let ways: Vec<_> = ways.chain(other).collect();
        assert!(ways.len() >= 38, "the Rust ways alone are 38");
        each(ways, async |(way, build)| {
            let deployment =
                cloud.deploy(way, &built(way, build).await).await.unwrap_or_else(|error| panic!("{way}: {error}"));
            check(way, build, &deployment, &working).await;
            deployment.stop().await;
        })
        .await;
        cloud.shutdown().await;
    });
}

#[test]
fn every_service_answers_the_same_bytes_when_its_store_is_gone() {
    let _alone = alone();
    runtime().block_on(async {
        let (broken, cloud) = (broken(), cloud_with(Update::Atomic).await);
        let mut ways = distinct_services();
        ways.retain(|(way, _)| way.store != Store::Memory);
        assert!(ways.len() >= 5, "the Rust services alone are five");
        each(ways, async |(way, build)| {
            let mut deployment = cloud.deploy(way, &built(way, build).await).await.expect("deployed");
            // It has counted before: what it remembers is no longer true.
            assert_eq!(Caller::new().hit(deployment.url()).await, 1, "{way}, {build}");
            deployment.lose_store();
            check(way, build, &deployment, &broken).await;
            deployment.stop().await;
        })
        .await;
        cloud.shutdown().await;
    });
}

#[test]
fn every_service_gives_each_caller_numbers_of_its_own() {
    let ways = for_a_crowd();
    assert!(ways.len() >= 6, "the Rust services alone are six");
    for (way, build) in ways {
        let (callers, calls) = match (way.store, way.compute.facts().kind) {
            // One S3 object takes one conditional write at a time: of many writers most lose their rounds.
            (Store::S3, _) => (SOME_CALLERS, 200),
            (_, Kind::Function) => (SOME_CALLERS, 1_000),
            (_, Kind::Server | Kind::Integration) => (CALLERS, 2_500),
        };
        let failed = crate::exactness::check_borne(way, build, callers, calls);
        println!("{way}, {build}: {calls} calls acknowledged, {failed} failed and made again");
    }
}

/// Rounds in which a race may be lost, and the calls of each: one usually is in the first.
const ROUNDS: u32 = 50;
const ROUND_CALLS: u64 = 100;

/// Callers, each of whose calls is answered by an environment of its own, that reads and writes apart.
#[test]
fn read_then_write_loses_updates_in_every_language() {
    let _alone = alone();
    runtime().block_on(async {
        let cloud = cloud_with(Update::ReadThenWrite).await;
        let mut functions = for_a_crowd();
        functions.retain(|(way, _)| model().compute(way.compute).kind == Kind::Function);
        assert!(functions.len() >= 2, "the Rust functions alone are two");
        for (way, build) in functions {
            let deployment = cloud.deploy(way, &built(way, build).await).await.expect("deployed");
            // One round may lose none by chance; all of them do not.
            let mut lost = false;
            for _ in 0..ROUNDS {
                let mut numbers = crate::exactness::answers(deployment.url(), SOME_CALLERS, ROUND_CALLS).await.numbers;
                let acknowledged = numbers.len();
                numbers.dedup();
                lost = numbers.len() < acknowledged;
                if lost {
                    break;
                }
            }
            assert!(lost, "{way}, {build}, lost no update in {ROUNDS} rounds");
            deployment.stop().await;
        }
        cloud.shutdown().await;
    });
}
