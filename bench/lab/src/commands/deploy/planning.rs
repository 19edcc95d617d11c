//! `lab deploy --plan`: what would be made, and what it costs. Makes nothing, on AWS or here.

use anyhow::Context;
use deploy::Refused;
use deploy::aws::Aws;
use deploy::folder::Folder;
use deploy::name::Name;
use deploy::region::Region;
use deploy::terraform::Terraform;
use deploy::variables::{SizeVariables, Variables};

use super::{ARTIFACT, Request, UNBUILT, cost};
use crate::commands;

impl Request<'_> {
    /// Terraform's own plan where there are credentials; else the list of what would be made, and what to set for more.
    pub(super) async fn plan(&self) -> anyhow::Result<()> {
        let region = self.region()?;
        let cost = cost::text(self.arguments.way, region.as_str(), self.arguments.spot);
        let after = self.configuration.after(&self.options);
        match commands::unless_interrupted(self.full_plan(&region)).await {
            Ok(()) => commands::print(&format!("{after}\n{cost}\nNothing was made.\n")),
            Err(error) => {
                let Some(Refused(lack)) = error.downcast_ref() else { return Err(error) };
                let resources = self.resources(&region);
                commands::print(&format!("{resources}{after}\n{cost}\nNothing was made. AWS was not called: {lack}.\n"))
            }
        }
    }

    /// Terraform's own plan, against the account.
    async fn full_plan(&self, region: &Region) -> anyhow::Result<()> {
        let temporary = tempfile::tempdir().context("can't make a temporary folder")?;
        let folder = Folder::at(temporary.path().to_owned());
        let terraform = Terraform::at(folder.path(), None)?;
        let aws = Aws::new(region.as_str())?;
        aws.account().await?;
        let variables = Variables {
            name: self.arguments.name.clone().unwrap_or_else(|| Name::for_way(self.arguments.way)),
            region: region.clone(),
            artifact: self.configuration.declares(ARTIFACT).then(|| UNBUILT.to_owned()),
            options: self.filled_in().await?,
            size: SizeVariables::of(self.arguments.way, &self.configuration)?,
            own_vpc: self.own_vpc(None, &aws).await?,
        };
        folder.write_plan(&self.configuration, &variables, None)?;
        terraform.init().await?;
        terraform.show().await
    }

    /// What would be made, as far as it is known without AWS.
    fn resources(&self, region: &Region) -> String {
        let resources = self.configuration.resources(&self.options);
        let lines: String = resources.iter().map(|resource| format!("  {resource}\n")).collect();
        format!("{} would make, in {region}:\n\n{lines}", self.arguments.way)
    }
}
