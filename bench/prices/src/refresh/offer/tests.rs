//! The parser on small files of the real shape. What the command does with them is in `tests/it/prices_refresh.rs`.

use crate::{Evidence, Listing, Price, PriceKey, Tier};
use serde_json::{Value, json};

use super::*;

/// A load balancer's hours, as the snapshot before lists them.
fn wanted() -> Vec<Listed> {
    let listing = Listing::PriceList {
        service: "AWSELB".to_owned(),
        attributes: [("locationType".to_owned(), "AWS Region".to_owned())].into(),
    };
    let before = Price {
        tiers: vec![Tier { up_to: None, usd: 1.0 }],
        unit: "Hrs".to_owned(),
        usage_type: Some("EUW2-LoadBalancerUsage".to_owned()),
        product_family: Some("Load Balancer-Application".to_owned()),
        listing,
        effective: "2020-01-01".to_owned(),
        evidence: Evidence::Earlier,
        source: "hearsay".to_owned(),
        note: None,
    };
    vec![Listed { key: PriceKey::new("alb_hour"), usage_types: vec!["EUW2-LoadBalancerUsage".to_owned()], before }]
}

fn product(sku: &str, family: &str, location_type: &str) -> Value {
    json!({
        "sku": sku,
        "productFamily": family,
        "attributes": {
            "servicecode": "AWSELB",
            "location": "EU (London)",
            "locationType": location_type,
            "usagetype": "EUW2-LoadBalancerUsage",
            "operation": "LoadBalancing",
        },
    })
}

fn term(sku: &str, effective: &str, dimensions: &Value) -> Value {
    json!({ "offerTermCode": "JRTCKXETXF", "sku": sku, "effectiveDate": effective, "priceDimensions": dimensions, "termAttributes": {} })
}

fn dimension(begin: &str, end: &str, usd: &str) -> Value {
    json!({
        "rateCode": "SKU.TERM.RATE",
        "description": "per hour",
        "beginRange": begin,
        "endRange": end,
        "unit": "Hrs",
        "pricePerUnit": { "USD": usd },
        "appliesTo": [],
    })
}

/// A file with an ALB, the same in a local zone, an NLB under the same usage type, and a reservation.
fn file() -> Value {
    let sold = |sku: &str, usd: &str| json!({ "T": term(sku, "2026-09-01T00:00:00Z", &json!({ "R": dimension("0", "Inf", usd) })) });
    json!({
        "formatVersion": "v1.0",
        "offerCode": "AWSELB",
        "products": {
            "ALB": product("ALB", "Load Balancer-Application", "AWS Region"),
            "LOCAL": product("LOCAL", "Load Balancer-Application", "AWS Local Zone"),
            "NLB": product("NLB", "Load Balancer-Network", "AWS Region"),
        },
        "publicationDate": "2026-09-11T17:24:14Z",
        "terms": {
            "OnDemand": {
                "ALB": sold("ALB", "0.0264600000"),
                "LOCAL": sold("LOCAL", "0.0400000000"),
                "NLB": sold("NLB", "0.0300000000"),
            },
            "Reserved": { "ALB": { "T": { "anything": [1, null] } } },
        },
    })
}

fn read_json(file: &Value) -> Result<Vec<Price>, OfferError> {
    read(file.to_string().as_bytes(), &wanted())
}

fn tiers(dimensions: Value) -> Result<Vec<Tier>, String> {
    let mut file = file();
    file["terms"]["OnDemand"]["ALB"]["T"]["priceDimensions"] = dimensions;
    read_json(&file).map(|prices| prices[0].tiers.clone()).map_err(|error| error.to_string())
}

#[test]
fn a_product_is_known_by_usage_type_family_and_attributes_together() {
    let prices = read_json(&file()).expect("a price");
    let [price] = &prices[..] else { panic!("{prices:?}") };
    assert_eq!(price.tiers, [Tier { up_to: None, usd: 0.02646 }]);
    assert_eq!((price.effective.as_str(), price.evidence), ("2026-09-01", Evidence::Direct));
    assert_eq!(price.source, "AWS price list, published 2026-09-11T17:24:14Z, product ALB");
}

#[test]
fn the_newest_of_several_terms_holds() {
    let mut file = file();
    let older = term("ALB", "2020-01-01T00:00:00Z", &json!({ "R": dimension("0", "Inf", "9") }));
    file["terms"]["OnDemand"]["ALB"]["AAA"] = older;
    assert_eq!(read_json(&file).expect("a price")[0].tiers[0].usd, 0.02646);
}

#[test]
fn steps_are_put_in_order_and_a_free_allowance_is_left_out() {
    let steps = json!({ "C": dimension("300", "Inf", "1"), "A": dimension("0", "25", "0.0000000000"), "B": dimension("25", "300", "2") });
    let expected = vec![Tier { up_to: Some(300.0), usd: 2.0 }, Tier { up_to: None, usd: 1.0 }];
    assert_eq!(tiers(steps), Ok(expected));
}

#[test]
fn a_price_that_cant_be_is_refused() {
    for (dimensions, reason) in [
        (json!({}), "its price is zero"),
        (json!({ "A": dimension("0", "Inf", "0.0000000000") }), "its price is zero"),
        (json!({ "A": dimension("5", "Inf", "1") }), "its steps leave a gap before 5"),
        (json!({ "A": dimension("0", "Inf", "-1") }), "`-1` is not a quantity"),
        (json!({ "A": dimension("0", "Inf", "NaN") }), "`NaN` is not a quantity"),
        (json!({ "A": dimension("0", "many", "1") }), "`many` is not a quantity"),
    ] {
        let error = tiers(dimensions).expect_err(reason);
        assert_eq!(error, format!("`alb_hour` (product ALB): {reason}"));
    }
}

#[test]
fn a_file_of_another_shape_is_not_taken_for_one_that_broke_off() {
    let whole = file().to_string();
    for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
        let error = read(&whole.as_bytes()[..cut], &wanted()).expect_err("cut");
        assert!(matches!(error, OfferError::BrokenOff(_)), "{cut}: {error:?}");
    }
    let without = |member: &str| {
        let mut file = file();
        file.as_object_mut().expect("an object").remove(member);
        file.to_string()
    };
    for (why, text) in [
        ("an array", "[]".to_owned()),
        ("HTML", "<html></html>".to_owned()),
        ("no products", without("products")),
        ("no terms", without("terms")),
        ("no date", without("publicationDate")),
        ("something after its end", format!("{whole}{{}}")),
        ("terms first", format!("{{\"terms\": {{}}, {}", &whole[1..])),
    ] {
        let error = read(text.as_bytes(), &wanted()).expect_err(why);
        assert!(matches!(error, OfferError::Shape(_)), "{why}: {error:?}");
    }
}
