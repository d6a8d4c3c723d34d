//! What went wrong, in words that a person can act on.
//!
//! The libraries below wrap one another's errors; [`chain`] unwraps them and the first link that is understood names
//! the failure. No text of theirs that may hold the URL is used: it may hold a credential.

use std::error::Error;
use std::io;
use std::time::Duration;

use rustls::CertificateError;
use url::Url;

use crate::client::coding::Coding;
use crate::client::meter::{Over, Size};
use crate::client::probe::Reached;
use crate::domain::exchange::Failure;

/// Where a request was to go.
pub(crate) struct Place {
    host: String,
    port: u16,
    proxy: Option<String>,
}

/// What ended the wait for a status line.
#[derive(Clone, Copy)]
pub(crate) enum Wait {
    /// A person did.
    Cancelled,
    /// No connection within this time.
    Connect(Duration),
    /// A connection, and no status line within this time.
    FirstByte(Duration),
    /// No status line within the time for the whole send.
    Total(Duration),
}

impl Place {
    pub(crate) fn new(url: &Url, proxy: Option<String>) -> Place {
        Place {
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
            proxy,
        }
    }

    /// What the connection goes to first.
    fn peer(&self) -> String {
        match &self.proxy {
            Some(proxy) => format!("the proxy {proxy}"),
            None => format!("{}:{}", self.host, self.port),
        }
    }

    fn running(&self) -> String {
        match &self.proxy {
            Some(_) => {
                "is the proxy that this system names running? (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)"
                    .into()
            }
            None => format!("is the server running on port {}?", self.port),
        }
    }
}

/// The failure of a wait that was ended from our side.
pub(crate) fn ended(wait: Wait, place: &Place, reached: Reached) -> Failure {
    let peer = place.peer();
    let where_to = match reached {
        Reached::Start => "nothing was begun",
        Reached::Lookup => "the name was still being looked up",
        Reached::Connect => "the connection was still being made",
        Reached::Handshake => "the TLS handshake was still going on",
        Reached::Handed => "the connection stood, and no answer had begun",
    };
    let failure = match wait {
        Wait::Cancelled => return Failure::new("cancelled").because(where_to),
        Wait::Connect(limit) => {
            Failure::new(format!("no connection to {peer} within {}", span(limit)))
        }
        Wait::FirstByte(limit) => {
            Failure::new(format!("no answer from {peer} within {}", span(limit)))
        }
        Wait::Total(limit) => Failure::new(format!("no answer within {} in all", span(limit))),
    };
    let hint = match reached {
        Reached::Start | Reached::Lookup => "check the network, and the name server",
        Reached::Connect => {
            "check the address and the network: something on the way may drop the connection"
        }
        Reached::Handshake => "check that the port speaks TLS",
        Reached::Handed => "the server may still be at work: a longer timeout waits for it",
    };
    failure.because(where_to).hint(hint)
}

/// The failure of a send that ended without a status line.
pub(crate) fn unanswered(error: reqwest::Error, place: &Place, reached: Reached) -> Failure {
    let error = error.without_url();
    if error.is_builder() {
        return Failure::new("the request cannot be built")
            .because(reason(&error))
            .hint("check the URL and the header fields");
    }
    match reached {
        Reached::Handed => lost(&error, place),
        _ => unconnected(&error, place, reached),
    }
}

/// No connection came about.
fn unconnected(error: &reqwest::Error, place: &Place, reached: Reached) -> Failure {
    if error.is_dns() {
        return unresolved(error, place);
    }
    for link in chain(error) {
        if let Some(tls) = link.downcast_ref::<rustls::Error>() {
            return untrusted(tls, place);
        }
        if let Some(io) = link
            .downcast_ref::<io::Error>()
            .filter(|io| io.get_ref().is_none())
        {
            return unreachable_peer(io, place, reached);
        }
    }
    match (&place.proxy, reached) {
        (Some(proxy), _) => {
            Failure::new(format!("the proxy {proxy} opened no way to {}", place.host))
                .because(reason(error))
                .hint("check the proxy's address, and the user name and password it may want")
        }
        (None, Reached::Handshake) => broken_handshake(place).because(reason(error)),
        (None, _) => Failure::new(format!("no connection to {}", place.peer()))
            .because(reason(error))
            .hint("check the address and the network"),
    }
}

fn unresolved(error: &reqwest::Error, place: &Place) -> Failure {
    let (name, reason) = (place.proxy.as_deref().unwrap_or(&place.host), reason(error));
    // The three systems' words for "it does not exist", as opposed to "nobody could be asked".
    let absent = ["not known", "nodename nor servname", "No such host"];
    let what = if absent.iter().any(|words| reason.contains(words)) {
        format!("no such host: {name}")
    } else {
        format!("the host name {name} could not be looked up")
    };
    Failure::new(what)
        .because(reason)
        .hint("check the host name and the network")
}

fn unreachable_peer(error: &io::Error, place: &Place, reached: Reached) -> Failure {
    let peer = place.peer();
    let failure = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            Failure::new(format!("connection refused by {peer}")).hint(place.running())
        }
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            Failure::new(format!("no route to {peer}")).hint("check the address and the network")
        }
        io::ErrorKind::TimedOut => {
            Failure::new(format!("no connection to {peer}: it does not answer"))
                .hint("check the address: something on the way may drop the connection")
        }
        _ if reached == Reached::Handshake => broken_handshake(place),
        _ => Failure::new(format!("no connection to {peer}"))
            .hint("check the address and the network"),
    };
    failure.because(reason(error))
}

fn broken_handshake(place: &Place) -> Failure {
    Failure::new(format!(
        "the TLS handshake with {} was broken off",
        place.host
    ))
    .hint(format!(
        "does port {} speak TLS? if not, write http://",
        place.port
    ))
}

/// The TLS handshake failed.
fn untrusted(error: &rustls::Error, place: &Place) -> Failure {
    let host = &place.host;
    let failure = match error {
        rustls::Error::InvalidCertificate(certificate) => {
            return uncertified(certificate, host).because(reason(error));
        }
        rustls::Error::InvalidMessage(_) => {
            Failure::new(format!("{host} does not speak TLS on port {}", place.port))
                .hint("does the server want http:// instead of https://?")
        }
        rustls::Error::AlertReceived(_) | rustls::Error::PeerIncompatible(_) => {
            Failure::new(format!("{host} refused the TLS handshake"))
                .hint("the server may want another host name, TLS version or a client certificate")
        }
        _ => broken_handshake(place),
    };
    failure.because(reason(error))
}

fn uncertified(error: &CertificateError, host: &str) -> Failure {
    let (what, hint) = match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            format!("the certificate is not made out to {host}"),
            "check the host name: this may be another server",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            format!("the certificate of {host} has expired"),
            "the server needs a new one; or check this machine's clock",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            format!("the certificate of {host} is not valid yet"),
            "check this machine's clock",
        ),
        CertificateError::UnknownIssuer => (
            format!("the certificate of {host} is not trusted: its issuer is not known here"),
            "install its authority on this machine (in a container: the ca-certificates package)",
        ),
        _ => (
            format!("the certificate of {host} is not trusted"),
            "check the server's certificate",
        ),
    };
    Failure::new(what).hint(hint)
}

/// A connection was handed over, and no status line came.
fn lost(error: &reqwest::Error, place: &Place) -> Failure {
    let peer = place.peer();
    for link in chain(error) {
        if let Some(http) = link.downcast_ref::<hyper::Error>() {
            if http.is_parse_too_large() {
                return Failure::new(format!(
                    "the head of the answer from {peer} is too large to be read"
                ))
                .because(reason(http));
            }
            if http.is_parse() {
                return Failure::new(format!("the answer from {peer} is not HTTP"))
                    .because(reason(http))
                    .hint(format!(
                        "is port {} the right one, and https:// or http://?",
                        place.port
                    ));
            }
            if http.is_incomplete_message() {
                return Failure::new(format!("{peer} closed the connection without an answer"))
                    .because("the connection ended before a status line was whole");
            }
        }
        if let Some(io) = link.downcast_ref::<io::Error>().filter(|io| is_reset(io)) {
            return Failure::new(format!(
                "the connection was reset by {peer} before an answer"
            ))
            .because(reason(io));
        }
    }
    Failure::new(format!(
        "the connection to {peer} was lost before an answer"
    ))
    .because(reason(error))
    .hint(format!("does port {} speak HTTP?", place.port))
}

fn is_reset(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionReset | ConnectionAborted | BrokenPipe
    )
}

/// The body broke off on the wire, after so many bytes of it.
pub(crate) fn broken_body(error: reqwest::Error, wire: u64) -> Failure {
    let error = error.without_url();
    let reset = chain(&error).any(|link| link.downcast_ref::<io::Error>().is_some_and(is_reset));
    let what = if reset {
        "the connection was reset"
    } else {
        "the connection was cut"
    };
    Failure::new(format!("{what} after {} of the body", Size(wire))).because(reason(&error))
}

/// A person stopped the body, after so many bytes of it.
pub(crate) fn cancelled_body(wire: u64) -> Failure {
    Failure::new(format!("cancelled after {} of the body", Size(wire)))
}

/// The body was still coming at the total deadline.
pub(crate) fn late_body(limit: Duration, wire: u64) -> Failure {
    Failure::new(format!(
        "stopped after {} in all: the body was still coming",
        span(limit)
    ))
    .because(format!("{} of it had arrived", Size(wire)))
    .hint("a longer timeout waits for the rest")
}

/// The body could not be decoded further, or a cap ended it. `ended` says whether all of it had been read by then:
/// the decoders have each their own words for an input that ends too early.
pub(crate) fn undecodable(error: &io::Error, codings: &[Coding], ended: bool) -> Failure {
    if let Some(over) = chain(error).find_map(|link| link.downcast_ref::<Over>()) {
        return Failure::new(over.to_string()).hint("what came before is kept");
    }
    let what = match ended {
        true => "the packed body ends too early",
        false => "the packed body cannot be unpacked",
    };
    Failure::new(what)
        .because(format!("content coding {codings:?}: {}", reason(error)).to_lowercase())
        .hint("accept-encoding: identity asks for it unpacked")
}

/// The sink did not take the body.
pub(crate) fn untaken(error: &io::Error) -> Failure {
    let failure = Failure::new("the body could not be kept").because(reason(error));
    match error.kind() {
        io::ErrorKind::StorageFull => failure.hint("make room on the disk"),
        _ => failure,
    }
}

/// An error and what caused it, outermost first. What `io::Error` wraps is no source of it, so it is looked into.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |link| {
        let link: &'a (dyn Error + 'static) = *link;
        match link
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => link.source(),
        }
    })
}

/// What the innermost cause says of itself: one line, of bounded length, without control characters, for a
/// certificate's names come from the server.
fn reason(error: &(dyn Error + 'static)) -> String {
    let innermost = chain(error).last().unwrap_or(error).to_string();
    innermost
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect()
}

/// A limit as a person writes it.
fn span(limit: Duration) -> String {
    match limit.subsec_millis() {
        0 => format!("{} s", limit.as_secs()),
        ms if limit.as_secs() == 0 => format!("{ms} ms"),
        _ => format!("{:.1} s", limit.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use super::{Place, Wait, ended, reason, span, undecodable, unreachable_peer, untrusted};
    use crate::client::coding::Coding;
    use crate::client::meter::Over;
    use crate::client::probe::Reached;

    fn place(proxy: Option<&str>) -> Place {
        Place::new(
            &"https://api.test/x?key=geheim".parse().unwrap(),
            proxy.map(str::to_owned),
        )
    }

    #[test]
    fn a_peer_is_the_proxy_where_there_is_one() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let straight = unreachable_peer(&refused, &place(None), Reached::Connect);
        assert_eq!(straight.what, "connection refused by api.test:443");
        assert_eq!(
            straight.hint.as_deref(),
            Some("is the server running on port 443?")
        );
        let through = unreachable_peer(&refused, &place(Some("p:3128")), Reached::Connect);
        assert_eq!(through.what, "connection refused by the proxy p:3128");
    }

    #[test]
    fn a_certificate_is_told_apart_from_no_tls_at_all() {
        use rustls::{CertificateError, Error, InvalidMessage};
        for (error, what) in [
            (
                Error::InvalidCertificate(CertificateError::UnknownIssuer),
                "issuer is not known",
            ),
            (
                Error::InvalidCertificate(CertificateError::Expired),
                "has expired",
            ),
            (
                Error::InvalidCertificate(CertificateError::NotValidForName),
                "not made out to api.test",
            ),
            (
                Error::InvalidMessage(InvalidMessage::InvalidContentType),
                "does not speak TLS on port 443",
            ),
            (
                Error::AlertReceived(rustls::AlertDescription::HandshakeFailure),
                "refused the TLS handshake",
            ),
        ] {
            let failure = untrusted(&error, &place(None));
            assert!(failure.what.contains(what), "{failure:?}");
            assert!(
                failure.hint.is_some() && failure.cause.is_some(),
                "{failure:?}"
            );
        }
    }

    #[test]
    fn a_deadline_says_which_and_how_far_it_was() {
        let failure = ended(
            Wait::Connect(Duration::from_secs(10)),
            &place(None),
            Reached::Lookup,
        );
        assert_eq!(failure.what, "no connection to api.test:443 within 10 s");
        assert_eq!(
            failure.cause.as_deref(),
            Some("the name was still being looked up")
        );
        let failure = ended(
            Wait::FirstByte(Duration::from_millis(1500)),
            &place(None),
            Reached::Handed,
        );
        assert_eq!(failure.what, "no answer from api.test:443 within 1.5 s");
        assert_eq!(span(Duration::from_millis(20)), "20 ms");
    }

    #[test]
    fn a_cap_is_named_and_a_coding_too() {
        let failure = undecodable(&io::Error::other(Over::Size { cap: 1 << 20 }), &[], false);
        assert_eq!(
            failure.what,
            "stopped at 1 MiB: the body is larger than the cap"
        );
        let failure = undecodable(
            &io::Error::from(io::ErrorKind::InvalidData),
            &[Coding::Gzip],
            true,
        );
        assert!(failure.cause.unwrap().contains("gzip"));
    }

    #[test]
    fn a_reason_is_the_innermost_on_one_line() {
        let inner = io::Error::other("the\nreal \u{1b}[31mone");
        let outer = io::Error::new(io::ErrorKind::InvalidData, inner);
        assert_eq!(reason(&outer), "the real  [31mone");
        assert_eq!(reason(&io::Error::other("x".repeat(1000))).len(), 300);
    }
}
