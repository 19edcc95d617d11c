//! Publishing and listing versions.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html>

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::Value;

use super::create::Members;
use super::describe::configuration;
use super::functions::{most, page};
use super::{Refusal, Service, document, parameter};
use crate::endpoint::RequestBody;
use crate::lambda::function::Function;

impl Service {
    pub(super) async fn publish_version(
        &self,
        function: &Function,
        body: RequestBody,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let members = Members::read(body, "PublishVersion").await?;
        latest(function)?;
        members.only(&["CodeSha256", "Description", "RevisionId"])?;
        let config = function.config();
        members.revision(&config)?;
        if let Some(wanted) = members.text("CodeSha256").filter(|wanted| **wanted != config.about.code_sha256) {
            return Err(Refusal::invalid_parameter(format!(
                "CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({}). Please try again with the CodeSHA256 in $LATEST.",
                config.about.code_sha256
            )));
        }
        let version = self.account.publish(function, members.text("Description"));
        Ok(document(StatusCode::CREATED, &configuration(&version)))
    }

    pub(super) fn list_versions(&self, function: &Function, query: &str) -> Result<Response<Full<Bytes>>, Refusal> {
        let after = parameter(query, "Marker").unwrap_or_default();
        Ok(document(StatusCode::OK, &page("Versions", self.versions(function), most(query)?, &after)))
    }

    /// `$LATEST`, then the versions by rising number, each with a marker that sorts so.
    pub(super) fn versions(&self, function: &Function) -> Vec<(String, Value)> {
        let name = function.name();
        let mut latest = configuration(function);
        latest["FunctionArn"] = format!("{}:$LATEST", function.arn()).into();
        let versions = self.account.versions.of(name).into_iter().map(|version| {
            let number = version.config().about.version.unwrap_or_default();
            (format!("{name}:{number:010}"), configuration(&version))
        });
        std::iter::once((format!("{name}:"), latest)).chain(versions).collect()
    }
}

/// Refuses what can be done to a function only.
pub(super) fn latest(function: &Function) -> Result<(), Refusal> {
    match function.config().about.version {
        None => Ok(()),
        Some(_) => Err(Refusal::invalid_parameter(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
        )),
    }
}
