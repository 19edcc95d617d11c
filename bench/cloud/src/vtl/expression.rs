//! Expressions: what stands in the parentheses of directives and methods.

use serde_json::Value;

use super::cursor::Cursor;
use super::known::{CONTEXT, INPUT, METHODS, UTIL};
use super::parse::{Names, inner, reference};
use super::{Expression, Kind, Operator, Position, Reference, Step, TemplateError, path};

/// Operators by how loosely they bind, the loosest first, each by its signs.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or)],
    &[("&&", Operator::And)],
    &[("==", Operator::Equal), ("!=", Operator::NotEqual)],
    &[("<=", Operator::LessOrEqual), (">=", Operator::GreaterOrEqual), ("<", Operator::Less), (">", Operator::Greater)],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[("*", Operator::Times), ("/", Operator::Divided), ("%", Operator::Remainder)],
];

/// An expression; what follows it is left.
pub(super) fn expression(cursor: &mut Cursor<'_>, names: &mut Names) -> Result<Expression, TemplateError> {
    let at = cursor.at();
    names.deeper(at, |names| level(cursor, names, 0))
}

/// Arguments up to the closing parenthesis.
pub(super) fn arguments(cursor: &mut Cursor<'_>, names: &mut Names) -> Result<Vec<Expression>, TemplateError> {
    list(cursor, names, ")")
}

fn level(cursor: &mut Cursor<'_>, names: &mut Names, of: usize) -> Result<Expression, TemplateError> {
    let Some(operators) = LEVELS.get(of) else { return operand(cursor, names) };
    let mut left = level(cursor, names, of + 1)?;
    loop {
        cursor.skip_blanks();
        let at = cursor.at();
        let Some((_, operator)) = operators.iter().find(|(sign, _)| cursor.take(sign)) else { return Ok(left) };
        let right = level(cursor, names, of + 1)?;
        left = Expression { at, kind: Kind::Binary(*operator, Box::new(left), Box::new(right)) };
    }
}

fn operand(cursor: &mut Cursor<'_>, names: &mut Names) -> Result<Expression, TemplateError> {
    cursor.skip_blanks();
    let at = cursor.at();
    let unended = || TemplateError::new(at, "this text has no closing quote");
    let kind = match cursor.peek() {
        Some('$') => match reference(cursor, names)? {
            Some(reference) => Kind::Reference(reference),
            None => return Err(TemplateError::new(at, "`$` begins no reference")),
        },
        Some('\'') => {
            cursor.next();
            Kind::Literal(Value::from(cursor.take_until("'").ok_or_else(unended)?))
        }
        Some('"') => {
            cursor.next();
            let begins = cursor.at();
            let text = cursor.take_until("\"").ok_or_else(unended)?;
            Kind::Interpolated(names.deeper(at, |names| inner(text, begins, names))?)
        }
        Some('!') => {
            cursor.next();
            Kind::Not(Box::new(names.deeper(at, |names| operand(cursor, names))?))
        }
        Some('(') => {
            cursor.next();
            let inside = expression(cursor, names)?;
            cursor.expect(")")?;
            return Ok(inside);
        }
        Some('[') => {
            cursor.next();
            bracketed(cursor, names)?
        }
        Some('{') => {
            cursor.next();
            Kind::Map(entries(cursor, names)?)
        }
        Some(it) if it.is_ascii_digit() || it == '-' => Kind::Literal(number(cursor, at)?),
        _ => match cursor.name() {
            Some("true") => Kind::Literal(Value::Bool(true)),
            Some("false") => Kind::Literal(Value::Bool(false)),
            Some("null") => Kind::Literal(Value::Null),
            Some(word) => return Err(TemplateError::new(at, format!("`{word}` is not in the subset"))),
            None => return Err(TemplateError::new(at, "expected a value")),
        },
    };
    Ok(Expression { at, kind })
}

fn number(cursor: &mut Cursor<'_>, at: Position) -> Result<Value, TemplateError> {
    let refused = || TemplateError::new(at, "not a number that can be had");
    let sign = if cursor.take("-") { "-" } else { "" };
    let mut text = format!("{sign}{}", cursor.take_while(|it| it.is_ascii_digit()));
    let fraction = cursor.rest().strip_prefix('.').is_some_and(|it| it.starts_with(|it: char| it.is_ascii_digit()));
    if !fraction {
        return text.parse::<i64>().map(Value::from).map_err(|_| refused());
    }
    cursor.take(".");
    text.push('.');
    text.push_str(cursor.take_while(|it| it.is_ascii_digit()));
    text.parse::<f64>().map(Value::from).map_err(|_| refused())
}

/// A list `[1, 2]`, or a range `[1..3]`.
fn bracketed(cursor: &mut Cursor<'_>, names: &mut Names) -> Result<Kind, TemplateError> {
    cursor.skip_blanks();
    if cursor.take("]") {
        return Ok(Kind::List(Vec::new()));
    }
    let first = expression(cursor, names)?;
    cursor.skip_blanks();
    if cursor.take("..") {
        let last = expression(cursor, names)?;
        cursor.expect("]")?;
        return Ok(Kind::Range(Box::new(first), Box::new(last)));
    }
    let mut all = vec![first];
    if cursor.take(",") {
        all.extend(list(cursor, names, "]")?);
    } else {
        cursor.expect("]")?;
    }
    Ok(Kind::List(all))
}

/// Expressions with commas between them, up to what closes them.
fn list(cursor: &mut Cursor<'_>, names: &mut Names, close: &str) -> Result<Vec<Expression>, TemplateError> {
    let mut all = Vec::new();
    cursor.skip_blanks();
    if cursor.take(close) {
        return Ok(all);
    }
    loop {
        all.push(expression(cursor, names)?);
        cursor.skip_blanks();
        if cursor.take(close) {
            return Ok(all);
        }
        cursor.expect(",")?;
    }
}

fn entries(cursor: &mut Cursor<'_>, names: &mut Names) -> Result<Vec<(Expression, Expression)>, TemplateError> {
    let mut all = Vec::new();
    cursor.skip_blanks();
    if cursor.take("}") {
        return Ok(all);
    }
    loop {
        let key = expression(cursor, names)?;
        cursor.expect(":")?;
        all.push((key, expression(cursor, names)?));
        cursor.skip_blanks();
        if cursor.take("}") {
            return Ok(all);
        }
        cursor.expect(",")?;
    }
}

/// Holds a reference to what its root has, and its methods to those of the subset.
pub(super) fn check(reference: &Reference) -> Result<(), TemplateError> {
    let refused = |reason: String| Err(TemplateError::new(reference.at, reason));
    let names: Vec<_> = reference
        .steps
        .iter()
        .map_while(|it| if let Step::Property(name) = it { Some(name.as_str()) } else { None })
        .collect();
    let rest = match (reference.root.as_str(), reference.steps.first()) {
        ("input", Some(Step::Property(name))) if name == "body" => &reference.steps[1..],
        ("input", Some(Step::Method(name, given))) => {
            let known = INPUT.iter().find(|(known, ..)| known == name);
            let Some((_, fewest, most)) = known else {
                return refused(format!("`$input.{name}(…)` is not in the subset"));
            };
            count(name, given.len(), *fewest, *most).or_else(refused)?;
            if ["json", "path"].contains(&name.as_str())
                && let Some(Expression { at, kind: Kind::Literal(Value::String(text)) }) = given.first()
            {
                path::parse(text).map_err(|reason| TemplateError::new(*at, reason))?;
            }
            &reference.steps[1..]
        }
        ("util", Some(Step::Method(name, given))) if UTIL.contains(&name.as_str()) => {
            count(name, given.len(), 1, 1).or_else(refused)?;
            &reference.steps[1..]
        }
        ("context", _) if CONTEXT.contains(&names.join(".").as_str()) => &reference.steps[names.len()..],
        ("stageVariables", Some(Step::Property(_))) => &reference.steps[1..],
        ("input" | "util" | "context" | "stageVariables", _) => {
            return refused(format!("`{}` is not in the subset", reference.written));
        }
        _ => &reference.steps[..],
    };
    for step in rest {
        if let Step::Method(name, given) = step {
            let Some((_, fewest, most)) = METHODS.iter().find(|(known, ..)| known == name) else {
                return refused(format!("the method `{name}` is not in the subset"));
            };
            count(name, given.len(), *fewest, *most).or_else(refused)?;
        }
    }
    Ok(())
}

fn count(name: &str, given: usize, fewest: usize, most: usize) -> Result<(), String> {
    match (fewest..=most).contains(&given) {
        true => Ok(()),
        false => Err(format!("`{name}` does not take {given} arguments")),
    }
}
