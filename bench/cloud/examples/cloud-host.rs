//! Runs a cloud with one warm function in the folder given, prints the pids of its environments, and waits to
//! be killed: what the orphan test kills.

use std::time::Duration;

use cloud::lambda::{FunctionConfig, Lambda, LambdaConfig};

#[tokio::main]
async fn main() {
    let code = std::env::args().nth(1).expect("a folder with a bootstrap");
    let lambda = Lambda::start(LambdaConfig::default()).await.expect("a loopback port");
    let function = lambda.create_function(FunctionConfig::new("hosted", code)).expect("a good name");
    let calls: Vec<_> = (0..3).map(|_| function.invoke(&br#"{"do":"sleep"}"#[..])).collect();
    futures_join(calls).await;
    println!("{}", function.environment_pids().iter().map(i32::to_string).collect::<Vec<_>>().join(" "));
    tokio::time::sleep(Duration::from_secs(600)).await;
}

async fn futures_join<T: Send + 'static>(calls: Vec<impl Future<Output = T> + Send>) {
    let mut calls: Vec<_> = calls.into_iter().map(Box::pin).collect();
    std::future::poll_fn(move |context| {
        calls.retain_mut(|call| call.as_mut().poll(context).is_pending());
        if calls.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
