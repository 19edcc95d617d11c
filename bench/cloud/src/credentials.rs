//! The fixed identity under which services call the local cloud. It opens nothing outside this machine.

use std::collections::BTreeMap;

/// The region that every endpoint here answers for.
#[must_use]
pub fn region() -> &'static str {
    ways::model().region()
}

/// AWS's documented example key, known to secret scanners as harmless.
pub const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";

/// The secret of [`ACCESS_KEY_ID`]. S3 verifies the signatures made with it.
pub const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Region and credentials as the AWS SDKs read them from the environment.
#[must_use]
pub fn environment() -> BTreeMap<String, String> {
    [("AWS_REGION", region()), ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID), ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}
