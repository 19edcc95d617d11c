//! `lab prices refresh`, against a server that stands in for AWS: what it writes, and that no failure harms what is
//! there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::json_schema::Schema;
use crate::price_server::{PriceServer, Reply, files};
use crate::support::root;

const PRICES: &str = "bench/prices/snapshots";
const ELB: &str = "/offers/v1.0/aws/AWSELB/current/eu-west-2/index.json";

/// A checkout with nothing in it but the model and the newest snapshot, and a server that lists the same prices.
struct Bench {
    checkout: TempDir,
    server: PriceServer,
    newest: Value,
}

impl Bench {
    /// How many prices the snapshot has.
    fn prices(&self) -> usize {
        self.newest["prices"].as_object().expect("prices").len()
    }

    /// The prices that no file lists.
    fn unlisted(&self) -> BTreeSet<&str> {
        let prices = self.newest["prices"].as_object().expect("prices").iter();
        prices.filter(|(_, price)| !price["listing"]["documented"].is_null()).map(|(key, _)| key.as_str()).collect()
    }

    /// What is printed of the prices that stay, where so many changed: all but those that no file lists.
    fn unchanged(&self, changed: usize) -> String {
        format!("{} prices are unchanged.\n", self.prices() - self.unlisted().len() - changed)
    }

    fn new() -> Self {
        let checkout = tempfile::tempdir().expect("a folder");
        let folder = checkout.path().join(PRICES).join("eu-west-2");
        fs::create_dir_all(&folder).expect("a folder");
        fs::copy(root().join("ways.toml"), checkout.path().join("ways.toml")).expect("ways.toml");
        let text = fs::read_to_string(root().join(PRICES).join("eu-west-2/2026-10.json")).expect("a snapshot");
        // Dated long ago, so that this month is another one, whatever the clock says.
        let text = text.replace("\"date\": \"2026-10\"", "\"date\": \"2020-01\"");
        fs::write(folder.join("2020-01.json"), &text).expect("a snapshot");
        let bench = Self { checkout, server: PriceServer::start(), newest: serde_json::from_str(&text).expect("JSON") };
        bench.serve(&bench.newest, "eu-west-2");
        bench
    }

    /// Has the server list these prices.
    fn serve(&self, snapshot: &Value, region: &str) {
        for (path, file) in files(snapshot, region) {
            self.server.set(&path, Reply::ok(file.to_string()));
        }
    }

    /// Changes the file of the load balancers.
    fn edit_elb(&self, edit: impl FnOnce(&mut Value)) {
        let mut file = files(&self.newest, "eu-west-2").remove(ELB).expect("the file");
        edit(&mut file);
        self.server.set(ELB, Reply::ok(file.to_string()));
    }

    fn lab(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command.args(arguments).current_dir(self.checkout.path()).stdin(Stdio::null());
        command.output().expect("the lab runs")
    }

    fn refresh(&self, more: &[&str]) -> Output {
        self.lab(&[&["prices", "refresh", "--price-list-url", &self.server.url], more].concat())
    }

    fn refreshed(&self, more: &[&str]) -> String {
        let output = self.refresh(more);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Every file of prices, with what is in it.
    fn kept(&self) -> BTreeMap<String, String> {
        let mut kept = BTreeMap::new();
        let folder = self.checkout.path().join(PRICES);
        for region in fs::read_dir(&folder).expect("a folder").flatten() {
            for file in fs::read_dir(region.path()).expect("a folder").flatten() {
                let name = file.path().strip_prefix(&folder).expect("below").display().to_string();
                kept.insert(name, fs::read_to_string(file.path()).expect("text"));
            }
        }
        kept
    }

    /// The one file that was not there at the beginning.
    fn written(&self, region: &str) -> Value {
        let mut kept = self.kept();
        kept.remove("eu-west-2/2020-01.json");
        let (name, text) = kept.pop_first().expect("a new file");
        assert!(kept.is_empty() && name.starts_with(region), "{name}, {kept:?}");
        let json: Value = serde_json::from_str(&text).expect("JSON");
        let schema = fs::read_to_string(root().join(PRICES).join("schema.json")).expect("the schema");
        let complaints = Schema::of(serde_json::from_str(&schema).expect("JSON")).complaints(&json);
        assert!(complaints.is_empty(), "{complaints:#?}: {text}");
        json
    }
}

/// The same prices as eu-west-1 lists them.
fn ireland(london: &Value) -> Value {
    let mut ireland = london.clone();
    for price in ireland["prices"].as_object_mut().expect("prices").values_mut() {
        if let Some(usage_type) = price.get("usage_type").and_then(Value::as_str) {
            price["usage_type"] = json!(usage_type.replace("EUW2-", "EU-"));
        }
    }
    ireland
}

/// The SKU of the product of a family in the file of the load balancers.
fn sku(file: &Value, family: &str, usage_type: &str) -> String {
    let products = file["products"].as_object().expect("products");
    let is = |product: &Value| product["productFamily"] == family && product["attributes"]["usagetype"] == usage_type;
    products.iter().find(|(_, product)| is(product)).expect("a product").0.clone()
}

fn alb(file: &Value) -> String {
    sku(file, "Load Balancer-Application", "EUW2-LoadBalancerUsage")
}

/// The only step of a product's price.
fn dimension<'a>(file: &'a mut Value, sku: &str) -> &'a mut Value {
    let terms = file["terms"]["OnDemand"][sku].as_object_mut().expect("terms");
    let term = terms.values_mut().next().expect("a term");
    term["priceDimensions"].as_object_mut().expect("steps").values_mut().next().expect("a step")
}

#[test]
fn a_refresh_writes_this_months_snapshot_and_leaves_the_one_before() {
    let bench = Bench::new();
    let before = bench.kept();
    let printed = bench.refreshed(&[]);
    assert!(printed.contains(&bench.unchanged(0)), "{printed}");
    let unlisted = printed.lines().find_map(|line| line.strip_prefix("Not refreshed, since no file lists them: "));
    let unlisted = unlisted.and_then(|line| line.strip_suffix('.')).expect("they are named").split(", ");
    assert_eq!(unlisted.collect::<BTreeSet<_>>(), bench.unlisted(), "{printed}");
    assert!(bench.unlisted().contains("function_url_request"));
    let written = bench.written("eu-west-2/");
    assert!(bench.kept().contains_key("eu-west-2/2020-01.json"));
    assert_eq!(bench.kept()["eu-west-2/2020-01.json"], before["eu-west-2/2020-01.json"]);
    for (key, price) in written["prices"].as_object().expect("prices") {
        assert_eq!(price["tiers"], bench.newest["prices"][key]["tiers"], "{key}");
    }
    let alb = &written["prices"]["alb_hour"];
    assert_eq!((&alb["effective"], &alb["evidence"]), (&json!("2026-11-01"), &json!("direct")));
    assert!(alb["source"].as_str().expect("text").starts_with("AWS price list, published 2026-11-01"), "{alb}");
    // It is now the newest, and what costs are worked out with.
    let cost: Value = serde_json::from_slice(&bench.lab(&["cost", "ec2", "--json"]).stdout).expect("JSON");
    assert_eq!(cost["prices"], written["date"]);
}

#[test]
fn a_price_that_changed_is_shown_and_kept_and_the_same_month_is_written_again() {
    let bench = Bench::new();
    bench.edit_elb(|file| {
        let alb = alb(file);
        dimension(file, &alb)["pricePerUnit"]["USD"] = json!("0.0300000000");
    });
    let printed = bench.refreshed(&[]);
    assert!(printed.contains("alb_hour: 0.02646 → 0.03 $/Hrs\n"), "{printed}");
    assert!(printed.contains(&bench.unchanged(1)), "{printed}");
    assert_eq!(bench.written("eu-west-2/")["prices"]["alb_hour"]["tiers"], json!([{ "usd": 0.03 }]));
    let printed = bench.refreshed(&[]);
    assert!(!printed.contains('→') && printed.contains(&bench.unchanged(0)), "{printed}");
    assert_eq!(bench.written("eu-west-2/")["prices"]["alb_hour"]["tiers"], json!([{ "usd": 0.03 }]));
}

#[test]
fn another_region_gets_a_snapshot_of_its_own_usage_types() {
    let bench = Bench::new();
    bench.serve(&ireland(&bench.newest), "eu-west-1");
    let printed = bench.refreshed(&["--region", "eu-west-1"]);
    assert!(printed.contains("alb_hour: 0.02646 $/Hrs, new\n"), "{printed}");
    let written = bench.written("eu-west-1/");
    assert_eq!(written["prices"]["alb_hour"]["usage_type"], "EU-LoadBalancerUsage");
    assert_eq!(written["prices"].as_object().expect("prices").len(), bench.prices());
}

#[test]
fn a_region_that_is_none_is_refused_with_those_that_there_are() {
    let bench = Bench::new();
    let output = bench.refresh(&["--region", "mars-1"]);
    let printed = String::from_utf8(output.stderr).expect("text");
    assert_eq!((output.status.code(), printed.lines().count()), (Some(2), 1), "{printed}");
    assert!(printed.contains("`mars-1`") && printed.contains("eu-west-2"), "{printed}");
}

/// Has a refresh fail, and holds it to one clear line and to leaving everything as it was.
fn fails(bench: &Bench, wanted: &[&str]) {
    let before = bench.kept();
    let output = bench.refresh(&[]);
    let printed = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{printed}");
    let errors: Vec<_> = printed.lines().filter(|line| !line.starts_with("Reading ")).collect();
    let [error] = errors[..] else { panic!("{printed}") };
    for word in [&["lab: can't refresh the prices of AWSELB; nothing was changed"], wanted].concat() {
        assert!(error.contains(word), "{word}: {error}");
    }
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(bench.kept() == before, "{:?}", bench.kept().keys());
}

#[test]
fn a_file_without_what_is_wanted_is_named_and_nothing_is_written() {
    type Edit = fn(&mut Value);
    let cases: [(&[&str], Edit); 7] = [
        (&["`alb_hour`: no product has the usage type EUW2-LoadBalancerUsage"], |file| {
            let alb = alb(file);
            file["products"].as_object_mut().expect("products").remove(&alb);
        }),
        (&["`alb_hour`", "all match, at different prices", "TWIN"], |file| {
            let alb = alb(file);
            file["products"]["TWIN"] = file["products"][&alb].clone();
            file["terms"]["OnDemand"]["TWIN"] = file["terms"]["OnDemand"][&alb].clone();
            dimension(file, "TWIN")["pricePerUnit"]["USD"] = json!("7");
        }),
        (&["`alb_hour`", "it is not sold on demand"], |file| {
            let alb = alb(file);
            file["terms"]["OnDemand"].as_object_mut().expect("terms").remove(&alb);
        }),
        (&["`alb_hour`", "its unit is `Minutes`, not `Hrs`"], |file| {
            let alb = alb(file);
            dimension(file, &alb)["unit"] = json!("Minutes");
        }),
        (&["`alb_hour`", "no price in dollars"], |file| {
            let alb = alb(file);
            dimension(file, &alb)["pricePerUnit"] = json!({ "CNY": "1" });
        }),
        (&["`alb_hour`", "its price is zero"], |file| {
            let alb = alb(file);
            dimension(file, &alb)["pricePerUnit"]["USD"] = json!("0.0000000000");
        }),
        (&["does not have the shape of a price list", "OnDemand"], |file| {
            file["terms"].as_object_mut().expect("terms").remove("OnDemand");
        }),
    ];
    let bench = Bench::new();
    for (wanted, edit) in cases {
        bench.edit_elb(edit);
        fails(&bench, wanted);
    }
}

#[test]
fn an_answer_that_is_no_price_list_is_not_asked_for_again() {
    let bench = Bench::new();
    for (reply, wanted) in [
        (Reply { status: 404, ..Reply::ok("gone") }, &["the server answered 404"][..]),
        (Reply::ok("<html>Sign in to this network</html>"), &["does not have the shape of a price list"]),
        (Reply::ok("[]"), &["does not have the shape of a price list"]),
    ] {
        let asked = bench.server.asked(ELB);
        bench.server.set(ELB, reply);
        fails(&bench, wanted);
        assert_eq!(bench.server.asked(ELB), asked + 1, "{wanted:?}");
    }
}

#[test]
fn a_connection_that_breaks_off_is_tried_again_and_then_given_up() {
    let bench = Bench::new();
    let whole = files(&bench.newest, "eu-west-2")[ELB].to_string();
    let half = whole.as_bytes()[..whole.len() / 2].to_vec();
    for (reply, wanted) in [
        (Reply { content_length: whole.len(), ..Reply::ok(half) }, &["tried 3 times", "the file broke off"][..]),
        (Reply { status: 503, ..Reply::ok("busy") }, &["tried 3 times", "the server answered 503"]),
    ] {
        let asked = bench.server.asked(ELB);
        bench.server.set(ELB, reply);
        fails(&bench, wanted);
        assert_eq!(bench.server.asked(ELB), asked + 3, "{wanted:?}");
    }
}

#[test]
fn a_folder_that_cant_be_written_to_leaves_what_was_there() {
    let bench = Bench::new();
    // A file where the region's folder has to be.
    let in_the_way = bench.checkout.path().join(PRICES).join("eu-west-1");
    fs::write(&in_the_way, "in the way").expect("a file");
    bench.serve(&ireland(&bench.newest), "eu-west-1");
    let output = bench.refresh(&["--region", "eu-west-1"]);
    let printed = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{printed}");
    let error = printed.lines().last().expect("a line");
    assert!(error.contains("can't write") && error.contains("eu-west-1"), "{printed}");
    assert_eq!(fs::read_to_string(Path::new(&in_the_way)).expect("text"), "in the way");
}
