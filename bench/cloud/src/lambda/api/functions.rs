//! Listing, showing, updating and deleting functions.

use std::time::SystemTime;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use uuid::Uuid;

use super::create::{Members, code, package};
use super::describe::configuration;
use super::versions::latest;
use super::{Refusal, Service, document, empty, parameter};
use crate::endpoint::RequestBody;
use crate::lambda::config::FunctionConfig;
use crate::lambda::function::Function;

/// The most that a page of functions has, and its default.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>
const PAGE: usize = 50;

impl Service {
    /// Pages in the order of names; a page's marker is the name before it.
    pub(super) fn list(&self, query: &str) -> Result<Response<Full<Bytes>>, Refusal> {
        let most = most(query)?;
        if let Some(version) = parameter(query, "FunctionVersion").filter(|version| version != "ALL") {
            return Err(Refusal::validation(version, "functionVersion", "Member must satisfy enum value set: [ALL]"));
        }
        let after = parameter(query, "Marker").unwrap_or_default();
        let functions = self.account.functions();
        if parameter(query, "FunctionVersion").is_some() {
            let versions = functions.iter().flat_map(|function| self.versions(function)).collect();
            return Ok(document(StatusCode::OK, &page("Functions", versions, most, &after)));
        }
        let shown = functions.iter().map(|function| (function.name().to_owned(), configuration(function))).collect();
        Ok(document(StatusCode::OK, &page("Functions", shown, most, &after)))
    }

    /// The package itself can't be had: its place is a folder of this machine.
    pub(super) fn get(&self, function: &Function) -> Response<Full<Bytes>> {
        let config = function.config();
        let location = format!("file://{}", config.code.display());
        let repository = if config.about.image { "ECR" } else { "S3" };
        let mut shown = json!({
            "Configuration": configuration(function),
            "Code": { "RepositoryType": repository, "Location": location },
        });
        if !config.about.tags.is_empty() {
            shown["Tags"] = json!(config.about.tags);
        }
        if let Some(reserved) = config.reserved_concurrency {
            shown["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
        }
        document(StatusCode::OK, &shown)
    }

    pub(super) fn configuration(&self, function: &Function) -> Response<Full<Bytes>> {
        document(StatusCode::OK, &configuration(function))
    }

    /// <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html>
    pub(super) async fn update_code(
        &self,
        function: &Function,
        body: RequestBody,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let members = Members::read(body, "UpdateFunctionCode").await?;
        latest(function)?;
        members.only(&["ZipFile", "DryRun", "RevisionId", "Architectures", "Publish"])?;
        let config = function.config();
        members.revision(&config)?;
        members.architecture()?;
        let zip = members.zip("ZipFile")?;
        let code = code(zip).await?;
        if members.flag("DryRun") {
            return Ok(document(StatusCode::OK, &configuration(function)));
        }
        let mut changed = (*config).clone();
        package(&mut changed, code);
        self.change(function, changed).await;
        if members.flag("Publish") {
            return Ok(document(StatusCode::OK, &configuration(&self.account.publish(function, None))));
        }
        Ok(document(StatusCode::OK, &configuration(function)))
    }

    /// <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html>
    pub(super) async fn update_configuration(
        &self,
        function: &Function,
        body: RequestBody,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let members = Members::read(body, "UpdateFunctionConfiguration").await?;
        latest(function)?;
        members.only(&[
            "Role",
            "Handler",
            "Description",
            "Timeout",
            "MemorySize",
            "Environment",
            "Runtime",
            "RevisionId",
            "EphemeralStorage",
        ])?;
        let config = function.config();
        members.revision(&config)?;
        let mut changed = (*config).clone();
        members.configure(&mut changed, self.config())?;
        self.change(function, changed).await;
        Ok(document(StatusCode::OK, &configuration(function)))
    }

    /// What uses the function goes on with it as it becomes.
    async fn change(&self, function: &Function, mut changed: FunctionConfig) {
        changed.about.modified = SystemTime::now();
        changed.about.revision = Uuid::new_v4().to_string();
        function.update(changed).await;
    }

    /// A version alone, or a function with all of its versions.
    pub(super) fn delete(&self, function: &Function, query: &str) -> Result<Response<Full<Bytes>>, Refusal> {
        if parameter(query, "Qualifier").as_deref() == Some("$LATEST") {
            let message = "$LATEST version cannot be deleted without deleting the function.";
            return Err(Refusal::invalid_parameter(message));
        }
        match function.config().about.version {
            Some(number) => self.account.delete_version(function.name(), number),
            None => drop(self.account.delete(function.name())),
        }
        Ok(empty(StatusCode::NO_CONTENT, Uuid::new_v4()))
    }
}

/// How many a page has.
pub(super) fn most(query: &str) -> Result<usize, Refusal> {
    match parameter(query, "MaxItems") {
        None => Ok(PAGE),
        Some(text) => match text.parse() {
            Ok(most @ 1..=10_000_usize) => Ok(most.min(PAGE)),
            _ => Err(Refusal::validation(text, "maxItems", "Member must be between 1 and 10000")),
        },
    }
}

/// A page of what is listed, each with the marker that stands for it, after one of them.
pub(super) fn page(name: &str, mut all: Vec<(String, Value)>, most: usize, after: &str) -> Value {
    all.retain(|(marker, _)| marker.as_str() > after);
    let next = (all.len() > most).then(|| all[most - 1].0.clone());
    let shown: Vec<Value> = all.into_iter().take(most).map(|(_, shown)| shown).collect();
    let mut page = json!({ name: shown });
    if let Some(next) = next {
        page["NextMarker"] = next.into();
    }
    page
}
