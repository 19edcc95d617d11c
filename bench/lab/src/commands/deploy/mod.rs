//! `lab deploy`: makes a way on AWS. Plan and cost are shown, and a confirmation prompted for, before anything is made;
//! interrupted anywhere, the same name goes on.

mod cost;
mod existing;
mod making;
mod planning;
mod preflight;

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context;
use deploy::aws::Aws;
use deploy::backend::Backend;
use deploy::configuration::Configuration;
use deploy::deployments::Deployments;
use deploy::folder::Folder;
use deploy::kubernetes::{Maker, Purpose, Tools};
use deploy::name::Name;
use deploy::options::Options;
use deploy::record::{Record, State};
use deploy::region::Region;
use deploy::terraform::Terraform;
use deploy::variables::{SizeVariables, Variables};
use deploy::{Refused, api_access, health, kubernetes, package, tools};
use programs::notice;
use ways::{ArtifactKind, Axis, model};

use crate::cli;

/// What stands for a file in a plan that is only shown: its hash is known when it is built.
const UNBUILT: &str = "unbuilt";

/// The variable that names it, where there is one.
const ARTIFACT: &str = "artifact";

/// Plans a way, and makes it.
///
/// # Errors
/// When it can't be made; what was made by then is kept in the deployment's folder.
pub fn run(arguments: &cli::Deploy) -> anyhow::Result<ExitCode> {
    let configuration = Configuration::of(arguments.way)?;
    let options = options(arguments);
    options.check(arguments.way, &configuration)?;
    let request = Request { arguments, configuration, options };
    super::runtime()?.block_on(async {
        match arguments {
            cli::Deploy { preflight: true, .. } => return request.preflight().await,
            cli::Deploy { plan: true, .. } => request.plan().await?,
            _ => request.deploy().await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn options(arguments: &cli::Deploy) -> Options {
    Options {
        spot: arguments.spot,
        domain: arguments.domain.clone(),
        zone: arguments.zone.clone(),
        context: arguments.context.clone(),
        node_image: arguments.node_image.clone(),
        api_access: arguments.api_access.clone(),
        // Its zip is built later; that it is wanted is known now.
        probe: arguments.probe.then(|| UNBUILT.to_owned()),
    }
}

/// What is requested, checked against the way.
struct Request<'a> {
    arguments: &'a cli::Deploy,
    configuration: Configuration,
    options: Options,
}

/// What is to be deployed: everything that it needs is there.
struct Prepared {
    name: Name,
    folder: Folder,
    /// What the folder has; nothing where it is new.
    existing: Option<Record>,
    record: Record,
    aws: Aws,
    terraform: Terraform,
    /// Where the state is, if not in the folder.
    backend: Option<Backend>,
    variables: Variables,
}

impl Request<'_> {
    async fn deploy(&self) -> anyhow::Result<()> {
        let mut prepared = super::unless_interrupted(self.prepare()).await?;
        let again = self.again(&prepared.name);
        prepared.folder.create()?;
        let _lock = prepared.folder.lock()?;
        if prepared.folder.record_if_any()? != prepared.existing {
            let name = &prepared.name;
            return Err(Refused(format!("another lab has just changed {name}: see `lab deployments`")).into());
        }
        let new = prepared.existing.is_none().then(|| prepared.folder.remove_unless_kept());
        if !super::unless_interrupted(self.confirm(&prepared)).await? {
            notice!("lab: nothing was made");
            return Ok(());
        }
        if let Some(new) = new {
            new.keep();
        }
        prepared.record.state = State::Unfinished;
        prepared.folder.write_record(&prepared.record)?;
        let made = super::unless_interrupted(making::make(self.arguments.way.compute, &prepared)).await;
        let url = made.with_context(|| format!("not finished: {again}"))?;
        prepared.record.state = State::Applied;
        prepared.record.url = Some(url.clone());
        prepared.folder.write_record(&prepared.record)?;
        if !self.arguments.no_wait {
            let healthy = super::unless_interrupted(health::wait(&url)).await;
            healthy.with_context(|| format!("deployed, and not healthy yet: {again}"))?;
        }
        super::print(&format!("{url}\n"))?;
        let name = &prepared.name;
        notice!("lab: `lab bench --target aws {name}` measures it, `lab destroy {name}` removes it");
        Ok(())
    }

    /// Checks what is needed, asks AWS what only AWS knows, and builds what is deployed. Makes nothing on AWS.
    async fn prepare(&self) -> anyhow::Result<Prepared> {
        let (arguments, way) = (self.arguments, self.arguments.way);
        if !arguments.yes && !io::stdin().is_terminal() {
            return Err(Refused("stdin is not a terminal: pass --yes, or --plan to see only".to_owned()).into());
        }
        let size = SizeVariables::of(way, &self.configuration)?;
        let deployments = Deployments::here()?;
        let name = arguments.name.clone().unwrap_or_else(|| deployments.new_name(way));
        let folder = deployments.folder(&name);
        let existing = self.existing(&folder)?;
        let region = match &existing {
            Some(record) => record.region.parse().map_err(|error| Refused(format!("{name}: {error}")))?,
            None => self.region()?,
        };
        let terraform = Terraform::at(folder.path(), existing.as_ref().and_then(|it| it.terraform.as_deref()))?;
        let aws = Aws::new(region.as_str())?;
        self.check_tools().await?;
        let account = aws.account().await?;
        if let Some(record) = &existing {
            record.check_account(&account)?;
        }
        let backend = self.backend(&folder, &name, &aws).await?;
        notice!("lab: {way} as {name}, in {region} of account {account}");

        let own_vpc = self.own_vpc(Some(&folder), &aws).await?;
        let artifact = match self.configuration.declares(ARTIFACT) {
            true => Some(package::of(way, arguments.artifact.as_deref()).await?.display().to_string()),
            false => None,
        };
        let options = Options { probe: self.probe().await?, ..self.filled_in().await? };
        let record = Record {
            way: way.to_string(),
            region: region.to_string(),
            account,
            created_at: existing.as_ref().map_or_else(now, |record| record.created_at.clone()),
            state: existing.as_ref().map_or(State::Unfinished, |record| record.state),
            url: existing.as_ref().and_then(|record| record.url.clone()),
            terraform: Some(terraform.name().to_owned()),
        };
        let variables = Variables { name: name.clone(), region, artifact, options, size, own_vpc };
        Ok(Prepared { existing, record, folder, aws, terraform, backend, variables, name })
    }

    /// Holds that the programs that this way needs, beside Terraform and AWS's command line, are there.
    async fn check_tools(&self) -> anyhow::Result<()> {
        let arguments = self.arguments;
        let facts = model().compute(arguments.way.compute);
        let deploys_file = self.configuration.declares(ARTIFACT);
        if let Some(path) = &arguments.artifact {
            package::absolute(path)?;
            if !deploys_file {
                return Err(Refused(format!("{} deploys no file: leave --artifact out", arguments.way)).into());
            }
        }
        if (arguments.artifact.is_none() && deploys_file) || arguments.probe {
            package::nix()?;
        }
        if facts.artifact == ArtifactKind::ContainerImage {
            tools::find(&["skopeo"], "Terraform pushes the image with it")?;
        }
        if facts.cluster {
            let maker = Maker::of(arguments.way.compute, arguments.context.as_ref());
            let fits = kubernetes::check(&Tools::default(), maker, Purpose::Make).await;
            fits.map_err(|error| Refused(format!("{error:#}")))?;
        }
        Ok(())
    }

    /// Shows what will be made and what it costs, and prompts for a confirmation.
    async fn confirm(&self, prepared: &Prepared) -> anyhow::Result<bool> {
        let Prepared { folder, record, terraform, variables, backend, .. } = prepared;
        folder.write_record(record)?;
        folder.write_plan(&self.configuration, variables, backend.as_ref())?;
        terraform.init().await?;
        terraform.plan().await?;
        let cost = cost::text(self.arguments.way, &record.region, self.arguments.spot);
        notice!("{}\n{cost}", self.configuration.after(&self.options));
        if self.arguments.yes {
            return Ok(true);
        }
        super::confirmed("Make it?").await
    }

    /// The region of what is new.
    fn region(&self) -> Result<Region, Refused> {
        let region = self.arguments.region.clone().map_or_else(Region::from_environment, Ok);
        region.map_err(|error| Refused(error.to_string()))
    }

    /// The probe's zip, where there is to be one.
    async fn probe(&self) -> anyhow::Result<Option<String>> {
        if !self.arguments.probe {
            return Ok(None);
        }
        let output = match self.arguments.way.arch.word() {
            "x86_64" => "probe".to_owned(),
            arch => format!("probe-{arch}"),
        };
        Ok(Some(package::build(&output).await?.display().to_string()))
    }

    /// The options, with this machine's address where a cluster is made and nothing else may reach its API.
    async fn filled_in(&self) -> Result<Options, Refused> {
        let mut options = self.options.clone();
        let own_cluster = self.configuration.declares("api_access") && options.context.is_none();
        if own_cluster && options.api_access.is_empty() {
            options.api_access.push(api_access::own().await?);
        }
        Ok(options)
    }

    /// Whether to make a VPC. That is decided once: it must not move because the account's default changed.
    async fn own_vpc(&self, folder: Option<&Folder>, aws: &Aws) -> anyhow::Result<Option<bool>> {
        if !self.configuration.declares("own_vpc") {
            return Ok(None);
        }
        let existing = folder.map(Folder::variables).transpose()?.flatten();
        match existing.and_then(|variables| variables.own_vpc) {
            Some(own_vpc) => Ok(Some(own_vpc)),
            None => Ok(Some(!aws.has_default_vpc().await?)),
        }
    }
}

fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}
