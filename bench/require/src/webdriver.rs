//! A client of WebDriver for the tests' browser, as far as they use it: <https://www.w3.org/TR/webdriver2/>.

use std::time::{Duration, Instant};

use http::Method;
use http_body_util::BodyExt;
use hyper_util::client::legacy::{Client as Http, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// For a command and its answer: beyond the 30 s that the driver gives a script.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// Finds elements by a CSS selector.
pub const CSS: &str = "css selector";
/// Finds elements by an XPath expression.
pub const XPATH: &str = "xpath";

/// The name under which WebDriver gives an element's reference.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Why a command failed: WebDriver's `error` and `message`.
#[derive(Debug, thiserror::Error)]
#[error("{error}: {message}")]
pub struct Error {
    /// A name of WebDriver's such as `no such element`, or `no answer` where none of WebDriver's came.
    pub error: String,
    /// What the driver says about it.
    pub message: String,
}

fn no_answer(reason: impl std::fmt::Debug) -> Error {
    Error { error: "no answer".to_owned(), message: format!("{reason:?}") }
}

/// A session of a browser. It lasts until [`Client::close`].
#[derive(Debug, Clone)]
pub struct Client {
    session: String,
    http: Http<HttpConnector, String>,
}

impl Client {
    /// Opens a session with these capabilities at a driver's URL, which has no `/` at its end.
    pub async fn connect(driver: &str, capabilities: Value) -> Result<Self, Error> {
        let http = Http::builder(TokioExecutor::new()).build_http();
        let mut client = Self { session: format!("{driver}/session"), http };
        let opened = client.post("", json!({ "capabilities": { "alwaysMatch": capabilities } })).await?;
        client.session = format!("{driver}/session/{}", text(&opened["sessionId"])?);
        Ok(client)
    }

    async fn call(&self, method: Method, path: &str, body: String) -> Result<Value, Error> {
        let request = http::Request::builder().method(method).uri(format!("{}{path}", self.session));
        let request =
            request.header("content-type", "application/json; charset=utf-8").body(body).map_err(no_answer)?;
        let answered = async {
            let (head, body) = self.http.request(request).await.map_err(no_answer)?.into_parts();
            Ok((head.status, body.collect().await.map_err(no_answer)?.to_bytes()))
        };
        let (status, body) = tokio::time::timeout(COMMAND_TIMEOUT, answered).await.map_err(no_answer)??;
        let answer: Value = serde_json::from_slice(&body).map_err(|error| no_answer((status, error)))?;
        let value = answer["value"].clone();
        match status.is_success() {
            true => Ok(value),
            false => Err(Error { error: text(&value["error"])?, message: text(&value["message"])? }),
        }
    }

    /// Any command of the session that is got, such as `/title`.
    pub async fn get(&self, path: &str) -> Result<Value, Error> {
        self.call(Method::GET, path, String::new()).await
    }

    /// Any command of the session that is posted, such as `/window/rect`.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value, Error> {
        self.call(Method::POST, path, body.to_string()).await
    }

    /// Ends the session, and with it the browser.
    pub async fn close(self) -> Result<(), Error> {
        self.call(Method::DELETE, "", String::new()).await.map(drop)
    }

    /// Opens an address and waits until the page is loaded.
    pub async fn goto(&self, url: &str) -> Result<(), Error> {
        self.post("/url", json!({ "url": url })).await.map(drop)
    }

    /// The page's address.
    pub async fn current_url(&self) -> Result<String, Error> {
        text(&self.get("/url").await?)
    }

    /// The first element that is found by [`CSS`] or [`XPATH`]; it is an error if there is none.
    pub async fn find(&self, by: &str, value: &str) -> Result<Element, Error> {
        self.element(&self.post("/element", json!({ "using": by, "value": value })).await?)
    }

    /// All elements that is found.
    pub async fn find_all(&self, by: &str, value: &str) -> Result<Vec<Element>, Error> {
        let found = self.post("/elements", json!({ "using": by, "value": value })).await?;
        found.as_array().ok_or_else(|| no_answer(&found))?.iter().map(|element| self.element(element)).collect()
    }

    /// Waits for an element; after `at_most` the error is that of [`Client::find`].
    pub async fn wait_for(&self, by: &str, value: &str, at_most: Duration) -> Result<Element, Error> {
        let begun = Instant::now();
        loop {
            match self.find(by, value).await {
                Err(Error { error, .. }) if error == "no such element" && begun.elapsed() < at_most => {}
                found => return found,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Runs a script in the page, and gives what it returns or its promise is fulfilled with.
    pub async fn execute(&self, script: &str) -> Result<Value, Error> {
        self.post("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    fn element(&self, reference: &Value) -> Result<Element, Error> {
        Ok(Element { client: self.clone(), path: format!("/element/{}", text(&reference[ELEMENT])?) })
    }
}

fn text(value: &Value) -> Result<String, Error> {
    value.as_str().map(str::to_owned).ok_or_else(|| no_answer(value))
}

/// An element of the page.
#[derive(Debug, Clone)]
pub struct Element {
    client: Client,
    path: String,
}

impl Element {
    /// Clicks in its middle, as a user does.
    pub async fn click(&self) -> Result<(), Error> {
        self.client.post(&format!("{}/click", self.path), json!({})).await.map(drop)
    }

    /// Focuses it and presses keys: characters, or WebDriver's code points for other keys.
    pub async fn send_keys(&self, keys: &str) -> Result<(), Error> {
        self.client.post(&format!("{}/value", self.path), json!({ "text": keys })).await.map(drop)
    }

    /// Its text as it is rendered.
    pub async fn text(&self) -> Result<String, Error> {
        text(&self.client.get(&format!("{}/text", self.path)).await?)
    }

    /// An attribute or a property that is text: `attribute/NAME` or `property/NAME`.
    pub async fn named(&self, what: &str) -> Result<Option<String>, Error> {
        let value = self.client.get(&format!("{}/{what}", self.path)).await?;
        if value.is_null() { Ok(None) } else { text(&value).map(Some) }
    }
}
