//! The Network Load Balancer: bytes pass as they are.

use cloud::front::Target;
use cloud::front::{Front, nlb};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::lambda_support::refuses;

async fn connect(nlb: &Front) -> TcpStream {
    TcpStream::connect(nlb.url().trim_start_matches("http://")).await.unwrap()
}

/// A target that answers with all it got once its peer has sent all.
async fn echo_at_end() -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::default();
    target.set(Some(listener.local_addr().unwrap()));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut all = Vec::new();
                stream.read_to_end(&mut all).await.unwrap();
                stream.write_all(&all).await.unwrap();
            });
        }
    });
    target
}

#[tokio::test]
async fn each_side_may_end_its_half_alone() {
    let nlb = nlb::serve(echo_at_end().await).await.unwrap();
    let mut stream = connect(&nlb).await;
    stream.write_all(b"hello").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, b"hello");
}

#[tokio::test]
async fn without_a_target_the_connection_is_closed() {
    let nlb = nlb::serve(Target::default()).await.unwrap();
    let mut all = Vec::new();
    // An end or a reset: both are no answer.
    let _ = connect(&nlb).await.read_to_end(&mut all).await;
    assert!(all.is_empty());
}

#[tokio::test]
async fn an_open_connection_may_end_after_the_balancer_has_stopped_listening() {
    let nlb = nlb::serve(echo_at_end().await).await.unwrap();
    let address = nlb.url();
    let mut stream = connect(&nlb).await;
    stream.write_all(b"hello").await.unwrap();
    let stopped = tokio::spawn(nlb.shutdown());
    refuses(&address).await;
    stream.shutdown().await.unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, b"hello");
    stopped.await.unwrap();
}
