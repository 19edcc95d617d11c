//! A command as a person would paste it into a shell.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Longer words are cut in messages: an argument may be a whole document.
const WORD_CHARACTERS_MAX: usize = 200;

/// The program by its file name, and its arguments, each quoted where a shell needs it.
pub(crate) fn command(program: &Path, arguments: &[OsString]) -> String {
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name).chain(arguments.iter().map(OsString::as_os_str)).map(word).collect::<Vec<_>>().join(" ")
}

/// Words as a person would paste them into a shell, whole.
#[must_use]
pub fn quoted<I: IntoIterator<Item: AsRef<str>>>(words: I) -> String {
    words.into_iter().map(|word| quote(word.as_ref())).collect::<Vec<_>>().join(" ")
}

fn word(word: &OsStr) -> String {
    let text = word.to_string_lossy();
    let short = match text.char_indices().nth(WORD_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    };
    quote(&short)
}

fn quote(word: &str) -> String {
    // Only a NUL can't be quoted, and no argument has one.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), |quoted| quoted.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(arguments: &[&str]) -> String {
        command(Path::new("/usr/bin/tofu"), &arguments.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        assert_eq!(shown(&["apply", "-no-color", "my plan"]), "tofu apply -no-color 'my plan'");
        assert_eq!(shown(&["", "it's", "$HOME"]), r#"tofu '' "it's" '$HOME'"#);
    }

    #[test]
    fn a_document_is_cut() {
        let shown = shown(&[&"x".repeat(100_000)]);
        assert!(shown.len() < 300 && shown.contains('…'), "{}", shown.len());
    }
}
