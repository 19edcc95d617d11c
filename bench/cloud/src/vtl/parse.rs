//! A template's text as nodes. What is not in the subset is refused here, not where it would be evaluated.

use super::cursor::Cursor;
use super::expression::{self, expression};
use super::known::{OVERRIDE_HEADER, OVERRIDE_STATUS, REFUSED_DIRECTIVES, ROOTS};
use super::{Expression, Node, Position, Reference, Step, Target, TemplateError};

/// How deep directives, strings and parentheses may stand in one another: the stack has its end.
const DEPTH_MAX: usize = 32;

/// What is known while a template is read.
pub(super) struct Names {
    /// Variables that are set before, or by the loops around.
    pub(super) set: Vec<String>,
    pub(super) depth: usize,
}

/// What ended a list of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Text,
    Directive,
    Else,
    ElseIf,
}

/// The whole of a template.
pub(super) fn template(text: &str) -> Result<Vec<Node>, TemplateError> {
    let mut names = Names { set: Vec::new(), depth: 0 };
    inner(text, Position { line: 1, column: 1 }, &mut names)
}

/// A text that begins at `at`: a template, or what stands between double quotes.
pub(super) fn inner(text: &str, at: Position, names: &mut Names) -> Result<Vec<Node>, TemplateError> {
    let mut cursor = Cursor::new(text, at);
    let (nodes, end, at) = nodes(&mut cursor, names)?;
    match end {
        End::Text => Ok(nodes),
        End::Directive | End::Else | End::ElseIf => {
            Err(TemplateError::new(at, "there is no `#if` or `#foreach` before it"))
        }
    }
}

impl Names {
    pub(super) fn deeper<T>(
        &mut self,
        at: Position,
        read: impl FnOnce(&mut Self) -> Result<T, TemplateError>,
    ) -> Result<T, TemplateError> {
        if self.depth == DEPTH_MAX {
            return Err(TemplateError::new(at, format!("more than {DEPTH_MAX} levels in one another")));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn knows(&self, root: &str) -> bool {
        ROOTS.contains(&root) || self.set.iter().any(|it| it == root)
    }
}

/// Nodes up to the end of the text, or to what ends a block; that is passed over, and its place given.
fn nodes(cursor: &mut Cursor<'_>, names: &mut Names) -> Result<(Vec<Node>, End, Position), TemplateError> {
    let (mut nodes, mut text) = (Vec::new(), String::new());
    let end = loop {
        let at = cursor.at();
        let Some(next) = cursor.peek() else { break (End::Text, at) };
        match next {
            '$' => match reference(cursor, names)? {
                Some(reference) => {
                    flush(&mut text, &mut nodes);
                    nodes.push(Node::Reference(reference));
                }
                None => text.extend(cursor.next()),
            },
            '#' => match directive(cursor, names, &mut text)? {
                Met::Text => {}
                Met::Node(node) => {
                    flush(&mut text, &mut nodes);
                    nodes.push(node);
                }
                Met::End(end) => break (end, at),
            },
            '\\' if cursor.rest()[1..].starts_with(['$', '#', '\\']) => {
                return Err(TemplateError::new(
                    at,
                    "a backslash before `$`, `#` or `\\` is not in the subset: what Velocity makes of it depends on what is set",
                ));
            }
            _ => text.extend(cursor.next()),
        }
    };
    flush(&mut text, &mut nodes);
    Ok((nodes, end.0, end.1))
}

fn flush(text: &mut String, nodes: &mut Vec<Node>) {
    if !text.is_empty() {
        nodes.push(Node::Text(std::mem::take(text)));
    }
}

/// What a `#` began.
enum Met {
    Text,
    Node(Node),
    End(End),
}

fn directive(cursor: &mut Cursor<'_>, names: &mut Names, text: &mut String) -> Result<Met, TemplateError> {
    let at = cursor.at();
    let unended = |what: &str| TemplateError::new(at, format!("`{what}` has no end"));
    if cursor.take("##") {
        cursor.take_while(|it| it != '\n');
        cursor.next();
        return Ok(Met::Text);
    }
    if cursor.take("#*") {
        cursor.take_until("*#").ok_or_else(|| unended("#*"))?;
        return Ok(Met::Text);
    }
    if cursor.take("#[[") {
        text.push_str(cursor.take_until("]]#").ok_or_else(|| unended("#[["))?);
        return Ok(Met::Text);
    }
    let Some(word) = word(cursor) else {
        text.extend(cursor.next());
        return Ok(Met::Text);
    };
    match word {
        "set" => {
            cursor.expect("(")?;
            let set = set(cursor, names)?;
            close(cursor)?;
            Ok(Met::Node(set))
        }
        "if" => names.deeper(at, |names| conditional(cursor, names, at)).map(Met::Node),
        "foreach" => names.deeper(at, |names| loop_(cursor, names, at)).map(Met::Node),
        "else" => Ok(Met::End(End::Else)),
        "elseif" => Ok(Met::End(End::ElseIf)),
        "end" => {
            cursor.take_rest_of_blank_line();
            Ok(Met::End(End::Directive))
        }
        word if REFUSED_DIRECTIVES.contains(&word) => {
            Err(TemplateError::new(at, format!("`#{word}` is not in the subset")))
        }
        // A colour, a number sign: text to Velocity.
        word => {
            text.push('#');
            text.push_str(word);
            Ok(Met::Text)
        }
    }
}

/// The word of a directive, `#word` or `#{word}`; nothing where that is none.
fn word<'a>(cursor: &mut Cursor<'a>) -> Option<&'a str> {
    let mut ahead = cursor.clone();
    ahead.next();
    let braced = ahead.take("{");
    let word = ahead.take_while(|it| it.is_ascii_alphabetic());
    if word.is_empty() || (braced && !ahead.take("}")) {
        return None;
    }
    *cursor = ahead;
    Some(word)
}

/// The end of a directive's parentheses, with the rest of its line.
fn close(cursor: &mut Cursor<'_>) -> Result<(), TemplateError> {
    cursor.expect(")")?;
    cursor.take_rest_of_blank_line();
    Ok(())
}

fn set(cursor: &mut Cursor<'_>, names: &mut Names) -> Result<Node, TemplateError> {
    cursor.skip_blanks();
    let at = cursor.at();
    let refused =
        || TemplateError::new(at, "`#set` sets a variable, or a status or header of `$context.responseOverride`");
    let (root, steps) = set_target(cursor).ok_or_else(refused)?;
    cursor.expect("=")?;
    let value = expression(cursor, names)?;
    let target = match (root.as_str(), steps.as_str()) {
        ("context", OVERRIDE_STATUS) => Target::Status(at),
        ("context", steps) if steps.starts_with(OVERRIDE_HEADER) => {
            Target::Header(steps[OVERRIDE_HEADER.len()..].to_owned())
        }
        (root, "") if !ROOTS.contains(&root) => {
            names.set.push(root.to_owned());
            Target::Variable(root.to_owned())
        }
        _ => return Err(refused()),
    };
    Ok(Node::Set { target, value })
}

/// What is set: a name, and the names after it with dots between.
fn set_target(cursor: &mut Cursor<'_>) -> Option<(String, String)> {
    cursor.take("$").then_some(())?;
    let braced = cursor.take("{");
    let root = cursor.name()?.to_owned();
    let mut steps = Vec::new();
    while cursor.take(".") {
        steps.push(cursor.name()?);
    }
    (!braced || cursor.take("}")).then(|| (root, steps.join(".")))
}

fn conditional(cursor: &mut Cursor<'_>, names: &mut Names, at: Position) -> Result<Node, TemplateError> {
    let condition = |cursor: &mut Cursor<'_>, names: &mut Names| -> Result<Expression, TemplateError> {
        cursor.expect("(")?;
        let condition = expression(cursor, names)?;
        close(cursor)?;
        Ok(condition)
    };
    let mut arms = Vec::new();
    let mut next = condition(cursor, names)?;
    loop {
        let (body, end, _) = nodes(cursor, names)?;
        arms.push((next, body));
        match end {
            End::Directive => return Ok(Node::If { arms, otherwise: Vec::new() }),
            End::ElseIf => next = condition(cursor, names)?,
            End::Else => {
                let (otherwise, end, found) = nodes(cursor, names)?;
                return match end {
                    End::Directive => Ok(Node::If { arms, otherwise }),
                    End::Text => Err(TemplateError::new(at, "`#if` has no `#end`")),
                    End::Else | End::ElseIf => Err(TemplateError::new(found, "it stands after `#else`")),
                };
            }
            End::Text => return Err(TemplateError::new(at, "`#if` has no `#end`")),
        }
    }
}

fn loop_(cursor: &mut Cursor<'_>, names: &mut Names, at: Position) -> Result<Node, TemplateError> {
    cursor.expect("(")?;
    cursor.skip_blanks();
    let named = cursor.at();
    let name = cursor.take("$").then(|| cursor.name()).flatten();
    let name = name.ok_or_else(|| TemplateError::new(named, "expected a variable, as `#foreach($item in $list)`"))?;
    cursor.expect("in")?;
    let list = expression(cursor, names)?;
    close(cursor)?;
    let known = names.set.len();
    names.set.extend([name.to_owned(), "foreach".to_owned()]);
    let (body, end, found) = nodes(cursor, names)?;
    // What the body sets is known after it; its own variables are not.
    names.set.drain(known..known + 2);
    match end {
        End::Directive => Ok(Node::ForEach { name: name.to_owned(), list, body }),
        End::Text => Err(TemplateError::new(at, "`#foreach` has no `#end`")),
        End::Else | End::ElseIf => Err(TemplateError::new(found, "it stands in a `#foreach`")),
    }
}

/// A reference; nothing where the `$` is text.
pub(super) fn reference(cursor: &mut Cursor<'_>, names: &mut Names) -> Result<Option<Reference>, TemplateError> {
    let (at, before) = (cursor.at(), cursor.rest());
    let mut ahead = cursor.clone();
    ahead.next();
    let quiet = ahead.take("!");
    let braced = ahead.take("{");
    let Some(root) = ahead.name() else {
        if braced {
            return Err(TemplateError::new(at, "`${` begins no reference"));
        }
        return Ok(None);
    };
    *cursor = ahead;
    if !names.knows(root) {
        let reason = format!("`${root}` is neither set before nor one of ${}", ROOTS.join(", $"));
        return Err(TemplateError::new(at, reason));
    }
    let mut steps = Vec::new();
    loop {
        let mut ahead = cursor.clone();
        if ahead.take("[") {
            let index = names.deeper(at, |names| expression(&mut ahead, names))?;
            ahead.expect("]")?;
            steps.push(Step::Index(index));
        } else if ahead.take(".") {
            // A full stop after a reference is text.
            let Some(name) = ahead.name() else { break };
            steps.push(match ahead.take("(") {
                true => {
                    Step::Method(name.to_owned(), names.deeper(at, |names| expression::arguments(&mut ahead, names))?)
                }
                false => Step::Property(name.to_owned()),
            });
        } else {
            break;
        }
        *cursor = ahead;
    }
    if braced {
        cursor.expect("}")?;
    }
    let written = before[..before.len() - cursor.rest().len()].to_owned();
    let reference = Reference { at, written, quiet, root: root.to_owned(), steps };
    expression::check(&reference)?;
    Ok(Some(reference))
}
