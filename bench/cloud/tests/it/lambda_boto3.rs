//! Lambda's API with boto3, whose waiters, paginators and checks of answers are its own.

use std::path::PathBuf;
use std::process::Command;

use cloud::lambda::{Lambda, LambdaConfig};
use require::require;

use crate::lambda_support::soon;

/// An interpreter that has boto3: `LAB_BOTO3`, the one beside moto, or the system's.
fn interpreter() -> Result<PathBuf, &'static str> {
    let named = std::env::var_os("LAB_BOTO3").map(PathBuf::from);
    let beside_moto = std::env::var_os("LAB_MOTO").map(|moto| PathBuf::from(moto).with_file_name("python3"));
    let has_boto3 = |python: &PathBuf| {
        let tried = Command::new(python).args(["-c", "import boto3"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    let candidates = [named, beside_moto, Some("python3".into())];
    candidates.into_iter().flatten().find(has_boto3).ok_or("set LAB_BOTO3 to a python3 that has boto3 (PyPI)")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_of_ones_own_through_boto3() {
    let Some(python) = require("boto3", interpreter()) else { return };
    let lambda = Lambda::start(LambdaConfig::default()).await.unwrap();
    let mut command = Command::new(python);
    command.args(["-c", include_str!("lambda_boto3.py")]).arg(lambda.endpoint());
    let output = soon(tokio::task::spawn_blocking(move || command.output())).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    soon(lambda.shutdown()).await;
}
