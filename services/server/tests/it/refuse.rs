//! Starts that are refused: one clear line on stderr, nothing on stdout, exit code 2, nothing
//! changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::http::call;
use crate::process::{SERVER, command, run, start, with_store};

/// A user without rights, by the number that Debian and its like give it.
const NOBODY: u32 = 65534;

fn check(command: Command, expect: &[&str]) {
    let (code, stdout, stderr) = run(command);
    assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    for part in expect {
        assert!(stderr.contains(part), "{stderr:?} lacks {part:?}");
    }
}

fn check_variable(name: &str, value: &str, expect: &[&str]) {
    let mut command = command("memory:");
    command.env(name, value);
    check(command, expect);
}

#[test]
fn a_bad_value_is_refused_with_what_to_write_instead() {
    check_variable("STORE", "redis://x", &["redis://x", "memory:", "file:///", "dynamodb://", "s3://"]);
    check_variable("LISTEN", "8000", &["LISTEN=\"8000\"", "0.0.0.0:8000"]);
    check_variable("LISTEN", "localhost:http", &["LISTEN="]);
    check_variable("COUNTER_UPDATE", "never", &["COUNTER_UPDATE=\"never\"", "read-then-write"]);
}

#[test]
fn a_port_in_use_is_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    check_variable("LISTEN", &address, &[&address, "port in use", "LISTEN sets another"]);
}

#[test]
fn a_file_that_cannot_be_written_is_refused_for_root_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    fs::write(folder.path().join("plain"), "").unwrap();
    for store in [format!("file://{path}/plain/hits"), format!("file://{path}/missing/hits")] {
        check(command(&store), &["may this user write there?"]);
    }
    check(command("file:///proc/hits"), &["may this user write there?"]);
}

#[test]
fn a_folder_without_write_permission_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("file://{}/hits", folder.path().display());
    let mut command = command(&store);
    // Permission bits do not hold for root: as root this is another user's process, from a folder that it may enter.
    if rustix::process::geteuid().is_root() {
        let server = folder.path().join("server");
        // By a child: what this process has open for writing is open in other tests' children, too, and cannot be run.
        assert!(Command::new("cp").arg(SERVER).arg(&server).status().unwrap().success());
        command = with_store(Command::new(server), &store);
        command.uid(NOBODY).gid(NOBODY);
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    check(command, &["may this user write there?"]);
}

#[test]
fn a_corrupt_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hits");
    fs::write(&path, "many").unwrap();
    let store = format!("file://{}", path.display());
    check(command(&store), &["holds \"many\"", "move it away"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "many");
}

#[test]
fn a_second_server_on_one_file_is_refused_and_the_first_counts_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("file://{}/hits", folder.path().display());
    let first = start(command(&store));
    assert_eq!(call(first.address, "GET /hits").unwrap().body, "1");
    check(command(&store), &["in use by another counter"]);
    assert_eq!(call(first.address, "GET /hits").unwrap().body, "2");
}

#[test]
fn a_store_without_its_region_is_refused() {
    for store in ["dynamodb://counters/hits", "s3://counters/hits"] {
        let mut command = command(store);
        command.env_remove("AWS_REGION");
        check(command, &["AWS_REGION is not set"]);
        // Without keys the SDK looks for a role first, and logs where it found none.
        let mut command = self::command(store);
        command.env_remove("AWS_REGION").env_remove("AWS_ACCESS_KEY_ID").env("AWS_EC2_METADATA_DISABLED", "true");
        check(command, &["AWS_REGION is not set"]);
    }
}
