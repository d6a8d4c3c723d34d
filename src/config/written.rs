//! The configuration as it is written: which keys there are, and which field of a profile each sets.

use std::path::Path;
use std::sync::Arc;

use crate::config::SANDBOX;
use crate::config::carrier;
use crate::config::catalogue;
use crate::config::credential::{self, KeySource};
use crate::config::document::{Document, Section};
use crate::config::error::ConfigError;
use crate::config::value;
use crate::domain::carrier::Carrier;
use crate::domain::profile::{Limits, Profile};
use crate::domain::secret_field::SecretFields;

const TOP: [&str; 4] = ["default_profile", "profile", "filters", "history"];

const PROFILE: [&str; 29] = [
    "base_url",
    "origins",
    "api_key",
    "credential_header",
    "credential_scheme",
    "key_header",
    "key_quoted",
    "key_format",
    "key_prefix",
    "request_id_carrier",
    "account_carrier",
    "account",
    "server_id_header",
    "secret_headers",
    "secret_fields",
    "visible_fields",
    "keep",
    "retention",
    "allow_plain_http",
    "guard",
    "object_ids",
    "look_up",
    "look_up_list",
    "error_dialect",
    "catalogue",
    "in_progress_codes",
    "state_conflict_codes",
    "key_reused_codes",
    "limits",
];

const LIMITS: [&str; 5] = ["connect", "first_byte", "total", "body", "ratio"];

/// One profile, and where its secret comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// How the API is spoken to.
    pub profile: Profile,
    /// Where the credential is; `None` for none.
    pub api_key: Option<KeySource>,
}

impl Written {
    /// The sandbox that is built in. It has no address before it has been started.
    pub fn sandbox() -> Written {
        Written {
            profile: Profile::of_sandbox(),
            api_key: Some(KeySource::Sandbox),
        }
    }

    fn defaults(name: &str) -> Written {
        if name == SANDBOX {
            return Written::sandbox();
        }
        Written {
            profile: Profile::new(name),
            api_key: None,
        }
    }
}

/// Reads the whole document: the default profile's name, and the profiles in their order. `dir` is where a relative path
/// in it begins.
///
/// # Errors
/// With the first thing that is wrong.
pub fn read(
    document: &Document<'_>,
    dir: &Path,
) -> Result<(Option<String>, Vec<Written>), ConfigError> {
    let table = document.parse()?;
    let top = Section::top(document, &table, &TOP)?;
    let mut written = Vec::new();
    for (name, section) in top.named("profile")? {
        check_name(&top, &name)?;
        section.check(&PROFILE)?;
        let defaults = Written::defaults(&name);
        written.push(Written {
            profile: read_profile(&section, defaults.profile, dir)?,
            api_key: section
                .get("api_key", credential::source)?
                .or(defaults.api_key),
        });
    }
    let default = top.get("default_profile", value::word)?;
    if let Some(name) = &default
        && name != SANDBOX
        && !written.iter().any(|w| w.profile.name == *name)
    {
        let why = format!("there is no profile {name:?}: write [profile.{name}], or another name");
        return Err(top.fault("default_profile", &why));
    }
    Ok((default, written))
}

/// A profile's name is shown in many places and typed on the command line.
fn check_name(top: &Section<'_, '_>, name: &str) -> Result<(), ConfigError> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.chars().all(plain) {
        return Ok(());
    }
    let why =
        format!("{name:?} is no name of a profile: letters, digits, - _ and . may stand in one");
    Err(top.fault("profile", &why))
}

fn read_profile(section: &Section<'_, '_>, d: Profile, dir: &Path) -> Result<Profile, ConfigError> {
    let header = |key: &str, default| or(section.get(key, value::header_name), default);
    let carrier = |key: &str, default| or(section.get(key, carrier::carrier), default);
    let codes = |key: &str, default| or(section.get(key, value::words), default);
    let flag = |key: &str, default| or(section.get(key, value::flag), default);
    let profile = Profile {
        realm: None,
        name: d.name,
        base_url: section.get("base_url", value::base_url)?.or(d.base_url),
        origins: or(section.get("origins", value::origins), d.origins)?,
        credential_header: header("credential_header", d.credential_header)?,
        credential_scheme: or(
            section.get("credential_scheme", value::scheme),
            d.credential_scheme,
        )?,
        key_header: header("key_header", d.key_header)?,
        key_quoted: flag("key_quoted", d.key_quoted)?,
        key_format: or(section.get("key_format", value::key_format), d.key_format)?,
        key_prefix: or(section.get("key_prefix", value::key_prefix), d.key_prefix)?,
        request_id_carrier: carrier("request_id_carrier", d.request_id_carrier)?,
        account_carrier: carrier("account_carrier", d.account_carrier)?,
        account: section.get("account", value::word)?.or(d.account),
        server_id_header: header("server_id_header", d.server_id_header)?,
        secret_headers: or(
            section.get("secret_headers", value::header_names),
            d.secret_headers,
        )?,
        secret_fields: read_secret_fields(section, d.secret_fields)?,
        keep: or(section.get("keep", value::keep), d.keep)?,
        retention: or(section.get("retention", value::duration), d.retention)?,
        allow_plain_http: flag("allow_plain_http", d.allow_plain_http)?,
        object_ids: or(section.get("object_ids", carrier::pointers), d.object_ids)?,
        look_up: or(section.get("look_up", carrier::look_up), d.look_up)?,
        look_up_list: or(
            section.get("look_up_list", carrier::list_place),
            d.look_up_list,
        )?,
        error_dialect: or(
            section.get("error_dialect", value::error_dialect),
            d.error_dialect,
        )?,
        own_codes: catalogue::read(section, dir)?.map_or(d.own_codes, Arc::new),
        guard: or(section.get("guard", value::guard), d.guard)?,
        in_progress_codes: codes("in_progress_codes", d.in_progress_codes)?,
        state_conflict_codes: codes("state_conflict_codes", d.state_conflict_codes)?,
        key_reused_codes: codes("key_reused_codes", d.key_reused_codes)?,
        limits: read_limits(section, d.limits)?,
    };
    check_carriers(section, &profile)?;
    Ok(profile)
}

fn read_secret_fields(
    section: &Section<'_, '_>,
    d: Arc<SecretFields>,
) -> Result<Arc<SecretFields>, ConfigError> {
    let added = section.get("secret_fields", value::field_patterns)?;
    let lifted = section.get("visible_fields", value::field_patterns)?;
    if added.is_none() && lifted.is_none() {
        return Ok(d);
    }
    let (added, lifted) = (added.unwrap_or_default(), lifted.unwrap_or_default());
    Ok(Arc::new(SecretFields::new(&added, &lifted)))
}

fn or<T>(read: Result<Option<T>, ConfigError>, default: T) -> Result<T, ConfigError> {
    read.map(|value| value.unwrap_or(default))
}

fn read_limits(profile: &Section<'_, '_>, d: Limits) -> Result<Limits, ConfigError> {
    let Some(section) = profile.inner("limits", &LIMITS)? else {
        return Ok(d);
    };
    let deadline = |key: &str, default| or(section.get(key, value::deadline), default);
    Ok(Limits {
        connect: deadline("connect", d.connect)?,
        first_byte: deadline("first_byte", d.first_byte)?,
        total: deadline("total", d.total)?,
        body_bytes: or(section.get("body", value::size), d.body_bytes)?,
        ratio: or(section.get("ratio", value::count), d.ratio)?,
    })
}

/// One place cannot carry two things: the second would silently not be sent.
fn check_carriers(section: &Section<'_, '_>, profile: &Profile) -> Result<(), ConfigError> {
    let header = |name: &String| Carrier::Header(name.clone());
    let carriers = [
        ("credential_header", header(&profile.credential_header)),
        ("key_header", header(&profile.key_header)),
        ("request_id_carrier", profile.request_id_carrier.clone()),
        ("account_carrier", profile.account_carrier.clone()),
    ];
    for (n, (key, carrier)) in carriers.iter().enumerate() {
        let mut earlier = carriers[..n].iter();
        if let Some((taken, _)) = earlier.find(|(_, other)| is_same_place(other, carrier)) {
            // The complaint goes to the line that was written, not to the default it meets.
            let (at, other) = if section.has(key) {
                (key, taken)
            } else {
                (taken, key)
            };
            let why = format!("{carrier} is what {other} names too: write another place");
            return Err(section.fault(at, &why));
        }
    }
    Ok(())
}

fn is_same_place(a: &Carrier, b: &Carrier) -> bool {
    match (a, b) {
        (Carrier::Off, _) => false,
        (Carrier::Header(a), Carrier::Header(b)) => a.eq_ignore_ascii_case(b),
        (a, b) => a == b,
    }
}

/// Every key there is, for the test of the documented configuration.
#[cfg(test)]
pub fn every_key() -> impl Iterator<Item = &'static str> {
    let outer = TOP.into_iter().filter(|key| *key != "profile");
    outer
        .chain(PROFILE)
        .chain(LIMITS)
        .chain(crate::config::keep::KEYS)
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::config::document::Document;
    use crate::domain::api_error::dialect::Dialect;
    use crate::domain::carrier::Carrier;
    use crate::domain::guard::Guard;
    use crate::domain::key_format::KeyFormat;
    use crate::domain::pointer::Pointer;
    use crate::domain::profile::Profile;
    use crate::domain::seal::Keep;
    use crate::domain::secret_field::{Pattern, SecretFields};
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;
    use url::Url;

    fn document(text: &str) -> Document<'_> {
        Document::new(Path::new("f.toml"), text)
    }

    fn profile(text: &str) -> Profile {
        let (_, mut written) = read(&document(text), Path::new("/etc/reqscope")).expect(text);
        written.remove(0).profile
    }

    #[test]
    fn every_field_can_be_written() {
        let text = r#"
            [profile.live]
            base_url = "https://api.example.com/v2/"
            origins = ["https://uploads.example.com"]
            credential_header = "X-Key"
            credential_scheme = ""
            key_header = "X-Idempotency-Key"
            key_quoted = true
            key_format = "uuid-v7"
            key_prefix = "shop-"
            request_id_carrier = { body = "/meta/requestId" }
            account_carrier = { query = "account" }
            object_ids = ["/data/id", "/data/items/0/id"]
            look_up = "/v2/orders/{requestId}"
            look_up_list = "/page/items"
            account = "acct_1"
            server_id_header = "X-Server-Id"
            secret_headers = ["X-Internal"]
            secret_fields = ["iban", "/holder/tax_id"]
            visible_fields = ["pin"]
            keep = "session"
            retention = "24h"
            allow_plain_http = true
            error_dialect = "json-api"
            guard = "read-only"
            in_progress_codes = ["busy"]
            state_conflict_codes = []
            key_reused_codes = ["other_payload"]
            limits = { connect = "1s", first_byte = "2s", total = "3s", body = "1MiB", ratio = 10 }
        "#;
        let mut expected = Profile::new("live");
        expected.base_url = Some(Url::parse("https://api.example.com/v2").expect("a URL"));
        expected.origins = vec!["https://uploads.example.com".into()];
        expected.credential_header = "X-Key".into();
        expected.credential_scheme = String::new();
        expected.key_header = "X-Idempotency-Key".into();
        expected.key_quoted = true;
        let pointer = |text| Pointer::parse(text).expect(text);
        expected.key_format = KeyFormat::UuidV7;
        expected.key_prefix = "shop-".into();
        expected.request_id_carrier = Carrier::Body(pointer("/meta/requestId"));
        expected.account_carrier = Carrier::Query("account".into());
        expected.object_ids = vec![pointer("/data/id"), pointer("/data/items/0/id")];
        expected.look_up = Some("/v2/orders/{requestId}".into());
        expected.look_up_list = Some(pointer("/page/items"));
        expected.account = Some("acct_1".into());
        expected.server_id_header = "X-Server-Id".into();
        expected.secret_headers = vec!["X-Internal".into()];
        let pattern = |text| Pattern::parse(text).expect(text);
        let (added, lifted) = (
            [pattern("iban"), pattern("/holder/tax_id")],
            [pattern("pin")],
        );
        expected.secret_fields = Arc::new(SecretFields::new(&added, &lifted));
        expected.keep = Keep::Session;
        expected.retention = Duration::from_secs(86_400);
        expected.allow_plain_http = true;
        expected.error_dialect = Some(Dialect::JsonApi);
        expected.guard = Guard::ReadOnly;
        expected.in_progress_codes = vec!["busy".into()];
        expected.state_conflict_codes = Vec::new();
        expected.key_reused_codes = vec!["other_payload".into()];
        expected.limits.connect = Duration::from_secs(1);
        expected.limits.first_byte = Duration::from_secs(2);
        expected.limits.total = Duration::from_secs(3);
        expected.limits.body_bytes = 1 << 20;
        expected.limits.ratio = 10;
        assert_eq!(profile(text), expected);
    }

    #[test]
    fn what_is_not_written_is_the_default() {
        assert_eq!(profile("[profile.live]"), Profile::new("live"));
        let account = profile("profile.live.account = \"a\"").account;
        assert_eq!(account.as_deref(), Some("a"));
    }

    /// A text, and what its complaint contains.
    #[rustfmt::skip]
    const MISTAKES: &[(&str, &[&str])] = &[
        ("default_profil = \"x\"", &["f.toml:1:1:", "default_profil`", "`default_profile`?"]),
        ("colour = 1", &["f.toml:1:1:", "known are default_profile, profile"]),
        ("[profile.live]\n  retenton = \"1h\"", &["f.toml:2:3:", "[profile.live]", "`retention`?"]),
        ("[profile.live]\nretention = 3600", &["f.toml:2:13:", "[profile.live] retention:", "unit"]),
        ("[profile.live.limits]\nbdy = \"1MiB\"", &["f.toml:2:1:", "[profile.live.limits]", "`body`?"]),
        ("[profile.live.limits]\ntotal = \"0s\"", &["f.toml:2:9:", "no time"]),
        ("[profile.live]\nlimits = 3", &["f.toml:2:10:", "[profile.live.limits]"]),
        ("profile = 1", &["f.toml:1:11:", "write [profile]"]),
        ("[profile]\nlive = \"x\"", &["f.toml:2:8:", "[profile.live]"]),
        ("default_profile = \"x\"\n[profile.y]", &["f.toml:1:19:", "no profile \"x\"", "[profile.x]"]),
        ("[profile.\"a b\"]", &["\"a b\" is no name"]),
        ("[profile.a]\nbase_url = \"ftp://x\"", &["f.toml:2:12:", "[profile.a] base_url", "ftp"]),
        ("[profile.a]\nkey_header = \"a b\"", &["f.toml:2:14:", "key_header", "' '"]),
        ("[profile.a]\nkey_header = \"authorization\"", &["f.toml:2:14:", "credential_header names"]),
        ("[profile.a]\ncredential_header = \"X-Account-Id\"", &["f.toml:2:21:", "account_carrier names"]),
        ("[profile.a]\nrequest_id_carrier = { header = \"idempotency-key\" }", &["f.toml:2:22:", "key_header names"]),
        ("[profile.a]\nrequest_id_carrier = { query = \"q\" }\naccount_carrier = { query = \"q\" }", &["f.toml:3:19:", "the query's q is what request_id_carrier names"]),
        ("[profile.a]\nrequest_id_header = \"X-Id\"", &["f.toml:2:1:", "`request_id_carrier`?"]),
        ("[profile.a]\naccount_header = \"X-Id\"", &["f.toml:2:1:", "known are", " account_carrier,"]),
        ("[profile.a]\nrequest_id_carrier = \"X-Id\"", &["f.toml:2:22:", "{ header = \"X-Request-Id\" }", "\"off\""]),
        ("[profile.a]\naccount_carrier = { body = \"id\" }", &["f.toml:2:19:", "body: a JSON Pointer begins with a slash"]),
        ("[profile.a]\nkey_format = \"uuid4\"", &["f.toml:2:14:", "uuid-v4, uuid-v7"]),
        ("[profile.a]\nkey_prefix = \"a b\"", &["f.toml:2:14:", "' '"]),
        ("[profile.a]\nobject_ids = [\"/id\", \"id\"]", &["f.toml:2:14:", "item 2", "slash"]),
        ("[profile.a]\nsecret_fields = [\"iban\", \"/a~\"]", &["f.toml:2:17:", "item 2", "~0"]),
        ("[profile.a]\nlook_up = \"/v1/payments\"", &["f.toml:2:11:", "{requestId}"]),
        ("[profile.a]\nkey_quoted = \"yes\"", &["f.toml:2:14:", "true or false"]),
        ("[profile.a]\nguard = \"readonly\"", &["f.toml:2:9:", "auto, live, read-only, off"]),
        ("[profile.a]\nkeep = \"memory\"", &["f.toml:2:8:", "sealed, session"]),
        ("[profile.a]\nerror_dialect = \"zodd\"", &["f.toml:2:17:", "auto, envelope, problem", "zod"]),
        ("[profile.a]\ncatalogue = 7", &["f.toml:2:13:", "in quotes"]),
        ("[profile.a]\n\ncatalogue = \"no.toml\"", &["f.toml:3:13:", "[profile.a] catalogue:", "no.toml", "cannot be read"]),
        ("[profile.a]\nguard = true", &["f.toml:2:9:", "auto, live, read-only, off"]),
        ("[profile.a]\nsecret_headers = \"X\"", &["f.toml:2:18:", "a list"]),
        ("[profile.a]\naccount = \"\"", &["f.toml:2:11:", "empty"]),
        ("[profile.a]\naccount = \"\\u001b[2J\"", &["f.toml:2:11:", "may not stand"]),
        ("[profile.a]\n\"\\u001b\" = 1", &["f.toml:2:1:", "`\\u{1b}`"]),
        ("ü = 1", &["f.toml:1:1:", "no TOML"]),
        ("# ü\nx = ", &["f.toml:2:", "no TOML"]),
        ("[profile.a]\naccount = a", &["f.toml:2:11:", "no TOML"]),
        ("[profile.a]\n[profile.a]", &["f.toml:2:", "no TOML"]),
        ("[profile.a]\napi_key = \"sk_hidden\"", &["f.toml:2:11:", "{ env = ", "{ command = "]),
        ("[profile.a]\napi_key = \"sk_hidden", &["f.toml:2:", "no TOML"]),
        ("[profile.a]\napi_key = sk_hidden", &["f.toml:2:11:", "no TOML"]),
        ("[profile.a]\napi_key = { envi = \"A\" }", &["f.toml:2:11:", "`env`?"]),
    ];

    #[test]
    fn a_mistake_is_placed_and_the_next_step_named() {
        for (text, expected) in MISTAKES {
            let error = read(&document(text), Path::new("/etc/reqscope")).expect_err(text);
            let error = error.to_string();
            for part in *expected {
                assert!(error.contains(part), "{text}: {error}: {part}");
            }
            assert!(!error.contains("hidden"), "{error}");
            assert!(!error.contains('\u{1b}'), "{error}");
        }
    }
}
