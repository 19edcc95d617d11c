//! What is wrong with an `app.toml`: one line with the file, the line and the column.

use std::path::{Path, PathBuf};

/// Why an `app.toml` can't be used.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// It is not there, or can't be read.
    #[error("can't read {}; `lab init` writes a first one", path.display())]
    Read {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system reported.
        #[source]
        source: std::io::Error,
    },
    /// Something in it is wrong.
    #[error("{}:{line}:{column}: {message}", path.display())]
    At {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1, in characters.
        column: usize,
        /// What is wrong, and what to do.
        message: String,
    },
}

impl AppError {
    /// At a place of the text, in bytes from its beginning.
    pub(crate) fn at(path: &Path, text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self::At { path: path.to_owned(), line, column, message: message.into() }
    }

    /// As TOML's reader reports it.
    pub(crate) fn of_toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        Self::at(path, text, offset, shortened(error.message()))
    }
}

/// serde lists every valid key; one line has the nearest.
fn shortened(message: &str) -> String {
    let one_line = message.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let kind = ["unknown field `", "unknown variant `"].into_iter().find(|kind| one_line.starts_with(*kind));
    let Some(kind) = kind else { return one_line };
    let mut words = one_line.split('`').skip(1).step_by(2);
    let unknown = words.next().unwrap_or_default();
    let valid: Vec<&str> = words.collect();
    let what = if kind.contains("field") { "key" } else { "word" };
    if valid.is_empty() {
        return format!("unknown {what} `{unknown}`");
    }
    format!("unknown {what} `{unknown}`; nearest: `{}`", nearest(unknown, valid.iter().copied()))
}

/// The nearest of some words (Damerau–Levenshtein).
pub(crate) fn nearest<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> &'a str {
    let distance = |word: &&str| strsim::damerau_levenshtein(typed, word);
    words.into_iter().min_by_key(distance).unwrap_or_default()
}
