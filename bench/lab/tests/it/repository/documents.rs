//! The documents are true: links resolve, commands parse, the README is short and its tables have the generator's shape.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use lab::cli::Cli;

use crate::support::root;

/// What a newcomer reads before anything works: no longer than this.
const README_LINES: usize = 150;

/// A document, by its path in the checkout.
pub(super) struct Document {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// Every document that a reader meets, by its path in the checkout.
pub(super) fn documents() -> Vec<Document> {
    let mut paths = vec![];
    for folder in ["", "docs"] {
        let entries = fs::read_dir(root().join(folder)).expect("a folder").flatten();
        let names = entries.map(|entry| Path::new(folder).join(entry.file_name()));
        paths.extend(names.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    paths.sort();
    let read = |path: PathBuf| Document { text: fs::read_to_string(root().join(&path)).expect("text"), path };
    paths.into_iter().map(read).collect()
}

pub(super) fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("README.md")
}

/// A heading's anchor as GitHub makes it: lower case, punctuation left out, spaces to hyphens.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|it| it.is_alphanumeric() || [' ', '-', '_'].contains(it));
    kept.map(|it| if it == ' ' { '-' } else { it }).collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    text.lines().filter(|line| line.starts_with('#')).map(anchor).collect()
}

#[test]
fn links_resolve_to_files_and_headings() {
    for document in documents() {
        for link in document.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let folder = document.path.parent().expect("a folder");
            let target = if file.is_empty() { document.path.clone() } else { folder.join(file) };
            let target = root().join(target);
            assert!(target.exists(), "{}: {link} leads nowhere", document.path.display());
            if !heading.is_empty() {
                let text = fs::read_to_string(&target).expect("a document");
                assert!(anchors(&text).contains(heading), "{}: {link} has no such heading", document.path.display());
            }
        }
    }
}

/// Folders whose paths documents name in code.
const FOLDERS: [&str; 8] = ["bench/", "services/", "infra/", "nix/", "nixos/", "docs/", ".ci/", ".github/"];

/// What the worked examples of docs/adding-a-part.md add.
const NEW: [&str; 3] = ["infra/compute/app-runner.nix", "infra/front/NAME.nix", "infra/store/valkey.nix"];

#[test]
fn the_paths_that_documents_name_exist() {
    for document in documents().into_iter().filter(|document| document.path != Path::new("CHANGELOG.md")) {
        let paths = code(&document.text).into_iter().filter(|code| FOLDERS.iter().any(|it| code.starts_with(it)));
        for path in paths.filter(|path| !path.contains(['*', '{', ' ']) && !NEW.contains(path)) {
            assert!(root().join(path).exists(), "{}: there is no {path}", document.path.display());
        }
    }
}

/// What documents write before the lab's own arguments.
const CALLS: [&str; 2] = ["cargo run --release -- ", "lab "];

/// The lab's commands that a line of code has: each its arguments, with a value where the document has a placeholder.
fn commands(code: &str) -> Option<Vec<String>> {
    let code = code.split(" # ").next()?.split('#').next()?.split(" && ").last()?.trim();
    let arguments = CALLS.iter().find_map(|call| code.split_once(call).filter(|(before, _)| !before.contains('/')))?.1;
    let words = arguments.split_whitespace().map(|word| word.trim_matches(['[', ']', '…']));
    Some(words.filter(|word| !word.is_empty()).map(example).collect())
}

/// A value for a placeholder.
fn example(word: &str) -> String {
    match word {
        "WAY" => "ec2",
        "NAME" | "C" => "one",
        "N" => "1",
        "MS" => "50",
        "RUN" => ".lab/runs/one",
        "s3://BUCKET/PREFIX" => "s3://bucket/prefix",
        word => word,
    }
    .to_owned()
}

/// Inline code, and the lines of code blocks.
fn code(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (index, part) in text.split("```").enumerate() {
        match index % 2 {
            1 => found.extend(part.lines().skip(1)),
            _ => found.extend(part.split('`').skip(1).step_by(2)),
        }
    }
    found
}

#[test]
fn every_command_of_the_documents_parses() {
    let mut parsed = 0;
    for document in documents().into_iter().filter(|document| document.path != Path::new("CHANGELOG.md")) {
        let mut calls: Vec<_> = code(&document.text).into_iter().filter_map(commands).collect();
        // The README's table of commands leaves the first words out.
        let rows = document.text.split("| command, after ").skip(1).flat_map(|table| table.lines().skip(2));
        for row in rows.take_while(|line| line.starts_with("| `")) {
            let cell = row.split('`').nth(1).expect("code");
            calls.extend(commands(&format!("lab {cell}")));
        }
        for arguments in calls {
            // `lab deployments` as the name of a thing is one as well.
            let words = std::iter::once("lab".to_owned()).chain(arguments.iter().cloned());
            let result = Cli::command().try_get_matches_from(words);
            if let Err(error) = result {
                // A command named without its arguments, in running text.
                let named = arguments.len() == 1 && error.kind() == clap::error::ErrorKind::MissingRequiredArgument;
                assert!(named, "{}: lab {}: {error}", document.path.display(), arguments.join(" "));
            }
            parsed += 1;
        }
    }
    assert!(parsed > 20, "only {parsed} commands were found");
}

#[test]
fn the_readme_is_short_and_begins_with_two_commands() {
    let readme = readme();
    let lines = readme.lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines: docs/ is for the rest");
    let count = format!("`ways --all` lists all {} |", ways::model().ways().count());
    assert!(readme.contains(&count), "README.md has another number of ways: {count}");
    let blocks: Vec<_> = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert_eq!(blocks[..2], ["./setup && cargo run --release -- bench", "cargo test --workspace"]);
}

/// The tables of a Markdown text: each its header, and the first cells of its rows.
fn tables(text: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let lines: Vec<_> = text.lines().collect();
    let tables = lines.split(|line| !line.starts_with('|')).filter(|table| table.len() > 1);
    tables.map(|table| (cells(table[0]), table[2..].iter().map(|line| cells(line).remove(0)).collect())).collect()
}

#[test]
fn the_readmes_tables_have_the_shape_of_a_run_of_the_catalogue() {
    let readme = readme();
    let shown = readme.split("<!-- table: begin -->").nth(1).and_then(|rest| rest.split("<!-- table: end -->").next());
    let shown = tables(shown.expect("tables between the marks"));
    let catalogue: Vec<_> = ways::model().catalogue().map(|row| row.way.to_string()).collect();
    let ways: Vec<&str> = catalogue.iter().map(String::as_str).collect();
    let run = crate::cost::a_run(&ways, 1.0, None);
    let prices = prices::PriceFolder::built_in();
    let exported = report::export::Shown::new(std::slice::from_ref(&run), None, &prices);
    let made = report::export::export(&exported, report::export::MARKDOWN).expect("a format");
    let headers = |tables: &[(Vec<String>, Vec<String>)]| tables.iter().map(|it| it.0.clone()).collect::<Vec<_>>();
    assert_eq!(headers(&shown), headers(&tables(&made)), "README.md's tables are not those of `lab bench`");
    let without_mark = |rows: &[String]| rows.iter().map(|it| it.replace(" (tuned)", "")).collect::<Vec<_>>();
    assert!(shown.iter().all(|(_, rows)| without_mark(rows) == catalogue), "README.md's rows are not the catalogue's");
}
