//! A command as words, the first of which is the program. No shell reads it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// A program and its arguments: a list of words, or one text that is split as a shell splits words, without
/// patterns and operators. `$PORT` in an argument is the port; there are no other variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Words(Vec<String>);

impl Words {
    /// The program.
    #[must_use]
    pub fn program(&self) -> &str {
        &self.0[0]
    }

    /// Its arguments.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.0[1..]
    }

    fn of(words: Vec<String>) -> Result<Self, String> {
        match words.first() {
            Some(program) if !program.is_empty() => Ok(Self(words)),
            _ => Err("a command names a program first".to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordsVisitor)
    }
}

struct WordsVisitor;

impl<'de> Visitor<'de> for WordsVisitor {
    type Value = Words;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a command: a text, or a list of words")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Words, E> {
        let words = shlex::split(text).ok_or_else(|| E::custom("a quote in this command is not closed"))?;
        Words::of(words).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Words, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = list.next_element()? {
            words.push(word);
        }
        Words::of(words).map_err(de::Error::custom)
    }
}

impl JsonSchema for Words {
    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A program and its arguments: one text, split as a shell splits words, or a list of words.",
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(toml: &str) -> Result<Words, String> {
        #[derive(Deserialize)]
        struct Of {
            command: Words,
        }
        toml::from_str::<Of>(toml).map(|it| it.command).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_command_is_a_list_or_a_text_of_words() {
        let command = words(r#"command = "node 'my server.js' --port=$PORT""#).expect("words");
        assert_eq!((command.program(), command.arguments().len()), ("node", 2));
        assert_eq!(command.arguments(), ["my server.js", "--port=$PORT"]);
        assert_eq!(words(r#"command = ["node", "a b"]"#).expect("words").arguments(), ["a b"]);
        assert!(words(r#"command = "node 'x""#).expect_err("a quote").contains("not closed"));
        assert!(words(r#"command = " ""#).expect_err("nothing").contains("names a program"));
    }
}
