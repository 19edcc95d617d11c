//! Reads from `ways.toml` which values each axis has, in its order, for `src/axis.rs`: a macro of the axis's name, which
//! hands them to `axis!`.
//!
//! It looks at the names of tables and at titles alone. What it missed or made up, the test that reads the file as TOML
//! finds.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// The facts, from the crate's folder.
const FACTS: &str = "../../ways.toml";

/// The axes, by their tables' names.
const AXES: [&str; 5] = ["compute", "language", "store", "front", "arch"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FACTS}");
    let facts = fs::read_to_string(FACTS)?;
    let values = values(&facts);
    let mut macros = String::new();
    for axis in AXES {
        writeln!(macros, "macro_rules! {axis} {{ ($($axis:tt)*) => {{ axis!($($axis)* {{")?;
        for Value { word, title, .. } in values.iter().filter(|value| value.axis == axis) {
            writeln!(macros, "#[doc = {title:?}] {} = {word:?},", variant(word))?;
        }
        writeln!(macros, "}}); }}; }}")?;
    }
    let folder = env::var_os("OUT_DIR").ok_or("Cargo sets OUT_DIR")?;
    Ok(fs::write(Path::new(&folder).join("values.rs"), macros)?)
}

/// A value of an axis.
struct Value<'a> {
    axis: &'a str,
    word: &'a str,
    title: &'a str,
}

/// The values in a text: `[axis.word]`, or `word = { … }` below `[axis]`.
fn values(text: &str) -> Vec<Value<'_>> {
    let (mut values, mut table) = (Vec::new(), "");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let header = line.strip_prefix('[').and_then(|line| line.split(']').next());
        table = header.unwrap_or(table);
        let declared = match header {
            Some(header) => header.split_once('.'),
            None => line.split_once(" = {").map(|(word, _)| (table, word)),
        };
        if let Some((axis, word)) = declared.filter(|(axis, word)| AXES.contains(axis) && !word.contains('.')) {
            values.push(Value { axis, word, title: "" });
        }
        let title = line.split_once("title = \"").and_then(|(_, rest)| rest.split('"').next());
        if let (Some(title), Some(value)) = (title, values.last_mut().filter(|value| value.title.is_empty())) {
            value.title = title;
        }
    }
    values
}

/// `function-url` as Rust names it: `FunctionUrl`.
fn variant(word: &str) -> String {
    word.split('-').map(|part| format!("{}{}", part[..1].to_uppercase(), &part[1..])).collect()
}
