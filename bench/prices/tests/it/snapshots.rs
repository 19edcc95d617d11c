//! The committed snapshots, their schema, and what makes a snapshot unusable.

use std::error::Error as _;
use std::path::{Path, PathBuf};

use prices::{Month, PRICES_FOLDER, PriceError, PriceFolder, PriceKey, Snapshot};
use serde_json::{Value, json};

use crate::support::{prices, root};

fn folder() -> PathBuf {
    root().join(PRICES_FOLDER)
}

fn committed() -> Vec<PathBuf> {
    let folder = PriceFolder::of_checkout(&root());
    let regions = folder.regions().expect("regions");
    let files = regions.iter().flat_map(|region| {
        let dates = folder.dates(region).expect("dates");
        dates.into_iter().map(|date| folder.file(region, date)).collect::<Vec<_>>()
    });
    files.collect()
}

fn key(name: &str) -> PriceKey {
    PriceKey::named(name).expect("a price")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file")
}

/// Whether a snapshot has the shape of the committed schema, or what is wrong with it.
fn shape(snapshot: &Value) -> Result<(), String> {
    const NAME: &str = "https://localhost/schema.json";
    let schema = serde_json::from_str(&text(&folder().join("schema.json"))).expect("JSON");
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource(NAME, schema).expect("a name");
    let schema = compiler.compile(NAME, &mut schemas).expect("a schema");
    schemas.validate(snapshot, schema).map_err(|error| error.to_string())
}

#[test]
fn every_committed_snapshot_has_the_shape_of_the_schema_and_of_the_types() {
    let committed = committed();
    assert!(committed.len() >= 2, "{committed:?}");
    for path in committed {
        let text = text(&path);
        let shape = shape(&serde_json::from_str(&text).expect("JSON"));
        assert_eq!(shape, Ok(()), "{}", path.display());
        let snapshot = Snapshot::parse(&text).expect("a snapshot");
        assert!(snapshot.to_json() == text, "{} should read:\n{}", path.display(), snapshot.to_json());
    }
}

#[test]
fn a_lab_outside_of_a_checkout_has_the_prices_that_it_was_built_with() {
    let (built_in, checkout) = (PriceFolder::built_in(), PriceFolder::of_checkout(&root()));
    assert_eq!(built_in.regions().expect("regions"), checkout.regions().expect("regions"));
    for region in checkout.regions().expect("regions") {
        for date in checkout.dates(&region).expect("dates") {
            let date = Some(date.to_string());
            let read = |folder: &PriceFolder| folder.read(&region, date.as_deref()).expect("a snapshot").to_json();
            assert_eq!(read(&built_in), read(&checkout));
        }
    }
    let refused = built_in.read("mars-1", None).expect_err("no prices").to_string();
    assert!(refused.contains("there are eu-west-2"), "{refused}");
}

#[test]
fn the_newest_snapshot_knows_every_price() {
    let newest = prices(None);
    for key in PriceKey::all() {
        assert!(newest.price(key).is_ok(), "{key}");
    }
}

#[test]
fn what_is_no_snapshot_is_refused_by_the_schema_and_by_the_types() {
    let valid: Value = serde_json::from_str(&text(
        &PriceFolder::of_checkout(&root()).file("eu-west-2", "2026-10".parse().expect("a month")),
    ))
    .expect("JSON");
    let price = "/prices/alb_hour";
    for (why, place, member, value) in [
        ("a price without a name", "/prices", "", Some(valid["prices"]["alb_hour"].clone())),
        ("a price without its unit", price, "unit", None),
        ("a price without its source", price, "source", None),
        ("a price without a date", price, "effective", None),
        ("a price without tiers", price, "tiers", Some(json!([]))),
        ("a price that is null", price, "tiers", Some(json!([{ "usd": null }]))),
        ("a price that is a text", price, "tiers", Some(json!([{ "usd": "0.02646" }]))),
        ("a price below zero", price, "tiers", Some(json!([{ "usd": -0.1 }]))),
        ("a price that makes bills of no number", price, "tiers", Some(json!([{ "usd": 1e308 }]))),
        ("a zero that no note explains", price, "tiers", Some(json!([{ "usd": 0 }]))),
        ("an unknown member", price, "cents", Some(json!(2.6))),
        ("an unknown listing", price, "listing", Some(json!({ "heard_of": {} }))),
        ("an unknown evidence", price, "evidence", Some(json!("rumour"))),
        ("a date that is none", "", "date", Some(json!("2026-13"))),
        ("no region", "", "region", None),
    ] {
        let mut snapshot = valid.clone();
        let object = snapshot.pointer_mut(place).and_then(Value::as_object_mut).expect("an object");
        match value {
            Some(value) => object.insert(member.to_owned(), value),
            None => object.remove(member),
        };
        assert!(shape(&snapshot).is_err(), "the schema takes {why}");
        assert!(Snapshot::parse(&snapshot.to_string()).is_err(), "the types take {why}");
    }
}

#[test]
fn a_price_that_nothing_uses_is_refused_by_its_name() {
    let mut snapshot: Value = serde_json::from_str(&prices(None).to_json()).expect("JSON");
    snapshot["prices"]["alb_minute"] = snapshot["prices"]["alb_hour"].clone();
    let refused = Snapshot::parse(&snapshot.to_string()).expect_err("nothing uses it");
    let reason = refused.source().expect("a reason").to_string();
    assert!(reason.contains("alb_minute"), "{reason}");
}

#[test]
fn tiers_that_do_not_rise_are_refused() {
    for tiers in [json!([{ "usd": 2 }, { "usd": 1 }]), json!([{ "up_to": 5, "usd": 2 }, { "up_to": 5, "usd": 1 }])] {
        let mut snapshot: Value = serde_json::from_str(&prices(None).to_json()).expect("JSON");
        snapshot["prices"]["alb_hour"]["tiers"] = tiers.clone();
        assert!(Snapshot::parse(&snapshot.to_string()).is_err(), "{tiers}");
    }
}

#[test]
fn a_price_with_steps_is_paid_step_by_step() {
    let newest = prices(Some("2026-10"));
    for (requests, usd) in [(0.0, 0.0), (1e6, 1.16), (300e6, 348.0), (1e9, 300.0 * 1.16 + 700.0 * 1.04)] {
        let found = newest.usd(key("http_api_request"), requests).expect("a price");
        assert!((found - usd).abs() < 1e-9, "{requests}: {found}");
    }
}

#[test]
fn a_price_that_is_not_known_is_an_error_and_never_zero() {
    let old = prices(Some("2021-12"));
    let error = old.usd(key("function_url_request"), 1.0).expect_err("it was not sold");
    assert!(matches!(error, PriceError::Unknown { .. }), "{error}");
    assert_eq!(error.to_string(), "the price `function_url_request` is not known for eu-west-2 2021-12");
    let error = old.usd(key("http_api_request"), 300e6 + 1.0).expect_err("its second step is not known");
    assert!(matches!(error, PriceError::UnknownBeyond { known_up_to: 300_000_000, .. }), "{error}");
}

#[test]
fn a_region_or_a_month_that_is_not_there_is_answered_with_those_that_are() {
    let folder = PriceFolder::of_checkout(&root());
    for (region, date, wanted) in [
        ("eu-north-1", None, "no prices of region `eu-north-1`: there are "),
        ("../prices/eu-west-2", None, "no prices of region"),
        ("eu-west-2", Some("2022-01"), "no prices of eu-west-2 dated `2022-01`: there are 2021-12, 2026-10"),
        ("eu-west-2", Some("yesterday"), "no prices of eu-west-2 dated `yesterday`: there are 2021-12, 2026-10"),
    ] {
        let error = folder.read(region, date).expect_err("not there").to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
}

#[test]
fn a_month_is_a_year_and_a_month_and_nothing_else() {
    for month in ["2021-12", "2026-01", "0001-10"] {
        assert_eq!(month.parse::<Month>().map(|month| month.to_string()), Ok(month.to_owned()));
    }
    for text in ["", "2021", "2021-0", "2021-00", "2021-13", "21-12", "2021-12-01", "+021-12", "2021-+1"] {
        assert!(text.parse::<Month>().is_err(), "{text}");
    }
}
