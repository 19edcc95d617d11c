//! What the configurations refer to is there: variables, locals, resources, data, and their attributes.

use std::collections::BTreeSet;

use hcl_edit::expr::{Expression, ForExpr, Traversal, TraversalOperator};
use hcl_edit::template::Template;
use hcl_edit::visit::{Visit, visit_expr};
use serde_json::{Value, json};

use super::schema::{SCHEMAS, Schema, admitted};
use super::{change, configuration_of, rendered};

/// Arguments whose strings are expressions, and not templates.
const EXPRESSIONS: [&str; 2] = ["depends_on", "replace_triggered_by"];

/// Names that Terraform itself gives.
const GIVEN: [&str; 5] = ["count", "each", "path", "self", "terraform"];

/// The references in expressions: each a name and the attributes that follow it, indices left out.
#[derive(Default)]
struct References {
    found: Vec<Vec<String>>,
    /// Names that a `for` around the expression gives.
    bound: Vec<String>,
}

impl References {
    fn add(&mut self, path: Vec<String>) {
        if !self.bound.contains(&path[0]) {
            self.found.push(path);
        }
    }

    fn parse(&mut self, text: &str, is_expression: bool) -> Result<(), String> {
        let failed = |error: hcl_edit::parser::Error| format!("{text}: {error}");
        match is_expression {
            true => self.visit_expr(&text.parse::<Expression>().map_err(failed)?),
            false => self.visit_template(&text.parse::<Template>().map_err(failed)?),
        }
        Ok(())
    }

    /// Of every string in a value.
    fn walk(&mut self, value: &Value, is_expression: bool) -> Result<(), String> {
        match value {
            Value::String(text) => self.parse(text, is_expression),
            Value::Array(items) => items.iter().try_for_each(|item| self.walk(item, is_expression)),
            Value::Object(members) => {
                members.iter().filter(|(name, _)| *name != "ignore_changes").try_for_each(|(name, member)| {
                    self.walk(member, is_expression || EXPRESSIONS.contains(&name.as_str()))
                })
            }
            _ => Ok(()),
        }
    }
}

impl Visit for References {
    fn visit_expr(&mut self, expression: &Expression) {
        match expression {
            Expression::Variable(name) => self.add(vec![name.to_string()]),
            _ => visit_expr(self, expression),
        }
    }

    fn visit_traversal(&mut self, traversal: &Traversal) {
        if let Expression::Variable(name) = &traversal.expr {
            let attributes = traversal.operators.iter().filter_map(|operator| match operator.value() {
                TraversalOperator::GetAttr(name) => Some(name.to_string()),
                _ => None,
            });
            self.add(std::iter::once(name.to_string()).chain(attributes).collect());
        } else {
            self.visit_expr(&traversal.expr);
        }
        for operator in &traversal.operators {
            self.visit_traversal_operator(operator);
        }
    }

    fn visit_for_expr(&mut self, node: &ForExpr) {
        self.visit_expr(&node.intro.collection_expr);
        let outer = self.bound.len();
        self.bound.extend(node.intro.key_var.iter().chain([&node.intro.value_var]).map(|name| name.to_string()));
        node.key_expr.iter().chain([&node.value_expr]).for_each(|inner| self.visit_expr(inner));
        node.cond.iter().for_each(|condition| self.visit_expr(&condition.expr));
        self.bound.truncate(outer);
    }
}

/// Says what is wrong with one reference.
fn complaint(schema: &Schema, configuration: &Value, path: &[String]) -> Option<String> {
    let name = path.join(".");
    let member = |index: usize| path.get(index).map_or("", String::as_str);
    let declared = |kind: &str, name: &str| configuration[kind].get(name).is_some();
    let (kind, at) = match member(0) {
        given if GIVEN.contains(&given) => return None,
        "var" if declared("variable", member(1)) => return None,
        "local" if declared("locals", member(1)) => return None,
        "var" | "local" => return Some(format!("{name} is not declared")),
        "data" => ("data", 1),
        _ => ("resource", 0),
    };
    if configuration[kind][member(at)].get(member(at + 1)).is_none() {
        return Some(format!("{name} is not declared"));
    }
    let attributes =
        &schema.document["properties"][kind]["properties"][member(at)]["additionalProperties"]["properties"];
    let attribute = path.get(at + 2)?;
    attributes.get(attribute).is_none().then(|| format!("{name}: {} has no {attribute}", member(at)))
}

/// Everything that is wrong with a configuration's references, and the variables that nothing refers to.
pub(super) fn complaints(schema: &Schema, configuration: &Value) -> Vec<String> {
    let mut references = References::default();
    if let Err(error) = references.walk(configuration, false) {
        return vec![error];
    }
    let used: BTreeSet<_> =
        references.found.iter().filter(|path| path[0] == "var").filter_map(|path| path.get(1)).collect();
    let variables = configuration["variable"].as_object().expect("variables").keys();
    let unused = variables.filter(|name| !used.contains(name)).map(|name| format!("var.{name} is not used"));
    let wrong = references.found.iter().filter_map(|path| complaint(schema, configuration, path));
    wrong.chain(unused).collect()
}

#[test]
fn every_reference_of_every_way_is_to_something_that_is_there() {
    for way in rendered() {
        let admitted = admitted(&way.configuration);
        for schema in SCHEMAS.iter().filter(|schema| admitted.matches(&schema.version)) {
            let complaints = complaints(schema, &way.configuration);
            assert!(complaints.is_empty(), "{}, {}:\n{}", way.way, schema.version, complaints.join("\n"));
        }
    }
}

#[test]
fn a_reference_to_nothing_is_refused() {
    let lb = "/resource/aws_lb/counter";
    let wrong = [
        (lb, "name", json!("${var.nmae}"), "var.nmae is not declared"),
        (lb, "name", json!("${local.nmae}"), "local.nmae is not declared"),
        (lb, "name", json!("${aws_lb.other.name}"), "aws_lb.other.name is not declared"),
        (lb, "name", json!("${aws_lbs.counter.name}"), "aws_lbs.counter.name is not declared"),
        (lb, "name", json!("${data.aws_vpc.other[0].id}"), "data.aws_vpc.other.id is not declared"),
        (lb, "name", json!("${aws_vpc.own[0].idd}"), "aws_vpc.own.idd: aws_vpc has no idd"),
        (lb, "name", json!("${aws_vpc.own[*].idd}"), "aws_vpc.own.idd: aws_vpc has no idd"),
        (lb, "name", json!("${one(data.aws_vpc.default[*].idd)}"), "data.aws_vpc.default.idd: aws_vpc has no idd"),
        (lb, "name", json!("${jsonencode({ a = [for i in var.list : i] })}"), "var.list is not declared"),
        (lb, "name", json!("${[for i in [1] : j]}"), "j is not declared"),
        (lb, "name", json!("%{ if var.tls }a%{ endif }"), "var.tls is not declared"),
        (lb, "depends_on", json!(["aws_lb.other"]), "aws_lb.other is not declared"),
        ("/variable", "more", json!({"type": "string"}), "var.more is not used"),
        (lb, "name", json!("${var.name"), "${var.name: "),
    ];
    for schema in SCHEMAS.iter() {
        for (object, member, value, complaint) in &wrong {
            let mut configuration = configuration_of("fargate");
            change(&mut configuration, object, member, Some(value.clone()));
            let found = complaints(schema, &configuration);
            assert!(found.iter().any(|found| found.starts_with(complaint)), "{value}: {found:#?}");
        }
    }
}
