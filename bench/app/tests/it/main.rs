//! `app.toml`: what is refused and where, the committed schema, and the first draft.

mod init;
mod refused;
mod schema;
