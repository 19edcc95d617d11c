//! TLS by rustls and ring, with the system's trust store. aws-lc-rs, the SDK's default, collects
//! jitter entropy for 10–50 ms once per process, in the first call (aws-lc-rs #922 and #1140,
//! aws-lambda-rust-runtime #1101); ring does not, so that there is no aws-lc in our binaries.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A configuration that trusts what the system trusts.
pub(super) fn config() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!("a certificate of the system's trust store was left out: {error}");
    }
    // A system's store has entries that webpki does not take: a call fails if it needs one.
    let (_taken, _left_out) = roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::error!("the system's trust store is empty: no call over TLS can succeed");
    }
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the suites of TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
