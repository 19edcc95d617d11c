//! The question before anything is made, on a terminal of its own: `script` of util-linux gives one.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use require::require;

use super::stage::Stage;
use crate::support::{on_path, until};

/// Longer than any step here takes on a loaded machine.
const BOUND: Duration = Duration::from_secs(60);

/// A lab on a terminal: what is written to its stdin is typed.
fn on_a_terminal(script: &Path, stage: &Stage, arguments: &str) -> Child {
    let lab = stage.lab(&[]);
    let mut script = Command::new(script);
    script.args(["--quiet", "--return", "--log-out", "/dev/null", "--command"]);
    script.arg(format!("exec {} {arguments}", env!("CARGO_BIN_EXE_lab")));
    script.env_clear().current_dir(stage.path("checkout"));
    script.envs(lab.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("script runs")
}

/// Types an answer when the plan was shown, and gives how the lab ended and what was on the terminal.
fn answered(script: &Path, stage: &Stage, arguments: &str, typed: &[u8]) -> (Option<i32>, String) {
    let mut terminal = on_a_terminal(script, stage, arguments);
    let shown = stage.path("tools/shown");
    until("the plan is shown", BOUND, || shown.exists());
    // Before the question or after it: a terminal keeps what is typed.
    let mut stdin = terminal.stdin.take().expect("it is piped");
    stdin.write_all(typed).expect("typed");
    let output = terminal.wait_with_output().expect("it ends");
    (output.status.code(), String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn nothing_is_made_unless_the_answer_is_yes() {
    let script = on_path("script").ok_or("apt-get install bsdutils");
    let Some(script) = require("script", script) else { return };
    let deploy = "deploy lambda-dynamodb --name one --artifact function.zip --no-wait";
    let plan = ("terraform plan*", r#"touch "$folder/shown""#);
    let url = ("terraform output*", r#"echo '{"url": {"value": "http://127.0.0.1:9"}}'"#);
    let applied = |stage: &Stage| stage.calls().iter().any(|call| call == "terraform apply");

    for typed in [&b"\n"[..], b"n\n", b"maybe\n"] {
        let stage = Stage::new(&[plan, url]);
        let (code, shown) = answered(&script, &stage, deploy, typed);
        assert_eq!(code, Some(0), "{shown}");
        assert!(shown.contains("2.31 $/month") && shown.contains("Make it? [y/N]"), "{shown}");
        assert!(shown.contains("lab: nothing was made") && !applied(&stage), "{shown}");
        assert!(!stage.kept("").exists());
    }

    // Ctrl-C at the question.
    let stage = Stage::new(&[plan, url]);
    let (code, shown) = answered(&script, &stage, deploy, b"\x03");
    assert_eq!(code, Some(1), "{shown}");
    assert!(!applied(&stage) && !stage.kept("").exists(), "{shown}");

    let stage = Stage::new(&[plan, url]);
    let (code, shown) = answered(&script, &stage, deploy, b"y\n");
    assert_eq!(code, Some(0), "{shown}");
    assert!(applied(&stage) && shown.contains("http://127.0.0.1:9"), "{shown}");
    std::fs::remove_file(stage.path("tools/shown")).expect("it was there");
    stage.answer(&[("aws sts*", r#"touch "$folder/shown"; echo '{"Account": "123456789012"}'"#)]);
    let (code, shown) = answered(&script, &stage, "destroy one", b"n\n");
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("Remove one (lambda-dynamodb in eu-west-2 of account 123456789012)"), "{shown}");
    assert!(stage.kept("deployment.json").exists() && !stage.calls().contains(&"terraform destroy".to_owned()));
}
