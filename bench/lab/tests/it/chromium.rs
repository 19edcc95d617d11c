//! A real browser for pages of the lab: what all of them are held to, whatever is on them.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use require::webdriver::Client;
use require::{CHROMIUM_ARGUMENTS, require};
use serde_json::{Value, json};

use crate::support::{free_port, on_path, root, runtime, until};

/// Does something in a browser with these preferences, which ends whatever comes of it. Without one the test is skipped.
pub(crate) fn with<F: Future<Output = ()> + Send + 'static>(preferences: Value, work: impl FnOnce(Client) -> F) {
    let chromedriver = on_path("chromedriver").ok_or("apt-get install chromium chromium-driver");
    let Some(chromedriver) = require("browser", chromedriver) else { return };
    let profile = tempfile::tempdir().expect("a folder");
    runtime().block_on(async {
        let (_driver, client) = opened(&chromedriver, profile.path(), preferences).await;
        let work = tokio::spawn(tokio::time::timeout(Duration::from_secs(120), work(client.clone()))).await;
        // Also after a failure: only its driver can end the browser.
        let _ = client.close().await;
        work.expect("the test").expect("the browser hung");
    });
}

/// A chromedriver; it ends with its browser's session.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn opened(chromedriver: &Path, profile: &Path, preferences: Value) -> (Driver, Client) {
    let port = free_port();
    let mut command = Command::new(chromedriver);
    command.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let driver = Driver(command.spawn().expect("chromedriver runs"));
    let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    until("chromedriver listens", Duration::from_secs(20), listens);
    let mut arguments = vec![format!("--user-data-dir={}", profile.display())];
    arguments.extend(CHROMIUM_ARGUMENTS.map(str::to_owned));
    let capabilities = json!({
        "goog:chromeOptions": { "args": arguments, "prefs": preferences },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    let client = Client::connect(&format!("http://127.0.0.1:{port}"), capabilities).await.expect("a session");
    (driver, client)
}

/// What a script in the page gives.
pub(crate) async fn evaluate(client: &Client, script: &str) -> Value {
    client.execute(script).await.unwrap_or_else(|error| panic!("{script}: {error}"))
}

/// Makes the window this wide, in pixels.
pub(crate) async fn resize(client: &Client, width: u32) {
    client.post("/window/rect", json!({ "width": width, "height": 900 })).await.expect("a size");
}

/// Holds that nothing in the page has moved by itself since it was opened.
pub(crate) async fn steady(client: &Client) {
    // Cumulative layout shift, but for what follows a user's own input: <https://web.dev/articles/cls>.
    let shifts = "let sum = 0;
        new PerformanceObserver((list) => { for (const it of list.getEntries()) if (!it.hadRecentInput) sum += it.value; })
            .observe({ type: 'layout-shift', buffered: true });
        return new Promise((done) => { setTimeout(() => done(sum), 200); })";
    let shifted = evaluate(client, shifts).await;
    assert!(shifted.as_f64().is_some_and(|shifted| shifted < 0.01), "the layout shifted: {shifted}");
}

/// What the page has fetched, once its console was found empty.
pub(crate) async fn quiet(client: &Client) -> Vec<String> {
    let console = client.post("/se/log", json!({ "type": "browser" })).await.expect("the console");
    assert_eq!(console, json!([]));
    let fetched = evaluate(client, "return performance.getEntriesByType('resource').map((it) => it.name)").await;
    serde_json::from_value(fetched).expect("addresses")
}

/// axe finds nothing serious, on a phone and on a desk, in light and in dark, and the page is never wider than the window.
pub(crate) async fn accessible(client: &Client) {
    let path = root().join("bench/report/node_modules/axe-core/axe.min.js");
    let Some(axe) = require("axe", fs::read_to_string(path).map_err(|_| "npm ci in bench/report")) else { return };
    evaluate(client, "document.querySelectorAll('details').forEach((it) => { it.open = true; })").await;
    evaluate(client, &axe).await;
    for (width, scheme) in [(1440, "light"), (375, "dark")] {
        resize(client, width).await;
        evaluate(client, &format!("document.documentElement.style.colorScheme = '{scheme}'")).await;
        let script =
            "return axe.run(document, { resultTypes: ['violations'] }).then((it) => it.violations.map((found) =>
                [found.impact, found.id, found.nodes.slice(0, 3).map((node) => node.html)]))";
        let found = evaluate(client, script).await;
        let serious = |it: &&Value| ["serious", "critical"].contains(&it[0].as_str().unwrap_or("serious"));
        let found: Vec<_> = found.as_array().expect("a list").iter().filter(serious).collect();
        assert!(found.is_empty(), "{width} {scheme}: {found:#?}");
        let wide =
            evaluate(client, "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
                .await;
        assert_eq!(wide, json!(0), "{width}");
    }
}
