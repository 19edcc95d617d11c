//! What only AWS refuses, as rules over every rendered way: `terraform plan` and `validate` pass all of these. Each rule
//! has its source, and a rule that meets nothing in any way fails. Must not know a way by name.

mod access;
mod balancing;
mod clusters;
mod compute;
mod images;
mod lightsail;
mod names;
mod network;
mod package;
mod storage;
mod tags;
mod view;
mod wrong;

use super::Rendered;
use super::rendered;
use view::View;

/// A rule that AWS enforces.
struct Rule {
    /// What holds, as a sentence.
    name: &'static str,
    /// Where AWS says so.
    source: &'static str,
    check: fn(&View, &mut Met),
}

/// What a rule met: how much of it, and what breaks it.
#[derive(Default)]
struct Met {
    checked: usize,
    broken: Vec<String>,
}

impl Met {
    /// One thing that the rule is about, and whether it holds there.
    fn hold(&mut self, holds: bool, at: impl std::fmt::Display) {
        self.checked += 1;
        if !holds {
            self.broken.push(at.to_string());
        }
    }
}

/// The fewest rules that there may be: none is dropped by mistake.
const FEWEST: usize = 118;

/// A rule by its name and source, and what it met in one way.
fn all(view: &View) -> Vec<(String, &'static str, Met)> {
    let groups = [
        compute::RULES,
        package::RULES,
        balancing::RULES,
        access::RULES,
        network::RULES,
        storage::RULES,
        tags::RULES,
        images::RULES,
        clusters::RULES,
        lightsail::RULES,
    ];
    let met = |rule: &Rule| {
        let mut met = Met::default();
        (rule.check)(view, &mut met);
        (rule.name.to_owned(), rule.source, met)
    };
    names::all(view).into_iter().chain(groups.into_iter().flatten().map(met)).collect()
}

/// What of a way breaks a rule.
pub(super) fn broken(way: &Rendered) -> Vec<String> {
    let rules = all(&View::of(way)).into_iter();
    rules
        .flat_map(|(name, source, met)| {
            met.broken.into_iter().map(move |at| format!("{}: {at}: {name} ({source})", way.name))
        })
        .collect()
}

#[test]
fn every_way_keeps_the_rules_of_aws_and_each_rule_meets_something() {
    let ways = rendered();
    let mut checked = std::collections::BTreeMap::<String, usize>::new();
    let mut wrong = Vec::new();
    for way in &ways {
        for (name, source, met) in all(&View::of(way)) {
            assert!(source.len() > 8, "{name} has no source");
            *checked.entry(name).or_default() += met.checked;
        }
        wrong.extend(broken(way));
    }
    assert!(wrong.is_empty(), "{} broken:\n{}", wrong.len(), wrong.join("\n"));
    let idle: Vec<_> = checked.iter().filter(|(_, checked)| **checked == 0).collect();
    assert!(idle.is_empty(), "rules that meet nothing in any way: {idle:?}");
    assert!(checked.len() >= FEWEST, "{} rules", checked.len());
    println!("{} rules over {} ways, {} checks", checked.len(), ways.len(), checked.values().sum::<usize>());
}
