//! `lab deploy`: makes a way on AWS. Plan and cost are shown and asked about before anything is made; cut off anywhere,
//! the same command goes on.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context;
use serde_json::{Map, Value, json};
use ways::{Axis, Compute};

use crate::cli;
use crate::deploy::artifact;
use crate::deploy::aws::Aws;
use crate::deploy::configuration::Configuration;
use crate::deploy::folder::{Deployment, Deployments, Folder, State};
use crate::deploy::name::Name;
use crate::deploy::options::{self, Options};
use crate::deploy::terraform::Terraform;
use crate::deploy::{Refused, cost, health, kubernetes};

const CONFIGURATION: &str = "main.tf.json";
pub(super) const VARIABLES: &str = "terraform.tfvars.json";
const BACKEND: &str = "backend.tf.json";

/// What stands for the artifact in a plan that is only shown: a file that is not there.
const UNBUILT: &str = "unbuilt";

/// Plans a way, and makes it.
///
/// # Errors
/// When it can't be made; what was made by then is kept in the deployment's folder.
pub fn run(arguments: &cli::Deploy) -> anyhow::Result<ExitCode> {
    let configuration = Configuration::of(arguments.way)?;
    let chosen = options(arguments).variables(arguments.way, &configuration)?;
    let asked = Asked { arguments, configuration, chosen };
    super::runtime()?.block_on(async { if arguments.plan { asked.plan().await } else { asked.deploy().await } })?;
    Ok(ExitCode::SUCCESS)
}

fn options(arguments: &cli::Deploy) -> Options {
    Options {
        spot: arguments.spot,
        domain: arguments.domain.clone(),
        zone: arguments.zone.clone(),
        context: arguments.context.clone(),
        node_image: arguments.node_image.clone(),
        // Its zip is built later; that it is asked for is known now.
        probe: arguments.probe.then(|| UNBUILT.into()),
    }
}

/// What was asked for, checked against the way.
struct Asked<'a> {
    arguments: &'a cli::Deploy,
    configuration: Configuration,
    chosen: Map<String, Value>,
}

impl Asked<'_> {
    /// Shows what would be made and what it costs; makes nothing, keeps nothing.
    async fn plan(&self) -> anyhow::Result<()> {
        let (way, region) = (self.arguments.way, &self.arguments.region);
        let cost = cost::text(way, region, self.arguments.spot);
        match self.full_plan().await {
            Ok(()) => super::print(&format!("\n{cost}\nNothing was made.\n")),
            Err(error) => {
                let Some(Refused(lack)) = error.downcast_ref() else { return Err(error) };
                let resources = self.resources();
                super::print(&format!("{resources}\n{cost}\nNothing was made. Not asked of AWS: {lack}.\n"))
            }
        }
    }

    /// Terraform's own plan, against the account.
    async fn full_plan(&self) -> anyhow::Result<()> {
        let folder = tempfile::tempdir().context("can't make a temporary folder")?;
        let terraform = Terraform::at(folder.path())?;
        let aws = Aws::new(&self.arguments.region)?;
        aws.account().await?;
        let name = self.arguments.name.clone().unwrap_or_else(|| Name::for_way(self.arguments.way));
        let mut variables = options::given(&name, &self.arguments.region, UNBUILT);
        variables.extend(self.chosen.clone());
        if self.configuration.takes("own_vpc") {
            variables.insert("own_vpc".to_owned(), json!(!aws.has_default_vpc().await?));
        }
        let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text);
        write(CONFIGURATION, self.configuration.text()).context("can't write into the temporary folder")?;
        write(VARIABLES, &serde_json::to_string(&variables)?).context("can't write into the temporary folder")?;
        terraform.init().await?;
        terraform.show().await
    }

    /// What would be made, as far as it is known without AWS.
    fn resources(&self) -> String {
        let resources = self.configuration.resources();
        let lines = resources.iter().map(|(address, condition)| match condition {
            Some(condition) => format!("  {address}  ({condition})\n"),
            None => format!("  {address}\n"),
        });
        format!("{} would make, in {}:\n\n{}", self.arguments.way, self.arguments.region, lines.collect::<String>())
    }

    async fn deploy(&self) -> anyhow::Result<()> {
        let arguments = self.arguments;
        let (way, region) = (arguments.way, arguments.region.as_str());
        if !arguments.yes && !io::stdin().is_terminal() {
            return Err(Refused("nobody is there to be asked: add --yes, or --plan to see only".to_owned()).into());
        }
        let aws = Aws::new(region)?;
        if way.compute == Compute::K8s {
            let tools = kubernetes::Tools::default();
            kubernetes::Deployment::check(&tools, arguments.context.as_deref()).await?;
        }
        let account = aws.account().await?;
        let deployments = Deployments::here()?;
        let name = arguments.name.clone().unwrap_or_else(|| Name::for_way(way));
        let folder = deployments.folder(&name);
        let mut deployment = self.deployment(&folder)?;
        let terraform = Terraform::at(folder.path())?;
        let artifact = artifact::of(way, arguments.artifact.as_deref()).await?;

        folder.create()?;
        let _lock = folder.lock()?;
        folder.keep(&deployment)?;
        let file = artifact.display().to_string();
        let variables = self.variables(&folder, options::given(&name, region, &file), &aws).await?;
        folder.write_text(CONFIGURATION, self.configuration.text())?;
        folder.write(VARIABLES, &variables)?;
        if let Some(backend) = &arguments.backend {
            folder.write(BACKEND, &backend.terraform(&name, region))?;
        }

        eprintln!("lab: {way} as {name}, in {region} of account {account}");
        terraform.init().await?;
        terraform.plan().await?;
        eprintln!("\n{}", cost::text(way, region, arguments.spot));
        if !arguments.yes && !agreed("Make it?")? {
            eprintln!("Nothing was made. `lab destroy {name}` forgets it.");
            return Ok(());
        }
        deployment.state = State::Unfinished;
        folder.keep(&deployment)?;
        let made = self.make(&folder, &terraform, &aws).await;
        let url = made.with_context(|| {
            format!(
                "not finished: `lab deploy {way} --name {name}` goes on, `lab destroy {name}` removes what there is"
            )
        })?;
        deployment.state = State::Applied;
        deployment.url = Some(url.clone());
        folder.keep(&deployment)?;
        if !arguments.no_wait {
            health::wait(&url).await?;
        }
        super::print(&format!("{url}\n"))?;
        eprintln!("lab: `lab bench --target aws {name}` measures it, `lab destroy {name}` removes it");
        Ok(())
    }

    /// The deployment that is kept under the name, or a new one.
    fn deployment(&self, folder: &Folder) -> anyhow::Result<Deployment> {
        let (way, region) = (self.arguments.way.to_string(), self.arguments.region.clone());
        if !folder.exists() {
            let created_at = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
            return Ok(Deployment { way, region, created_at, state: State::Unfinished, url: None });
        }
        let kept = folder.deployment()?;
        if (&kept.way, &kept.region) == (&way, &region) {
            return Ok(kept);
        }
        let Deployment { way, region, .. } = kept;
        Err(Refused(format!("that name is {way}'s in {region}: choose another by --name, or destroy it first")).into())
    }

    /// All variables. The network is chosen once: it must not move because the account's default changed.
    async fn variables(
        &self,
        folder: &Folder,
        mut variables: Map<String, Value>,
        aws: &Aws,
    ) -> anyhow::Result<Map<String, Value>> {
        variables.extend(self.chosen.clone());
        if self.arguments.probe {
            let package = match self.arguments.way.arch.word() {
                "x86_64" => "probe".to_owned(),
                arch => format!("probe-{arch}"),
            };
            variables.insert("probe".to_owned(), json!(artifact::build(&package).await?));
        }
        if self.configuration.takes("own_vpc") {
            let kept = folder.read::<Map<String, Value>>(VARIABLES).ok().and_then(|mut kept| kept.remove("own_vpc"));
            let own_vpc = match kept {
                Some(own_vpc) => own_vpc,
                None => json!(!aws.has_default_vpc().await?),
            };
            variables.insert("own_vpc".to_owned(), own_vpc);
        }
        Ok(variables)
    }

    /// Makes it, and tells where it answers.
    async fn make(&self, folder: &Folder, terraform: &Terraform, aws: &Aws) -> anyhow::Result<String> {
        terraform.apply().await?;
        let outputs = terraform.outputs().await?;
        folder.keep_outputs(&outputs)?;
        if self.arguments.way.compute == Compute::K8s {
            let outputs = serde_json::from_value(json!(outputs)).context("Terraform's outputs lack something")?;
            let cluster = kubernetes::Deployment {
                folder: folder.path(),
                outputs: &outputs,
                context: self.arguments.context.as_deref(),
                tools: kubernetes::Tools::default(),
            };
            return cluster.up(&|line| eprintln!("lab: {line}")).await;
        }
        match outputs.get("url").and_then(Value::as_str) {
            Some(url) => Ok(url.to_owned()),
            None => task_url(&outputs["task"], aws).await,
        }
    }
}

/// Where a task without a balancer answers.
async fn task_url(task: &Value, aws: &Aws) -> anyhow::Result<String> {
    let told = |field: &str| task[field].as_str().with_context(|| format!("Terraform's outputs have no task.{field}"));
    let (cluster, service) = (told("cluster")?, told("service")?);
    let port = task["port"].as_u64().context("Terraform's outputs have no task.port")?;
    let address = super::repeated(|| aws.task_address(cluster, service)).await?;
    Ok(format!("http://{address}:{port}"))
}

/// The answer to a question, on the terminal: no, unless it is yes.
pub(super) fn agreed(question: &str) -> anyhow::Result<bool> {
    eprint!("{question} [y/N] ");
    io::stderr().flush().context("can't ask")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).context("can't read the answer")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
