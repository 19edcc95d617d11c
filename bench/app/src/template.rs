//! Texts that differ from call to call: `${counter}`, `${random:1..100}`, `${pick:a|b|c}`. `$${` is `${` itself.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// What stands between `${` and `}`.
const WORDS: [&str; 3] = ["counter", "random", "pick"];

/// A text with places that differ from call to call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// A part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// A number that no other call of the run has.
    Counter,
    /// A whole number, each of the range as likely as another, both ends included.
    Random(u64, u64),
    /// One of these, each as likely as another.
    Pick(Vec<String>),
}

impl Template {
    /// Its parts, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// What it begins with, where that is the same for all calls.
    #[must_use]
    pub fn beginning(&self) -> &str {
        match self.0.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut add = |text: &str| match pieces.last_mut() {
            Some(Piece::Text(before)) => before.push_str(text),
            _ if text.is_empty() => {}
            _ => pieces.push(Piece::Text(text.to_owned())),
        };
        let mut rest = text;
        let mut found = Vec::new();
        while let Some(at) = rest.find("${") {
            if rest[..at].ends_with('$') {
                add(&rest[..at - 1]);
                add("${");
                rest = &rest[at + 2..];
                continue;
            }
            add(&rest[..at]);
            let (inside, after) = rest[at + 2..]
                .split_once('}')
                .ok_or("`${` without a `}`: write `$${` for the characters themselves")?;
            found.push(piece(inside)?);
            add("\0");
            rest = after;
        }
        add(rest);
        // Each found place stands where its mark does.
        let mut found = found.into_iter();
        let mut parts = Vec::new();
        for part in pieces {
            let Piece::Text(text) = part else { continue };
            for (index, text) in text.split('\0').enumerate() {
                if index > 0 {
                    parts.extend(found.next());
                }
                if !text.is_empty() {
                    parts.push(Piece::Text(text.to_owned()));
                }
            }
        }
        Ok(Self(parts))
    }
}

fn piece(inside: &str) -> Result<Piece, String> {
    let (word, value) = inside.split_once(':').map_or((inside, None), |(word, value)| (word, Some(value)));
    match (word.trim(), value) {
        ("counter", None) => Ok(Piece::Counter),
        ("random", Some(range)) => {
            let ends = range.split_once("..").and_then(|(from, to)| Some((number(from)?, number(to)?)));
            match ends {
                Some((from, to)) if from <= to => Ok(Piece::Random(from, to)),
                _ => Err(format!("`${{random:{range}}}` has no range: write `${{random:1..100}}`")),
            }
        }
        ("pick", Some(list)) => Ok(Piece::Pick(list.split('|').map(str::to_owned).collect())),
        ("counter" | "random" | "pick", _) => {
            Err(format!("`${{{inside}}}`: write `${{counter}}`, `${{random:1..100}}` or `${{pick:a|b|c}}`"))
        }
        (word, _) => {
            let nearest = crate::error::nearest(word, WORDS);
            Err(format!("unknown `${{{word}}}`; nearest: `{nearest}` (`$${{` is `${{` itself)"))
        }
    }
}

fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A text; `${counter}` is a number that no other call has, `${random:1..100}` a random one, `${pick:a|b}` one of a list, `$${` is `${` itself."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    #[test]
    fn places_are_read_and_the_rest_stays_as_it_is() {
        let template: Template = "/a/${counter}?n=${random:1..6}&x=${pick:tea|pot}$5".parse().expect("a template");
        let pick = Piece::Pick(vec!["tea".to_owned(), "pot".to_owned()]);
        let expected = [text("/a/"), Piece::Counter, text("?n="), Piece::Random(1, 6), text("&x="), pick, text("$5")];
        assert_eq!(template.pieces(), expected);
        let json: Template = r#"{"a": {"b": "$${x}"}}"#.parse().expect("JSON");
        assert_eq!(json.pieces(), [text(r#"{"a": {"b": "${x}"}}"#)]);
        assert_eq!("".parse::<Template>().expect("empty").pieces(), []);
        assert_eq!("${counter}${counter}".parse::<Template>().expect("two").pieces().len(), 2);
    }

    #[test]
    fn what_is_no_place_is_refused_with_the_nearest() {
        for (template, message) in [
            ("${count}", "nearest: `counter`"),
            ("${pickk:a}", "nearest: `pick`"),
            ("${random:9..1}", "no range"),
            ("${random}", "write"),
            ("${counter", "without a `}`"),
        ] {
            let error = template.parse::<Template>().expect_err(template);
            assert!(error.contains(message), "{template}: {error}");
        }
    }
}
