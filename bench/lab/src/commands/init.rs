//! `lab init`: writes the first `app.toml` of a service, from what its folder states, a few answers, and flags for all of them.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use app::init::{Draft, FunctionDraft, RequestDraft};
use app::{App, FILE};
use deploy::Refused;

/// Arguments of `lab init`.
#[derive(Debug, clap::Args)]
pub struct Init {
    /// The service's folder [default: here]
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// What it is called.
    #[arg(long)]
    name: Option<String>,
    /// What builds it, by `sh -c` in its folder.
    #[arg(long, value_name = "COMMAND")]
    build: Option<String>,
    /// What starts the server; the port is in PORT.
    #[arg(long, value_name = "COMMAND")]
    command: Option<String>,
    /// What is requested to see whether the server is ready.
    #[arg(long, value_name = "PATH")]
    health: Option<String>,
    /// The function's zip or folder.
    #[arg(long, value_name = "PATH")]
    package: Option<String>,
    /// What Lambda calls in it.
    #[arg(long, requires = "package")]
    handler: Option<String>,
    /// Lambda's runtime.
    #[arg(long, requires = "package")]
    runtime: Option<String>,
    /// A path to request; may be repeated. `${counter}` in it is a number that no other call has.
    #[arg(long, value_name = "PATH")]
    request: Vec<String>,
    /// Write over an app.toml that is there.
    #[arg(long)]
    force: bool,
}

/// Writes it.
///
/// # Errors
/// When there is one already, or the folder can't be written to.
pub fn run(arguments: &Init) -> anyhow::Result<ExitCode> {
    let folder = arguments.folder.clone().unwrap_or_else(|| PathBuf::from("."));
    let path = folder.join(FILE);
    if !folder.is_dir() {
        return Err(Refused(format!("{} is not a folder", folder.display())).into());
    }
    if path.exists() && !arguments.force {
        return Err(Refused(format!("{} is there already: `--force` writes over it", path.display())).into());
    }
    let mut draft = Draft::of(&folder);
    given(arguments, &mut draft);
    if io::stdin().is_terminal() {
        prompted(arguments, &mut draft)?;
    }
    let text = draft.toml();
    std::fs::write(&path, &text).with_context(|| format!("can't write {}", path.display()))?;
    for (file, reason) in &draft.unreadable {
        programs::notice!("lab: can't read {}: {reason}", folder.join(file).display());
    }
    if draft.read.is_empty() {
        programs::notice!("lab: nothing in {} describes the service: fill in {}", folder.display(), path.display());
    } else {
        programs::notice!("lab: read {}", draft.read.join(", "));
    }
    if let Err(error) = App::parse(&text, &path) {
        programs::notice!("lab: fill in what is missing: {error}");
    }
    super::print(&format!("{text}\nWrote {}. Next: lab bench --app {}\n", path.display(), folder.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// What arguments state wins over what files do.
fn given(arguments: &Init, draft: &mut Draft) {
    let Init { name, build, command, health, package, handler, runtime, request, .. } = arguments;
    for (field, value) in
        [(&mut draft.name, name), (&mut draft.build, build), (&mut draft.command, command), (&mut draft.health, health)]
    {
        if value.is_some() {
            field.clone_from(value);
        }
    }
    if let Some(package) = package {
        let known = draft.function.take().unwrap_or_default();
        draft.function = Some(FunctionDraft {
            package: package.clone(),
            handler: handler.clone().or(known.handler),
            runtime: runtime.clone().or(known.runtime),
        });
    }
    if !request.is_empty() {
        draft.requests = request.iter().map(|path| RequestDraft::get(path)).collect();
    }
}

/// Prompts for what no argument states, with what is known as the default.
fn prompted(arguments: &Init, draft: &mut Draft) -> anyhow::Result<()> {
    if arguments.name.is_none() {
        draft.name = answer("Its name", draft.name.as_deref())?;
    }
    if arguments.build.is_none() {
        draft.build = answer("What builds it, if anything does", draft.build.as_deref())?;
    }
    if arguments.command.is_none() && draft.function.is_none() {
        draft.command = answer("What starts the server, with its port in PORT", draft.command.as_deref())?;
    }
    if arguments.health.is_none() && draft.command.is_some() {
        draft.health = answer("What is requested to see that it is ready", draft.health.as_deref().or(Some("/")))?;
    }
    Ok(())
}

/// One answer: what is typed, or the default.
fn answer(question: &str, default: Option<&str>) -> anyhow::Result<Option<String>> {
    let shown = default.map_or_else(String::new, |default| format!(" [{default}]"));
    let prompted = io::stderr().write_all(format!("{question}{shown}: ").as_bytes());
    prompted.and_then(|()| io::stderr().flush()).context("can't prompt")?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("can't read the answer")?;
    Ok(Some(line.trim()).filter(|typed| !typed.is_empty()).or(default).map(str::to_owned))
}
