//! Shards: the parts of a run that several machines measure, each with the anchor among its ways.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Which part of a run a machine measures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Its number, from 1.
    pub index: u32,
    /// How many there are.
    pub of: u32,
    /// The row that every shard has, and that its figures are multiples of.
    pub anchor: String,
}

/// A part of so many, as it is written: `3/8`, or `auto/8` where the engine that starts the parts numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its number, from 1.
    pub index: u32,
    /// How many there are.
    pub of: u32,
}

/// Variables that number the parts of a job from 0: a Kubernetes Indexed Job's and an AWS Batch array job's.
pub const INDEX_VARIABLES: [&str; 2] = ["JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"];

/// As many as an AWS Batch array job has at most (AWS Batch User Guide, "Array jobs").
const PARTS_MAX: u32 = 10_000;

impl Part {
    /// Reads a part, an index that is left to the engine by a variable of its environment.
    ///
    /// # Errors
    /// When it is none, in one line.
    pub fn read(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let form = || {
            format!("`{text}` is no part: write 3/8 for the third of eight, or auto/8 in a job that numbers its parts")
        };
        let (index, of) = text.split_once('/').ok_or_else(form)?;
        let of = of.parse().map_err(|_| form())?;
        let index = if index == "auto" { numbered(variable)? } else { index.parse().map_err(|_| form())? };
        if !(1..=PARTS_MAX).contains(&of) {
            return Err(format!("a run has 1 to {PARTS_MAX} parts, not {of}"));
        }
        if !(1..=of).contains(&index) {
            return Err(format!(
                "there is no part {index} of {of}: parts are numbered from 1 (a job's indices from 0)"
            ));
        }
        Ok(Self { index, of })
    }

    /// Whether something is measured in this part: by its name alone, so that it stays in its part whatever else is measured.
    /// The first 64 bits of the name's SHA-256, as a fraction of all, times the number of parts.
    #[must_use]
    pub fn holds(self, name: &str) -> bool {
        let bits = Sha256::digest(name).iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        (u128::from(bits) * u128::from(self.of)) >> 64 == u128::from(self.index - 1)
    }
}

/// The part by the variable of the engine, which counts from 0.
fn numbered(variable: impl Fn(&str) -> Option<String>) -> Result<u32, String> {
    let [kubernetes, batch] = INDEX_VARIABLES;
    let Some((name, value)) = INDEX_VARIABLES.iter().find_map(|name| Some((name, variable(name)?))) else {
        return Err(format!("neither {kubernetes} nor {batch} is set: name the part, as 3/8"));
    };
    let index = value.parse().ok().and_then(|index: u32| index.checked_add(1));
    index.ok_or_else(|| format!("{name} is `{value}`, and numbers parts from 0"))
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::read(text, |name| std::env::var(name).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_numbered_from_one_and_an_engines_index_from_zero() {
        let none = |_: &str| None;
        assert_eq!(Part::read("3/8", none), Ok(Part { index: 3, of: 8 }));
        for (variable, value) in [("JOB_COMPLETION_INDEX", "0"), ("AWS_BATCH_JOB_ARRAY_INDEX", "7")] {
            let set = |name: &str| (name == variable).then(|| value.to_owned());
            let index = value.parse::<u32>().expect("a number") + 1;
            assert_eq!(Part::read("auto/8", set), Ok(Part { index, of: 8 }), "{variable}");
        }
        for (text, value, reason) in [
            ("3", None, "is no part"),
            ("x/8", None, "is no part"),
            ("3/", None, "is no part"),
            ("0/8", None, "no part 0 of 8"),
            ("9/8", None, "no part 9 of 8"),
            ("1/0", None, "1 to 10000 parts"),
            ("1/10001", None, "1 to 10000 parts"),
            ("auto/8", None, "neither JOB_COMPLETION_INDEX nor AWS_BATCH_JOB_ARRAY_INDEX"),
            ("auto/8", Some("8"), "no part 9 of 8"),
            ("auto/8", Some("-1"), "JOB_COMPLETION_INDEX is `-1`"),
            ("auto/8", Some("4294967295"), "numbers parts from 0"),
        ] {
            let refused = Part::read(text, |_| value.map(str::to_owned)).expect_err(text);
            assert!(refused.contains(reason) && refused.lines().count() == 1, "{text}: {refused}");
        }
    }

    #[test]
    fn every_name_is_in_one_part_and_stays_there() {
        let names: Vec<String> = (0..3_000).map(|index| format!("lambda-dynamodb@{index}")).collect();
        for of in [1, 2, 7, 64] {
            let mut sizes = Vec::new();
            for index in 1..=of {
                sizes.push(names.iter().filter(|name| Part { index, of }.holds(name)).count());
            }
            assert_eq!(sizes.iter().sum::<usize>(), names.len());
            // Five standard deviations of a binomial.
            let mean = names.len() as f64 / f64::from(of);
            assert!(sizes.iter().all(|&size| (size as f64 - mean).abs() <= 5.0 * mean.sqrt()), "{of}: {sizes:?}");
        }
        // What was written down once: another version of the lab measures the same in the same part.
        let parts = |name: &str| (1..=8).filter(|&index| Part { index, of: 8 }.holds(name)).collect::<Vec<_>>();
        assert_eq!([parts("ec2"), parts("lambda-dynamodb"), parts("fargate-python")], [vec![4], vec![5], vec![6]]);
    }
}
