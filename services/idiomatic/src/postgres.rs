//! The count as a row of PostgreSQL.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::{Error, Store};

/// A count in a row of PostgreSQL; a missing row is 0.
#[derive(Debug)]
pub struct Postgres {
    pool: PgPool,
    table: OnceCell<()>,
    key: String,
}

impl Postgres {
    /// The count of `STORE=postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY?ca=CERTIFICATE`.
    pub fn from_env() -> Result<Self, Error> {
        // Not in a message: it has a password.
        let store = std::env::var("STORE").unwrap_or_default();
        let wrong = "STORE: needed is postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY";
        let (place, authority) = store.split_once("?ca=").map_or((&*store, None), |(place, ca)| (place, Some(ca)));
        let path = place.find('@').and_then(|at| Some(at + place[at..].find('/')? + 1)).ok_or(wrong)?;
        let (database, key) = place[path..].split_once('/').filter(|(_, key)| !key.is_empty()).ok_or(wrong)?;
        let mut options: PgConnectOptions = place[..path + database.len()].parse()?;
        if let Some(authority) = authority {
            let lines = authority.replace('-', "+").replace('_', "/");
            let pad = "=".repeat(lines.len().wrapping_neg() % 4);
            let pem = format!("-----BEGIN CERTIFICATE-----\n{lines}{pad}\n-----END CERTIFICATE-----\n");
            options = options.ssl_mode(PgSslMode::VerifyFull).ssl_root_cert_from_pem(pem.into_bytes());
        }
        // As axum's example has them.
        let pool = PgPoolOptions::new().max_connections(5).acquire_timeout(Duration::from_secs(3));
        Ok(Self { pool: pool.connect_lazy_with(options), table: OnceCell::new(), key: key.to_owned() })
    }

    async fn create_table(&self) -> Result<(), Error> {
        let create = "CREATE TABLE IF NOT EXISTS counts (key text PRIMARY KEY, count bigint NOT NULL)";
        match sqlx::query(create).execute(&self.pool).await {
            // Another process makes it at the same moment.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(()),
            made => Ok(made.map(drop)?),
        }
    }

    async fn count(&self, n: i64) -> Result<i64, Error> {
        self.table.get_or_try_init(|| self.create_table()).await?;
        if !crate::read_then_write() {
            let add = "INSERT INTO counts (key, count) VALUES ($1, $2) \
                ON CONFLICT (key) DO UPDATE SET count = counts.count + excluded.count RETURNING count";
            return Ok(sqlx::query_scalar(add).bind(&self.key).bind(n).fetch_one(&self.pool).await?);
        }
        let read = "SELECT count FROM counts WHERE key = $1";
        let before: Option<i64> = sqlx::query_scalar(read).bind(&self.key).fetch_optional(&self.pool).await?;
        let after = before.unwrap_or(0) + n;
        if n > 0 {
            let write = "INSERT INTO counts (key, count) VALUES ($1, $2) \
                ON CONFLICT (key) DO UPDATE SET count = excluded.count";
            sqlx::query(write).bind(&self.key).bind(after).execute(&self.pool).await?;
        }
        Ok(after)
    }
}

impl Store for Postgres {
    async fn add(&self, n: u64) -> Result<u64, Error> {
        // The pool bounds the wait for a connection, and nothing what follows.
        let count = timeout(Duration::from_secs(8), self.count(n.try_into()?)).await??;
        Ok(count.try_into()?)
    }
}
