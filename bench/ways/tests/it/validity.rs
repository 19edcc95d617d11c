//! Which ways there are.

use std::collections::BTreeSet;

use ways::{
    Arch, Assumed, Axis, Build, Compute, Facts, Front, Hypervisor, InstanceType, Kind, Language, Store, Way, model,
};

#[test]
fn there_are_more_than_101_ways_and_no_two_share_a_name() {
    let ways: Vec<Way> = model().ways().collect();
    let names: BTreeSet<String> = ways.iter().map(Way::to_string).collect();
    assert_eq!(names.len(), ways.len());
    assert!(ways.len() > 101, "{}", ways.len());
}

#[test]
fn every_default_instance_is_on_nitro_and_of_its_control_planes_generation() {
    // What AWS's free plan starts, and what each zone has: not t2.
    let mut checked = 0;
    for way in model().ways() {
        let Some(instance) = way.instance() else { continue };
        checked += 1;
        assert_eq!(instance.facts().hypervisor, Hypervisor::Nitro, "{way}: {instance}");
        let control_plane = way.compute.facts().control_plane.as_ref().and_then(|types| types.instance(way.arch));
        let generation = control_plane.map_or(instance.facts().generation, |it| it.facts().generation);
        assert_eq!(instance.facts().generation, generation, "{way}");
    }
    assert!(checked > 0);
}

#[test]
fn the_studys_rows_keep_the_studys_size() {
    let row = |name: &str| model().catalogue().find(|row| row.way.to_string() == name).expect("a row");
    for name in ["ec2-python", "k8s-python"] {
        assert_eq!(row(name).studys.to_string(), format!("{name}@t2.micro"));
        assert!(model().published(row(name).studys).is_some() && model().published(row(name).way).is_some());
    }
    assert_eq!(row("lambda-python-s3").studys, row("lambda-python-s3").way);
}

#[test]
fn every_part_is_described() {
    for way in model().ways() {
        assert_eq!(model().title(way).split(" · ").count(), 5, "{way}");
        assert_eq!(way.resources().memory_mib > 0, way.has_process(), "{way}");
        // In the order of their declaration, each once; what is deployed is there.
        let builds = model().builds(way);
        assert!(builds.is_sorted_by(|one, next| one < next) && builds.contains(&Build::Tuned), "{way}");
        assert!(!way.handler().is_some_and(|it| it.contains('{')) && !way.store.url("place").contains('{'), "{way}");
        assert!(way.handler().is_some() || way.compute.facts().kind != Kind::Function, "{way}");
    }
    for &compute in Compute::ALL {
        let described = model().compute(compute);
        assert!(described.fronts.contains(&described.default_front), "{compute}");
        assert!(described.default_store.is_none_or(|store| described.stores.contains(&store)), "{compute}");
        assert!(described.cluster || described.control_plane.is_none(), "{compute}");
        assert_eq!(described.stores.contains(&Store::File), described.file.is_some(), "{compute}");
        assert_eq!(described.kind == Kind::Function, described.timeout_s.is_some(), "{compute}");
        assert_eq!(described.kind == Kind::Server, described.port.is_some(), "{compute}");
        // A function with an adapter runs each language's server.
        let has_server = |language: &Language| {
            let facts = language.facts();
            facts.runtime.as_ref().is_some_and(|it| it.server.is_some()) && facts.builds.contains_key(&Kind::Server)
        };
        assert!(described.adapter.is_none() || described.languages.iter().all(has_server), "{compute}");
        for &arch in &described.arches {
            let instance =
                described.control_plane.as_ref().map(|types| types.instance(arch).expect("an instance type"));
            assert!(instance.is_none_or(|instance| instance.facts().arch == arch), "{compute}");
        }
    }
    // None is left out.
    let titles = Language::ALL
        .iter()
        .map(|value| &value.facts().title)
        .chain(Front::ALL.iter().map(|value| &value.facts().title));
    assert!(titles.chain(Arch::ALL.iter().map(|value| &value.facts().title)).all(|title| !title.is_empty()));
    assert!(model().regions.contains_key(model().region()));
}

#[test]
fn an_instance_type_is_listed_once() {
    let names: BTreeSet<_> = InstanceType::all().map(|instance| instance.to_string()).collect();
    assert_eq!(names.len(), InstanceType::all().count());
    assert_eq!(InstanceType::named("t4g.micro").expect("listed").facts().sustained_vcpu(), 0.2);
    assert_eq!(InstanceType::named("c7g.medium").expect("listed").facts().sustained_vcpu(), 1.0);
    assert_eq!(InstanceType::named("t3"), None);
}

#[test]
fn a_function_answers_before_its_front_gives_up() {
    // An HTTP API waits 30 s for an integration, and that can't be raised; the services answer within 16 s.
    for timeout_s in Compute::ALL.iter().filter_map(|&compute| model().compute(compute).timeout_s) {
        assert!((17..30).contains(&timeout_s), "{timeout_s}");
    }
}

#[test]
fn what_is_assumed_of_a_language_is_above_zero_with_its_source_where_something_of_it_runs() {
    for &language in Language::ALL {
        let Assumed { call_ms, init_ms, calls_per_vcpu_second, image_mb, hello_init_cpu_ms, source } =
            &language.facts().assumed;
        let runs = language.facts().runtime.is_some();
        for figure in [call_ms, init_ms, calls_per_vcpu_second, image_mb, hello_init_cpu_ms] {
            assert!(figure.is_finite() && (*figure > 0.0) == runs, "{language}: {figure}");
        }
        assert_eq!(!source.trim().is_empty(), runs, "{language}");
    }
}

#[test]
fn the_facts_can_be_exported() {
    let json = serde_json::to_value(Facts::of_this_build()).expect("JSON");
    assert_eq!(json["compute"]["lambda"]["timeout_s"], 20);
    assert_eq!(json["functions"]["cpp"], serde_json::json!(["s3", "dynamodb"]));
    assert_eq!(json["ways"].as_object().expect("ways").len(), model().ways().count());
    assert_eq!(json["ways"]["ec2"]["front"], "direct");
    let committed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ways.json");
    let committed = std::fs::read_to_string(committed).expect("ways.json");
    let current = serde_json::to_string_pretty(&Facts::of_this_build()).expect("JSON") + "\n";
    assert!(committed == current, "write it anew: cargo run -- ways --facts > ways.json");
}

#[test]
fn functions_count_outside_of_the_process() {
    for way in model().ways().filter(|way| model().compute(way.compute).kind == Kind::Function) {
        // Each environment is a process of its own.
        assert!(model().store(way.store).shared, "{way}");
        assert_eq!(way.joins_vpc(), matches!(way.store.service(), Store::Valkey | Store::Postgres), "{way}");
    }
}

#[test]
fn a_store_that_anothers_services_serve_differs_from_it_in_place_and_price_alone() {
    let served: Vec<Store> = Store::ALL.iter().copied().filter(|&store| store.service() != store).collect();
    for store in [Store::Valkeynode, Store::Aurora] {
        assert!(served.contains(&store), "{store} is not among {served:?}");
    }
    for store in served {
        let (own, others) = (store.facts(), store.service().facts());
        assert_eq!(store.service().service(), store.service(), "{store}");
        assert_eq!((&own.url, &own.languages, own.shared), (&others.url, &others.languages, others.shared), "{store}");
        assert_eq!(store.url("place"), store.service().url("place"), "{store}");
        assert_ne!(own.title, others.title, "{store}");
        for way in model().ways().filter(|way| way.store == store) {
            let name = way.to_string().replacen(store.word(), store.service().word(), 1);
            let others: Way = name.parse().expect("a way of the store that has the services");
            assert_eq!(way.handler(), others.handler(), "{way}");
        }
    }
    let functions = Language::ALL.iter().flat_map(|&language| model().functions(language));
    assert!(functions.into_iter().all(|store| store.service() == store), "a package is that of its services' store");
}

#[test]
fn the_catalogue_is_the_original_studys_eight_and_their_rust_counterparts() {
    let rows: Vec<_> = model().catalogue().collect();
    let names: Vec<_> = rows.iter().map(|row| row.way.to_string()).collect();
    assert_eq!(
        names,
        [
            "ec2",
            "ec2-python",
            "lambda-s3",
            "lambda-python-s3",
            "lambda-dynamodb",
            "lambda-cpp-dynamodb",
            "lambda-javascript-dynamodb",
            "lambda-python-dynamodb",
            "fargate",
            "fargate-python",
            "k8s",
            "k8s-python",
        ]
    );
    assert_eq!(rows.iter().filter(|row| row.published.is_some()).count(), 8);
}
