//! `lab up`: starts ways, prints how to use them, has a page about them, and keeps them up until it is interrupted.

mod page;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use app::AppWay;
use artifact::{Artifacts, root};
use cloud::credentials::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, region};
use cloud::{Aws, Cloud, CloudConfig, Deployment, Endpoints, Pages, Profile};
use tokio::sync::watch;
use tokio::task::JoinSet;
use ways::{Build, Way, model};

use self::page::Page;
use super::own::Service;
use crate::cli;

/// Of the delays of `--slow`: the same ones each time.
const SEED: u64 = 1;

/// How long calls under way may take once the lab is interrupted. Then the functions' environments are killed.
const CALLS: Duration = Duration::from_secs(1);

/// How long everything may take to end. What is left then is killed as the lab ends.
const END: Duration = Duration::from_millis(2_700);

/// Starts the ways asked for, prints how to use them, and waits for Ctrl-C.
///
/// # Errors
/// When one of them can't be started; those started before it are ended.
pub fn run(arguments: cli::Up) -> anyhow::Result<ExitCode> {
    let service = arguments.app.as_deref().map(Service::read).transpose()?;
    let app = service.as_ref().map(|service| &service.app);
    let own = match app {
        Some(app) if arguments.ways.is_empty() => app.ways(),
        Some(app) => super::own::ways(app, &arguments.ways.iter().map(ToString::to_string).collect::<Vec<_>>())?,
        None => Vec::new(),
    };
    let ways = match arguments.ways {
        _ if app.is_some() => Vec::new(),
        named if !named.is_empty() => named.iter().map(|way| way.way(None)).collect::<Result<_, _>>()?,
        _ => model().catalogue().map(|row| row.way).filter(|way| Artifacts::available(*way).is_ok()).collect(),
    };
    let artifacts = Artifacts::new(root::find()?);
    let config = CloudConfig {
        profile: if arguments.slow { Profile::Aws(Aws::new(SEED)) } else { Profile::Bare },
        service_env: BTreeMap::from([arguments.update.variable()]),
        runtimes: artifacts.runtimes(),
        ..CloudConfig::default()
    };
    super::runtime()?.block_on(async {
        let mut end = std::pin::pin!(super::end_requested());
        let up = tokio::select! {
            started = Up::start(&artifacts, &ways, service.as_ref().map(|it| (it, &own[..])), config) => started?,
            ended = &mut end => {
                // What has been started is dropped, and its processes are killed with it.
                return ended.context("can't listen for signals").map(|()| ExitCode::SUCCESS);
            }
        };
        if arguments.env {
            super::print(&up.exports())?;
            close_stdout().context("can't close stdout")?;
        } else {
            super::print(&up.text())?;
        }
        up.keep(end).await.context("can't listen for signals")?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The end of stdout, for a shell that reads the lines of `--env` up to it: `source <(lab up --env WAY)`.
fn close_stdout() -> io::Result<()> {
    rustix::stdio::dup2_stdout(File::options().write(true).open("/dev/null")?)?;
    Ok(())
}

/// A page that is being made.
type BoxFuture = Pin<Box<dyn Future<Output = Option<String>> + Send>>;

/// Ways that are up.
struct Up {
    cloud: Cloud,
    deployments: Vec<Deployment>,
    /// What a browser sees of them.
    pages: Option<Pages>,
}

impl Up {
    /// The counter's ways, or those of a service of the user's own, which share its tables and buckets.
    async fn start(
        artifacts: &Artifacts,
        ways: &[Way],
        own: Option<(&Service, &[AppWay])>,
        config: CloudConfig,
    ) -> anyhow::Result<Self> {
        artifacts.prepare(ways.iter().map(|&way| (way, Build::Tuned))).await?;
        let mut built = Vec::new();
        for &way in ways {
            built.push(artifacts.of(way, Build::Tuned).await.with_context(|| way.to_string())?);
        }
        let cloud = Cloud::start(config).await.context("can't start the local cloud")?;
        let mut deployments = Vec::new();
        if let Some((service, ways)) = own {
            service.build().await?;
            service.provision(&cloud)?;
            for &way in ways {
                deployments.push(service.deploy(&cloud, way, artifacts).await.with_context(|| way.to_string())?);
            }
        }
        for (&way, artifact) in ways.iter().zip(&built) {
            deployments.push(cloud.deploy(way, artifact).await.with_context(|| way.to_string())?);
        }
        let mut up = Self { cloud, deployments, pages: None };
        up.pages = Some(Pages::serve(up.page()).await.context("can't listen for the page")?);
        Ok(up)
    }

    /// What each path shows.
    fn page(&self) -> impl Fn(String) -> BoxFuture + Clone + Send + Sync + 'static {
        let observers = self.deployments.iter().map(Deployment::observer).collect();
        let page = Arc::new(Page { observers, endpoints: self.cloud.endpoints(), variables: self.variables() });
        move |path| {
            let page = Arc::clone(&page);
            Box::pin(async move { page.at(&path).await })
        }
    }

    /// What a person reads. Programs read the lines `WAY URL`, `DynamoDB URL   S3 URL   Lambda URL` and `Ctrl-C …`.
    fn text(&self) -> String {
        let Endpoints { dynamodb, s3, lambda } = self.cloud.endpoints();
        let width = self.deployments.iter().map(|it| it.name().len()).max().unwrap_or_default();
        let mut text = String::new();
        for deployment in &self.deployments {
            line(&mut text, format_args!("{:width$}  {}/", deployment.name(), deployment.url()));
        }
        line(&mut text, format_args!("\nDynamoDB {dynamodb}   S3 {s3}   Lambda {lambda}"));
        let named = self.deployments.iter().filter_map(|it| Some((it.name(), it.function_name()?)));
        for (n, (way, name)) in named.enumerate() {
            let title = if n == 0 { "\nFunctions, by their names in Lambda:\n" } else { "" };
            line(&mut text, format_args!("{title}{way:width$}  {name}"));
        }
        line(&mut text, format_args!("\nFor AWS's CLI and SDKs in another terminal:\n{}", self.variables()));
        if let Some(pages) = &self.pages {
            line(&mut text, format_args!("All of this, and what is called, as a page: {}/\n", pages.url()));
        }
        line(&mut text, format_args!("Ctrl-C ends them."));
        text
    }

    /// What a shell reads: the same as variables, with each way's URL and function.
    fn exports(&self) -> String {
        let mut text = self.variables();
        for deployment in &self.deployments {
            let name = deployment.name().to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            line(&mut text, format_args!("export LAB_URL_{name}={}", deployment.url()));
            if let Some(function) = deployment.function_name() {
                line(&mut text, format_args!("export LAB_FUNCTION_{name}={function}"));
            }
        }
        text
    }

    fn variables(&self) -> String {
        let Endpoints { dynamodb, s3, lambda } = self.cloud.endpoints();
        // A profile or a token of another account would win over, or be mixed with, what follows.
        let mut text = String::from("unset AWS_PROFILE AWS_SESSION_TOKEN\n");
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
            ("AWS_REGION", region()),
            ("AWS_DEFAULT_REGION", region()),
            ("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb),
            ("AWS_ENDPOINT_URL_S3", &s3),
            ("AWS_ENDPOINT_URL_LAMBDA", &lambda),
        ] {
            line(&mut text, format_args!("export {name}={value}"));
        }
        text
    }

    /// Restarts servers that end by themselves, until `end`; then ends everything, in a bounded time.
    async fn keep<T>(self, end: impl Future<Output = T>) -> T {
        let Self { cloud, deployments, pages } = self;
        let (interrupt, interrupted) = watch::channel(false);
        let mut kept = JoinSet::new();
        for deployment in deployments {
            kept.spawn(keep_up(deployment, interrupted.clone()));
        }
        let ended = end.await;
        interrupt.send_replace(true);
        let stopped = async {
            // First: it looks at what ends.
            if let Some(pages) = pages {
                // A health check that is under way is not waited for any longer than a call.
                let _ = tokio::time::timeout(CALLS, pages.shutdown()).await;
            }
            let mut all = std::pin::pin!(async { while kept.join_next().await.is_some() {} });
            if tokio::time::timeout(CALLS, all.as_mut()).await.is_err() {
                tokio::join!(all, cloud.end_functions());
            }
            cloud.shutdown().await;
        };
        if tokio::time::timeout(END, stopped).await.is_err() {
            report("some service did not end in time and is killed");
        }
        ended
    }
}

async fn keep_up(mut deployment: Deployment, mut interrupted: watch::Receiver<bool>) {
    let way = deployment.name().to_owned();
    tokio::select! {
        () = deployment.keep_up(|happened| report(&format!("{way}: {happened}"))) => {}
        _ = interrupted.wait_for(|interrupted| *interrupted) => {}
    }
    deployment.stop().await;
}

/// A line on stderr. That nobody can read it is not a reason to end.
fn report(what: &str) {
    programs::notice!("lab: {what}");
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("memory takes all that is written");
}
