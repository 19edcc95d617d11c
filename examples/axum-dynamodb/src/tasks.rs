//! The routes, and the calls of DynamoDB behind them.

use std::collections::HashMap;
use std::error::Error;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

/// A table of tasks, by `id`, with an index `by-owner`.
#[derive(Clone)]
pub struct Tasks {
    pub client: Client,
    pub table: String,
}

#[derive(Serialize, Deserialize)]
struct Task {
    owner: String,
    title: String,
}

type Answer<T> = Result<T, (StatusCode, String)>;

fn failed(error: impl Error) -> (StatusCode, String) {
    eprintln!("{error:?}");
    (StatusCode::SERVICE_UNAVAILABLE, "the table does not answer".to_owned())
}

fn task(item: &HashMap<String, AttributeValue>) -> Task {
    let text = |name: &str| item.get(name).and_then(|it| it.as_s().ok()).cloned().unwrap_or_default();
    Task { owner: text("owner"), title: text("title") }
}

async fn read(State(tasks): State<Tasks>, Path(id): Path<String>) -> Answer<Json<Task>> {
    let found = tasks.client.get_item().table_name(&tasks.table).key("id", AttributeValue::S(id)).send().await;
    let item = found.map_err(failed)?.item.ok_or((StatusCode::NOT_FOUND, "no such task".to_owned()))?;
    Ok(Json(task(&item)))
}

async fn write(State(tasks): State<Tasks>, Path(id): Path<String>, Json(it): Json<Task>) -> Answer<StatusCode> {
    let put = tasks.client.put_item().table_name(&tasks.table).item("id", AttributeValue::S(id));
    let put = put.item("owner", AttributeValue::S(it.owner)).item("title", AttributeValue::S(it.title));
    put.send().await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn of_owner(State(tasks): State<Tasks>, Path(owner): Path<String>) -> Answer<Json<Vec<Task>>> {
    let query = tasks.client.query().table_name(&tasks.table).index_name("by-owner").limit(10);
    let query = query.key_condition_expression("#o = :o").expression_attribute_names("#o", "owner");
    let found = query.expression_attribute_values(":o", AttributeValue::S(owner)).send().await.map_err(failed)?;
    Ok(Json(found.items().iter().map(task).collect()))
}

pub fn router(tasks: Tasks) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/tasks/{id}", get(read).put(write))
        .route("/owners/{owner}/tasks", get(of_owner))
        .with_state(tasks)
}
