//! What a language's own files state: how it is built, what starts it, where it keeps its data.

use std::path::Path;

use serde_json::Value;

use super::{Draft, RequestDraft, slug};
use crate::init::toml_value;

/// The files whose calls of an SDK and variables are looked at, and how many of them at most.
const SOURCES: [&str; 6] = ["py", "js", "mjs", "ts", "go", "rs"];
const FILES_MAX: usize = 200;

/// `package.json`: `start`, `main`, `build`.
pub(super) fn package_json(text: &str, draft: &mut Draft) -> Result<(), String> {
    let package: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let word = |path: &str| package.pointer(path).and_then(Value::as_str);
    set(&mut draft.name, word("/name").map(slug));
    let build = if word("/scripts/build").is_some() { "npm ci && npm run build" } else { "npm ci" };
    let dependencies = package.get("dependencies").is_some();
    set(&mut draft.build, (dependencies || word("/scripts/build").is_some()).then(|| build.to_owned()));
    let main = word("/main").map(|main| format!("node {main}"));
    // npm itself would stand between the lab and the server: what it starts is taken, where that is one program.
    let start = word("/scripts/start").filter(|it| !it.contains("&&") && !it.contains('=')).map(str::to_owned);
    if draft.function.is_none() {
        set(&mut draft.command, start.or(main));
    }
    draft.single_threaded = true;
    Ok(())
}

/// How a folder's packages are installed as its lock has them, by the tool whose lock it is; without a lock by npm.
const LOCKS: [(&str, &str); 4] = [
    ("package-lock.json", "npm ci"),
    ("npm-shrinkwrap.json", "npm ci"),
    ("pnpm-lock.yaml", "pnpm install --frozen-lockfile"),
    ("yarn.lock", "yarn install --immutable"),
];

/// Puts what installs by the folder's lock in the place of `npm ci`.
pub(super) fn by_lock(folder: &Path, draft: &mut Draft) {
    let lock = LOCKS.iter().find(|(lock, _)| folder.join(lock).exists());
    let install = lock.map_or("npm install", |(_, install)| install);
    if let Some(rest) = draft.build.as_deref().and_then(|build| build.strip_prefix("npm ci")) {
        draft.build = Some(format!("{install}{rest}"));
    }
}

/// `pyproject.toml` or `requirements.txt`: which server the packages bring.
pub(super) fn python(text: &str, draft: &mut Draft) -> Result<(), String> {
    let uses = |package: &str| text.lines().any(|line| line.trim_start_matches([' ', '"', '\'']).starts_with(package));
    let inside = text.contains("[project]");
    if let Some(name) = text.lines().find_map(|line| line.strip_prefix("name = ")).filter(|_| inside) {
        set(&mut draft.name, Some(slug(name.trim_matches(['"', '\'', ' ']))));
    }
    if draft.function.is_some() {
        return Ok(());
    }
    let install = if inside { "pip install --quiet ." } else { "pip install --quiet -r requirements.txt" };
    set(&mut draft.build, Some(format!("python3 -m venv .venv && .venv/bin/{install}")));
    let framework = ["fastapi", "starlette", "litestar", "quart"].into_iter().find(|it| uses(it));
    let command = match framework {
        Some(_) => Some(".venv/bin/python -m uvicorn MODULE:app --port $PORT --no-access-log"),
        None if uses("flask") || uses("Flask") => Some(".venv/bin/python -m flask --app MODULE run --port $PORT"),
        None => None,
    };
    set(&mut draft.command, command.map(str::to_owned));
    draft.command = draft.command.take().map(from_environment);
    draft.single_threaded = true;
    Ok(())
}

/// Programs that Python packages bring, and Python itself.
const PROGRAMS: [&str; 8] = ["python", "python3", "uvicorn", "gunicorn", "hypercorn", "granian", "flask", "fastapi"];

/// A command that another file states, with its program from the environment that the build makes.
fn from_environment(command: String) -> String {
    let program = command.split(' ').next().unwrap_or_default();
    if PROGRAMS.contains(&program) { format!(".venv/bin/{command}") } else { command }
}

/// `go.mod`.
pub(super) fn go(text: &str, draft: &mut Draft) -> Result<(), String> {
    let module = text.lines().find_map(|line| line.strip_prefix("module "));
    set(&mut draft.name, module.map(slug));
    set(&mut draft.build, Some("CGO_ENABLED=0 go build -o server .".to_owned()));
    set(&mut draft.command, Some("./server".to_owned()));
    Ok(())
}

/// `Cargo.toml`.
pub(super) fn cargo(text: &str, draft: &mut Draft) -> Result<(), String> {
    let manifest: toml::Table = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let name = manifest.get("package").and_then(|it| it.get("name")).and_then(|it| it.as_str());
    let Some(name) = name else { return Ok(()) };
    set(&mut draft.name, Some(slug(name)));
    set(&mut draft.build, Some("cargo build --release".to_owned()));
    set(&mut draft.command, Some(format!("target/release/{name}")));
    Ok(())
}

/// What the source itself shows: the module of a Python app, variables that it reads, paths that it serves.
pub(super) fn sources(folder: &Path, draft: &mut Draft) {
    let mut files = Vec::new();
    collect(folder, folder, &mut files);
    let mut module = None;
    for (name, text) in &files {
        let app = ["= FastAPI(", "= Flask(", "= Starlette(", "= Litestar("];
        if module.is_none() && app.iter().any(|it| text.contains(it)) {
            module = Some(name.trim_end_matches(".py").replace('/', "."));
        }
        for path in routes(text) {
            let (method, path) = path;
            let known = draft.requests.iter().any(|it| it.path == path && it.method == method);
            if !known && draft.requests.len() < 20 {
                draft.requests.push(RequestDraft { method, path, body: None });
            }
        }
    }
    if let Some(command) = &mut draft.command
        && command.contains("MODULE")
    {
        *command = command.replace("MODULE", module.as_deref().unwrap_or("main"));
    }
    let health = draft.requests.iter().position(|it| it.path.contains("health"));
    if let Some(index) = health {
        let request = draft.requests.remove(index);
        set(&mut draft.health, Some(request.path));
    }
}

/// The routes of a source, as FastAPI, Flask, Express and Go's mux have them: a literal path without parameters.
fn routes(text: &str) -> Vec<(crate::Method, String)> {
    use crate::Method::{Delete, Get, Patch, Post, Put};
    let mut found = Vec::new();
    for (word, method) in [("get", Get), ("post", Post), ("put", Put), ("patch", Patch), ("delete", Delete)] {
        for receiver in ["app.", "router.", "@app.", "@router."] {
            for (at, _) in text.match_indices(&format!("{receiver}{word}(")) {
                found.extend(literal(&text[at + receiver.len() + word.len() + 1..]).map(|path| (method, path)));
            }
        }
        let verb = word.to_uppercase();
        for (at, _) in text.match_indices(&format!("HandleFunc(\"{verb} /")) {
            found.extend(
                literal(&text[at + "HandleFunc(".len()..])
                    .and_then(|it| it.strip_prefix(&format!("{verb} ")).map(|path| (method, path.to_owned()))),
            );
        }
    }
    found.iter_mut().for_each(|(_, path)| *path = with_counter(path));
    found.dedup();
    found
}

/// A path whose parameters are `{id}` or `:id`, with the counter in their place.
pub(super) fn with_counter(path: &str) -> String {
    let part = |part: &str| {
        let parameter = part.starts_with(':') || (part.contains('{') && part.contains('}') && !part.contains("${"));
        if parameter { "${counter}".to_owned() } else { part.to_owned() }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The text literal that a source goes on with.
fn literal(source: &str) -> Option<String> {
    let source = source.trim_start();
    let quote = source.chars().next().filter(|it| ['"', '\'', '`'].contains(it))?;
    let text = source[1..].split(quote).next()?;
    let fits = text.len() < 200 && toml_value(text).is_some() && (text.starts_with('/') || text.contains(" /"));
    fits.then(|| text.to_owned())
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let skipped =
            name.starts_with('.') || ["node_modules", "target", "venv", "vendor", "dist"].contains(&name.as_str());
        if skipped || files.len() >= FILES_MAX {
            continue;
        }
        let extension = path.extension().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() && !path.is_symlink() {
            collect(root, &path, files);
        } else if SOURCES.contains(&extension.as_str())
            && let (Ok(text), Ok(relative)) = (std::fs::read_to_string(&path), path.strip_prefix(root))
        {
            files.push((relative.to_string_lossy().into_owned(), text));
        }
    }
}

/// What an earlier file states stays.
pub(super) fn set<T>(field: &mut Option<T>, value: Option<T>) {
    if field.is_none() {
        *field = value;
    }
}
