//! `lab deploy --plan`: what would be made, and what it costs. Makes nothing, on AWS or here.

use anyhow::Context;
use serde_json::json;

use super::{Asked, CONFIGURATION, UNBUILT, VARIABLES, cost};
use crate::commands;
use deploy::aws::Aws;
use deploy::name::Name;
use deploy::terraform::Terraform;
use deploy::{Refused, options};

impl Asked<'_> {
    /// Terraform's own plan where AWS can be asked; else the list of what would be made, and what to set for more.
    pub(super) async fn plan(&self) -> anyhow::Result<()> {
        let way = self.arguments.way;
        let region = self.region()?;
        let (after, cost) = (self.configuration.after(&self.chosen), cost::text(way, &region, self.arguments.spot));
        match commands::unless_ended(self.full_plan(&region)).await {
            Ok(()) => commands::print(&format!("{after}\n{cost}\nNothing was made.\n")),
            Err(error) => {
                let Some(Refused(lack)) = error.downcast_ref() else { return Err(error) };
                let resources = self.resources(&region);
                commands::print(&format!("{resources}{after}\n{cost}\nNothing was made. AWS was not asked: {lack}.\n"))
            }
        }
    }

    /// Terraform's own plan, against the account.
    async fn full_plan(&self, region: &str) -> anyhow::Result<()> {
        let folder = tempfile::tempdir().context("can't make a temporary folder")?;
        let terraform = Terraform::at(folder.path())?;
        let aws = Aws::new(region)?;
        aws.account().await?;
        let name = self.arguments.name.clone().unwrap_or_else(|| Name::for_way(self.arguments.way));
        let mut variables = options::given(&name, region, UNBUILT);
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
    fn resources(&self, region: &str) -> String {
        let resources = self.configuration.resources(&self.chosen);
        let lines: String = resources.iter().map(|resource| format!("  {resource}\n")).collect();
        format!("{} would make, in {region}:\n\n{lines}", self.arguments.way)
    }
}
