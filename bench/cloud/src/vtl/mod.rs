//! The Velocity Template Language as far as API Gateway's mapping templates use it: a template is read once, held to the subset,
//! and evaluated for each request.
//!
//! What is not in the subset is refused with its line and column when the template is read, and never rendered otherwise than
//! Velocity does. Where Velocity 1 and 2 differ, and nobody says which of them API Gateway has, a template is refused, too.
//! Nothing here may know HTTP or DynamoDB.

mod cursor;
mod evaluate;
mod expression;
mod known;
mod methods;
mod parse;
mod path;

use std::fmt;

use serde_json::Value;

/// What of a template's surroundings it can read.
pub trait Variables {
    /// The body: of the request, or in a response's template of the integration's answer. Read as JSON where it is looked into.
    fn body(&self) -> &str;

    /// `$input.params()`: `path`, `querystring` and `header`, each with its names.
    fn parameters(&self) -> Value;

    /// `$context.NAME`, the name with its dots; nothing where the gateway has no such value for this request.
    fn context(&self, name: &str) -> Option<String>;

    /// `$stageVariables.NAME`.
    fn stage(&self, name: &str) -> Option<String>;
}

/// What a template made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// `$context.responseOverride.status`, where the template set it.
    pub status: Option<u16>,
    /// `$context.responseOverride.header.NAME`, in the order in which the template set them.
    pub headers: Vec<(String, String)>,
}

/// A template that is in the subset.
#[derive(Clone, Debug)]
pub struct Template(Vec<Node>);

/// Why a template is refused, or can't be evaluated, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {reason}", at.line, at.column)]
pub struct TemplateError {
    /// Where.
    pub at: Position,
    /// Why.
    pub reason: String,
}

/// A place in a template, both counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When it is none, or has what is not in the subset.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        parse::template(text).map(Self)
    }

    /// Evaluates it.
    ///
    /// # Errors
    /// When a value is not of the type that is needed, or the text gets longer than a payload may be.
    pub fn evaluate(&self, variables: &dyn Variables) -> Result<Rendered, TemplateError> {
        evaluate::template(&self.0, variables)
    }
}

impl TemplateError {
    fn new(at: Position, reason: impl fmt::Display) -> Self {
        Self { at, reason: reason.to_string() }
    }
}

/// A piece of a template.
#[derive(Clone, Debug)]
enum Node {
    Text(String),
    Reference(Reference),
    Set { target: Target, value: Expression },
    If { arms: Vec<(Expression, Vec<Node>)>, otherwise: Vec<Node> },
    ForEach { name: String, list: Expression, body: Vec<Node> },
}

/// What `#set` sets.
#[derive(Clone, Debug)]
enum Target {
    Variable(String),
    Status(Position),
    Header(String),
}

/// `$root.step.step`.
#[derive(Clone, Debug)]
struct Reference {
    at: Position,
    /// As it is written: what stands in the text where its value is null.
    written: String,
    /// `$!`: nothing stands there then.
    quiet: bool,
    root: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Property(String),
    Method(String, Vec<Expression>),
    Index(Expression),
}

#[derive(Clone, Debug)]
struct Expression {
    at: Position,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Literal(Value),
    /// In double quotes, where references stand for their values.
    Interpolated(Vec<Node>),
    Reference(Reference),
    List(Vec<Expression>),
    Range(Box<Expression>, Box<Expression>),
    Map(Vec<(Expression, Expression)>),
    Not(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divided,
    Remainder,
}
