//! docs/covered.md: what the review and the hard tries found, each with the tests that hold it.

use std::fs;

use super::root;

/// How many faults the review and the hard tries list.
const LISTS: [(&str, u32); 2] = [("B", 25), ("F", 26)];

/// Whether a file has a test of this name: a function in Rust, Python, Go and Java, a sentence in JavaScript, a word in C++.
fn has(text: &str, path: &str, name: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    match path.rsplit('.').next() {
        Some("rs") => {
            let named =
                |line: &str| line.split_once("fn ").is_some_and(|(_, rest)| rest.starts_with(&format!("{name}(")));
            let lines: Vec<_> = lines.collect();
            // Its attributes stand above it.
            lines.iter().enumerate().any(|(at, line)| {
                let above =
                    lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("///"));
                named(line)
                    && above.into_iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
            })
        }
        Some("py") => name.starts_with("test_") && lines.any(|line| line.starts_with(&format!("def {name}("))),
        Some("mjs") => lines.any(|line| line.starts_with("test(") && line.contains(name)),
        Some("go") => lines.any(|line| line.starts_with(&format!("func {name}(t *testing.T)"))),
        Some("java") => lines.any(|line| line.starts_with(&format!("void {name}("))),
        Some("cpp") => lines.any(|line| line.starts_with("TEST(") && line.ends_with(&format!(", {name}) {{"))),
        _ => false,
    }
}

#[test]
fn every_fault_that_was_found_has_a_test_that_is_there() {
    let document = fs::read_to_string(root().join("docs/covered.md")).expect("the table");
    // The first is the title's.
    let rows = || document.lines().filter_map(|line| line.strip_prefix("| ")?.split_once('|')).skip(1);
    let listed: Vec<_> = rows().map(|(number, _)| number.trim()).filter(|number| !number.is_empty()).collect();
    let all: Vec<_> =
        LISTS.iter().flat_map(|(list, last)| (1..=*last).map(move |number| format!("{list}{number}"))).collect();
    assert_eq!(listed, all);
    for (number, row) in rows() {
        let tests: Vec<_> = row.split("](../").collect();
        assert!(tests.len() > 1, "{number}{row}: no test");
        for pair in tests.windows(2) {
            let name = pair[0].rsplit('[').next().unwrap_or_default().trim_matches('`');
            let path = pair[1].split(')').next().unwrap_or_default();
            let text =
                fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{number}: {path}: {error}"));
            assert!(has(&text, path, name), "{number}: {path} has no test {name}");
        }
    }
}

#[test]
fn tests_are_distinguished_from_what_only_has_their_name() {
    let rust = "#[test]\n/// Why.\nfn one() {}\nfn two() {}\n// fn three()\n#[tokio::test(start_paused = true)]\nasync fn four() {}";
    assert_eq!(
        ["one", "two", "three", "four", "fou"].map(|name| has(rust, "x.rs", name)),
        [true, false, false, true, false]
    );
    assert!(has("def test_a(x):", "x.py", "test_a") && !has("def a():", "x.py", "a"));
    assert!(
        has("  test(`${name}: it holds`, () => {", "x.mjs", "it holds") && !has("// it holds", "x.mjs", "it holds")
    );
    assert!(has("func TestA(t *testing.T) {", "x.go", "TestA") && !has("func TestAB(t *testing.T) {", "x.go", "TestA"));
    assert!(has("  void itHolds() throws Exception {", "X.java", "itHolds") && !has("// void it(", "X.java", "it"));
    assert!(has("TEST(Count, Holds) {", "x.cpp", "Holds") && !has("TEST(Count, NotHolds) {", "x.cpp", "Holds"));
}
