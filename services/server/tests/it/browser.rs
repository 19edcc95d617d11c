//! The page in a real browser: pressed, by keyboard too, timed, remembered, and after its server was killed.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use require::webdriver::{CSS, Client};
use require::{CHROMIUM_ARGUMENTS, require};
use serde_json::json;

use crate::process::{command, start};

/// A chromedriver on a free port, and the folder of its browser; both removed when dropped.
struct Driver {
    child: Child,
    url: String,
    _profile: tempfile::TempDir,
}

impl Drop for Driver {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}

async fn browser(chromedriver: PathBuf) -> (Driver, Client) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let profile = tempfile::tempdir().unwrap();
    let child = Command::new(chromedriver)
        .arg(format!("--port={}", free.port()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut arguments = vec![format!("--user-data-dir={}", profile.path().display())];
    arguments.extend(CHROMIUM_ARGUMENTS.map(str::to_owned));
    let driver = Driver { child, url: format!("http://{free}"), _profile: profile };
    let capabilities = json!({ "goog:chromeOptions": { "args": arguments } });
    for _ in 0..100 {
        if std::net::TcpStream::connect(free).is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let client = Client::connect(&driver.url, capabilities).await.unwrap();
    (driver, client)
}

/// Waits until the element `id` has text for which `expected` holds.
async fn text(client: &Client, id: &str, expected: impl Fn(&str) -> bool) -> String {
    let element = client.find(CSS, &format!("#{id}")).await.unwrap();
    let mut text = String::new();
    for _ in 0..200 {
        text = element.text().await.unwrap();
        if expected(&text) {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("#{id} shows {text:?}");
}

#[tokio::test]
async fn the_page_counts_remembers_and_shows_errors_in_a_browser() {
    let chromedriver = installed("chromedriver").ok_or("apt-get install chromium chromium-driver");
    let Some(chromedriver) = require("browser", chromedriver) else { return };
    let test = async {
        let (_driver, client) = browser(chromedriver).await;
        let checked = tokio::spawn(check(client.clone())).await;
        // Also after a failure: the browser is not this process's child, so only its driver can
        // end it.
        _ = client.close().await;
        checked.unwrap();
    };
    tokio::time::timeout(Duration::from_secs(120), test).await.expect("the browser hung");
}

async fn check(client: Client) {
    let server = start(command("memory:"));
    client.goto(&format!("http://{}/", server.address)).await.unwrap();
    assert_eq!(client.get("/title").await.unwrap(), "Counter");
    let button = client.find(CSS, "#hit").await.unwrap();

    button.click().await.unwrap();
    text(&client, "count", |count| count == "1").await;
    let took = text(&client, "took", |took| took.starts_with("Round trip")).await;
    assert!(took.ends_with(" ms"), "{took}");

    // The keyboard, Enter first, and where its focus is afterwards.
    button.send_keys("\u{e007}").await.unwrap();
    text(&client, "count", |count| count == "2").await;
    button.send_keys(" ").await.unwrap();
    text(&client, "count", |count| count == "3").await;
    let focused = client.find(CSS, ":focus").await.unwrap();
    assert_eq!(focused.named("attribute/id").await.unwrap().as_deref(), Some("hit"));

    for count in 4..=12 {
        button.click().await.unwrap();
        text(&client, "count", |text| text == count.to_string()).await;
    }
    let rows = client.find_all(CSS, "#history li").await.unwrap();
    assert_eq!(rows.len(), 10, "the history keeps the last ten");
    assert!(rows[0].text().await.unwrap().starts_with("#12"));
    assert_eq!(text(&client, "error", str::is_empty).await, "");

    // The page is alone: no icon, font or script from anywhere.
    let script = "return performance.getEntriesByType('resource').map(e => new URL(e.name).pathname)";
    let fetched = client.execute(script).await.unwrap();
    let fetched = fetched.as_array().unwrap();
    assert!(fetched.iter().all(|path| path == "/hits"), "{fetched:?}");

    server.kill();
    button.click().await.unwrap();
    let error = text(&client, "error", |error| !error.is_empty()).await;
    assert_eq!(error, "Failed: the server could not be reached.");
    let rows = client.find_all(CSS, "#history li.bad").await.unwrap();
    assert_eq!(rows.len(), 1);
    text(&client, "count", |count| count == "12").await;
}
