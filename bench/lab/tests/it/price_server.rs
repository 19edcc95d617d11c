//! A server on loopback that stands in for AWS's price files, and files of their shape.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// The longest that a request may take to come in.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// What is answered to a path.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The length that is promised: more than there is, where the connection breaks off.
    pub(crate) content_length: usize,
}

impl Reply {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { status: 200, content_length: body.len(), body }
    }
}

/// What is answered, by path, and which paths were asked for.
#[derive(Default)]
struct State {
    replies: BTreeMap<String, Reply>,
    asked: Vec<String>,
}

/// The server. It ends with the test's process.
pub(crate) struct PriceServer {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl PriceServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                // A lab that hangs up early is what some tests are about.
                let _ = answer(connection, &shared);
            }
        });
        Self { url, state }
    }

    pub(crate) fn set(&self, path: &str, reply: Reply) {
        self.state.lock().expect("no test broke").replies.insert(path.to_owned(), reply);
    }

    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.state.lock().expect("no test broke").asked.iter().filter(|asked| *asked == path).count()
    }
}

fn answer(mut connection: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    connection.set_read_timeout(Some(REQUEST_TIMEOUT))?;
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let length = connection.read(&mut piece)?;
        if length == 0 {
            return Ok(());
        }
        request.extend_from_slice(&piece[..length]);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let reply = {
        let mut state = state.lock().expect("no test broke");
        let missing = Reply { status: 404, ..Reply::ok("not here") };
        let reply = state.replies.get(&path).cloned().unwrap_or(missing);
        state.asked.push(path);
        reply
    };
    let head = format!(
        "HTTP/1.1 {} Status\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        reply.status, reply.content_length
    );
    connection.write_all(head.as_bytes())?;
    connection.write_all(&reply.body)
}

/// The files that list a snapshot's prices, by path: each service's, and the feed of Spot prices.
pub(crate) fn files(snapshot: &Value, region: &str) -> BTreeMap<String, Value> {
    let prices = snapshot["prices"].as_object().expect("prices");
    let mut files = BTreeMap::new();
    let mut spot =
        vec![json!({ "unit": "vCPU-Hours", "price": { "USD": "9" }, "attributes": { "aws:region": "xx-west-1" } })];
    for (index, price) in prices.values().enumerate() {
        let listing = &price["listing"];
        if let Some(unit) = listing["fargate_spot_feed"]["unit"].as_str() {
            let usd = dollars(&price["tiers"][0]["usd"]);
            spot.push(json!({ "unit": unit, "price": { "USD": usd }, "attributes": { "aws:region": region } }));
        }
        if let Some(service) = listing["price_list"]["service"].as_str() {
            let path = format!("/offers/v1.0/aws/{service}/current/{region}/index.json");
            let file = files.entry(path).or_insert_with(|| empty(service));
            let sku = format!("SKU{index:013}");
            // The same product may be two prices' (Lambda's duration, and that of its init phase).
            let product = product(&sku, service, price);
            let listed = file["products"].as_object().expect("products").values().any(|other| same(other, &product));
            if !listed {
                file["terms"]["OnDemand"][&sku] = terms(&sku, price);
                file["products"][&sku] = product;
            }
        }
    }
    files.insert("/fargate-spot-prices.json".to_owned(), json!({ "manifest": {}, "prices": spot }));
    files
}

fn empty(service: &str) -> Value {
    // What nobody wants: another system under the usage type of t2.micro, and reservations.
    let windows = json!({
        "sku": "WINDOWS",
        "productFamily": "Compute Instance",
        "attributes": { "usagetype": "EUW2-BoxUsage:t2.micro", "operatingSystem": "Windows", "operation": "RunInstances:0002" },
    });
    json!({
        "formatVersion": "v1.0",
        "disclaimer": "This pricing list is for informational purposes only.",
        "offerCode": service,
        "version": "20261101000000",
        "publicationDate": "2026-11-01T00:00:00Z",
        "products": { "WINDOWS": windows },
        "terms": { "OnDemand": { "WINDOWS": {} }, "Reserved": { "WINDOWS": { "T": { "priceDimensions": { "R": {} } } } } },
        "attributesList": {},
    })
}

fn product(sku: &str, service: &str, price: &Value) -> Value {
    let mut attributes = price["listing"]["price_list"]["attributes"].clone();
    for (name, value) in [
        ("servicecode", json!(service)),
        ("location", json!("EU (London)")),
        ("usagetype", price["usage_type"].clone()),
    ] {
        attributes[name] = value;
    }
    let mut product = json!({ "sku": sku, "attributes": attributes });
    if let Some(family) = price.get("product_family") {
        product["productFamily"] = family.clone();
    }
    product
}

fn same(one: &Value, other: &Value) -> bool {
    one["attributes"] == other["attributes"] && one.get("productFamily") == other.get("productFamily")
}

fn terms(sku: &str, price: &Value) -> Value {
    let code = format!("{sku}.JRTCKXETXF");
    let mut dimensions = json!({});
    let mut begin = "0".to_owned();
    for (index, tier) in price["tiers"].as_array().expect("tiers").iter().enumerate() {
        let end = tier.get("up_to").map_or("Inf".to_owned(), |up_to| up_to.as_f64().expect("a number").to_string());
        let rate = format!("{code}.RATE{index}");
        dimensions[&rate] = json!({
            "rateCode": rate,
            "description": "what it is",
            "beginRange": begin,
            "endRange": end,
            "unit": price["unit"],
            "pricePerUnit": { "USD": dollars(&tier["usd"]) },
            "appliesTo": [],
        });
        begin = end;
    }
    json!({
        &code: {
            "offerTermCode": "JRTCKXETXF",
            "sku": sku,
            "effectiveDate": "2026-11-01T00:00:00Z",
            "priceDimensions": dimensions,
            "termAttributes": {},
        }
    })
}

/// As AWS writes dollars.
fn dollars(usd: &Value) -> String {
    format!("{:.10}", usd.as_f64().expect("a number"))
}
