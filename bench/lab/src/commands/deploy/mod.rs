//! `lab deploy`: makes a way on AWS. Plan and cost are shown and asked about before anything is made; cut off anywhere,
//! the same name goes on.

mod cost;
mod kept;
mod making;
mod planning;

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context;
use serde_json::{Map, Value, json};
use ways::{Axis, Compute};

use crate::cli;
use deploy::aws::Aws;
use deploy::configuration::Configuration;
use deploy::folder::{BACKEND, Deployment, Deployments, Folder, State, VARIABLES};
use deploy::name::Name;
use deploy::options::{self, Options};
use deploy::package;
use deploy::region::Region;
use deploy::terraform::Terraform;
use deploy::tool::Tool;
use deploy::{Refused, health, kubernetes};

const CONFIGURATION: &str = "main.tf.json";

/// What stands for a file in a plan that is only shown: its hash is known when it is built.
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

/// What is to be deployed: all that has to be there is there.
struct Prepared {
    name: Name,
    folder: Folder,
    /// What is kept there; nothing where it is new.
    kept: Option<Deployment>,
    deployment: Deployment,
    aws: Aws,
    terraform: Terraform,
    /// What Terraform is told of where the state is; nothing where it is in the folder.
    backend: Option<Value>,
    variables: Map<String, Value>,
}

impl Asked<'_> {
    async fn deploy(&self) -> anyhow::Result<()> {
        let way = self.arguments.way;
        let mut prepared = super::unless_ended(self.prepare()).await?;
        let again = self.again(&prepared.name);
        prepared.folder.create()?;
        let _lock = prepared.folder.lock()?;
        if prepared.folder.kept()? != prepared.kept {
            return Err(
                Refused(format!("another lab has just changed {}: see `lab deployments`", prepared.name)).into()
            );
        }
        let unmade = prepared.kept.is_none().then(|| prepared.folder.unmade());
        if !super::unless_ended(self.agree(&prepared)).await? {
            eprintln!("lab: nothing was made");
            return Ok(());
        }
        if let Some(unmade) = unmade {
            unmade.begin();
        }
        prepared.deployment.state = State::Unfinished;
        prepared.folder.keep(&prepared.deployment)?;
        let made = super::unless_ended(making::make(way, &prepared)).await;
        let url = made.with_context(|| format!("not finished: {again}"))?;
        prepared.deployment.state = State::Applied;
        prepared.deployment.url = Some(url.clone());
        prepared.folder.keep(&prepared.deployment)?;
        if !self.arguments.no_wait {
            let well = super::unless_ended(health::wait(&url)).await;
            well.with_context(|| format!("deployed, and not well: {again}"))?;
        }
        super::print(&format!("{url}\n"))?;
        let name = &prepared.name;
        eprintln!("lab: `lab bench --target aws {name}` measures it, `lab destroy {name}` removes it");
        Ok(())
    }

    /// Checks all that is needed, asks AWS what it has to tell, and builds what is deployed. Makes nothing.
    async fn prepare(&self) -> anyhow::Result<Prepared> {
        let (arguments, way) = (self.arguments, self.arguments.way);
        if !arguments.yes && !io::stdin().is_terminal() {
            return Err(Refused("nobody is there to be asked: add --yes, or --plan to see only".to_owned()).into());
        }
        let deployments = Deployments::here()?;
        let name = arguments.name.clone().unwrap_or_else(|| deployments.new_name(way));
        let folder = deployments.folder(&name);
        let kept = self.kept(&folder)?;
        let region = kept.as_ref().map_or_else(|| self.region(), |kept| Ok(kept.region.clone()))?;
        let region = region.as_str();

        let terraform = Terraform::at(folder.path())?;
        let aws = Aws::new(region)?;
        if let Some(path) = &arguments.artifact {
            package::absolute(path)?;
        }
        if arguments.artifact.is_none() || arguments.probe {
            package::nix()?;
        }
        if matches!(way.compute, Compute::Fargate | Compute::K8s) {
            Tool::find(&["skopeo"], "Terraform pushes the image with it")?;
        }
        if way.compute == Compute::K8s {
            let fits = kubernetes::Deployment::check(&kubernetes::Tools::default(), arguments.context.as_deref()).await;
            fits.map_err(|error| Refused(format!("{error:#}")))?;
        }
        let account = aws.account().await?;
        if let Some(kept) = &kept {
            kept.is_of(&account)?;
        }
        let backend = self.backend(&folder, &name, &aws).await?;
        eprintln!("lab: {way} as {name}, in {region} of account {account}");

        let file = package::of(way, arguments.artifact.as_deref()).await?.display().to_string();
        let variables = self.variables(&folder, options::given(&name, region, &file), &aws).await?;
        let deployment = kept.clone().unwrap_or_else(|| Deployment {
            way: way.to_string(),
            region: region.to_owned(),
            account,
            created_at: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            state: State::Unfinished,
            url: None,
        });
        Ok(Prepared { kept, deployment, folder, aws, terraform, backend, variables, name })
    }

    /// Shows what will be made and what it costs, and asks whether it shall be.
    async fn agree(&self, prepared: &Prepared) -> anyhow::Result<bool> {
        let Prepared { folder, deployment, terraform, .. } = prepared;
        folder.keep(deployment)?;
        folder.write(VARIABLES, &prepared.variables)?;
        folder.write_text(CONFIGURATION, self.configuration.text())?;
        if let Some(backend) = &prepared.backend {
            folder.write(BACKEND, backend)?;
        }
        terraform.init().await?;
        terraform.plan().await?;
        let cost = cost::text(self.arguments.way, &deployment.region, self.arguments.spot);
        eprintln!("{}\n{cost}", self.configuration.after(&self.chosen));
        if self.arguments.yes {
            return Ok(true);
        }
        super::agreed("Make it?").await
    }

    /// The region of what is new.
    fn region(&self) -> Result<String, Refused> {
        let region = self.arguments.region.clone().map_or_else(Region::of_environment, Ok);
        Ok(region.map_err(|error| Refused(error.to_string()))?.to_string())
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
            let output = match self.arguments.way.arch.word() {
                "x86_64" => "probe".to_owned(),
                arch => format!("probe-{arch}"),
            };
            variables.insert("probe".to_owned(), json!(package::build(&output).await?));
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
}
