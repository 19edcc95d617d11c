//! The environment variables of an execution environment, as AWS documents them.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;

use time::OffsetDateTime;
use uuid::Uuid;

use super::config::{FunctionConfig, LambdaConfig, Listens};
use crate::credentials::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use crate::server::free_port;

/// Variables that a function's own configuration may not set, same source. (Of those that it may, `LANG`, `PATH`,
/// `TZ` and their like, its own value wins.)
pub(super) const RESERVED: [&str; 22] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    LOG_STREAM,
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_AWS_XRAY_DAEMON_ADDRESS",
    "_AWS_XRAY_DAEMON_PORT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

/// Its value has a UUID: no other environment has the same.
pub(super) const LOG_STREAM: &str = "AWS_LAMBDA_LOG_STREAM_NAME";

/// The whole environment of one execution environment. Later sources win: AWS's, this cloud's, the managed
/// runtime's, the function's own, the environment's.
///
/// In three ways it is not AWS's. The code is not in `/var/task`, so `LAMBDA_TASK_ROOT` is where it is. No X-Ray daemon
/// listens: its address is this machine's, where AWS's is one of the link. `LD_LIBRARY_PATH` leaves out the system's
/// own folders, which hold another system's libraries here.
///
/// # Errors
/// When there is no free port for its server.
pub(super) fn variables(
    config: &FunctionConfig,
    lambda: &LambdaConfig,
    runtime_api: SocketAddr,
) -> io::Result<BTreeMap<OsString, OsString>> {
    let code = config.code.as_os_str();
    let mut libraries = code.to_owned();
    libraries.push(":");
    libraries.push(config.code.join("lib"));
    libraries.push(":/opt/lib");
    let fixed = [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_SESSION_TOKEN", "local"),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
        ("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
        ("TZ", ":UTC"),
        ("_AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1"),
        ("_AWS_XRAY_DAEMON_PORT", "2000"),
    ];
    let computed = [
        ("_HANDLER", config.handler.clone()),
        ("AWS_DEFAULT_REGION", lambda.region.clone()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", config.memory_mib.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", config.name.clone()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", config.name)),
        ("AWS_LAMBDA_FUNCTION_VERSION", config.version()),
        (LOG_STREAM, log_stream(OffsetDateTime::now_utc(), &config.version(), Uuid::new_v4())),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("AWS_REGION", lambda.region.clone()),
    ];
    // AWS sets none for `provided` runtimes.
    let managed = config.runtime.as_ref().and(config.about.runtime.as_ref());
    let execution = managed.map(|runtime| ("AWS_EXECUTION_ENV", format!("AWS_Lambda_{runtime}")));
    let mut variables: BTreeMap<OsString, OsString> = BTreeMap::new();
    variables.extend(fixed.map(|(name, value)| (name.into(), value.into())));
    variables.extend(computed.into_iter().chain(execution).map(|(name, value)| (name.into(), value.into())));
    variables.insert("LAMBDA_TASK_ROOT".into(), code.to_owned());
    variables.insert("LD_LIBRARY_PATH".into(), libraries);
    let runtime = config.runtime.iter().flat_map(|runtime| &runtime.env);
    let others = lambda.env.iter().chain(runtime).chain(&config.env);
    variables.extend(others.map(|(name, value)| (name.into(), value.into())));
    variables.extend(listening(config, runtime_api)?.into_iter().map(|(name, value)| (name.into(), value.into())));
    Ok(variables)
}

/// What states to a server, and to whoever calls it, where it listens.
fn listening(config: &FunctionConfig, runtime_api: SocketAddr) -> io::Result<Vec<(String, String)>> {
    Ok(match &config.listens {
        None => Vec::new(),
        Some(Listens::Address { address, host, port }) => {
            // The Runtime API's port is nobody else's, so that the same port of another loopback address is free. macOS has
            // one address of IPv4 there.
            let at = if cfg!(target_os = "linux") { "127.0.0.2" } else { "[::1]" };
            let api = runtime_api.port();
            vec![
                (address.clone(), format!("{at}:{api}")),
                (host.clone(), at.to_owned()),
                (port.clone(), api.to_string()),
            ]
        }
        Some(Listens::Port { server, caller }) => {
            let port = free_port()?.port().to_string();
            vec![(server.clone(), port.clone()), (caller.clone(), port)]
        }
    })
}

/// `2026/11/28/[$LATEST]` and 32 hexadecimal digits.
fn log_stream(now: OffsetDateTime, version: &str, id: Uuid) -> String {
    let (year, month, day) = (now.year(), u8::from(now.month()), now.day());
    format!("{year}/{month:02}/{day:02}/[{version}]{}", id.as_simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_stream_is_named_by_date_version_and_environment() {
        let time = OffsetDateTime::from_unix_timestamp(1_583_348_638).unwrap();
        let zeros = "0".repeat(32);
        assert_eq!(log_stream(time, "$LATEST", Uuid::nil()), format!("2020/03/04/[$LATEST]{zeros}"));
        assert_eq!(log_stream(time, "12", Uuid::nil()), format!("2020/03/04/[12]{zeros}"));
    }
}
