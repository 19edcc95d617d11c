//! `lab destroy`: removes a deployment from AWS, and asks AWS whether anything is left of it.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use anyhow::Context;
use serde_json::{Map, Value, json};

use super::deploy::{VARIABLES, agreed};
use crate::cli;
use crate::deploy::folder::{Deployments, Folder, State};
use crate::deploy::name::Name;
use crate::deploy::terraform::Terraform;
use crate::deploy::{Refused, aws::Aws, kubernetes, leftovers};

/// Removes a deployment. Its folder goes last, and only when nothing is left.
///
/// # Errors
/// When something can't be removed.
pub fn run(arguments: &cli::Destroy) -> anyhow::Result<ExitCode> {
    let name = &arguments.name;
    let folder = Deployments::here()?.find(name)?;
    let mut deployment = folder.deployment()?;
    if !arguments.yes {
        if !io::stdin().is_terminal() {
            return Err(Refused("nobody is there to be asked: add --yes".to_owned()).into());
        }
        if !agreed(&format!("Remove {name} ({} in {}) and its count?", deployment.way, deployment.region))? {
            return Ok(ExitCode::SUCCESS);
        }
    }
    let _lock = folder.lock()?;
    let terraform = Terraform::at(folder.path())?;
    super::runtime()?.block_on(async {
        Aws::new(&deployment.region)?.account().await?;
        deployment.state = State::Leaving;
        folder.keep(&deployment)?;
        take_down(&folder).await?;
        terraform.init().await?;
        terraform.destroy().await?;
        told(name, &leftovers::find(&name.to_string(), &deployment.region).await?, &folder)
    })
}

/// Takes down what is on Kubernetes, and Terraform knows nothing of.
async fn take_down(folder: &Folder) -> anyhow::Result<()> {
    let outputs = folder.outputs()?;
    if !outputs.contains_key("manifests") {
        return Ok(());
    }
    let outputs = serde_json::from_value(json!(outputs)).context("the deployment's outputs lack something")?;
    let variables: Map<String, Value> = folder.read(VARIABLES)?;
    let cluster = kubernetes::Deployment {
        folder: folder.path(),
        outputs: &outputs,
        context: variables.get("context").and_then(Value::as_str).filter(|context| !context.is_empty()),
        tools: kubernetes::Tools::default(),
    };
    cluster.down(&|line| eprintln!("lab: {line}")).await
}

/// Tells what is left; nothing, and the deployment is forgotten.
fn told(name: &Name, left: &leftovers::Leftovers, folder: &Folder) -> anyhow::Result<ExitCode> {
    for arn in &left.listed {
        eprintln!("lab: gone, and listed by AWS for a while: {arn}");
    }
    if left.there.is_empty() {
        folder.remove()?;
        super::print(&format!("Nothing is left of {name}: AWS lists nothing with the tag lab:deployment={name}.\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    for arn in &left.there {
        eprintln!("lab: left: {arn}");
    }
    eprintln!("lab: {} things of {name} are left: `lab destroy {name}` tries again", left.there.len());
    Ok(ExitCode::FAILURE)
}
