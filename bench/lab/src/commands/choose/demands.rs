//! Which demands a choice is made by: those of the run that is named, of the newest run that has any, or those that are built
//! in.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use ::choose::Demands;
use artifact::root;
use deploy::Refused;
use measure::run::read;
use report::choice;

/// Demands, and the run that they are of.
pub(super) struct Found {
    pub(super) demands: Cow<'static, Demands>,
    /// As a person names it; nothing where they are built in.
    pub(super) run: Option<String>,
}

/// Finds them.
///
/// # Errors
/// When the run that is named can't be read, or has none.
pub(super) fn find(run: Option<&Path>, built_in: bool, app: Option<&str>) -> Result<Found, Refused> {
    if let Some(path) = run {
        let run = read(path).map_err(|error| Refused(format!("{:#}", anyhow::Error::from(error))))?;
        let shown = super::super::shown(path);
        if run.app.as_deref() != app {
            let of = |app: Option<&str>| app.map_or("the counter".to_owned(), |app| format!("`{app}`"));
            let means = "--app names the folder of a service of your own";
            return Err(Refused(format!("{shown} is of {}, not of {}: {means}", of(run.app.as_deref()), of(app))));
        }
        let demands = choice::demands(&run).ok_or_else(|| {
            Refused(format!(
                "{shown} has no demand of a service, counted atomically: name a run of `lab bench` or `lab bench --profile aws`"
            ))
        })?;
        return Ok(Found { demands: Cow::Owned(demands), run: Some(shown) });
    }
    let newest = if built_in { None } else { newest(app) };
    if let (None, Some(app)) = (&newest, app) {
        return Err(Refused(format!("there is no run of `{app}`: `lab bench --app FOLDER` makes one")));
    }
    Ok(newest.unwrap_or_else(|| Found { demands: Cow::Borrowed(Demands::built_in()), run: None }))
}

/// The newest run of this checkout that has demands of the same service. Runs that can't be read are nobody's default.
fn newest(app: Option<&str>) -> Option<Found> {
    let runs = root::find().ok()?.join(".lab/runs");
    let mut folders: Vec<PathBuf> = fs::read_dir(runs).ok()?.flatten().map(|entry| entry.path()).collect();
    // Their names sort by time.
    folders.sort();
    folders.iter().rev().find_map(|folder| {
        let run = read(folder).ok().filter(|run| run.app.as_deref() == app)?;
        let demands = choice::demands(&run)?;
        Some(Found { demands: Cow::Owned(demands), run: Some(super::super::shown(folder)) })
    })
}
