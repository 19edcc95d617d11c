//! The count as one row of a table of PostgreSQL. One statement per call, on one connection. Must not know the environment.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, NoTls, Statement};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::{PostgresUrl, tls};
use crate::store::Source;
use crate::{ConfigError, Store, StoreError, Update};

/// A new connection: TCP, TLS, a password's proof, a statement prepared. Inside a region it takes some milliseconds, and at a
/// function's tenth of a processor what the proof takes there: 4,096 rounds of a hash on either side.
const CONNECT: Duration = Duration::from_secs(2);
/// One attempt, which rarely takes 10 ms: as the SDK's for the other stores. Three fit the whole, and the whole fits the
/// 15 s that the router gives a caller.
const ATTEMPT: Duration = Duration::from_secs(3);
const CALL: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 3;
/// The most before another attempt: a restart takes longer than any pause here, a lost connection none at all.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Made by the first connection that finds none. A fillfactor that leaves room for the row's next versions on its page: an update
/// then touches no index.
const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS counts (key text PRIMARY KEY, count bigint NOT NULL) WITH (fillfactor = 10)";
const ADD: &str = "INSERT INTO counts AS old (key, count) VALUES ($1, $2) \
     ON CONFLICT (key) DO UPDATE SET count = old.count + excluded.count RETURNING count";
const READ: &str = "SELECT count FROM counts WHERE key = $1";
const WRITE: &str = "INSERT INTO counts (key, count) VALUES ($1, $2) \
     ON CONFLICT (key) DO UPDATE SET count = excluded.count RETURNING count";

/// A count in a row of PostgreSQL.
#[derive(Debug)]
pub struct Postgres {
    url: PostgresUrl,
    /// Its server's name and what it must prove; none where the connection is not encrypted.
    tls: Option<(ServerName<'static>, Arc<ClientConfig>)>,
    /// The one that calls share, and how many there were before; none where the last one failed.
    connection: Mutex<(u64, Option<Arc<Connection>>)>,
    place: String,
    update: Update,
}

/// An open connection and its statements: the sum, or the read and the write.
#[derive(Debug)]
struct Connection {
    client: Client,
    first: Statement,
    second: Option<Statement>,
}

/// Why an attempt gave no count.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// By the server, or by the connection to it.
    #[error(transparent)]
    Database(#[from] tokio_postgres::Error),
    /// No way to the server.
    #[error("connecting failed")]
    Connect(#[source] std::io::Error),
    /// Nothing within the time that an attempt or a connection has.
    #[error("no answer in time")]
    Late,
}

impl Postgres {
    /// The count of a database; a missing row is 0, and a missing table is made by the first call. Makes no call.
    ///
    /// # Errors
    ///
    /// When `url` names a certificate that is none, or a server whose certificate could not be verified by its name.
    pub fn new(url: PostgresUrl, update: Update) -> Result<Self, ConfigError> {
        let place = url.place();
        let wrong = || ConfigError::Store(place.clone());
        let tls = match &url.authority {
            None => None,
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from(authority.clone())).map_err(|_| wrong())?;
                let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                    .with_safe_default_protocol_versions();
                let config = versions.map_err(|_| wrong())?.with_root_certificates(roots).with_no_client_auth();
                let name = ServerName::try_from(url.host.trim_matches(['[', ']']).to_owned()).map_err(|_| wrong())?;
                Some((name, Arc::new(config)))
            }
        };
        Ok(Self { url, tls, connection: Mutex::default(), place, update })
    }

    /// A sum whose answer was lost may have been stored and is added again: that skips numbers and repeats none, since only the
    /// last answer is read.
    async fn add_atomically(&self, n: i64) -> Result<u64, StoreError> {
        let sum = self.call(Step::First(Some(n))).await.map_err(|source| self.write_failed(source))?;
        self.count(sum)
    }

    /// What the original study did: read, add here, write.
    async fn read_then_write(&self, n: i64) -> Result<u64, StoreError> {
        let before = self
            .call(Step::First(None))
            .await
            .map_err(|source| StoreError::Read { place: self.place.clone(), source })?;
        let count = before.unwrap_or(0).checked_add(n).ok_or(StoreError::Overflow)?;
        // A readiness check must not undo what others write meanwhile.
        if n > 0 {
            self.call(Step::Second(count)).await.map_err(|source| self.write_failed(source))?;
        }
        self.count(Some(count))
    }

    fn count(&self, stored: Option<i64>) -> Result<u64, StoreError> {
        let stored = stored.unwrap_or(0);
        u64::try_from(stored).map_err(|_| StoreError::Corrupt { place: self.place.clone(), found: stored.to_string() })
    }

    /// Makes a call, again where that may help, within its bound.
    async fn call(&self, step: Step) -> Result<Option<i64>, Source> {
        let attempts = async {
            let mut attempt = 1;
            loop {
                match self.attempt(step).await {
                    Err(failure) if attempt < ATTEMPTS && failure.may_pass() => {}
                    ended => return ended,
                }
                attempt += 1;
                sleep(LONGEST_PAUSE.mul_f64(fastrand::f64())).await;
            }
        };
        Ok(timeout(CALL, attempts).await.map_err(|_| Failure::Late)??)
    }

    async fn attempt(&self, step: Step) -> Result<Option<i64>, Failure> {
        let (number, connection) = self.connection().await?;
        let answered = timeout(ATTEMPT, connection.run(&self.url.key, step)).await.unwrap_or(Err(Failure::Late));
        // A server that hangs, or that takes no writes any more, would be called for ever: the next call connects again.
        if answered.as_ref().is_err_and(Failure::may_pass) {
            let mut kept = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.0 == number {
                kept.1 = None;
            }
        }
        answered
    }

    /// The connection that calls share, made if need be, and its number.
    async fn connection(&self) -> Result<(u64, Arc<Connection>), Failure> {
        {
            let kept = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
            if let (number, Some(connection)) = &*kept
                && !connection.client.is_closed()
            {
                return Ok((*number, Arc::clone(connection)));
            }
        }
        // Callers that find none at once each make one, of which the last stays; a server's calls come one at a time.
        let connection = Arc::new(timeout(CONNECT, self.connect()).await.unwrap_or(Err(Failure::Late))?);
        let mut kept = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = (kept.0 + 1, Some(Arc::clone(&connection)));
        Ok((kept.0, connection))
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let PostgresUrl { user, password, host, port, database, .. } = &self.url;
        let stream = TcpStream::connect((host.trim_matches(['[', ']']), *port)).await.map_err(Failure::Connect)?;
        stream.set_nodelay(true).map_err(Failure::Connect)?;
        let mut config = Config::new();
        config.user(user).password(password.as_str()).dbname(database).application_name("counter");
        let client = match &self.tls {
            None => {
                let (client, connection) = config.connect_raw(stream, NoTls).await?;
                tokio::spawn(connection);
                client
            }
            Some((name, proof)) => {
                config.ssl_mode(tokio_postgres::config::SslMode::Require);
                let tls = tls::Connect { name: name.clone(), connector: TlsConnector::from(Arc::clone(proof)) };
                let (client, connection) = config.connect_raw(stream, tls).await?;
                tokio::spawn(connection);
                client
            }
        };
        let (first, second) = match self.update {
            Update::Atomic => (ADD, None),
            Update::ReadThenWrite => (READ, Some(WRITE)),
        };
        let first = prepare(&client, first).await?;
        let second = match second {
            Some(second) => Some(prepare(&client, second).await?),
            None => None,
        };
        Ok(Connection { client, first, second })
    }

    fn write_failed(&self, source: Source) -> StoreError {
        StoreError::Write { place: self.place.clone(), source }
    }
}

/// What is asked of a connection.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// The first statement, with what it adds, if it adds.
    First(Option<i64>),
    /// The second one, with what it writes.
    Second(i64),
}

impl Connection {
    async fn run(&self, key: &str, step: Step) -> Result<Option<i64>, Failure> {
        let statement = match step {
            Step::First(_) => &self.first,
            Step::Second(_) => self.second.as_ref().unwrap_or(&self.first),
        };
        let row = match step {
            Step::First(Some(n)) | Step::Second(n) => self.client.query_opt(statement, &[&key, &n]).await?,
            Step::First(None) => self.client.query_opt(statement, &[&key]).await?,
        };
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }
}

/// Prepares a statement, and makes the table for it if there is none.
async fn prepare(client: &Client, statement: &str) -> Result<Statement, tokio_postgres::Error> {
    let types: &[Type] = if statement == READ { &[Type::TEXT] } else { &[Type::TEXT, Type::INT8] };
    match client.prepare_typed(statement, types).await {
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {}
        prepared => return prepared,
    }
    match client.batch_execute(TABLE).await {
        // Of those that make it at once one succeeds; another may find the entry of its name taken.
        Err(error)
            if error.code() != Some(&SqlState::UNIQUE_VIOLATION)
                && error.code() != Some(&SqlState::DUPLICATE_TABLE) =>
        {
            return Err(error);
        }
        _ => {}
    }
    client.prepare_typed(statement, types).await
}

impl Failure {
    fn state(&self) -> Option<&SqlState> {
        match self {
            Self::Database(error) => error.code(),
            Self::Connect(_) | Self::Late => None,
        }
    }

    /// Whether another connection, or another moment, may have another answer: one without a code of the server's, or whose class
    /// is a connection's, a lack of resources, or a server that ends or starts (PostgreSQL, appendix A).
    fn may_pass(&self) -> bool {
        self.state()
            .is_none_or(|state| ["08", "25", "40", "53", "57"].iter().any(|class| state.code().starts_with(class)))
    }
}

impl Store for Postgres {
    async fn add(&self, n: u64) -> Result<u64, StoreError> {
        let n = i64::try_from(n).map_err(|_| StoreError::Overflow)?;
        match self.update {
            Update::Atomic => self.add_atomically(n).await,
            Update::ReadThenWrite => self.read_then_write(n).await,
        }
    }
}
