//! Listing, showing, updating and deleting functions.

use std::time::SystemTime;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::json;
use uuid::Uuid;

use super::create::{Members, code, package};
use super::describe::configuration;
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
        let most = match parameter(query, "MaxItems") {
            None => PAGE,
            Some(text) => match text.parse() {
                Ok(most @ 1..=10_000_usize) => most.min(PAGE),
                _ => return Err(Refusal::validation(text, "maxItems", "Member must be between 1 and 10000")),
            },
        };
        if let Some(version) = parameter(query, "FunctionVersion").filter(|version| version != "ALL") {
            return Err(Refusal::validation(version, "functionVersion", "Member must satisfy enum value set: [ALL]"));
        }
        let after = parameter(query, "Marker").unwrap_or_default();
        let mut page = self.account.functions();
        page.retain(|function| function.name() > after.as_str());
        let next = (page.len() > most).then(|| page[most - 1].name().to_owned());
        page.truncate(most);
        let functions: Vec<_> = page.iter().map(configuration).collect();
        let mut listed = json!({ "Functions": functions });
        if let Some(next) = next {
            listed["NextMarker"] = next.into();
        }
        Ok(document(StatusCode::OK, &listed))
    }

    /// The package itself can't be had: its place is a folder of this machine.
    pub(super) fn get(&self, function: &Function) -> Response<Full<Bytes>> {
        let config = function.config();
        let location = format!("file://{}", config.code.display());
        let mut shown = json!({
            "Configuration": configuration(function),
            "Code": { "RepositoryType": "S3", "Location": location },
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
        Ok(self.changed(function, changed).await)
    }

    /// <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html>
    pub(super) async fn update_configuration(
        &self,
        function: &Function,
        body: RequestBody,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let members = Members::read(body, "UpdateFunctionConfiguration").await?;
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
        Ok(self.changed(function, changed).await)
    }

    /// What uses the function goes on with it as it becomes.
    async fn changed(&self, function: &Function, mut changed: FunctionConfig) -> Response<Full<Bytes>> {
        changed.about.modified = SystemTime::now();
        changed.about.revision = Uuid::new_v4().to_string();
        function.update(changed).await;
        document(StatusCode::OK, &configuration(function))
    }

    pub(super) fn delete(&self, function: &Function) -> Response<Full<Bytes>> {
        self.account.delete(function.name());
        empty(StatusCode::NO_CONTENT, Uuid::new_v4())
    }
}
