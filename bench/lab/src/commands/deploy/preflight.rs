//! `lab deploy --preflight`: what the account lacks for a way, and the policy that a deployer needs. Makes nothing.

use std::process::ExitCode;

use deploy::Refused;
use deploy::aws::Aws;
use deploy::permissions::{MANAGED_POLICY_CHARACTERS, Permissions, Place};
use deploy::preflight::{Finding, Intended, State, findings};
use deploy::region::Region;

use super::Request;
use crate::commands;

impl Request<'_> {
    /// Prints it. Without credentials the policy alone, for any account.
    pub(super) async fn preflight(&self) -> anyhow::Result<ExitCode> {
        let region = self.region()?;
        let way = self.arguments.way;
        let (head, permissions, found) = match commands::unless_interrupted(self.asked(&region)).await {
            Ok((account, permissions, found)) => {
                (format!("{way} in {region} of account {account}:"), permissions, found)
            }
            Err(error) => {
                let Some(Refused(lack)) = error.downcast_ref() else { return Err(error) };
                let head = format!("{way} in {region}. AWS was not called: {lack}.");
                (head, self.permissions("*", &region), Vec::new())
            }
        };
        let lines: String = found.iter().map(|finding| format!("{finding}\n")).collect();
        let policy = serde_json::to_string_pretty(&permissions.policy())?;
        let characters = policy.chars().filter(|character| !character.is_whitespace()).count();
        commands::print(&format!(
            "{head}\n\n{lines}{}A policy for whoever deploys, measures and destroys it ({characters} of {MANAGED_POLICY_CHARACTERS} \
             characters):\n\n{policy}\n",
            if lines.is_empty() { "" } else { "\n" },
        ))?;
        let lacks = found.iter().any(|finding| finding.state == State::Lacks);
        Ok(if lacks { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    async fn asked(&self, region: &Region) -> anyhow::Result<(String, Permissions, Vec<Finding>)> {
        let aws = Aws::new(region.as_str())?;
        let account = aws.account().await?;
        let permissions = self.permissions(&account, region);
        let intended = Intended {
            way: self.arguments.way,
            configuration: &self.configuration,
            options: &self.options,
            permissions: &permissions,
        };
        let found = findings(&aws, &intended).await;
        Ok((account, permissions, found))
    }

    fn permissions(&self, account: &str, region: &Region) -> Permissions {
        let name = self.arguments.name.as_ref().map_or("*".to_owned(), ToString::to_string);
        let place = Place { account, region: region.as_str(), name: &name };
        Permissions::of(&self.configuration, &self.options, place)
    }
}
