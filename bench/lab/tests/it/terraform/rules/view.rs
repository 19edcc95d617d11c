//! A way's configuration as the rules read it: resources by their type, texts as long as they can get.

use serde_json::Value;

use super::super::Rendered;

/// The longest name that a deployment may have (infra/provider.nix).
const LONGEST_NAME: &str = "a-name-of-20-letters";

/// A way.
pub(super) struct View<'a> {
    pub(super) way: &'a Rendered,
    pub(super) configuration: &'a Value,
}

/// A resource or a data source: its address, and what it is.
pub(super) struct Block<'a> {
    pub(super) address: String,
    pub(super) name: &'a str,
    pub(super) value: &'a Value,
}

impl<'a> View<'a> {
    pub(super) fn of(way: &'a Rendered) -> Self {
        Self { way, configuration: &way.configuration }
    }

    /// The resources of one type.
    pub(super) fn resources(&self, kind: &str) -> Vec<Block<'a>> {
        self.section("resource", kind, kind)
    }

    /// The data sources of one type.
    pub(super) fn data(&self, kind: &str) -> Vec<Block<'a>> {
        self.section("data", kind, &format!("data.{kind}"))
    }

    fn section(&self, section: &str, kind: &str, prefix: &str) -> Vec<Block<'a>> {
        let blocks = self.configuration[section][kind].as_object();
        let block = |(name, value): (&'a String, &'a Value)| Block { address: format!("{prefix}.{name}"), name, value };
        blocks.into_iter().flatten().map(block).collect()
    }

    /// The types of all resources.
    pub(super) fn types(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.configuration["resource"].as_object().into_iter().flatten().map(|(kind, _)| kind.as_str())
    }

    /// The default of a variable.
    pub(super) fn default_of(&self, variable: &str) -> &'a Value {
        &self.configuration["variable"][variable]["default"]
    }

    /// The words that a variable may be, by its own validation.
    pub(super) fn words_of(&self, variable: &str) -> Vec<String> {
        let condition = text(&self.configuration["variable"][variable]["validation"]["condition"]);
        let list = condition.strip_prefix("${contains(").and_then(|rest| rest.split_once("],"));
        list.and_then(|(list, _)| serde_json::from_str(&format!("{list}]")).ok()).unwrap_or_default()
    }

    /// The resource of a type that an expression refers to.
    pub(super) fn referred(&self, kind: &str, expression: &str) -> Option<Block<'a>> {
        self.resources(kind).into_iter().find(|block| refers(expression, kind, block.name))
    }
}

/// Whether an expression refers to a resource.
pub(super) fn refers(expression: &str, kind: &str, name: &str) -> bool {
    let address = format!("{kind}.{name}");
    expression.match_indices(&address).any(|(at, _)| {
        let after = expression[at + address.len()..].chars().next();
        after.is_none_or(|next| !next.is_ascii_alphanumeric() && next != '_')
    })
}

/// A block that may stand alone or in a list.
pub(super) fn listed(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// The texts of a list, or of one.
pub(super) fn texts(value: &Value) -> Vec<String> {
    listed(value).into_iter().map(text).collect()
}

/// A text, or nothing.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A number, written as one or as a text.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// A text with the longest deployment's name in it, and what else Terraform puts there as far as its length is known.
pub(super) fn longest(text: &str) -> String {
    let text = text.replace("${var.name}", LONGEST_NAME).replace("${var.region}", "ap-southeast-1");
    let mut whole = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("${") {
        let length = expression(&rest[at..]);
        let cut = rest[at..at + length].rsplit_once(", 0, ").and_then(|(_, end)| end.strip_suffix(")}")?.parse().ok());
        whole += &rest[..at];
        whole += &"a".repeat(cut.unwrap_or(1));
        rest = &rest[at + length..];
    }
    whole + rest
}

/// How long the expression is that a text begins with.
fn expression(text: &str) -> usize {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

#[test]
fn a_text_is_as_long_as_it_can_get() {
    assert_eq!(longest("lab-${var.name}").len(), 24);
    assert_eq!(longest("lab-${substr(aws_s3_object.disk.key, 0, 16)}").len(), 20);
    assert!(refers("${aws_lb.a[0].arn}", "aws_lb", "a") && !refers("${aws_lb.ab.arn}", "aws_lb", "a"));
}
