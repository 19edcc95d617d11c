//! A Lambda function that misbehaves on demand, for tests. What to do is a word: the event's `do`, or the last
//! part of its path when it comes through a front. `INIT` makes its initialisation misbehave.

use std::{
    process,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

static CALLS: AtomicU64 = AtomicU64::new(0);
static TICKS: AtomicU64 = AtomicU64::new(0);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let begun = SystemTime::now();
    match std::env::var("INIT").as_deref() {
        Ok("exit") => process::exit(1),
        Ok("hang") => thread::sleep(Duration::from_secs(600)),
        Ok("slow") => thread::sleep(Duration::from_millis(300)),
        Ok("compute") => compute(Duration::from_millis(100)),
        _ => {}
    }
    println!("initialised {} {}", microseconds(begun), microseconds(SystemTime::now()));
    // Background work: it must stand still while the environment is frozen.
    thread::spawn(|| {
        loop {
            TICKS.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(1));
        }
    });
    run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
    let (event, context) = event.into_parts();
    let path = event["rawPath"].as_str().or(event["path"].as_str());
    let word = event["do"].as_str().or(path.and_then(|path| path.rsplit('/').next())).unwrap_or("").to_owned();
    match word.as_str() {
        "error" => return Err("it went wrong".into()),
        "panic" => panic!("it panicked"),
        "exit" => process::exit(1),
        "exit-well" => process::exit(0),
        "abort" => process::abort(),
        "hang" => thread::sleep(Duration::from_secs(600)),
        "sleep" => tokio::time::sleep(Duration::from_millis(200)).await,
        "big" => return Ok(json!({ "statusCode": 200, "body": "x".repeat(7 * 1024 * 1024) })),
        "over-one-megabyte" => return Ok(json!({ "statusCode": 200, "body": "x".repeat(1024 * 1024 + 1) })),
        "memory" => hog(),
        "print" => println!("hello from the function"),
        "not-a-status" => return Ok(json!({ "statusCode": "many", "body": "x" })),
        "text" => return Ok(json!("just text")),
        "setsid" => {
            let child = process::Command::new("setsid").args(["sleep", "600"]).spawn()?;
            let body = json!({ "child": child.id() }).to_string();
            return Ok(json!({ "statusCode": 200, "body": body }));
        }
        // The shell that started it has ended: it is nobody's child any more.
        "daemon" => {
            let script = "setsid sleep 600 >/dev/null 2>&1 & echo $!";
            let shell = process::Command::new("sh").args(["-c", script]).output()?;
            let child: u32 = String::from_utf8(shell.stdout)?.trim().parse()?;
            return Ok(json!({ "statusCode": 200, "body": json!({ "child": child }).to_string() }));
        }
        "echo" => return Ok(json!({ "statusCode": 200, "body": event.to_string() })),
        _ => {}
    }
    let body = json!({
        "calls": calls,
        "ticks": TICKS.load(Ordering::Relaxed),
        "pid": process::id(),
        "request": context.request_id,
        "deadline": context.deadline,
        "trace": context.xray_trace_id,
        "environment": std::env::vars().collect::<std::collections::BTreeMap<_, _>>(),
        "event": event,
    });
    Ok(json!({ "statusCode": 200, "headers": { "content-type": "application/json" }, "body": body.to_string() }))
}

fn microseconds(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros())
}

/// Uses a processor for so long.
fn compute(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Takes memory in steps until someone minds.
fn hog() {
    let mut held = Vec::new();
    loop {
        held.push(vec![1_u8; 8 << 20]);
        thread::sleep(Duration::from_millis(10));
    }
}
