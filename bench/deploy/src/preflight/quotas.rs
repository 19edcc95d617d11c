//! Quotas that a young account may not meet, each by its code.

use anyhow::Context;
use ways::Axis;

use super::{Finding, Intended, State, known};
use crate::aws::Aws;

/// A quota, and how much of it a deployment takes.
struct Quota {
    /// Its service, as Service Quotas has it.
    service: &'static str,
    code: &'static str,
    title: &'static str,
    /// What is needed; nothing where the way takes none of it.
    needed: fn(&Intended<'_>) -> Option<f64>,
}

const QUOTAS: [Quota; 5] = [
    Quota {
        service: "ec2",
        code: "L-1216C47A",
        title: "vCPUs of running on-demand standard instances",
        needed: |it| {
            let vcpus: f64 = it.instances().iter().map(|kind| kind.facts().vcpu).sum();
            (vcpus > 0.0).then_some(vcpus)
        },
    },
    Quota {
        service: "fargate",
        code: "L-3032A538",
        title: "Fargate vCPUs on demand",
        needed: |it| (it.has("aws_ecs_service") && !it.options.spot).then(|| it.way.resources().vcpu),
    },
    Quota {
        service: "fargate",
        code: "L-36FBB829",
        title: "Fargate vCPUs on Spot capacity",
        needed: |it| (it.has("aws_ecs_service") && it.options.spot).then(|| it.way.resources().vcpu),
    },
    Quota {
        service: "elasticloadbalancing",
        code: "L-53DA6B97",
        title: "Application Load Balancers in the region",
        needed: |it| (it.way.front.word() == "alb").then_some(1.0),
    },
    Quota {
        service: "elasticloadbalancing",
        code: "L-69A177A2",
        title: "Network Load Balancers in the region",
        needed: |it| (it.way.front.word() == "nlb").then_some(1.0),
    },
];

/// VPCs in a region.
const VPCS: (&str, &str) = ("vpc", "L-F678F1CE");

/// Executions at once below which a throughput run has fewer connections than it plans.
const EXECUTIONS_PLANNED: u64 = 50;

pub(super) async fn findings(aws: &Aws, intended: &Intended<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for quota in &QUOTAS {
        if let Some(needed) = (quota.needed)(intended) {
            let value = value(aws, quota.service, quota.code).await;
            let finding = value.map(|value| vec![compared(quota.title, quota.service, quota.code, value, needed)]);
            found.extend(known(quota.title, finding));
        }
    }
    if intended.has("aws_vpc") || intended.configuration.makes_cluster(intended.options) {
        found.extend(known("VPCs in the region", networks(aws, intended).await));
    }
    if intended.has("aws_lambda_function") {
        found.extend(known("executions of functions at once", executions(aws).await));
    }
    found
}

async fn value(aws: &Aws, service: &str, code: &str) -> anyhow::Result<f64> {
    let answer =
        aws.ask(&["service-quotas", "get-service-quota", "--service-code", service, "--quota-code", code]).await?;
    answer["Quota"]["Value"].as_f64().context("unexpected response: no `Quota.Value`")
}

fn compared(title: &str, service: &str, code: &str, value: f64, needed: f64) -> Finding {
    let text = format!("{title}: {needed} of {value}");
    match needed <= value {
        true => State::Fits.of(text),
        false => State::Lacks.of(format!(
            "{text}: request more by `aws service-quotas request-service-quota-increase --service-code {service} \
             --quota-code {code} --desired-value {}`",
            needed.ceil()
        )),
    }
}

/// A VPC of its own where the region has no default one, and always for a cluster.
async fn networks(aws: &Aws, intended: &Intended<'_>) -> anyhow::Result<Vec<Finding>> {
    let answer = aws.ask(&["ec2", "describe-vpcs"]).await?;
    let vpcs = answer["Vpcs"].as_array().context("unexpected response: no `Vpcs`")?;
    let has_default = vpcs.iter().any(|vpc| vpc["IsDefault"] == true);
    if has_default && !intended.configuration.makes_cluster(intended.options) {
        return Ok(vec![State::Fits.of("the region has a default VPC")]);
    }
    let value = value(aws, VPCS.0, VPCS.1).await?;
    let needed = vpcs.len() as f64 + 1.0;
    Ok(vec![compared("VPCs in the region, one more for it", VPCS.0, VPCS.1, value, needed)])
}

async fn executions(aws: &Aws) -> anyhow::Result<Vec<Finding>> {
    let settings = aws.ask(&["lambda", "get-account-settings"]).await?;
    let limit = settings["AccountLimit"]["UnreservedConcurrentExecutions"].as_u64();
    let limit = limit.context("unexpected response: no `UnreservedConcurrentExecutions`")?;
    let text = format!("executions of functions at once: {limit}");
    Ok(vec![match limit {
        0 => State::Lacks.of(format!("{text}: other functions have reserved them all")),
        1..EXECUTIONS_PLANNED => State::Note
            .of(format!("{text}: `lab bench --target aws` uses so many connections, not {EXECUTIONS_PLANNED}")),
        _ => State::Fits.of(text),
    }])
}
