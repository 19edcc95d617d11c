//! Whether the caller is allowed what a deployment needs, by IAM's own simulation of the caller's policies.

use std::collections::BTreeSet;

use anyhow::Context;

use super::{Finding, State};
use crate::aws::Aws;
use crate::permissions::Permissions;

/// The caller, as IAM simulates it.
enum Principal {
    /// A user or role, by its ARN.
    Of(String),
    /// The account itself: it has no policies.
    Root,
}

pub(super) async fn findings(aws: &Aws, permissions: &Permissions) -> anyhow::Result<Vec<Finding>> {
    let principal = match principal(aws).await? {
        Principal::Of(arn) => arn,
        Principal::Root => {
            return Ok(vec![
                State::Note.of("permissions: the caller is the account's root user, which has no policies"),
            ]);
        }
    };
    let (mut denied, mut asked) = (BTreeSet::new(), BTreeSet::new());
    for (resource, actions) in permissions.statements() {
        // What is wanted at large is no action that could be simulated.
        let actions: Vec<_> = actions.into_iter().filter(|action| !action.ends_with('*')).collect();
        if actions.is_empty() {
            continue;
        }
        asked.extend(actions.iter().copied());
        // A name that could be the deployment's: patterns are for policies.
        let resource = resource.replace('*', "simulated");
        let mut words = vec!["iam", "simulate-principal-policy", "--policy-source-arn", &principal, "--action-names"];
        words.extend(actions);
        if resource != "simulated" {
            words.extend(["--resource-arns", &resource]);
        }
        let answer = aws.ask(&words).await.context("IAM simulates no policy for this caller")?;
        let results = answer["EvaluationResults"].as_array().context("unexpected response: no `EvaluationResults`")?;
        let refused = results.iter().filter(|result| {
            result["EvalDecision"] != "allowed"
                || result["OrganizationsDecisionDetail"]["AllowedByOrganizations"] == false
        });
        denied.extend(refused.filter_map(|result| result["EvalActionName"].as_str()).map(str::to_owned));
    }
    let text = format!("permissions of {principal}: {} of {} actions allowed", asked.len() - denied.len(), asked.len());
    Ok(vec![match denied.is_empty() {
        true => State::Fits.of(text),
        false => {
            let denied: Vec<_> = denied.into_iter().collect();
            State::Lacks.of(format!("{text}; not {}", denied.join(", ")))
        }
    }])
}

/// Who calls. A role's session names the role without its path, so IAM is asked for its ARN.
async fn principal(aws: &Aws) -> anyhow::Result<Principal> {
    let identity = aws.ask(&["sts", "get-caller-identity"]).await?;
    let arn = identity["Arn"].as_str().context("unexpected response: no `Arn`")?;
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    match resource.split('/').collect::<Vec<_>>()[..] {
        ["root"] => Ok(Principal::Root),
        ["user", ..] => Ok(Principal::Of(arn.to_owned())),
        ["assumed-role", role, _] => {
            let described = aws.ask(&["iam", "get-role", "--role-name", role]).await;
            let described = described.context("the caller's role can't be read")?;
            let arn = described["Role"]["Arn"].as_str().context("unexpected response: no `Role.Arn`")?;
            Ok(Principal::Of(arn.to_owned()))
        }
        _ => anyhow::bail!("IAM simulates users and roles, and {arn} is neither"),
    }
}
