//! The page of `lab up`: what is up, how to use it, and what has been called. It is made whole for each request; its script
//! fetches the part that changes.

use cloud::lambda::{Report, Status};
use cloud::{Endpoints, Health, Observer};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use report::COLOURS;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// REPORT lines of a function that are shown, the newest first.
const LINES: usize = 20;

/// The path of the part that changes.
const LIVE: &str = "/live";

/// What the page is about.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) observers: Vec<Observer>,
    pub(super) endpoints: Endpoints,
    /// `export` lines for a shell.
    pub(super) variables: String,
}

impl Page {
    /// The page at a path; nothing where there is none.
    pub(super) async fn at(&self, path: &str) -> Option<String> {
        match path {
            "/" => Some(self.whole().await.into_string()),
            LIVE => Some(self.live().await.map(Markup::into_string).concat()),
            _ => None,
        }
    }

    async fn whole(&self) -> Markup {
        let Endpoints { dynamodb, s3, lambda } = &self.endpoints;
        let [live, reports] = self.live().await;
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    link rel="icon" href="data:,";
                    title { "lab up" }
                    style { (PreEscaped(COLOURS)) (PreEscaped(STYLE)) }
                }
                body {
                    h1 { "What is up" }
                    main {
                        (live)
                        h2 { "Endpoints" }
                        dl {
                            @for (name, url) in [("DynamoDB", dynamodb), ("S3", s3), ("Lambda", lambda)] {
                                div { dt { (name) } dd { code { (url) } } }
                            }
                        }
                        h2 { "For AWS's CLI and SDKs" }
                        pre tabindex="0" { code { (self.variables) } }
                        p { "The credentials are those of this local cloud: they open nothing else." }
                        (reports)
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    }

    /// What changes: the ways, and the REPORT lines, which stand at the end so that nothing moves when they grow.
    async fn live(&self) -> [Markup; 2] {
        let mut rows = Vec::new();
        for observer in &self.observers {
            rows.push((observer, observer.reports(), observer.health().await));
        }
        let ways = html! { div #ways data-live=(LIVE) {
            div.scroll tabindex="0" role="region" aria-label="Ways" {
                table {
                    caption { "Ways" }
                    thead { tr {
                        th scope="col" { "way" } th scope="col" { "URL" } th scope="col" { "function" } th scope="col" { "state" }
                        th.n scope="col" { "invocations" } th.n scope="col" { "cold" } th.n scope="col" { "failed" }
                        th.n scope="col" { "p50, ms" } th.n scope="col" { "p99, ms" } th.n scope="col" { "billed, ms" }
                    } }
                    tbody { @for (observer, reports, health) in &rows { tr {
                        th scope="row" { (observer.name()) }
                        td { @if let Some(url) = observer.url() { a href={ (url) "/" } { (url) "/" } } @else { "–" } }
                        td { @if let Some(name) = observer.function_name() { code { (name) } } @else { "–" } }
                        td { (state(health.as_ref(), reports)) }
                        @for cell in invocations(observer, reports) { td.n { (cell) } }
                    } } }
                }
            }
            p.note { "Invocations are the last 1,024 of each function; of a server the state is a health check's, through its front." }
        } };
        let lines = html! { div #reports data-live=(LIVE) {
            @for (observer, reports, _) in rows.iter().filter(|(_, reports, _)| !reports.is_empty()) {
                h2 { "REPORT lines of " (observer.name()) }
                pre tabindex="0" { @for report in reports.iter().rev().take(LINES) { (report) "\n" } }
            }
        } };
        [ways, lines]
    }
}

fn state(health: Option<&Health>, reports: &[Report]) -> String {
    match health {
        Some(Health::Answered(status, took)) if status.is_success() => {
            format!("healthy, answered in {:.2} ms", took.as_secs_f64() * 1e3)
        }
        Some(Health::Answered(status, _)) => format!("answered {status}"),
        Some(Health::Down(error)) => format!("down: {error}"),
        None if reports.is_empty() => "waiting for a first call".to_owned(),
        None => "called".to_owned(),
    }
}

/// Invocations, cold and failed ones of them, median and 99th percentile of their durations, what is paid for: by the
/// nearest rank, as everywhere in the lab.
fn invocations(observer: &Observer, reports: &[Report]) -> [String; 6] {
    if observer.function_name().is_none() || reports.is_empty() {
        return std::array::from_fn(|_| "–".to_owned());
    }
    let count = |of: fn(&Report) -> bool| reports.iter().filter(|report| of(report)).count().to_string();
    let mut durations: Vec<_> = reports.iter().map(|report| report.duration).collect();
    durations.sort_unstable();
    let percentile = |percent: usize| {
        let rank = (durations.len() * percent).div_ceil(100).max(1) - 1;
        format!("{:.2}", durations[rank].as_secs_f64() * 1e3)
    };
    let billed_ms: u128 = reports.iter().map(|report| report.billed_duration.as_millis()).sum();
    [
        reports.len().to_string(),
        count(|report| report.init_duration.is_some()),
        count(|report| report.status != Status::Success),
        percentile(50),
        percentile(99),
        billed_ms.to_string(),
    ]
}
