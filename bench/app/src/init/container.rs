//! A Dockerfile: what it starts, the environment that it sets, the health check that it has.

use super::Draft;
use super::scripts::set;

/// Reads a Dockerfile's last stage.
pub(super) fn read(text: &str, draft: &mut Draft) {
    let joined = text.replace("\\\n", " ");
    let mut lines: Vec<&str> = joined.lines().map(str::trim).filter(|line| !line.starts_with('#')).collect();
    if let Some(last) = lines.iter().rposition(|line| keyword(line, "FROM").is_some()) {
        lines.drain(..last);
    }
    let (mut entrypoint, mut command) = (None, None);
    for line in lines {
        if let Some(rest) = keyword(line, "ENTRYPOINT") {
            entrypoint = Some(words(rest));
        } else if let Some(rest) = keyword(line, "CMD") {
            command = Some(words(rest));
        } else if let Some(rest) = keyword(line, "ENV") {
            environment(rest, draft);
        } else if let Some(rest) = keyword(line, "HEALTHCHECK") {
            set(&mut draft.health, health(rest));
        }
    }
    let started: Vec<String> = [entrypoint, command].into_iter().flatten().flatten().collect();
    if !started.is_empty() {
        let text = shlex::try_join(started.iter().map(String::as_str)).ok();
        // A shell that expands the port is what `PORT` is for.
        set(&mut draft.command, text);
    }
}

fn keyword<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let (first, rest) = line.split_once(char::is_whitespace)?;
    first.eq_ignore_ascii_case(word).then_some(rest.trim())
}

/// A command in either of its forms: JSON, or a text for the shell.
fn words(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|_| shlex::split(text).unwrap_or_default())
}

fn environment(text: &str, draft: &mut Draft) {
    let pairs = shlex::split(text).unwrap_or_default();
    let mut set = |name: &str, value: &str| {
        // Where it listens is the lab's to choose.
        let chosen = ["PORT", "HOST", "PATH"].contains(&name);
        if !chosen {
            draft.environment.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    };
    match pairs.first() {
        // The old form: `ENV NAME value`.
        Some(first) if !first.contains('=') => set(first, &pairs[1..].join(" ")),
        _ => pairs.iter().filter_map(|pair| pair.split_once('=')).for_each(|(name, value)| set(name, value)),
    }
}

/// The path that `curl` or `wget` requests in a health check.
fn health(text: &str) -> Option<String> {
    let url = text.split_whitespace().find_map(|word| word.split_once("://").map(|(_, rest)| rest))?;
    let path = url.split_once('/').map_or("/".to_owned(), |(_, path)| format!("/{path}"));
    Some(path.trim_end_matches(['"', '\'', ']', ',', ')']).to_owned())
}
