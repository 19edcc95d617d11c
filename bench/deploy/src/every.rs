//! The one text in which a checkout keeps the Terraform of all ways: lists of blocks, each of which stands there once.
//! `infra/every.nix` renders it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};

/// The text, read.
#[derive(Debug, Deserialize)]
pub struct EveryWay {
    blocks: BTreeMap<String, Block>,
    ways: BTreeMap<String, Vec<String>>,
}

/// A part of what a way has: where it is, and what.
#[derive(Debug, Deserialize)]
struct Block {
    path: Vec<String>,
    value: Value,
}

/// What stands there of one way.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Its Terraform configuration.
    pub configuration: Value,
    /// Which findings of checkov are meant so: by resource and check, the reason.
    pub accepted: Value,
}

impl EveryWay {
    /// Where it is in the folder of rendered Terraform.
    pub const NAME: &str = "ways.json";

    /// Reads it.
    ///
    /// # Errors
    /// When the file can't be read, or is not as it is rendered.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not as it is rendered", path.display()))
    }

    /// The names of all ways, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.ways.keys().map(String::as_str)
    }

    /// What it has of a way at its default size.
    #[must_use]
    pub fn of(&self, way: &str) -> Option<Rendered> {
        let mut whole = json!({ "config": {}, "accepted": {} });
        for Block { path, value } in self.ways.get(way)?.iter().filter_map(|name| self.blocks.get(name)) {
            *path.iter().fold(&mut whole, |at, member| &mut at[member.as_str()]) = value.clone();
        }
        Some(Rendered { configuration: whole["config"].take(), accepted: whole["accepted"].take() })
    }
}
