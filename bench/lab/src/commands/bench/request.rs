//! What a run measures and how, by the arguments; and whether a run that is resumed would still measure the same.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::Context;
use artifact::{Artifacts, prebuilt};
use deploy::Refused;
use deploy::deployments::Deployments;
use deploy::name::Name;
use measure::run::{AppFolder, Begun, Environment, FanOut, Lab, Plan, Profile, Request, SWEEP, Shard, Where};
use ways::{Build, NameError, Row, Update, Variant, Way, model};

use crate::cli::{self, Builds, Profiles, Target};

/// How a run measures.
pub(super) fn plan(arguments: &cli::Bench) -> Plan {
    let plan = if arguments.quick { Plan::quick() } else { Plan::full() };
    let rounds = match arguments.target {
        // Each waits for CloudWatch, and its calls are charged.
        Target::Aws => arguments.rounds.unwrap_or(1),
        // A prediction is made once.
        Target::Here if arguments.as_published || arguments.profile == Profiles::Aws => 1,
        Target::Here => arguments.rounds.unwrap_or(plan.rounds),
    };
    let plan = Plan {
        rounds,
        profiles: match arguments.profile {
            _ if arguments.as_published => vec![Profile::AwsAsPublished],
            Profiles::Both => vec![Profile::Bare, Profile::Aws],
            Profiles::Bare => vec![Profile::Bare],
            Profiles::Aws => vec![Profile::Aws],
        },
        // From this machine an open loop is of the local cloud; on AWS it is the probes'.
        rate: arguments.rate.filter(|_| arguments.target == Target::Here),
        by_probes: arguments
            .probes
            .zip(arguments.rate)
            .map(|(probes, per_second)| fan_out(arguments, probes, per_second)),
        sweep: if arguments.sweep { SWEEP.to_vec() } else { Vec::new() },
        seed: arguments.seed,
        // The original study read, then wrote.
        update: if arguments.as_published { Update::ReadThenWrite } else { arguments.update },
        ..plan
    };
    if arguments.target == Target::Aws { plan.on_aws() } else { plan }
}

/// Calls a second that one probe makes at most: well below what one was seen to make on its share of a processor
/// (docs/many-machines.md).
const RATE_OF_ONE: f64 = 1_000.0;

/// How long a call may take for the probes' connections to suffice.
const ANSWERED_S: f64 = 0.5;

/// Connections of a probe: two at least, for one may wait; each is four files of the 1,024 that a function may have open (Lambda
/// quotas).
const CONNECTIONS: RangeInclusive<u32> = 2..=200;

/// The load that many probes make together: connections for calls of half a second, by Little's law.
fn fan_out(arguments: &cli::Bench, probes: u32, per_second: f64) -> FanOut {
    let connections = (per_second / f64::from(probes) * ANSWERED_S).ceil() as u32;
    let connections = connections.clamp(*CONNECTIONS.start(), *CONNECTIONS.end());
    FanOut { probes, per_second, length_s: f64::from(arguments.seconds), connections }
}

/// What a run measures: each way, or deployment, once; and which part of a larger run that is.
pub(super) fn request(arguments: &cli::Bench) -> anyhow::Result<(Request, Option<Shard>)> {
    if let Some(folder) = &arguments.app {
        return Ok((own(arguments, folder)?, None));
    }
    let mut shard = None;
    let (target, mut names) = match arguments.target {
        Target::Here if arguments.probe => {
            return Err(
                Refused("--probe goes with --target aws: the local cloud is called from here".to_owned()).into()
            );
        }
        Target::Here if arguments.profile == Profiles::Aws && measures(arguments).is_some() => {
            let option = measures(arguments).unwrap_or_default();
            return Err(
                Refused(format!("{option} is of what is measured, and --profile aws predicts: leave it out")).into()
            );
        }
        Target::Here => {
            let mut ways = ways(arguments).map_err(|error| Refused(error.to_string()))?;
            let mut first = Vec::new();
            if let Some((part, anchor)) = arguments.shard.zip(arguments.anchor) {
                if arguments.rounds == Some(1) && arguments.profile != Profiles::Aws {
                    let reason = "a shard of one round has no interval to compare its anchor by: --rounds 2 at least";
                    return Err(Refused(reason.to_owned()).into());
                }
                // Both builds of a way are in one shard; of the anchor the first one is in all.
                ways.retain(|way| part.holds(&way.to_string()));
                first = variants(arguments, anchor)?;
                first.truncate(1);
                let anchor = first.first().cloned().unwrap_or_default();
                shard = Some(Shard { index: part.index, of: part.of, anchor });
            }
            let variants = ways.into_iter().map(|way| variants(arguments, way)).collect::<Result<Vec<_>, _>>()?;
            (Where::Here, [first, variants.concat()].concat())
        }
        Target::Aws => {
            let target = if arguments.probe { Where::AwsByProbe } else { Where::Aws };
            (target, deployments(arguments)?)
        }
    };
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    Ok((Request { target, named: !arguments.names.is_empty(), names, app: None }, shard))
}

/// The ways of a service of the user's own: those that are named, or those of its `app.toml`.
fn own(arguments: &cli::Bench, folder: &Path) -> anyhow::Result<Request> {
    let app = crate::commands::own::read(folder)?;
    let ways = crate::commands::own::ways(&app, &arguments.names)?;
    let mut names: Vec<String> = ways.iter().map(ToString::to_string).collect();
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    let folder = folder.canonicalize().with_context(|| format!("can't find {}", folder.display()))?;
    let app = Some(AppFolder { name: app.name, folder });
    Ok(Request { target: Where::Here, named: !arguments.names.is_empty(), names, app })
}

/// An option of what is measured here.
fn measures(arguments: &cli::Bench) -> Option<&'static str> {
    let given =
        [(arguments.rounds.is_some(), "--rounds"), (arguments.rate.is_some(), "--rate"), (arguments.sweep, "--sweep")];
    given.into_iter().find(|(given, _)| *given).map(|(_, option)| option)
}

/// The ways that are named, or all, or the catalogue, or its rows that the original study published.
fn ways(arguments: &cli::Bench) -> Result<Vec<Way>, NameError> {
    if !arguments.names.is_empty() {
        return arguments.names.iter().map(|name| name.parse()).collect();
    }
    if arguments.all {
        return Ok(model().ways().collect());
    }
    let rows = model().catalogue().filter(|row| row.published.is_some() || !arguments.as_published);
    let way = |row: Row| if arguments.as_published { row.studys } else { row.way };
    Ok(rows.map(way).collect())
}

/// A way by the builds that are requested. Where there is one alone, it is that one.
fn variants(arguments: &cli::Bench, way: Way) -> Result<Vec<String>, prebuilt::Unusable> {
    let builds = Artifacts::builds(way)?;
    let wanted = match arguments.build {
        // The original study's client of DynamoDB reused no connection; the tuned one can be made to do the same.
        _ if arguments.as_published => Build::Tuned,
        Builds::Tuned => Build::Tuned,
        Builds::Idiomatic => builds[0],
        Builds::Both => return Ok(builds.iter().map(|&build| Variant { way, build }.to_string()).collect()),
    };
    Ok(vec![Variant { way, build: wanted }.to_string()])
}

/// The deployments that are named, or all that this checkout keeps.
fn deployments(arguments: &cli::Bench) -> anyhow::Result<Vec<String>> {
    let refused = [
        (arguments.profile != Profiles::Both, "--profile is of the local cloud"),
        (arguments.build != Builds::default(), "--build is of the local cloud: a deployment runs what was deployed"),
        (
            arguments.sweep || (arguments.rate.is_some() && arguments.probes.is_none()),
            "--sweep, and --rate without --probes, are of the local cloud",
        ),
        (arguments.update != Update::Atomic, "--update is of the local cloud: a deployment counts as it was deployed"),
    ];
    if let Some((_, reason)) = refused.into_iter().find(|(given, _)| *given) {
        return Err(Refused(format!("{reason}; leave it out with `--target aws`")).into());
    }
    if let (Some(probes), Some(rate)) = (arguments.probes, arguments.rate)
        && rate / f64::from(probes) > RATE_OF_ONE
    {
        let enough = (rate / RATE_OF_ONE).ceil();
        return Err(Refused(format!("a probe makes {RATE_OF_ONE} calls a second at most: --probes {enough}")).into());
    }
    let names: Vec<Name> = match arguments.names.as_slice() {
        [] => Deployments::here()?.names()?,
        names => names
            .iter()
            .map(|name| name.parse().map_err(|error| Refused(format!("`{name}`: {error}"))))
            .collect::<Result<_, _>>()?,
    };
    if names.is_empty() {
        return Err(Refused("nothing is deployed from here: `lab deploy WAY` does it".to_owned()).into());
    }
    Ok(names.iter().map(Name::to_string).collect())
}

/// Whether a run that was begun can go on here: figures of two labs or two machines are not compared in one table.
pub(super) fn same(begun: &Begun, lab: &Lab, environment: &Environment) -> Result<(), String> {
    let labs = |lab: &Lab| format!("{} at {}", lab.version, lab.commit.as_deref().unwrap_or("no commit"));
    if (&begun.lab.version, &begun.lab.commit) != (&lab.version, &lab.commit) {
        return Err(format!("it was begun by lab {}, and this is {}", labs(&begun.lab), labs(lab)));
    }
    if begun.lab.oha_version != lab.oha_version {
        return Err(format!("it was begun with oha {}, and this is oha {}", begun.lab.oha_version, lab.oha_version));
    }
    let machine = |it: &Environment| {
        let cpu = it.cpu_model.as_deref().unwrap_or("an unknown processor");
        format!("{}, {} × {cpu}", it.system, it.processors)
    };
    // A run that states nothing of its machine is compared by what it states.
    let now = match begun.environment.cpu_model {
        Some(_) => environment.clone(),
        None => environment.clone().without_machine(),
    };
    let (then, now) = (machine(&begun.environment), machine(&now));
    if then == now { Ok(()) } else { Err(format!("it was begun on another machine ({then}), and this is {now}")) }
}

#[cfg(test)]
mod tests {
    use measure::run::SCHEMA_VERSION;

    use super::*;

    fn begun() -> Begun {
        Begun {
            schema_version: SCHEMA_VERSION,
            started_at: String::new(),
            lab: Lab {
                version: "0.1.0".to_owned(),
                commit: Some("a".to_owned()),
                uncommitted_changes: None,
                oha_version: String::new(),
            },
            environment: Environment::read(),
            plan: Plan::quick(),
            request: Request { target: Where::Here, named: true, names: vec![], app: None },
            shard: None,
        }
    }

    #[test]
    fn a_run_goes_on_with_the_same_lab_on_the_same_machine_only() {
        let begun = begun();
        assert_eq!(same(&begun, &begun.lab, &begun.environment), Ok(()));
        let other = Lab { commit: Some("b".to_owned()), ..begun.lab.clone() };
        let reason = same(&begun, &other, &begun.environment).expect_err("another lab");
        assert!(reason.contains("0.1.0 at a, and this is 0.1.0 at b"), "{reason}");
        let other = Lab { oha_version: "1.9.1".to_owned(), ..begun.lab.clone() };
        let reason = same(&begun, &other, &begun.environment).expect_err("another oha");
        assert!(reason.contains("oha 1.9.1"), "{reason}");
        let other = Environment { processors: 1_000, ..begun.environment.clone() };
        let reason = same(&begun, &begun.lab, &other).expect_err("another machine");
        assert!(reason.contains("another machine") && reason.contains("1000 ×"), "{reason}");
        let silent = Begun { environment: begun.environment.clone().without_machine(), ..begun.clone() };
        assert_eq!(same(&silent, &begun.lab, &begun.environment), Ok(()));
        assert!(same(&silent, &begun.lab, &other).is_err());
    }
}
