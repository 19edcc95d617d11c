//! Terraform and the AWS provider as they are installed. Downloads nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use semver::Version;
use serde_json::Value;

use super::schema::admitted;
use crate::support::on_path;

/// Has a Go program collect less: Terraform and its provider live for seconds, a quarter of which they would collect. Beyond
/// half a GB they do.
pub(crate) const FRUGAL: [(&str, &str); 2] = [("GOGC", "400"), ("GOMEMLIMIT", "512MiB")];

/// Terraform with one version of the provider.
pub(super) struct Terraform {
    pub(super) program: PathBuf,
    pub(super) plugins: PathBuf,
    /// The provider's.
    pub(super) version: Version,
}

/// Terraform with each installed version of the provider, or what to do to have it.
pub(super) fn installed() -> Result<Vec<Terraform>, String> {
    let named = std::env::var_os("LAB_TERRAFORM").map(PathBuf::from);
    let program = named.or_else(|| on_path("tofu")).or_else(|| on_path("terraform"));
    let program = program.ok_or("neither OpenTofu nor Terraform is on the path (or set LAB_TERRAFORM)")?;
    let folders = std::env::var_os("LAB_TERRAFORM_PLUGINS")
        .ok_or("LAB_TERRAFORM_PLUGINS does not name folders for `terraform init -plugin-dir` with hashicorp/aws")?;
    let mut found = Vec::new();
    for plugins in std::env::split_paths(&folders) {
        let versions = versions(&plugins).map_err(|error| format!("{}: {error}", plugins.display()))?;
        found.extend(versions.into_iter().map(|version| Terraform {
            program: program.clone(),
            plugins: plugins.clone(),
            version,
        }));
    }
    if found.is_empty() {
        return Err(format!("no folder of LAB_TERRAFORM_PLUGINS has HOST/hashicorp/aws: {}", folders.display()));
    }
    Ok(found)
}

/// The provider's versions in a folder of plugins, whichever host they are from.
fn versions(plugins: &Path) -> std::io::Result<Vec<Version>> {
    let mut found = Vec::new();
    for host in std::fs::read_dir(plugins)?.flatten() {
        let Ok(versions) = std::fs::read_dir(host.path().join("hashicorp/aws")) else { continue };
        let names = versions.flatten().filter_map(|version| version.file_name().into_string().ok());
        found.extend(names.filter_map(|name| Version::parse(&name).ok()));
    }
    Ok(found)
}

impl Terraform {
    /// Whether a configuration may be used with this version of the provider.
    pub(super) fn suits(&self, configuration: &Value) -> bool {
        admitted(configuration).matches(&self.version)
    }

    /// Makes a folder ready.
    pub(super) fn init(&self, folder: &Path) -> Result<String, String> {
        let plugins = format!("-plugin-dir={}", self.plugins.display());
        self.run(folder, &["init", "-input=false", &plugins], &[])
    }

    /// Runs it in a folder: what it printed, or all of its output where it failed.
    pub(super) fn run(
        &self,
        folder: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<String, String> {
        let output = Command::new(&self.program)
            .arg(arguments[0])
            .arg("-no-color")
            .args(arguments[1..].iter().filter(|argument| !argument.is_empty()))
            .current_dir(folder)
            // The machine's own settings for Terraform, and its accounts, are none of the tests' business.
            .env_remove("TF_CLI_CONFIG_FILE")
            .env_remove("AWS_PROFILE")
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .envs(FRUGAL)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        match output.status.success() {
            true => Ok(stdout),
            false => Err(format!("{}\n{stdout}{}", arguments.join(" "), String::from_utf8_lossy(&output.stderr))),
        }
    }
}

/// Writes a JSON file as Terraform reads it, one member a line: its errors quote the line.
pub(super) fn write(path: &Path, value: &Value) {
    std::fs::write(path, serde_json::to_vec_pretty(value).expect("JSON")).expect("written");
}
