//! A service of the user's own, as the commands take it: read, made ready for the local cloud, requested.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use app::{App, AppWay, Piece, Runtime, marshalled};
use artifact::{Artifacts, own};
use cloud::server::Ready;
use cloud::{Cloud, OwnService};
use deploy::Refused;
use load::{Mix, MixRequest};
use serde_json::Value;
use ways::Kind;

/// A service of the user's own, and where it is.
pub(super) struct Service {
    /// What its `app.toml` states.
    pub(super) app: App,
    /// The folder with that.
    folder: PathBuf,
}

/// Reads a folder's `app.toml`.
///
/// # Errors
/// [`Refused`] when it can't be used.
pub(super) fn read(folder: &Path) -> anyhow::Result<App> {
    App::read(folder).map_err(|error| Refused(format!("{:#}", anyhow::Error::from(error))).into())
}

/// The ways that are named, or those of its `app.toml`.
///
/// # Errors
/// [`Refused`] when a name is no such way's, or it can't run so.
pub(super) fn ways(app: &App, names: &[String]) -> anyhow::Result<Vec<AppWay>> {
    if names.is_empty() {
        return Ok(app.ways());
    }
    let way = |name: &String| {
        let way: AppWay = name.parse().map_err(|error: app::AppWayError| Refused(error.to_string()))?;
        app.fits(way).map_err(Refused)?;
        Ok(way)
    };
    names.iter().map(way).collect()
}

impl Service {
    /// The one in a folder.
    ///
    /// # Errors
    /// [`Refused`] when its `app.toml` can't be used.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let app = read(folder)?;
        let folder = folder.canonicalize().with_context(|| format!("can't find {}", folder.display()))?;
        Ok(Self { app, folder })
    }

    /// Builds it.
    ///
    /// # Errors
    /// When its command fails.
    pub(super) async fn build(&self) -> anyhow::Result<()> {
        match &self.app.build {
            Some(shell) => own::build(&self.folder, shell).await,
            None => Ok(()),
        }
    }

    /// What a way deploys.
    ///
    /// # Errors
    /// When something of it is not there, or this machine can't run it.
    pub(super) async fn artifact(&self, way: AppWay, artifacts: &Artifacts) -> anyhow::Result<cloud::Artifact> {
        Artifacts::own_runs_here(self.app.stand_in(way))?;
        match (way.service(), &self.app.server, &self.app.function) {
            (Kind::Server, Some(server), _) => {
                let artifact = own::server(&self.folder, server.command.program(), server.command.arguments())?;
                match way.adapted() {
                    true => {
                        artifacts.own_adapted(&self.app.name, &self.folder, &artifact, self.app.stand_in(way)).await
                    }
                    false => Ok(artifact),
                }
            }
            (Kind::Function, _, Some(it)) => {
                let package = self.folder.join(&it.package);
                let package = package.canonicalize().unwrap_or(package);
                artifacts.own_function(&self.app.name, package, &it.handler, it.runtime.language()).await
            }
            _ => Err(Refused(self.app.fits(way).err().unwrap_or_default()).into()),
        }
    }

    /// How a way runs it.
    pub(super) fn of(&self, way: AppWay) -> OwnService {
        let mut own = OwnService::default();
        match (way.service(), &self.app.server, &self.app.function) {
            (Kind::Server, Some(it), _) => {
                let (variable, health) = (it.port.clone(), it.health.clone());
                own.ready = Ready::Port { variable, health, folder: self.folder.clone() };
                own.runtime = way.adapted().then(|| Runtime::of_server(it).name().to_owned());
                // Interpreters, and what scripts start, are found as they are here.
                own.variables.extend(std::env::var("PATH").ok().map(|path| ("PATH".to_owned(), path)));
            }
            (Kind::Function, _, Some(it)) => {
                own.handler.clone_from(&it.handler);
                own.runtime = Some(it.runtime.name().to_owned());
            }
            _ => {}
        }
        own.variables.extend(self.app.environment.clone());
        own
    }

    /// Brings a way of it up in a cloud that has its tables and buckets.
    ///
    /// # Errors
    /// When something of it is not there, or it does not start.
    pub(super) async fn deploy(
        &self,
        cloud: &Cloud,
        way: AppWay,
        artifacts: &Artifacts,
    ) -> anyhow::Result<cloud::Deployment> {
        let artifact = self.artifact(way, artifacts).await?;
        Ok(cloud.deploy_own(self.app.stand_in(way), &artifact, &self.of(way)).await?)
    }

    /// What is requested of it.
    pub(super) fn mix(&self) -> Mix {
        let pieces = |template: &app::Template| {
            let piece = |piece: &Piece| match piece {
                Piece::Text(text) => load::Piece::Text(text.clone()),
                Piece::Counter => load::Piece::Counter,
                Piece::Random(from, to) => load::Piece::Random(*from, *to),
                Piece::Pick(list) => load::Piece::Pick(list.clone()),
            };
            template.pieces().iter().map(piece).collect::<Vec<_>>()
        };
        let request = |it: &app::Request| MixRequest {
            weight: it.weight,
            method: it.method.word().to_owned(),
            path: pieces(&it.path),
            headers: it.headers.iter().map(|(name, value)| (name.clone(), pieces(value))).collect(),
            body: it.body.as_ref().map(pieces).unwrap_or_default(),
            expected: it.expect.listed().to_vec(),
        };
        Mix { requests: self.app.requests.iter().map(request).collect(), first: 0 }
    }

    /// What verifies it: a command's words, and the folder that they are for.
    pub(super) fn check(&self) -> Option<(Vec<String>, PathBuf)> {
        let command = &self.app.check.as_ref()?.command;
        let words = std::iter::once(command.program().to_owned()).chain(command.arguments().iter().cloned());
        Some((words.collect(), self.folder.clone()))
    }

    /// Makes its tables and buckets in a cloud, with what is in them from the start.
    ///
    /// # Errors
    /// When one can't be made, or a seed can't be read.
    pub(super) fn provision(&self, cloud: &Cloud) -> anyhow::Result<()> {
        for table in self.app.tables() {
            cloud.dynamodb().create(&table.create_request(), table.ttl.as_deref())?;
            for item in
                table.seed.iter().map(|seed| items(&self.folder.join(seed))).collect::<Result<Vec<_>, _>>()?.concat()
            {
                cloud.dynamodb().put(&table.name, &item)?;
            }
        }
        for bucket in self.app.buckets() {
            cloud.s3().create_bucket(&bucket.name)?;
            let Some(seed) = &bucket.seed else { continue };
            let folder = self.folder.join(seed);
            ensure!(folder.is_dir(), "the seed of bucket `{}`, {}, is not a folder", bucket.name, folder.display());
            put_folder(cloud, &bucket.name, &folder, &folder)?;
        }
        Ok(())
    }

    /// Removes them with all that is in them.
    pub(super) fn remove(&self, cloud: &Cloud) {
        self.app.tables().for_each(|table| cloud.dynamodb().remove_table(&table.name));
        self.app.buckets().for_each(|bucket| cloud.s3().remove_bucket(&bucket.name));
    }
}

/// A file's items, in DynamoDB's form.
fn items(path: &Path) -> anyhow::Result<Vec<Value>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("can't read the seed {}", path.display()))?;
    let form = || format!("the seed {} is not a list of objects in JSON", path.display());
    let items: Vec<Value> = serde_json::from_str(&text).with_context(form)?;
    ensure!(items.iter().all(Value::is_object), form());
    Ok(items.iter().map(|item| marshalled(item)["M"].clone()).collect())
}

fn put_folder(cloud: &Cloud, bucket: &str, root: &Path, folder: &Path) -> anyhow::Result<()> {
    let unreadable = || format!("can't read the seed {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.is_dir() {
            put_folder(cloud, bucket, root, &path)?;
        } else {
            let key = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            let content = std::fs::read(&path).with_context(unreadable)?;
            cloud.s3().put_object(bucket, &key, content.into())?;
        }
    }
    Ok(())
}
