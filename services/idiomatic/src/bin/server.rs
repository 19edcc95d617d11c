//! The server: axum's routes over the store that `STORE` names.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{Response, StatusCode, Uri};
use axum::routing::get;
use counter::{DynamoDb, Error, FileStore, Memory, Postgres, S3, Store, Valkey, answer, place, sdk_config};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let store = std::env::var("STORE").unwrap_or_else(|_| "memory:".to_owned());
    let app = match store.split_once(':') {
        Some(("memory", _)) => app(Memory::default()),
        Some(("file", path)) => app(FileStore::open(Path::new(path.strip_prefix("//").unwrap_or(path)))?),
        Some(("dynamodb", _)) => {
            let (table, key) = place("dynamodb")?;
            app(DynamoDb::new(&sdk_config().await, table, key))
        }
        Some(("s3", _)) => {
            let (bucket, key) = place("s3")?;
            app(S3::new(&sdk_config().await, bucket, key))
        }
        Some((scheme @ ("valkey" | "valkeys"), _)) => {
            let (server, key) = place(scheme)?;
            app(Valkey::new(&format!("{scheme}://{server}"), key)?)
        }
        Some(("postgres", _)) => app(Postgres::from_env()?),
        _ => return Err(format!("STORE={store:?} names no store").into()),
    };
    let listen = std::env::var("LISTEN").unwrap_or_else(|_| "0.0.0.0:8000".to_owned());
    let listener = TcpListener::bind(listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(terminated()).await?;
    Ok(())
}

fn app<S: Store>(store: S) -> Router {
    Router::new()
        .route("/", get(async || answer::page()))
        // axum answers HEAD by GET's handler, which would count.
        .route("/hits", get(hits::<S>).post(hits::<S>).head(not_allowed))
        .route("/healthz", get(async || answer::health(true)))
        .route("/readyz", get(readyz::<S>))
        .fallback(async || answer::problem(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(not_allowed)
        .with_state(Arc::new(store))
}

async fn hits<S: Store>(State(store): State<Arc<S>>) -> Response<String> {
    answer::number(store.add(1).await)
}

async fn readyz<S: Store>(State(store): State<Arc<S>>) -> Response<String> {
    answer::ready(store.add(0).await)
}

async fn not_allowed(uri: Uri) -> Response<String> {
    answer::not_allowed(if uri.path() == "/hits" { "GET, POST" } else { "GET, HEAD" })
}

async fn terminated() {
    let mut terminate = signal(SignalKind::terminate()).expect("a signal handler");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
