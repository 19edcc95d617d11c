//! What a service does where the server of its store breaks connections, hangs or is lost. Must not know a store's protocol: who calls
//! brings what is done to the server.

use std::collections::BTreeSet;
use std::time::Duration;

use artifact::Artifacts;
use cloud::Deployment;
use futures_util::future::join_all;
use require::require;
use ways::{Arch, Axis, Build, Store, Update, Way, model};

use crate::exactness::answers;
use crate::support::{Caller, alone, built, cloud_with, runtime};

/// Calls under which connections are broken, and how often: fewer times than a caller bears failures.
const CALLS: u64 = 2_000;
const BREAKS: u64 = 5;

/// One way for each language that has a service for a store, as server and as function, on this machine's processor; without
/// those that this machine can't run. The word of the store is that of the need.
pub(crate) fn ways(store: Store) -> Vec<Way> {
    let machine = if cfg!(target_arch = "x86_64") { Arch::X86_64 } else { Arch::Arm64 };
    let mut seen = BTreeSet::new();
    let ways = model().ways().filter(|way| way.store == store && way.arch == machine);
    let ways = ways.filter(|way| seen.insert((way.language, way.compute.facts().service())));
    ways.filter(|way| require(store.word(), Artifacts::available(*way)).is_some()).collect()
}

/// Deploys each way in each of its builds, makes its first call, and hands it over: it has a connection, and a place to
/// count. What is kept of each is handed over at the end, before the local cloud ends.
pub(crate) fn with_each<Kept>(
    ways: Vec<Way>,
    each: impl AsyncFn(Way, Build, Deployment) -> Kept,
    then: impl AsyncFnOnce(Vec<Kept>),
) {
    let _alone = alone();
    runtime().block_on(async {
        let cloud = cloud_with(Update::Atomic).await;
        let mut kept = Vec::new();
        for way in ways {
            for &build in model().builds(way) {
                let deployment = cloud.deploy(way, &built(way, build).await).await.expect("deployed");
                assert_eq!(Caller::new().hit(deployment.url()).await, 1, "{way}, {build}");
                kept.push(each(way, build, deployment).await);
            }
        }
        then(kept).await;
        cloud.shutdown().await;
    });
}

/// Holds that no two callers get one number while connections are broken, and that a server that is lost is an error. `open`
/// connects beside the service, `count` gives what is stored, `sever` breaks the service's connections and gives how many those were.
pub(crate) fn lost_answers_repeat_no_number<Beside>(
    store: Store,
    open: &impl AsyncFn(&Deployment) -> Beside,
    count: &impl AsyncFn(&mut Beside) -> u64,
    sever: &impl AsyncFn(&mut Beside) -> u64,
) {
    let each = async |way, build, mut deployment: Deployment| {
        let mut beside = open(&deployment).await;
        // Whenever the count has come some way further.
        let breaking = async {
            let mut broken = 0;
            for round in 0..BREAKS {
                while count(&mut beside).await < CALLS * (2 * round + 1) / (2 * BREAKS) {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                broken += sever(&mut beside).await;
            }
            broken
        };
        let (answers, broken) = tokio::join!(answers(deployment.url(), 8, CALLS), breaking);
        assert!(broken >= BREAKS, "{way}, {build}: {broken} connections were broken");
        let distinct: BTreeSet<_> = answers.numbers.iter().collect();
        let all = usize::try_from(CALLS).expect("few");
        assert_eq!((answers.numbers.len(), distinct.len()), (all, all), "{way}, {build}");
        let next = Caller::new().hit(deployment.url()).await;
        assert!(next > *distinct.last().copied().expect("numbers"), "{way}, {build}: {next}");
        // Killed, and nothing in its place: an error, not a number.
        deployment.lose_store();
        let hits = format!("{}/hits", deployment.url());
        assert_eq!(Caller::new().call("GET", &hits).await.status, 503, "{way}, {build}");
        deployment.stop().await;
    };
    with_each(ways(store), each, async |_| ());
}

/// Holds that a service answers 503 by itself where `hang` has its server answer nothing any more, on any connection.
pub(crate) fn a_hang_is_answered(store: Store, hang: &impl AsyncFn(&Deployment)) {
    let each = async |way, build, deployment| {
        hang(&deployment).await;
        (way, build, deployment)
    };
    // All at once: each waits for as long as its callers do.
    with_each(ways(store), each, async |hanging: Vec<(Way, Build, Deployment)>| {
        let calls = hanging.iter().map(async |(way, build, deployment)| {
            let answer = Caller::new().call("GET", &format!("{}/hits", deployment.url())).await;
            // A function that ran out of time would be answered for by its front.
            let own = answer.headers.get("content-type").is_some_and(|it| it == "application/problem+json");
            assert!(answer.status == 503 && own, "{way}, {build}: {answer:?}");
        });
        join_all(calls).await;
        for (_, _, deployment) in hanging {
            deployment.stop().await;
        }
    });
}
