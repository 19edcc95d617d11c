//! What a deployment keeps when it is deployed again: its way, region, account, cluster and state stay where they are.
//! A change of one of them would leave behind what was made there.

use deploy::Refused;
use deploy::aws::Aws;
use deploy::backend::Backend;
use deploy::folder::Folder;
use deploy::name::Name;
use deploy::options::Options;
use deploy::record::Record;
use programs::quoted;

use super::Request;

impl Request<'_> {
    /// The deployment that a folder has, if it can become what is requested.
    pub(super) fn existing(&self, folder: &Folder) -> anyhow::Result<Option<Record>> {
        let Some(record) = folder.record_if_any()? else { return Ok(None) };
        let Record { way, region, .. } = &record;
        let base = self.arguments.way.at_default_size().to_string();
        let same_way = way.split('@').next() == Some(base.as_str());
        let requested = self.arguments.region.as_ref();
        if !same_way || requested.is_some_and(|requested| requested.as_str() != region) {
            let other = "choose another by --name, or destroy it first";
            return Err(Refused(format!("that name is {way}'s in {region}: {other}")).into());
        }
        let variables = folder.variables()?;
        if let Some(variables) = variables.filter(|_| self.configuration.declares("context")) {
            let context = variables.options.context;
            if context != self.options.context {
                let place =
                    context.map_or_else(|| "leave --context out".to_owned(), |name| format!("add --context {name}"));
                let stays = "it stays on the cluster that it is on";
                return Err(Refused(format!("{stays}: {place}, or destroy it first")).into());
            }
        }
        Ok(Some(record))
    }

    /// Where the state is to be. What has a place keeps it: Terraform would forget what it made.
    pub(super) async fn backend(&self, folder: &Folder, name: &Name, aws: &Aws) -> anyhow::Result<Option<Backend>> {
        let existing = folder.backend()?;
        let Some(place) = &self.arguments.backend else { return Ok(existing) };
        let requested = place.backend(name, &aws.bucket_region(place.bucket()).await?);
        if folder.exists() && existing.as_ref() != Some(&requested) {
            let place = existing.map_or_else(|| folder.path().display().to_string(), |backend| backend.to_string());
            return Err(Refused(format!("{name} has its state in {place}: leave --backend out")).into());
        }
        Ok(Some(requested))
    }

    /// How to go on under that name, or to end it: with every option that is not kept.
    pub(super) fn again(&self, name: &Name) -> String {
        let arguments = self.arguments;
        let Options { domain, zone, context, node_image, api_access, .. } = &self.options;
        let mut words = vec![
            "lab".to_owned(),
            "deploy".to_owned(),
            arguments.way.to_string(),
            "--name".to_owned(),
            name.to_string(),
        ];
        for (option, given) in [("--spot", arguments.spot), ("--probe", arguments.probe)] {
            words.extend(given.then(|| option.to_owned()));
        }
        for (option, value) in [
            ("--domain", domain.as_ref().map(ToString::to_string)),
            ("--zone", zone.as_ref().map(ToString::to_string)),
            ("--context", context.as_ref().map(ToString::to_string)),
            ("--node-image", node_image.as_ref().map(ToString::to_string)),
            ("--artifact", arguments.artifact.as_ref().map(|path| path.display().to_string())),
        ] {
            words.extend(value.into_iter().flat_map(|value| [option.to_owned(), value]));
        }
        words.extend(api_access.iter().flat_map(|network| ["--api-access".to_owned(), network.to_string()]));
        format!("`{}` goes on, `lab destroy {name}` removes what there is", quoted(words))
    }
}
