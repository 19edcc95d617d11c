//! `lab destroy`: removes a deployment from AWS, and asks AWS whether anything is left of it.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Map, Value, json};

use crate::cli;
use deploy::folder::{Deployments, Folder, State, VARIABLES};
use deploy::name::Name;
use deploy::terraform::Terraform;
use deploy::{Refused, aws::Aws, backend, kubernetes, leftovers};

/// Removes a deployment. Its folder goes last, and only when nothing is left.
///
/// # Errors
/// When something can't be removed.
pub fn run(arguments: &cli::Destroy) -> anyhow::Result<ExitCode> {
    let folder = Deployments::here()?.find(&arguments.name)?;
    super::runtime()?.block_on(super::unless_ended(destroy(arguments, &folder)))
}

async fn destroy(arguments: &cli::Destroy, folder: &Folder) -> anyhow::Result<ExitCode> {
    let name = &arguments.name;
    if !arguments.yes && !io::stdin().is_terminal() {
        return Err(Refused("nobody is there to be asked: add --yes".to_owned()).into());
    }
    let _lock = folder.lock()?;
    let mut deployment = folder.deployment()?;
    let terraform = Terraform::at(folder.path())?;
    let aws = Aws::new(&deployment.region)?;
    let account = aws.account().await?;
    deployment.is_of(&account)?;
    let asked =
        format!("Remove {name} ({} in {} of account {account}) and its count?", deployment.way, deployment.region);
    if !arguments.yes && !super::agreed(&asked).await? {
        eprintln!("lab: nothing was removed");
        return Ok(ExitCode::SUCCESS);
    }
    deployment.state = State::Leaving;
    folder.keep(&deployment)?;
    take_down(folder).await?;
    terraform.init().await?;
    terraform.destroy().await?;
    let left = leftovers::find(&name.to_string(), &deployment.region, arguments.wait).await?;
    told(name, &left, folder)
}

/// Takes down what is on Kubernetes, and Terraform knows nothing of.
async fn take_down(folder: &Folder) -> anyhow::Result<()> {
    let outputs = folder.outputs()?;
    if !outputs.contains_key("manifests") {
        return Ok(());
    }
    let outputs = serde_json::from_value(json!(outputs)).context("the deployment's outputs lack something")?;
    let variables: Map<String, Value> = folder.read(VARIABLES)?;
    let context = variables.get("context").and_then(Value::as_str).filter(|context| !context.is_empty());
    let tools = kubernetes::Tools::default();
    let fits = kubernetes::Deployment::check(&tools, context).await;
    fits.map_err(|error| Refused(format!("{error:#}")))?;
    let cluster = kubernetes::Deployment { folder: folder.path(), outputs: &outputs, context, tools };
    cluster.down(&|line| eprintln!("lab: {line}")).await
}

/// Tells what is left; nothing, and the deployment is forgotten.
fn told(name: &Name, left: &leftovers::Leftovers, folder: &Folder) -> anyhow::Result<ExitCode> {
    for arn in &left.gone {
        eprintln!("lab: gone, and listed by AWS for a while: {arn}");
    }
    if left.there.is_empty() {
        if let Some(backend) = folder.backend()? {
            eprintln!("lab: the state at {} is empty, and yours to remove", backend::place(&backend));
        }
        folder.remove()?;
        super::print(&format!("Nothing is left of {name}: AWS has nothing with the tag lab:deployment={name}.\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    for arn in &left.there {
        eprintln!("lab: left: {arn}");
    }
    let count = left.there.len();
    eprintln!("lab: {count} of {name} left: remove what is named, or run `lab destroy {name}` again in some minutes");
    Ok(ExitCode::FAILURE)
}
