//! A composed request made ready for the wire: what the profile and the operation add to it, and what may not leave.
//!
//! ```text
//!   Request ─┐
//!   Profile ─┼──Compose::prepare──▶ Prepared: URL, every header field, secrets marked
//!   key, ids ┘
//! ```

use std::fmt;

use crate::domain::carrier::{Cargo, Carrier, CarrierError, Written};
use crate::domain::profile::Profile;
use crate::domain::redact::{REDACTED, Secret, is_secret_header};
use crate::domain::request::{
    KeyChoice, Method, Request, is_token_char, looks_like_json, without_query,
};
use crate::domain::seal::Token;
use crate::domain::secret_field::Found;
use crate::domain::secret_field::place::Place;
use crate::domain::slot::SlotSource;
use crate::domain::target::{relative_to, resolve};

/// The longest idempotency key that servers of this family take, in characters.
pub const LONGEST_KEY: usize = 255;

/// Why a composed request cannot be sent. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Neither a path nor an http URL.
    #[error("'{0}' is neither a path (/v1/payments) nor a URL (https://host/path)")]
    Target(String),
    /// A URL that does not parse.
    #[error("the URL '{0}' cannot be used: {1}")]
    Url(String, String),
    /// A scheme we do not speak.
    #[error("'{0}:' is not spoken here: use http or https")]
    Scheme(String),
    /// `user:password@` in a URL would rest in the history.
    #[error(
        "the URL holds a user name or password: put it in a header instead (-H 'Authorization: Basic …')"
    )]
    UserInfo,
    /// A path, but nothing to put before it.
    #[error("the path '{0}' needs a base URL: give --base-url, or a profile that has one")]
    NoBase(String),
    /// A header name that is no token.
    #[error("the header name '{0}' cannot be used: {1:?} may not stand in one (RFC 9110 5.1)")]
    HeaderName(String, char),
    /// A header without a name.
    #[error("a header has no name: write 'Name: value'")]
    HeaderNameEmpty,
    /// A header value with a control character.
    #[error(
        "the value of header '{0}' holds the control character {1:?} at position {2}: take it out"
    )]
    HeaderValue(String, char, usize),
    /// `[redacted]` is what the history shows in the place of a secret; it is never sent.
    #[error("{0}: its value was not kept in the history: write it again")]
    NotKept(Place),
    /// An idempotency key that no server would take.
    #[error("the idempotency key cannot be used: {0}")]
    Key(String),
    /// The requestId or the account has no place in it.
    #[error(transparent)]
    Carrier(#[from] CarrierError),
}

/// A request ready for the wire: the one value that holds secrets, so its `Debug` hides them.
#[derive(Clone)]
pub struct Prepared {
    /// The method.
    pub method: Method,
    /// Where it goes.
    pub url: url::Url,
    /// The profile's base URL of this moment, without a trailing slash.
    pub base_url: String,
    /// The target relative to `base_url`, or absolute when it lies outside.
    pub target: String,
    /// Every header field, in order.
    pub lines: Vec<HeaderLine>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// The key that goes with it.
    pub idempotency_key: Option<String>,
    /// How it came by it.
    pub key_choice: KeyChoice,
    /// Names of what was kept back because the origin is not the profile's.
    pub withheld: Vec<String>,
    /// Where secrets stand in target and body.
    pub secrets: Marked,
}

/// Where the secrets of a request stand, beside its header fields: in order, none within another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marked {
    /// In the target's query.
    pub target: Vec<Found>,
    /// In the body.
    pub body: Vec<Found>,
}

impl Marked {
    /// Those that stand there by the profile's rules.
    pub(crate) fn of(prepared: &Prepared, profile: &Profile) -> Marked {
        let fields = &profile.secret_fields;
        Marked {
            target: fields.in_target(&prepared.target),
            body: fields.in_body(&prepared.body, prepared.content_type()),
        }
    }
}

/// One header field on its way out.
#[derive(Clone)]
pub struct HeaderLine {
    /// The field's name.
    pub name: String,
    /// Its value, secret or not.
    pub value: String,
    /// Set when the value is a secret: where it came from.
    pub secret: Option<SlotSource>,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Prepared({} {}, {} header fields, {} bytes)",
            self.method,
            without_query(&self.target),
            self.lines.len(),
            self.body.len()
        )
    }
}

impl Prepared {
    /// Whether it carries a credential or another secret.
    pub fn carries_secret(&self) -> bool {
        let Marked { target, body } = &self.secrets;
        let in_head = self.lines.iter().any(|line| line.secret.is_some());
        in_head || !target.is_empty() || !body.is_empty()
    }

    /// Its `Content-Type`, empty when it has none.
    pub fn content_type(&self) -> &str {
        let mut lines = self.lines.iter();
        let line = lines.find(|line| line.name.eq_ignore_ascii_case("content-type"));
        line.map_or("", |line| &line.value)
    }

    /// The values that a person wrote and that are secrets, as they are spelled.
    pub fn given_secrets(&self) -> impl Iterator<Item = Token> {
        let given = |line: &&HeaderLine| line.secret == Some(SlotSource::Given);
        let lines = self.lines.iter().filter(given);
        let heads = lines.map(|line| Token::new(line.value.as_bytes()));
        let token = |text: &[u8], found: &Found| Token::new(&text[found.span.clone()]);
        let target = self.secrets.target.iter();
        let target = target.map(move |found| token(self.target.as_bytes(), found));
        let body = self.secrets.body.iter();
        heads
            .chain(target)
            .chain(body.map(move |found| token(&self.body, found)))
    }
}

/// What a profile and an operation add to a composed request.
#[derive(Clone, Copy, Debug)]
pub struct Compose<'a> {
    /// The operation's id (requestId).
    pub operation: &'a str,
    /// The account.
    pub account: Option<&'a str>,
    /// The idempotency key, `None` for none.
    pub key: Option<&'a str>,
    /// How it was chosen.
    pub key_choice: KeyChoice,
    /// The profile's credential.
    pub credential: Option<&'a Secret>,
}

impl Compose<'_> {
    /// Makes the request ready for the wire. The credential, the key, the requestId and the account go to the
    /// profile's origins only; what is kept back is named in `withheld`.
    ///
    /// # Errors
    /// When target, a header or the key cannot be used; the message names the place.
    pub fn prepare(&self, request: &Request, profile: &Profile) -> Result<Prepared, RequestError> {
        let base = profile.base_url.as_ref();
        let (url, target) = resolve(&request.target, base)?;
        let mut prepared = Prepared {
            method: request.method.clone(),
            base_url: profile.base_text(),
            url,
            target,
            lines: Vec::new(),
            body: request.body.clone(),
            idempotency_key: None,
            key_choice: KeyChoice::None,
            withheld: Vec::new(),
            secrets: Marked::default(),
        };
        for (name, value) in request.headers.iter() {
            let secret = is_secret_header(name, profile).then_some(SlotSource::Given);
            prepared.lines.push(header_line(name, value, secret)?);
        }
        self.content_type(&mut prepared);
        self.credential(&mut prepared, profile)?;
        let carried = [
            (
                Cargo::RequestId,
                &profile.request_id_carrier,
                Some(self.operation),
            ),
            (Cargo::Account, &profile.account_carrier, self.account),
        ];
        for (cargo, carrier, value) in carried {
            if let Some(value) = value {
                carry(&mut prepared, (request, profile), carrier, cargo, value)?;
            }
        }
        self.key(&mut prepared, profile)?;
        prepared.secrets = Marked::of(&prepared, profile);
        Ok(prepared)
    }

    /// A body that is JSON, or starts like it, is called JSON unless told otherwise (the contract).
    fn content_type(&self, prepared: &mut Prepared) {
        let told = prepared
            .lines
            .iter()
            .any(|line| line.name.eq_ignore_ascii_case("content-type"));
        if !told && looks_like_json(&prepared.body) {
            let value = "application/json".to_owned();
            prepared.lines.push(HeaderLine {
                name: "content-type".into(),
                value,
                secret: None,
            });
        }
    }

    fn credential(&self, prepared: &mut Prepared, profile: &Profile) -> Result<(), RequestError> {
        if let Some(credential) = self.credential {
            let (name, value) = (
                &profile.credential_header,
                credential_value(profile, credential),
            );
            add_header(
                prepared,
                profile,
                name,
                &value,
                Some(SlotSource::Credential),
            )?;
        }
        Ok(())
    }

    fn key(&self, prepared: &mut Prepared, profile: &Profile) -> Result<(), RequestError> {
        if let Some(key) = self.key {
            let value = key_value(profile, key)?;
            if add_header(prepared, profile, &profile.key_header, &value, None)? {
                prepared.idempotency_key = Some(key.to_owned());
                prepared.key_choice = self.key_choice;
            }
        }
        Ok(())
    }
}

/// Adds a header field of the profile's; tells whether it was. What a person wrote by hand stands; it goes where they
/// sent it.
fn add_header(
    prepared: &mut Prepared,
    profile: &Profile,
    name: &str,
    value: &str,
    secret: Option<SlotSource>,
) -> Result<bool, RequestError> {
    let mut lines = prepared.lines.iter();
    if lines.any(|line| line.name.eq_ignore_ascii_case(name)) {
        return Ok(false);
    }
    if !profile.trusts(&prepared.url) {
        prepared.withheld.push(name.to_owned());
        return Ok(false);
    }
    prepared.lines.push(header_line(name, value, secret)?);
    Ok(true)
}

/// Puts a value where its carrier has it, unless a person wrote one there.
fn carry(
    prepared: &mut Prepared,
    (request, profile): (&Request, &Profile),
    carrier: &Carrier,
    cargo: Cargo,
    value: &str,
) -> Result<(), RequestError> {
    if let Some(name) = carrier.header() {
        return add_header(prepared, profile, name, value, None).map(drop);
    }
    let bodiless = matches!(carrier, Carrier::Body(_)) && request.body.is_empty();
    match carrier.written(request) {
        Written::Text(_) => return Ok(()),
        Written::Other(found) => {
            let place = carrier.to_string();
            return Err(CarrierError::Occupied {
                cargo,
                place,
                found,
            }
            .into());
        }
        Written::Nothing if bodiless || *carrier == Carrier::Off => return Ok(()),
        Written::Nothing if !profile.trusts(&prepared.url) => {
            prepared.withheld.push(carrier.to_string());
            return Ok(());
        }
        Written::Nothing => {}
    }
    match carrier {
        Carrier::Query(name) => {
            prepared.url.query_pairs_mut().append_pair(name, value);
            let relative = relative_to(&prepared.url, profile.base_url.as_ref());
            prepared.target = relative.unwrap_or_else(|| prepared.url.to_string());
        }
        Carrier::Body(pointer) => {
            let inserted = pointer.insert(&prepared.body, value);
            let pointer = pointer.clone();
            prepared.body = inserted.map_err(|why| CarrierError::Insert {
                cargo,
                pointer,
                why,
            })?;
        }
        Carrier::Header(_) | Carrier::Off => {}
    }
    Ok(())
}

fn header_line(
    name: &str,
    value: &str,
    secret: Option<SlotSource>,
) -> Result<HeaderLine, RequestError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(RequestError::HeaderNameEmpty);
    }
    if let Some(bad) = name.chars().find(|c| !is_token_char(*c)) {
        return Err(RequestError::HeaderName(name.to_owned(), bad));
    }
    let value = value.trim_matches([' ', '\t']);
    if value == REDACTED {
        let name = name.to_owned();
        return Err(RequestError::NotKept(Place::Header { name, nth: 0 }));
    }
    if let Some((at, bad)) = value
        .chars()
        .enumerate()
        .find(|(_, c)| c.is_control() && *c != '\t')
    {
        return Err(RequestError::HeaderValue(name.to_owned(), bad, at + 1));
    }
    Ok(HeaderLine {
        name: name.to_owned(),
        value: value.to_owned(),
        secret,
    })
}

/// The credential's header value under a profile.
pub(crate) fn credential_value(profile: &Profile, credential: &Secret) -> String {
    let scheme = profile.credential_scheme.trim();
    let joint = if scheme.is_empty() { "" } else { " " };
    format!("{scheme}{joint}{}", credential.expose())
}

/// The idempotency key's header value under a profile: bare, or a Structured-Field String (RFC 9651 3.3.3).
fn key_value(profile: &Profile, key: &str) -> Result<String, RequestError> {
    check_key(key)?;
    let quoted = || format!("\"{}\"", key.replace('\\', r"\\").replace('"', "\\\""));
    Ok(if profile.key_quoted {
        quoted()
    } else {
        key.to_owned()
    })
}

/// Puts another idempotency key into a request, where the old one stood or at the end.
pub(crate) fn put_key(
    prepared: &mut Prepared,
    key: &str,
    profile: &Profile,
) -> Result<(), RequestError> {
    let value = key_value(profile, key)?;
    match prepared
        .lines
        .iter_mut()
        .find(|line| line.name.eq_ignore_ascii_case(&profile.key_header))
    {
        Some(line) => line.value = value,
        None => prepared.lines.push(HeaderLine {
            name: profile.key_header.clone(),
            value,
            secret: None,
        }),
    }
    prepared.idempotency_key = Some(key.to_owned());
    Ok(())
}

fn check_key(key: &str) -> Result<(), RequestError> {
    if key.is_empty() {
        return Err(RequestError::Key("it is empty".into()));
    }
    if key.len() > LONGEST_KEY {
        return Err(RequestError::Key(format!(
            "it has {} characters, servers take at most {LONGEST_KEY}",
            key.len()
        )));
    }
    match key.chars().find(|c| !c.is_ascii_graphic()) {
        Some(bad) => Err(RequestError::Key(format!(
            "{bad:?} may not stand in one (visible ASCII only)"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::Compose;
    use crate::domain::carrier::Carrier;
    use crate::domain::pointer::Pointer;
    use crate::domain::profile::Profile;
    use crate::domain::redact::Secret;
    use crate::domain::request::{KeyChoice, Method, Request};

    fn compose<'a>(credential: &'a Secret) -> Compose<'a> {
        let (key, key_choice) = (Some("k-1"), KeyChoice::Fresh);
        Compose {
            operation: "op_1",
            account: Some("acct_1"),
            key,
            key_choice,
            credential: Some(credential),
        }
    }

    #[test]
    fn another_origin_gets_no_credential_no_key_no_ids() {
        let profile = Profile::sandbox("http://127.0.0.1:4010");
        let secret = Secret::new("sk_secret");
        let request = Request::new(Method::post(), "http://127.0.0.1:4011/v1/payments");
        let prepared = compose(&secret)
            .prepare(&request, &profile)
            .expect("sendable");
        assert!(
            prepared.lines.is_empty(),
            "{:?}",
            prepared.lines.iter().map(|l| &l.name).collect::<Vec<_>>()
        );
        assert_eq!(
            prepared.withheld,
            [
                "Authorization",
                "X-Request-Id",
                "X-Account-Id",
                "Idempotency-Key"
            ]
        );
        assert_eq!(
            (prepared.idempotency_key, prepared.key_choice),
            (None, KeyChoice::None)
        );
    }

    #[test]
    fn the_profile_adds_what_the_person_did_not() {
        let mut profile = Profile::sandbox("http://127.0.0.1:4010");
        profile.key_quoted = true;
        let secret = Secret::new("sk_secret");
        let mut request = Request::new(Method::post(), "/v1/payments");
        request.headers.push("authorization", "Basic xyz");
        request.body = b" {\"amount\": }".to_vec();
        let prepared = compose(&secret)
            .prepare(&request, &profile)
            .expect("sendable");
        let lines: Vec<_> = prepared
            .lines
            .iter()
            .map(|l| (l.name.as_str(), l.value.as_str()))
            .collect();
        assert_eq!(
            lines,
            [
                ("authorization", "Basic xyz"),
                ("content-type", "application/json"),
                ("X-Request-Id", "op_1"),
                ("X-Account-Id", "acct_1"),
                ("Idempotency-Key", "\"k-1\""),
            ]
        );
        assert!(prepared.carries_secret());
    }

    fn body_carrier(pointer: &str) -> Carrier {
        Carrier::Body(Pointer::parse(pointer).expect(pointer))
    }

    /// requestId carrier, account carrier, target, body; target and body as sent, or what is said.
    #[test]
    fn ids_travel_where_the_profile_says() {
        let (query, off) = (|name: &str| Carrier::Query(name.into()), Carrier::Off);
        let body = body_carrier;
        #[rustfmt::skip]
        let cases = [
            (query("r"), query("a b"), "/p",      "{}",          Ok(("/p?r=op_1&a+b=acct_1", "{}"))),
            (query("r"), off.clone(),  "/p?x=%20",   "",         Ok(("/p?x=%20&r=op_1", ""))),
            (query("r"), off.clone(),  "/p?r=mine#f", "",        Ok(("/p?r=mine", ""))),
            (query("r"), off.clone(),  "/p?r=",   "",            Err("the query's r is empty")),
            (body("/r"), body("/a"),   "/p",      "{\"x\":1.0}", Ok(("/p", "{\"a\":\"acct_1\",\"r\":\"op_1\",\"x\":1.0}"))),
            (body("/r"), off.clone(),  "/p",      "{\"r\":\"mine\"}", Ok(("/p", "{\"r\":\"mine\"}"))),
            (body("/r"), off.clone(),  "/p",      "{\"r\":{}}",  Err("the body's /r is an object")),
            (body("/r"), off.clone(),  "/p",      "",            Ok(("/p", ""))),
            (body("/r"), off.clone(),  "/p",      "a=b",         Err("set request_id_carrier")),
            (off.clone(), body("/m/a"), "/p",     "{}",          Err("the account belongs into the body at /m/a, and there is nothing at /m")),
            (off.clone(), off.clone(), "/p",      "[1]",         Ok(("/p", "[1]"))),
        ];
        for (request_id, account, target, bytes, expected) in cases {
            let mut profile = Profile::sandbox("http://127.0.0.1:4010");
            (profile.request_id_carrier, profile.account_carrier) = (request_id, account);
            let secret = Secret::new("sk");
            let mut request = Request::new(Method::post(), target);
            request.body = bytes.into();
            let prepared = compose(&secret).prepare(&request, &profile);
            let got = prepared.as_ref().map(|p| {
                assert!(p.url.as_str().ends_with(&p.target), "{}", p.url);
                let ids = p.lines.iter().filter(|l| l.name.starts_with("X-"));
                assert_eq!(ids.count(), 0, "{target}");
                (p.target.as_str(), String::from_utf8_lossy(&p.body))
            });
            match (got, expected) {
                (Ok((path, sent)), Ok(wanted)) => assert_eq!((path, &*sent), wanted),
                (Err(error), Err(part)) => {
                    assert!(error.to_string().contains(part), "{part}: {error}");
                }
                (got, wanted) => panic!("{target} {bytes}: {got:?}, not {wanted:?}"),
            }
        }
    }

    #[test]
    fn another_origin_gets_no_id_in_any_place() {
        let mut profile = Profile::sandbox("http://127.0.0.1:4010");
        profile.request_id_carrier = Carrier::Query("rid".into());
        profile.account_carrier = body_carrier("/account");
        let secret = Secret::new("sk");
        let mut request = Request::new(Method::post(), "http://127.0.0.1:4011/p");
        request.body = b"{}".to_vec();
        let prepared = compose(&secret)
            .prepare(&request, &profile)
            .expect("sendable");
        assert_eq!(
            (prepared.url.as_str(), &prepared.body),
            (request.target.as_str(), &request.body)
        );
        let withheld = [
            "Authorization",
            "the query's rid",
            "the body's /account",
            "Idempotency-Key",
        ];
        assert_eq!(prepared.withheld, withheld);
        // A body that has no place for an id is nobody's business there.
        request.body = b"a=b".to_vec();
        assert!(compose(&secret).prepare(&request, &profile).is_ok());
    }

    #[test]
    fn headers_and_keys_are_checked() {
        let profile = Profile::sandbox("http://127.0.0.1:4010");
        let secret = Secret::new("sk");
        for (name, value) in [
            ("", "x"),
            ("a b", "x"),
            ("x", "a\r\nb: c"),
            ("x", "\u{1b}[2J"),
        ] {
            let mut request = Request::new(Method::post(), "/v1");
            request.headers.push(name, value);
            assert!(
                compose(&secret).prepare(&request, &profile).is_err(),
                "{name:?} {value:?}"
            );
        }
        for key in ["", "a b", "ü", &"k".repeat(256)] {
            let compose = Compose {
                key: Some(key),
                ..compose(&secret)
            };
            assert!(
                compose
                    .prepare(&Request::new(Method::post(), "/v1"), &profile)
                    .is_err(),
                "{key:?}"
            );
        }
    }
}
