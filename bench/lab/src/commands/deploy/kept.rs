//! What a deployment that is there already keeps: its way, region, account, cluster and state stay where they are.
//! A change of one of them would leave behind what was made there.

use serde_json::{Map, Value};

use super::{Asked, VARIABLES};
use deploy::aws::Aws;
use deploy::folder::{Deployment, Folder};
use deploy::name::Name;
use deploy::{Refused, backend};

impl Asked<'_> {
    /// The deployment that is kept in a folder, if it can be what was asked for.
    pub(super) fn kept(&self, folder: &Folder) -> anyhow::Result<Option<Deployment>> {
        let Some(kept) = folder.kept()? else { return Ok(None) };
        let Deployment { way, region, .. } = &kept;
        let asked = self.arguments.region.as_ref();
        if *way != self.arguments.way.to_string() || asked.is_some_and(|asked| asked.to_string() != *region) {
            let other = "choose another by --name, or destroy it first";
            return Err(Refused(format!("that name is {way}'s in {region}: {other}")).into());
        }
        let variables: Map<String, Value> = folder.read(VARIABLES).unwrap_or_default();
        let context = variables.get("context").and_then(Value::as_str);
        if self.configuration.takes("context") && !variables.is_empty() && context != self.arguments.context.as_deref()
        {
            let place =
                context.map_or_else(|| "leave --context out".to_owned(), |name| format!("add --context {name}"));
            return Err(Refused(format!("it stays on the cluster that it is on: {place}, or destroy it first")).into());
        }
        Ok(Some(kept))
    }

    /// Where the state is to be. What has a place keeps it: Terraform would forget what it made.
    pub(super) async fn backend(&self, folder: &Folder, name: &Name, aws: &Aws) -> anyhow::Result<Option<Value>> {
        let kept = folder.backend()?;
        let Some(asked) = &self.arguments.backend else { return Ok(kept) };
        let asked = asked.terraform(name, &aws.bucket_region(asked.bucket()).await?);
        if folder.exists() && kept.as_ref() != Some(&asked) {
            let place = kept.as_ref().map_or_else(|| folder.path().display().to_string(), backend::place);
            return Err(Refused(format!("{name} has its state in {place}: leave --backend out")).into());
        }
        Ok(Some(asked))
    }

    /// How to go on under that name, or to end it: with all that was asked for and is not kept.
    pub(super) fn again(&self, name: &Name) -> String {
        let asked = self.arguments;
        let mut command = format!("lab deploy {} --name {name}", asked.way);
        for (option, given) in [("--spot", asked.spot), ("--probe", asked.probe)] {
            if given {
                command += &format!(" {option}");
            }
        }
        let artifact = asked.artifact.as_ref().map(|path| path.display().to_string());
        for (option, value) in [
            ("--domain", &asked.domain),
            ("--zone", &asked.zone),
            ("--context", &asked.context),
            ("--node-image", &asked.node_image),
            ("--artifact", &artifact),
        ] {
            if let Some(value) = value {
                command += &format!(" {option} {value}");
            }
        }
        format!("`{command}` goes on, `lab destroy {name}` removes what there is")
    }
}
