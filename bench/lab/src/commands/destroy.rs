//! `lab destroy`: removes a deployment from AWS, and asks AWS whether anything is left of it.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use deploy::aws::Aws;
use deploy::deployments::Deployments;
use deploy::folder::Folder;
use deploy::kubernetes::{Cluster, Maker, Purpose, Tools};
use deploy::leftovers::Leftovers;
use deploy::name::Name;
use deploy::record::State;
use deploy::terraform::Terraform;
use deploy::{Refused, kubernetes, leftovers};
use programs::notice;
use ways::Way;

use crate::cli;

/// Removes a deployment. Its folder goes last, and only when nothing is left.
///
/// # Errors
/// When something can't be removed.
pub fn run(arguments: &cli::Destroy) -> anyhow::Result<ExitCode> {
    let folder = Deployments::here()?.find(&arguments.name)?;
    super::runtime()?.block_on(super::unless_interrupted(destroy(arguments, &folder)))
}

async fn destroy(arguments: &cli::Destroy, folder: &Folder) -> anyhow::Result<ExitCode> {
    let name = &arguments.name;
    if !arguments.yes && !io::stdin().is_terminal() {
        return Err(Refused("stdin is not a terminal: pass --yes".to_owned()).into());
    }
    let _lock = folder.lock()?;
    let mut record = folder.record()?;
    let terraform = Terraform::at(folder.path(), record.terraform.as_deref())?;
    let aws = Aws::new(&record.region)?;
    let account = aws.account().await?;
    record.check_account(&account)?;
    let question = format!("Remove {name} ({} in {} of account {account}) and its count?", record.way, record.region);
    if !arguments.yes && !super::confirmed(&question).await? {
        notice!("lab: nothing was removed");
        return Ok(ExitCode::SUCCESS);
    }
    record.state = State::Leaving;
    folder.write_record(&record)?;
    tear_down_cluster(folder).await?;
    terraform.init().await?;
    let way = record.way.parse::<Way>().ok();
    if way.is_some_and(Way::joins_vpc) {
        notice!(
            "lab: Lambda deletes the function's network interfaces up to 20 minutes after it: the VPC's parts wait"
        );
    }
    terraform.destroy().await?;
    let leftovers = leftovers::find(&name.to_string(), way, &aws, arguments.wait).await?;
    report(name, &leftovers, folder)
}

/// Tears down what is on Kubernetes, of which Terraform knows nothing: where Terraform made the cluster, that is nothing.
async fn tear_down_cluster(folder: &Folder) -> anyhow::Result<()> {
    let outputs = folder.outputs()?;
    if outputs.manifests.is_none() || outputs.kops_state.is_none() {
        return Ok(());
    }
    let context = folder.variables()?.and_then(|variables| variables.options.context);
    let maker = context.as_ref().map_or(Maker::Kops, Maker::Somebody);
    let tools = Tools::default();
    let there = kubernetes::check(&tools, maker, Purpose::Delete).await;
    there.map_err(|error| Refused(format!("{error:#}")))?;
    let cluster = Cluster::new(folder.path(), &outputs, maker, tools)?;
    cluster.down(&|line| notice!("lab: {line}")).await
}

/// Reports what is left; where that is nothing, the deployment is forgotten.
fn report(name: &Name, leftovers: &Leftovers, folder: &Folder) -> anyhow::Result<ExitCode> {
    for arn in &leftovers.deleted {
        notice!("lab: deleted, and listed by AWS for a while: {arn}");
    }
    if leftovers.left.is_empty() {
        if let Some(backend) = folder.backend()? {
            notice!("lab: the state at {backend} is empty, and yours to remove");
        }
        folder.remove()?;
        super::print(&format!("Nothing is left of {name}: AWS has nothing with the tag lab:deployment={name}.\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    for arn in &leftovers.left {
        notice!("lab: left: {arn}");
    }
    let count = leftovers.left.len();
    notice!("lab: {count} of {name} left: remove what is named, or run `lab destroy {name}` again in some minutes");
    Ok(ExitCode::FAILURE)
}
