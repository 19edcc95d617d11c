//! The words of what a user reads: messages, help and documents use the field's words. The guide for all of them is in
//! CONTRIBUTING.md; here is the list of those that are refused, and the few places that mean them.

use std::fs;
use std::path::Path;
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::documents::documents;
use super::tracked;
use crate::support::root;

/// Words in a row that no user reads, each with what to write instead.
const REFUSED: [(&[&str], &str); 26] = [
    (&["tell"], "show, report, print"),
    (&["tells"], "shows, reports, prints"),
    (&["told"], "shown, reported, passed"),
    (&["telling"], "showing, reporting"),
    (&["says"], "reports, states, shows"),
    (&["said"], "reported, printed, documented"),
    (&["gone"], "deleted, ended, no longer there"),
    (&["at", "hand"], "found, installed, available"),
    (&["the", "origin"], "the original study"),
    (&["the", "origin's"], "the original study's"),
    (&["be", "kept"], "stay, be stored"),
    (&["is", "kept"], "stays, is stored"),
    (&["was", "kept"], "stayed, was stored"),
    (&["are", "kept"], "stay, are stored"),
    (&["were", "kept"], "stayed, were stored"),
    (&["be", "well"], "become healthy"),
    (&["is", "well"], "is healthy"),
    (&["was", "well"], "was healthy"),
    (&["not", "well"], "not healthy"),
    (&["asked"], "requested; prompted"),
    (&["it", "is", "no"], "it is not a"),
    (&["this", "is", "no"], "this is not a"),
    (&["that", "is", "no"], "that is not a"),
    (&["which", "is", "no"], "which is not a"),
    (&["was", "missed"], "failed to wait for"),
    (&["made", "anew"], "created again"),
];

/// Texts that mean the word: a quotation, or another sense.
const ALLOWED: [&str; 1] = [
    // S3's own message of MalformedXML.
    "was not well-formed",
];

/// The first refused words in a text, and what to write instead.
fn refused(text: &str) -> Option<(String, &'static str)> {
    let text = ALLOWED.iter().fold(text.to_lowercase(), |text, allowed| text.replace(&allowed.to_lowercase(), ""));
    let words: Vec<&str> =
        text.split(|it: char| !(it.is_alphanumeric() || it == '\'')).filter(|it| !it.is_empty()).collect();
    let found = REFUSED.iter().find(|(refused, _)| words.windows(refused.len()).any(|window| window == *refused));
    found.map(|(refused, instead)| (refused.join(" "), *instead))
}

/// The string literals of Rust source, tests left out; its documentation too where clap makes the help of it.
fn literals(tokens: TokenStream, with_help: bool, found: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                // `#![…]` too: what a module is for.
                tokens.next_if(|next| matches!(next, TokenTree::Punct(it) if it.as_char() == '!'));
                let Some(TokenTree::Group(attribute)) = tokens.peek().cloned() else { continue };
                let text = attribute.stream().to_string();
                tokens.next();
                match text.as_str() {
                    "cfg (test)" | "cfg(test)" => skip_item(&mut tokens),
                    text if text.starts_with("doc") && !with_help => {}
                    _ => literals(attribute.stream(), with_help, found),
                }
            }
            TokenTree::Group(group) => literals(group.stream(), with_help, found),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if text.starts_with(['"', 'r', 'b', 'c']) {
                    found.push(text);
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// Skips to the end of an item: its block, or its semicolon.
fn skip_item(tokens: &mut impl Iterator<Item = TokenTree>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
            TokenTree::Punct(punct) if punct.as_char() == ';' => return,
            _ => {}
        }
    }
}

/// Quoted text on the lines of another language, its comments left out.
fn quoted(text: &str, comment: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.split(comment).next().unwrap_or_default());
    lines
        .flat_map(|line| {
            let quote = |it| line.split(it).skip(1).step_by(2).map(str::to_owned);
            quote('"').chain(quote('\'')).chain(quote('`')).collect::<Vec<_>>()
        })
        .collect()
}

fn is_test(path: &Path) -> bool {
    let parts = path.iter().filter_map(|part| part.to_str());
    parts.into_iter().any(|part| ["tests", "tests.rs", "benches", "examples", "test", "node_modules"].contains(&part))
}

#[test]
fn what_a_user_reads_is_in_the_fields_words() {
    let mut wrong = Vec::new();
    let mut hold = |place: &Path, text: &str| {
        if let Some((word, instead)) = refused(text) {
            wrong.push(format!("{}: {word:?} ({instead}): {text}", place.display()));
        }
    };
    for document in documents() {
        // Links to names in code: those of tests are sentences.
        let text: String =
            document.text.split("[`").map(|it| it.split_once("`](").map_or(it, |(_, rest)| rest)).collect();
        for paragraph in text.split("\n\n") {
            hold(&document.path, &paragraph.replace('\n', " "));
        }
    }
    for path in tracked("rs").into_iter().filter(|path| !is_test(path)) {
        let text = fs::read_to_string(&path).expect("text");
        let with_help = ["clap::Args", "clap::ValueEnum", "clap::Subcommand"].iter().any(|it| text.contains(it));
        let mut found = Vec::new();
        literals(TokenStream::from_str(&text).expect("Rust"), with_help, &mut found);
        found.iter().for_each(|text| hold(&path, text));
    }
    for (extension, comment) in [("py", "#"), ("mjs", "//"), ("cpp", "//"), ("hpp", "//"), ("html", "<!--")] {
        for path in tracked(extension).into_iter().filter(|path| !is_test(path)) {
            let text = fs::read_to_string(&path).expect("text");
            quoted(&text, comment).iter().for_each(|text| hold(&path, text));
        }
    }
    let count = wrong.len();
    let root = root();
    let wrong = wrong.join("\n").replace(root.to_str().expect("text"), "");
    assert!(count == 0, "{count} texts (CONTRIBUTING.md, Words):\n{wrong}");
}

#[test]
fn refused_words_are_found_and_their_look_alikes_are_not() {
    for text in ["AWS told no list", "the ORIGIN's table", "it was not well within 5 minutes", "this is no checkout"] {
        assert!(refused(text).is_some(), "{text}");
    }
    for text in ["the HTTP header `Origin`", "well-kept", "there is no VPC", "second-hand", "a teller"] {
        assert_eq!(refused(text), None);
    }
}

#[test]
fn literals_are_read_without_tests_and_comments() {
    let source = r##"
        //! told
        /// told
        #[derive(Debug)]
        struct A; // told
        fn f() { println!("one {x}"); let _ = r#"two"#; let c = '"'; }
        #[cfg(test)]
        mod tests { const T: &str = "told"; }
    "##;
    let mut found = Vec::new();
    literals(TokenStream::from_str(source).expect("Rust"), false, &mut found);
    assert_eq!(found, [r#""one {x}""#, r##"r#"two"#"##]);
}
