//! What a deployment is of, and how far it has come: `deployment.json`.

use serde::{Deserialize, Serialize};

use super::Refused;

/// What the lab knows of a deployment; what AWS has is Terraform's state's to know. A later lab may add to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The way's canonical name.
    pub way: String,
    /// The AWS region.
    pub region: String,
    /// The AWS account's number.
    pub account: String,
    /// When it was first deployed: RFC 3339, UTC.
    pub created_at: String,
    /// How far it has come.
    pub state: State,
    /// Where it answers, once it was applied: without a slash at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The program that made it, `tofu` or `terraform`: each names the provider in the state by a registry of its own,
    /// so that the other one can't read it. Absent in records of earlier labs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terraform: Option<String>,
}

impl Record {
    /// Holds that the caller's credentials are of its account. In another one Terraform finds nothing of it, takes
    /// everything for removed, and forgets it.
    ///
    /// # Errors
    /// When they are not.
    pub fn check_account(&self, account: &str) -> Result<(), Refused> {
        let own = &self.account;
        if own == account {
            return Ok(());
        }
        Err(Refused(format!("it is in account {own}, and these credentials are of {account}: set those of {own}")))
    }
}

/// How far a deployment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Something may have been made: to be deployed again, or destroyed.
    Unfinished,
    /// It was applied to its end.
    Applied,
    /// Its removal was begun.
    Leaving,
}
