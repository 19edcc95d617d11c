//! `lab export`: the Terraform of a way of a service of one's own, as files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::ExitCode;

use ::export::{ExportError, Rendered, stand_ins};
use anyhow::Context;
use app::AppWay;
use deploy::Refused;
use deploy::configuration::Configuration;
use serde_json::Value;

/// Arguments of `lab export`.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// The way: what runs it and what stands before it, as in its `lab bench --app`
    #[arg(value_name = "WAY")]
    way: AppWay,
    /// The folder with its app.toml.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    app: PathBuf,
    /// Where to write it [default: infra, in the service's folder]
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Write over what is there.
    #[arg(long)]
    force: bool,
}

/// Writes it.
///
/// # Errors
/// When the service can't run so, or the folder can't be written to.
pub fn run(arguments: &Export) -> anyhow::Result<ExitCode> {
    let app = super::own::read(&arguments.app)?;
    let way = arguments.way;
    let folder = arguments.output.clone().unwrap_or_else(|| arguments.app.join("infra"));
    app.fits(way).map_err(Refused)?;
    let [table, bucket] = stand_ins(way);
    let rendered = Rendered { table: Configuration::of_any(table)?, bucket: Configuration::of_any(bucket)? };
    let exported = ::export::export(&app, way, rendered).map_err(|error| match error {
        ExportError::Unfit(reason) => anyhow::Error::from(Refused(reason)),
        error @ ExportError::Unknown(_) => error.into(),
    })?;
    let mut files = vec![("main.tf.json", pretty(&exported.configuration)?), ("README.md", exported.readme)];
    files.extend(exported.files);
    if let Some((name, _)) = files.iter().find(|(name, _)| folder.join(name).exists() && !arguments.force) {
        let path = folder.join(name);
        return Err(Refused(format!("{} is there already: `--force` writes over it", path.display())).into());
    }
    fs::create_dir_all(&folder).with_context(|| format!("can't make {}", folder.display()))?;
    for (name, text) in &files {
        let path = folder.join(name);
        let written = fs::write(&path, text).and_then(|()| match text.starts_with("#!") {
            true => fs::set_permissions(&path, fs::Permissions::from_mode(0o755)),
            false => Ok(()),
        });
        written.with_context(|| format!("can't write {}", path.display()))?;
    }
    for note in &exported.notes {
        programs::notice!("lab: {note}");
    }
    let names: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    super::print(&format!("Wrote {} to {}. Next: its README.md\n", names.join(", "), folder.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn pretty(value: &Value) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
