//! A Dockerfile: what it starts, the environment that it sets, the health check that it has.

use super::Draft;
use super::scripts::set;

/// Reads a Dockerfile's last stage.
pub(super) fn read(text: &str, draft: &mut Draft) -> Result<(), String> {
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
    let started = [entrypoint, command].into_iter().flatten().flatten().map(with_port).collect();
    let started = at_chosen_port(without_shell(started));
    if !started.is_empty() {
        let quoted: Result<Vec<_>, _> = started.iter().map(|word| quoted(word)).collect();
        set(&mut draft.command, quoted.ok().map(|words| words.join(" ")));
    }
    Ok(())
}

/// A word as it is written in a command; the port's variable is app.toml's own.
fn quoted(word: &str) -> Result<String, shlex::QuoteError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+".contains(c);
    let rest = word.replace("$PORT", "0");
    if !rest.is_empty() && rest.chars().all(plain) {
        Ok(word.to_owned())
    } else {
        Ok(shlex::try_quote(word)?.into_owned())
    }
}

/// What a shell would start, if it is one program: a command in app.toml has none, and needs none for the port.
fn without_shell(words: Vec<String>) -> Vec<String> {
    let [shell, option, script] = words.as_slice() else { return words };
    let is_shell = ["sh", "bash", "ash"].contains(&shell.rsplit('/').next().unwrap_or_default());
    // What it would do more than start a program: operators, variables but the port's.
    let more = script.replace("$PORT", "").contains(['&', ';', '|', '<', '>', '`', '$']);
    if !is_shell || option != "-c" || more {
        return words;
    }
    let mut inside = shlex::split(script).unwrap_or_default();
    if inside.first().is_some_and(|first| first == "exec") {
        inside.remove(0);
    }
    // A variable may be set before the program.
    if inside.first().is_some_and(|first| !first.contains('=')) { inside } else { words }
}

/// A word with the port as app.toml has it, where a shell would take it from `PORT`, or else a default.
fn with_port(mut word: String) -> String {
    while let Some(begin) = word.find("${PORT").filter(|begin| word[*begin..].contains('}')) {
        let end = begin + word[begin..].find('}').unwrap_or_default();
        word.replace_range(begin..=end, "$PORT");
    }
    word
}

/// The port is the lab's to choose: also a fixed one after the options that servers have for it.
fn at_chosen_port(mut words: Vec<String>) -> Vec<String> {
    let mut option = String::new();
    for word in &mut words {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), value),
            _ => (std::mem::take(&mut option), word.as_str()),
        };
        let before = word.len() - value.len();
        let fixed = match name.as_str() {
            "--port" | "-p" => Some(value),
            "--bind" | "-b" | "--address" => value.rsplit_once(':').map(|(_, port)| port),
            _ => None,
        };
        let port = fixed.filter(|port| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()));
        if let Some(port) = port {
            let kept = before + value.len() - port.len();
            *word = format!("{}$PORT", &word[..kept]);
        }
        option.clone_from(word);
    }
    words
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
