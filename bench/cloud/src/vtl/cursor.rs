//! A place in a template's text, moved on character by character. Must not know what any of them means.

use super::{Position, TemplateError};

#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    offset: usize,
    at: Position,
}

impl<'a> Cursor<'a> {
    /// At the beginning of a text that itself begins at `at`.
    pub(super) fn new(text: &'a str, at: Position) -> Self {
        Self { text, offset: 0, at }
    }

    pub(super) fn at(&self) -> Position {
        self.at
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.offset += next.len_utf8();
        if next == '\n' {
            self.at = Position { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(next)
    }

    /// Moves past `expected` if it stands here.
    pub(super) fn take(&mut self, expected: &str) -> bool {
        let is_here = self.rest().starts_with(expected);
        if is_here {
            self.skip(expected.len());
        }
        is_here
    }

    /// Moves on by so many bytes, which end a character.
    pub(super) fn skip(&mut self, bytes: usize) {
        let end = self.offset + bytes;
        while self.offset < end && self.next().is_some() {}
    }

    /// Takes characters while they are such.
    pub(super) fn take_while(&mut self, such: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|it| !such(it)).unwrap_or(rest.len());
        self.skip(end);
        &rest[..end]
    }

    /// Takes the text before `end`, and moves past `end`.
    pub(super) fn take_until(&mut self, end: &str) -> Option<&'a str> {
        let rest = self.rest();
        let found = rest.find(end)?;
        self.skip(found + end.len());
        Some(&rest[..found])
    }

    /// Moves past blanks and the end of a line, if nothing else is left of it.
    pub(super) fn take_rest_of_blank_line(&mut self) {
        let blanks = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        let after = &self.rest()[blanks..];
        let end = ["\r\n", "\n", "\r"].into_iter().find(|end| after.starts_with(end));
        if let Some(end) = end {
            self.skip(blanks + end.len());
        }
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// A name: a letter, then letters, digits, `_` and `-`.
    pub(super) fn name(&mut self) -> Option<&'a str> {
        self.peek().filter(|it| it.is_ascii_alphabetic() || *it == '_')?;
        Some(self.take_while(|it| it.is_ascii_alphanumeric() || it == '_' || it == '-'))
    }

    /// Moves past `expected`, which has to stand here.
    pub(super) fn expect(&mut self, expected: &str) -> Result<(), TemplateError> {
        self.skip_blanks();
        let found = self.at;
        if self.take(expected) { Ok(()) } else { Err(TemplateError::new(found, format!("expected `{expected}`"))) }
    }
}
