//! How one API of the family is spoken to: its base URL, the names of its headers, its limits.
//!
//! Every header name is a default that a user can change: the API page names none. Reading a profile from a file is
//! `config`'s part; this file only says what one is.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::domain::api_error::dialect::Dialect;
use crate::domain::carrier::Carrier;
use crate::domain::catalogue::OwnCodes;
use crate::domain::guard::Guard;
use crate::domain::id::OperationId;
use crate::domain::key_format::{KEY_DICE, KeyFormat};
use crate::domain::pointer::Pointer;
use crate::domain::seal::Keep;
use crate::domain::secret_field::SecretFields;

/// What stands for the operation's id in a look-up's template.
pub const REQUEST_ID: &str = "{requestId}";

/// All but the unreserved characters (RFC 3986 2.3): right in a path and in a query.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// One API, as the user set it up.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Its name in the configuration.
    pub name: String,
    /// Where it lives, without a trailing slash. `None` until the embedded sandbox has a port.
    pub base_url: Option<Url>,
    /// What stands for the origin where two sends are compared, when the origin itself does not: the embedded
    /// sandbox has another port at each start and is the same server all the same.
    pub realm: Option<String>,
    /// Further origins (`https://host:port`) that may have the credential.
    pub origins: Vec<String>,
    /// The field that carries the credential.
    pub credential_header: String,
    /// What stands before the credential, `Bearer`; empty for none.
    pub credential_scheme: String,
    /// The field that carries the idempotency key.
    pub key_header: String,
    /// Whether the key is sent as a Structured-Field String, with quotes (the IETF draft), or bare.
    pub key_quoted: bool,
    /// What a key that we mint is made of.
    pub key_format: KeyFormat,
    /// What stands before it.
    pub key_prefix: String,
    /// What carries the operation's id (requestId).
    pub request_id_carrier: Carrier,
    /// What carries the account.
    pub account_carrier: Carrier,
    /// The account used when none is named.
    pub account: Option<String>,
    /// The response field that carries the server's own id.
    pub server_id_header: String,
    /// Further fields whose values are secrets.
    pub secret_headers: Vec<String>,
    /// Which query parameters and body fields are secrets.
    pub secret_fields: Arc<SecretFields>,
    /// What becomes of the secrets that a person writes into a request.
    pub keep: Keep,
    /// How long the server remembers a key.
    pub retention: Duration,
    /// Whether a credential may travel over plain http to a host that is not loopback.
    pub allow_plain_http: bool,
    /// Where an object names itself, in the body of a 2xx or in the list of a look-up: the first of these that is there.
    pub object_ids: Vec<Pointer>,
    /// The target of the GET that finds what one operation made: a path, `{requestId}` in it for the operation's id.
    /// `None`: it cannot be asked.
    pub look_up: Option<String>,
    /// Where the answer to it has its list of objects, when that is not the whole document.
    pub look_up_list: Option<Pointer>,
    /// The dialect of its errors; `None`: recognised in each answer.
    pub error_dialect: Option<Dialect>,
    /// What its own codes mean, as the user has it.
    pub own_codes: Arc<OwnCodes>,
    /// How carefully it is spoken to.
    pub guard: Guard,
    /// Codes of a 409 that say the first request with this key still runs.
    pub in_progress_codes: Vec<String>,
    /// Codes of a 409 that name a state conflict of the resource: nothing was done.
    pub state_conflict_codes: Vec<String>,
    /// Codes of a 4xx that say that the key was used with another payload: nothing of this request's own execution.
    pub key_reused_codes: Vec<String>,
    /// Deadlines and caps of one send.
    pub limits: Limits,
}

/// Where a send stops by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the start until a connection stands: name lookup, TCP, proxy and TLS together.
    pub connect: Duration,
    /// From the connection to the status line.
    pub first_byte: Duration,
    /// The whole send, body included: the only bound on a body that drips.
    pub total: Duration,
    /// How many decoded body bytes are kept; nor are more than these read from the wire.
    pub body_bytes: u64,
    /// How many times its size on the wire a body may unpack to, once 10 MiB were unpacked.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(60),
            total: Duration::from_secs(300),
            body_bytes: 256 << 20,
            ratio: 200,
        }
    }
}

impl Profile {
    /// A profile with the CCCAMBOX TV defaults (conventions: bare key, Bearer credential, retention 1 h).
    pub fn new(name: impl Into<String>) -> Profile {
        Profile {
            name: name.into(),
            base_url: None,
            realm: None,
            origins: Vec::new(),
            credential_header: "Authorization".into(),
            credential_scheme: "Bearer".into(),
            key_header: "Idempotency-Key".into(),
            key_quoted: false,
            key_format: KeyFormat::UuidV4,
            key_prefix: String::new(),
            request_id_carrier: Carrier::Header("X-Request-Id".into()),
            account_carrier: Carrier::Header("X-Account-Id".into()),
            account: None,
            server_id_header: "Request-Id".into(),
            secret_headers: Vec::new(),
            secret_fields: Arc::default(),
            keep: Keep::Sealed,
            retention: Duration::from_secs(3600),
            allow_plain_http: false,
            object_ids: vec![Pointer::parse("/id").expect("it begins with a slash")],
            look_up: None,
            look_up_list: Some(Pointer::parse("/data").expect("it begins with a slash")),
            error_dialect: None,
            own_codes: Arc::default(),
            guard: Guard::Auto,
            in_progress_codes: [
                "key_in_progress",
                "idempotency_key_in_use",
                "request_in_progress",
            ]
            .map(Into::into)
            .into(),
            state_conflict_codes: [
                "already_active",
                "already_inactive",
                "invalid_state",
                "state_conflict",
            ]
            .map(Into::into)
            .into(),
            key_reused_codes: [
                "key_reused",
                "idempotency_key_reused",
                "idempotency_key_mismatch",
                "idempotency_error",
            ]
            .map(Into::into)
            .into(),
            limits: Limits::default(),
        }
    }

    /// The sandbox's profile, while its address is not known.
    pub fn of_sandbox() -> Profile {
        Profile {
            account: Some("acct_demo".into()),
            look_up: Some(format!("/v1/payments?requestId={REQUEST_ID}")),
            ..Profile::new("sandbox")
        }
    }

    /// The sandbox's profile at this base URL.
    ///
    /// # Panics
    /// When the text is no URL; it is our own sandbox's address.
    pub fn sandbox(base_url: &str) -> Profile {
        let base_url = Some(Url::parse(base_url).expect("the sandbox's own address is a URL"));
        Profile {
            base_url,
            ..Profile::of_sandbox()
        }
    }

    /// A fresh idempotency key from fresh dice.
    pub fn mint_key(&self, dice: [u8; KEY_DICE], now: Timestamp) -> String {
        self.key_format.mint(&self.key_prefix, dice, now)
    }

    /// The target of the GET that finds what an operation made; `None` when the API cannot be asked.
    pub fn look_up_target(&self, operation: &OperationId) -> Option<String> {
        let id = utf8_percent_encode(operation.as_str(), &ESCAPED).to_string();
        let template = self.look_up.as_ref()?;
        Some(template.replace(REQUEST_ID, &id))
    }

    /// The base URL without a trailing slash; empty when there is none yet.
    pub fn base_text(&self) -> String {
        self.base_url
            .as_ref()
            .map(|base| base_url_text(base).to_owned())
            .unwrap_or_default()
    }

    /// The origin of a URL as a verdict compares it.
    pub fn origin_of(&self, url: &Url) -> String {
        let own = self
            .base_url
            .as_ref()
            .is_some_and(|base| base.origin() == url.origin());
        match &self.realm {
            Some(realm) if own => realm.clone(),
            _ => url.origin().ascii_serialization(),
        }
    }

    /// Whether a send to this URL stays on this machine, as all of this API does.
    pub fn is_local(&self, url: &Url) -> bool {
        is_loopback(url) && self.base_url.as_ref().is_none_or(is_loopback)
    }

    /// Whether this URL's origin may have the credential, the key, the requestId and the account.
    pub fn trusts(&self, url: &Url) -> bool {
        let origin = url.origin();
        self.base_url
            .as_ref()
            .is_some_and(|base| base.origin() == origin)
            || self
                .origins
                .iter()
                .filter_map(|o| Url::parse(o).ok())
                .any(|o| o.origin() == origin)
    }
}

/// A base URL as paths are put behind it: without a trailing slash.
pub fn base_url_text(base: &Url) -> &str {
    base.as_str().trim_end_matches('/')
}

/// Whether a URL's host is this machine itself.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => {
            name.eq_ignore_ascii_case("localhost") || name.ends_with(".localhost")
        }
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Profile, is_loopback};
    use crate::domain::id::OperationId;
    use url::Url;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn only_its_own_origins_are_trusted() {
        let mut profile = Profile::new("live");
        profile.base_url = Some(url("https://api.example.com/v2"));
        profile.origins.push("https://uploads.example.com".into());
        assert!(profile.trusts(&url("https://api.example.com/else")));
        assert!(profile.trusts(&url("https://uploads.example.com:443/x")));
        assert!(!profile.trusts(&url("http://api.example.com/v2")));
        assert!(!profile.trusts(&url("https://api.example.com.evil.test/")));
        assert!(!profile.trusts(&url("https://api.example.com:8443/")));
    }

    #[test]
    fn a_look_up_names_the_operation_whatever_it_is_called() {
        let mut profile = Profile::of_sandbox();
        for (template, id, expected) in [
            (
                "/v1/payments?requestId={requestId}",
                "op_1",
                "/v1/payments?requestId=op_1",
            ),
            (
                "/o/{requestId}?x=1",
                "a/b c&d?ü",
                "/o/a%2Fb%20c%26d%3F%C3%BC?x=1",
            ),
        ] {
            profile.look_up = Some(template.into());
            let target = profile.look_up_target(&OperationId::known(id));
            assert_eq!(target.as_deref(), Some(expected));
        }
        assert_eq!(
            Profile::new("p").look_up_target(&OperationId::known("o")),
            None
        );
    }

    #[test]
    fn what_leaves_this_machine_is_not_local() {
        for (base, to, expected) in [
            (Some("http://127.0.0.1:1"), "http://127.0.0.1:1/v1", true),
            (Some("http://127.0.0.1:1"), "https://api.test/v1", false),
            (Some("https://api.test"), "http://127.0.0.1:1/v1", false),
            (Some("https://api.test"), "https://api.test/v1", false),
            (None, "http://localhost/v1", true),
            (None, "https://api.test/v1", false),
        ] {
            let mut profile = Profile::new("p");
            profile.base_url = base.map(url);
            assert_eq!(profile.is_local(&url(to)), expected, "{base:?} {to}");
        }
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for (text, expected) in [
            ("http://127.0.0.1:80/", true),
            ("http://127.9.9.9/", true),
            ("http://[::1]/", true),
            ("http://localhost:3000/", true),
            ("http://localhost.evil.test/", false),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(is_loopback(&url(text)), expected, "{text}");
        }
    }
}
