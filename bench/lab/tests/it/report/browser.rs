//! The page in a real browser: its controls, filters and marks, its accessibility, and that it reads the same without
//! scripts.

use require::webdriver::{CSS, Client};
use serde_json::{Value, json};

use super::{report, run, stage};
use crate::chromium::{self, accessible, evaluate, quiet, resize, steady};

async fn texts(client: &Client, selector: &str) -> Vec<String> {
    let script = format!(
        "return [...document.querySelectorAll({selector:?})].filter((it) => it.checkVisibility()).map((it) => it.textContent)"
    );
    serde_json::from_value(evaluate(client, &script).await).expect("texts")
}

/// Sets a control as a user does: its events follow.
async fn set(client: &Client, selector: &str, value: &str) {
    let script = format!(
        "const it = document.querySelector({selector:?}); it.value = {value:?};
         for (const event of ['input', 'change']) it.dispatchEvent(new Event(event, {{ bubbles: true }}))"
    );
    evaluate(client, &script).await;
}

/// Does something with a run's page in a browser.
fn in_a_browser<F: Future<Output = ()> + Send + 'static>(preferences: Value, work: fn(Client, String) -> F) {
    let folder = stage(&[("a", &run())]);
    let output = report(folder.path(), &["a", "--output", "page.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let address = format!("file://{}/page.html", folder.path().display());
    chromium::with(preferences, |client| work(client, address));
}

#[test]
fn the_pages_controls_filters_and_marks_work_in_a_browser_and_nothing_is_fetched() {
    in_a_browser(json!({}), used);
}

#[test]
fn the_page_reads_the_same_without_scripts() {
    in_a_browser(json!({ "profile.managed_default_content_settings.javascript": 2 }), read);
}

async fn read(client: Client, address: String) {
    client.goto(&address).await.expect("a page");
    // No script of the page has run: there is no control, and all of it is there to read.
    assert_eq!(texts(&client, "form, .star, th button").await, [""; 0]);
    let sentences = texts(&client, ".sentences p").await;
    assert!(sentences[0].starts_with("At 3 M calls a month lambda-"), "{sentences:?}");
    assert_eq!(texts(&client, "#ranking tbody tr").await.len(), 9);
    assert!(client.find_all(CSS, "svg.chart").await.expect("charts").len() > 20);
}

async fn used(client: Client, address: String) {
    client.goto(&address).await.expect("a page");
    steady(&client).await;
    let first = || async { texts(&client, "#ranking tbody tr:first-child th").await };
    let before = (first().await, texts(&client, ".sentences p").await, picture(&client).await);

    // With more calls another way is the cheapest; with as many as before all is as it was.
    let calls = client.find(CSS, "#calls").await.expect("a slider");
    let stop = calls.named("property/value").await.expect("a value").expect("a value");
    set(&client, "#calls", "30").await;
    assert_ne!(first().await, before.0);
    let shown = texts(&client, "[data-a=calls]").await;
    assert!(shown.iter().all(|text| text == "100 M"), "{shown:?}");
    assert_ne!(picture(&client).await, before.2);
    // The share of cold calls of functions: most of few calls, hardly any of many.
    let cold = async || {
        let cells = texts(&client, "#ranking .cold").await.into_iter().filter(|text| text != "–");
        cells.skip(1).map(|text| text.trim_start_matches("< ").parse::<f64>().expect("per cent")).collect::<Vec<_>>()
    };
    let of_many = cold().await;
    assert!(!of_many.is_empty() && of_many.iter().all(|percent| *percent < 1.0), "{of_many:?}");
    set(&client, "#calls", "0").await;
    let of_few = cold().await;
    assert!(of_few.len() == of_many.len() && of_few.iter().all(|percent| *percent > 50.0), "{of_few:?}");
    set(&client, "#calls", &stop).await;
    assert_eq!((first().await, texts(&client, ".sentences p").await, picture(&client).await), before);
    // A slider follows the keyboard.
    calls.send_keys("\u{e014}").await.expect("a key");
    assert_ne!(calls.named("property/value").await.expect("a value"), Some(stop));

    // The bound and the switch leave ways out, and the address has what is chosen.
    set(&client, "#bound", "10").await;
    client.find(CSS, "#durable").await.expect("a switch").click().await.expect("clicked");
    let left_out = texts(&client, "#ranking tr.out .why").await;
    assert!(!left_out.is_empty() && left_out.iter().all(|why| why == "too slow"), "{left_out:?}");
    let address_now = client.current_url().await.expect("an address");
    assert!(address_now.contains("p99=10") && address_now.contains("durable=0"), "{address_now}");

    // On a desk the ranking has all of its columns beside the chart.
    resize(&client, 1440).await;
    let hidden = evaluate(
        &client,
        "const it = document.querySelector('#ranking').parentElement; return it.scrollWidth - it.clientWidth",
    )
    .await;
    assert_eq!(hidden, json!(0));

    // Rows: filtered by a part, marked, sorted by a column.
    set(&client, "#filters [data-axis=compute]", "lambda").await;
    let rows = texts(&client, ".sortable tbody th a").await;
    assert!(!rows.is_empty() && rows.iter().all(|row| row.starts_with("lambda-")), "{rows:?}");
    client.find(CSS, ".sortable tr:not([hidden]) .star").await.expect("a star").click().await.expect("clicked");
    client.goto("about:blank").await.expect("a page");
    let address_now = address_of(&address_now, "compute=lambda", &rows[0]);
    client.goto(&address_now).await.expect("the page again");
    let marked = evaluate(
        &client,
        "return [...new Set([...document.querySelectorAll('tr.marked')].map((it) => it.dataset.row))]",
    )
    .await;
    assert_eq!(marked, json!([rows[0]]));
    assert_eq!(texts(&client, ".sortable tbody th a").await, rows, "the filter is in the address");
    let button = client.find(CSS, "table.sortable thead th:nth-child(4) button").await.expect("a title");
    button.click().await.expect("clicked");
    let script = "const table = document.querySelector('table.sortable');
        return [...table.querySelectorAll('tbody tr:not([hidden]) td:nth-child(4)')].map((it) => Number(it.dataset.v))";
    let column: Vec<f64> = serde_json::from_value(evaluate(&client, script).await).expect("numbers");
    assert!(column.len() > 1 && column.is_sorted(), "{column:?}");

    // A mark's link opens the way's section.
    let mark = "document.querySelector('.scatter .mark')";
    let opened = evaluate(
        &client,
        &format!(
            "{mark}.focus(); {mark}.dispatchEvent(new MouseEvent('click', {{ bubbles: true, cancelable: true }}));
        return [document.querySelector('details.way').open, document.querySelectorAll('.hot').length > 0]"
        ),
    )
    .await;
    assert_eq!(opened[0], json!(true));

    accessible(&client).await;
    assert_eq!(quiet(&client).await, [""; 0], "nothing is fetched");
}

/// The address with one more filter and one mark, as the page writes it.
fn address_of(address: &str, filter: &str, marked: &str) -> String {
    let marked: String = url::form_urlencoded::byte_serialize(marked.as_bytes()).collect();
    format!("{address}&{filter}&mark={marked}")
}

/// Where the marks are, and what the ticks of cost read.
async fn picture(client: &Client) -> Value {
    let script = "const chart = document.querySelector('.scatter svg');
        return [[...chart.querySelectorAll('.mark')].map((it) => [it.getAttribute('transform'), it.querySelector('title').textContent]),
                [...chart.querySelectorAll('text.x')].map((it) => [it.textContent, it.getAttribute('x'), it.getAttribute('y')])
                    .sort((a, b) => a[1] - b[1])]";
    evaluate(client, script).await
}
