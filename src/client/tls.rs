//! Whom the client trusts, and when a handshake starts.
//!
//! The configuration is made here rather than by reqwest for two reasons: nothing else tells when TCP ends and TLS
//! begins, and reqwest refuses to exist on a machine without certificates, where `http://localhost` must still work.

use std::sync::Arc;

use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Resumption, Tls12ClientSessionValue,
    Tls13ClientSessionValue,
};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, NamedGroup, RootCertStore};

use crate::client::probe::Probe;

/// How many servers' TLS sessions are remembered.
const SESSIONS: usize = 64;

/// Whose certificates are trusted.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The authorities of this machine.
    Platform,
    /// These alone, each a certificate in DER.
    Only(Vec<Vec<u8>>),
}

/// The TLS settings: TLS 1.2 and 1.3, HTTP/2 before HTTP/1.1 by ALPN, sessions resumed, no early data (what is sent
/// early can be replayed by others, and would leave before a connection stands).
pub(crate) fn config(trust: &Trust) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let mut config = match trust {
        Trust::Only(certificates) => builder.with_root_certificates(roots(certificates)?),
        Trust::Platform => match rustls_platform_verifier::Verifier::new(provider) {
            Ok(verifier) => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier)),
            Err(error) => {
                tracing::warn!(%error, "no https server is trusted: this machine's certificates cannot be read");
                builder.with_root_certificates(RootCertStore::empty())
            }
        },
    }
    .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let sessions = MarkedSessions(ClientSessionMemoryCache::new(SESSIONS));
    config.resumption = Resumption::store(Arc::new(sessions));
    Ok(config)
}

fn roots(certificates: &[Vec<u8>]) -> Result<RootCertStore, rustls::Error> {
    let mut store = RootCertStore::empty();
    for certificate in certificates {
        store.add(CertificateDer::from(certificate.clone()))?;
    }
    Ok(store)
}

/// The memory cache of sessions, which marks the probe when it is asked for one: that is the first thing that a
/// handshake does. Were it not asked, the phase would be shown as not seen.
#[derive(Debug)]
struct MarkedSessions(ClientSessionMemoryCache);

impl ClientSessionStore for MarkedSessions {
    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        if let Some(probe) = Probe::current() {
            probe.shaking_hands();
        }
        self.0.take_tls13_ticket(server)
    }

    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.0.set_kx_hint(server, group);
    }

    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        self.0.kx_hint(server)
    }

    fn set_tls12_session(&self, server: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(server, value);
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(server)
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.0.remove_tls12_session(server);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.0.insert_tls13_ticket(server, value);
    }
}

#[cfg(test)]
mod tests {
    use super::{Trust, config};

    #[test]
    fn nothing_is_sent_early_and_http2_is_asked_for_first() {
        let config = config(&Trust::Platform).unwrap();
        assert!(!config.enable_early_data);
        assert_eq!(config.alpn_protocols[0], b"h2");
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        assert!(config(&Trust::Only(vec![b"no certificate".to_vec()])).is_err());
    }
}
