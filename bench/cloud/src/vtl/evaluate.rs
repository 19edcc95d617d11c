//! Evaluates nodes. Values are JSON's, as what templates read is JSON.

use std::cell::OnceCell;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::known::ROOTS;
use super::methods::{self, compare, text};
use super::{
    Expression, Kind, Node, Operator, Position, Reference, Rendered, Step, Target, TemplateError, Variables, path,
};

/// The longest text that is made: API Gateway's largest payload (API Gateway Developer Guide, "Quotas for configuring and
/// running a REST API").
const BYTES_MAX: usize = 10 * 1024 * 1024;

/// How often bodies of loops are evaluated in one template, at most. Assumed: as many iterations as make a large payload.
const TURNS_MAX: u32 = 100_000;

struct Scope<'a> {
    variables: &'a dyn Variables,
    set: HashMap<String, Value>,
    /// The body as JSON, once it is looked into.
    body: OnceCell<Result<Value, String>>,
    rendered: Rendered,
    turns: u32,
}

/// The whole of a template.
pub(super) fn template(nodes: &[Node], variables: &dyn Variables) -> Result<Rendered, TemplateError> {
    let mut scope =
        Scope { variables, set: HashMap::new(), body: OnceCell::new(), rendered: Rendered::default(), turns: 0 };
    let mut text = String::new();
    scope.nodes(nodes, &mut text)?;
    Ok(Rendered { text, ..scope.rendered })
}

impl Scope<'_> {
    fn nodes(&mut self, nodes: &[Node], out: &mut String) -> Result<(), TemplateError> {
        for node in nodes {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Reference(reference) => self.render(reference, out)?,
                Node::Set { target, value } => self.set(target, value)?,
                Node::If { arms, otherwise } => {
                    let mut body = otherwise;
                    for (condition, arm) in arms {
                        if self.condition(condition)? {
                            body = arm;
                            break;
                        }
                    }
                    self.nodes(body, out)?;
                }
                Node::ForEach { name, list, body } => self.each(name, list, body, out)?,
            }
        }
        Ok(())
    }

    fn render(&mut self, reference: &Reference, out: &mut String) -> Result<(), TemplateError> {
        let fail = |reason: String| TemplateError::new(reference.at, reason);
        let value = self.reference(reference)?;
        match value {
            Value::Null if reference.quiet => {}
            Value::Null => out.push_str(&reference.written),
            value => out.push_str(&text(&value).map_err(fail)?),
        }
        if out.len() > BYTES_MAX {
            return Err(fail("the text gets longer than a payload may be".to_owned()));
        }
        Ok(())
    }

    fn set(&mut self, target: &Target, value: &Expression) -> Result<(), TemplateError> {
        let fail = |reason: String| TemplateError::new(value.at, reason);
        let made = self.expression(value)?;
        match target {
            // Velocity 1 leaves a variable as it was, Velocity 2 clears it.
            Target::Variable(_) if made.is_null() => {
                return Err(fail("Velocity 1 and 2 differ in what they set where the value is null".to_owned()));
            }
            Target::Variable(name) => {
                self.set.insert(name.clone(), made);
            }
            Target::Status(at) => {
                let status = text(&made).map_err(fail)?.parse().ok().filter(|it| (200..600).contains(it));
                let refused = || TemplateError::new(*at, "a status is a whole number from 200 to 599");
                self.rendered.status = Some(status.ok_or_else(refused)?);
            }
            Target::Header(name) => {
                let value = text(&made).map_err(fail)?;
                self.rendered.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
                self.rendered.headers.push((name.clone(), value));
            }
        }
        Ok(())
    }

    fn each(&mut self, name: &str, list: &Expression, body: &[Node], out: &mut String) -> Result<(), TemplateError> {
        let items = match self.expression(list)? {
            Value::Array(items) => items,
            Value::Object(members) => members.into_iter().map(|(_, value)| value).collect(),
            Value::Null => Vec::new(),
            _ => return Err(TemplateError::new(list.at, "only lists and maps have items")),
        };
        let before = [name, "foreach"].map(|name| (name.to_owned(), self.set.remove(name)));
        let count = items.len();
        for (index, item) in items.into_iter().enumerate() {
            self.turns += 1;
            if self.turns > TURNS_MAX {
                return Err(TemplateError::new(list.at, format!("more than {TURNS_MAX} items in all")));
            }
            let (first, last) = (index == 0, index + 1 == count);
            let at = json!({ "index": index, "count": index + 1, "hasNext": !last, "first": first, "last": last });
            self.set.insert(name.to_owned(), item);
            self.set.insert("foreach".to_owned(), at);
            self.nodes(body, out)?;
        }
        for (name, value) in before {
            match value {
                Some(value) => self.set.insert(name, value),
                None => self.set.remove(&name),
            };
        }
        Ok(())
    }

    /// Whether a condition holds: what is null or false does not. Velocity 1 takes everything else for true, Velocity 2 not what
    /// is empty or zero.
    fn condition(&mut self, condition: &Expression) -> Result<bool, TemplateError> {
        let value = self.expression(condition)?;
        let empty = match &value {
            Value::Null => return Ok(false),
            Value::Bool(holds) => return Ok(*holds),
            Value::String(text) => text.is_empty(),
            Value::Number(number) => number.as_f64() == Some(0.0),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
        };
        match empty {
            true => Err(TemplateError::new(
                condition.at,
                "Velocity 1 takes it for true and Velocity 2 for false: compare it",
            )),
            false => Ok(true),
        }
    }

    fn expression(&mut self, expression: &Expression) -> Result<Value, TemplateError> {
        Ok(match &expression.kind {
            Kind::Literal(value) => value.clone(),
            Kind::Interpolated(nodes) => {
                let mut text = String::new();
                self.nodes(nodes, &mut text)?;
                Value::String(text)
            }
            Kind::Reference(reference) => self.reference(reference)?,
            Kind::List(items) => {
                let items = items.iter().map(|item| self.expression(item)).collect::<Result<_, _>>()?;
                Value::Array(items)
            }
            Kind::Range(first, last) => {
                let ends = [self.whole(first)?, self.whole(last)?];
                let [low, high] = if ends[0] <= ends[1] { ends } else { [ends[1], ends[0]] };
                if high.abs_diff(low) >= u64::from(TURNS_MAX) {
                    return Err(TemplateError::new(expression.at, format!("more than {TURNS_MAX} items")));
                }
                let mut items: Vec<_> = (low..=high).map(Value::from).collect();
                if ends[0] > ends[1] {
                    items.reverse();
                }
                Value::Array(items)
            }
            Kind::Map(entries) => {
                let mut members = Map::new();
                for (key, value) in entries {
                    let fail = |reason: String| TemplateError::new(key.at, reason);
                    let name = text(&self.expression(key)?).map_err(fail)?;
                    members.insert(name, self.expression(value)?);
                }
                Value::Object(members)
            }
            Kind::Not(of) => Value::Bool(!self.condition(of)?),
            Kind::Binary(Operator::Or, left, right) => Value::Bool(self.condition(left)? || self.condition(right)?),
            Kind::Binary(Operator::And, left, right) => Value::Bool(self.condition(left)? && self.condition(right)?),
            Kind::Binary(operator, left, right) => {
                let (left, right) = (self.expression(left)?, self.expression(right)?);
                let made = compare(*operator, &left, &right);
                made.map_err(|reason| TemplateError::new(expression.at, reason))?
            }
        })
    }

    fn whole(&mut self, of: &Expression) -> Result<i64, TemplateError> {
        self.expression(of)?.as_i64().ok_or_else(|| TemplateError::new(of.at, "a range is of whole numbers"))
    }

    fn reference(&mut self, reference: &Reference) -> Result<Value, TemplateError> {
        let (mut value, steps) = match (reference.root.as_str(), reference.steps.as_slice()) {
            ("input", [first, rest @ ..]) => (self.input(reference.at, first)?, rest),
            ("util", [Step::Method(name, given), rest @ ..]) => {
                let given = self.arguments(given)?;
                let made = methods::util(name, &given);
                (made.map_err(|reason| TemplateError::new(reference.at, reason))?, rest)
            }
            ("context", steps) => {
                let names =
                    steps.iter().map_while(|it| if let Step::Property(name) = it { Some(name.as_str()) } else { None });
                let names: Vec<_> = names.collect();
                // Assumed: what the gateway has no value of is empty.
                (Value::String(self.variables.context(&names.join(".")).unwrap_or_default()), &steps[names.len()..])
            }
            ("stageVariables", [Step::Property(name), rest @ ..]) => {
                (Value::String(self.variables.stage(name).unwrap_or_default()), rest)
            }
            (root, steps) => {
                debug_assert!(!ROOTS.contains(&root), "a template is held to what its roots have when it is read");
                (self.set.get(root).cloned().unwrap_or_default(), steps)
            }
        };
        for step in steps {
            let given = match step {
                Step::Property(_) => Vec::new(),
                Step::Method(_, given) => self.arguments(given)?,
                Step::Index(index) => vec![self.expression(index)?],
            };
            let made = match step {
                Step::Property(name) => methods::property(&value, name),
                Step::Method(name, _) => methods::method(&value, name, &given),
                Step::Index(_) => methods::method(&value, "get", &given),
            };
            value = made.map_err(|reason| TemplateError::new(reference.at, reason))?;
        }
        Ok(value)
    }

    fn arguments(&mut self, given: &[Expression]) -> Result<Vec<Value>, TemplateError> {
        given.iter().map(|it| self.expression(it)).collect()
    }

    /// `$input.body`, `$input.path(…)`, `$input.json(…)`, `$input.params(…)`.
    fn input(&mut self, at: Position, step: &Step) -> Result<Value, TemplateError> {
        let fail = |reason: String| TemplateError::new(at, reason);
        let Step::Method(name, given) = step else { return Ok(Value::from(self.variables.body())) };
        let given = self.arguments(given)?;
        if name == "params" {
            let parameters = self.variables.parameters();
            let Some(wanted) = given.first() else { return Ok(parameters) };
            let wanted = text(wanted).map_err(fail)?;
            // In this order; assumed of headers: whatever their case.
            let of = |place: &str| parameters.get(place).and_then(Value::as_object);
            let found = ["path", "querystring"].into_iter().find_map(|place| of(place)?.get(&wanted).cloned());
            let header =
                || of("header")?.iter().find(|(name, _)| name.eq_ignore_ascii_case(&wanted)).map(|it| it.1.clone());
            return Ok(found.or_else(header).unwrap_or_else(|| Value::from("")));
        }
        let wanted = given.first().and_then(Value::as_str).unwrap_or_default();
        let steps = path::parse(wanted).map_err(fail)?;
        let body = self.body.get_or_init(|| {
            let body = self.variables.body();
            // An empty body is an empty object (API Gateway Developer Guide, the same page).
            let body = if body.trim().is_empty() { "{}" } else { body };
            serde_json::from_str(body).map_err(|error| format!("the body is not JSON: {error}"))
        });
        let found = path::find(body.as_ref().map_err(|reason| fail(reason.clone()))?, &steps);
        // What is not there is empty, not null.
        let found = found.cloned().unwrap_or_else(|| Value::from(""));
        Ok(if name == "json" { Value::String(found.to_string()) } else { found })
    }
}
