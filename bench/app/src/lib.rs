//! The user's own service in the counter's place: `app.toml` in its folder says how it is built and run, what it keeps and
//! what is requested of it. Here it is read and checked; nothing is started, called or measured.

mod command;
mod config;
mod error;
pub mod init;
mod request;
mod store;
mod template;
mod way;

pub use command::Words;
pub use config::{App, Check, FILE, Function, Runtime, Server, Traffic};
pub use error::AppError;
pub use request::{Expected, Method, Request};
pub use store::{Attribute, AttributeType, Bucket, Index, Projection, Table, marshalled};
pub use template::{Piece, Template};
pub use way::{AppWay, AppWayError};
