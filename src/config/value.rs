//! What may stand behind a key: readers that take a TOML value, or say what should be written instead.

use std::time::Duration;

use toml::de::DeValue;
use url::Url;

use crate::domain::api_error::dialect::Dialect;
use crate::domain::compose::LONGEST_KEY;
use crate::domain::guard::Guard;
use crate::domain::key_format::{KeyFormat, UUID_CHARS};
use crate::domain::request::is_token_char;
use crate::domain::seal::Keep;
use crate::domain::secret_field::Pattern;

/// Units of time, and how many milliseconds each has.
pub const TIMES: [(&str, u64); 6] = [
    ("ms", 1),
    ("s", 1000),
    ("min", 60_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Units of size, and how many bytes each has.
pub const SIZES: [(&str, u64); 7] = [
    ("B", 1),
    ("kB", 1000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
];

/// Longer than any wait or memory of a key that is meant.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Older than any history.
const OLDEST: Duration = Duration::from_secs(30 * 366 * 86_400);

/// A text without control characters.
pub fn text(value: &DeValue<'_>) -> Result<String, String> {
    let text = value
        .as_str()
        .ok_or_else(|| format!("write a text in quotes (found: {})", value.type_str()))?;
    match text.chars().find(|c| c.is_control()) {
        Some(bad) => Err(format!("{bad:?} may not stand in it")),
        None => Ok(text.to_owned()),
    }
}

/// A text that is not empty.
pub fn word(value: &DeValue<'_>) -> Result<String, String> {
    let text = text(value)?;
    if text.trim().is_empty() {
        return Err("it is empty: leave the key out, or write a value".into());
    }
    Ok(text)
}

/// `true` or `false`.
pub fn flag(value: &DeValue<'_>) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("write true or false (found: {})", value.type_str()))
}

/// One of these words.
fn one_of<T: Copy>(value: &DeValue<'_>, words: &[(&str, T)]) -> Result<T, String> {
    let text = value.as_str().unwrap_or_default();
    if let Some((_, meant)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*meant);
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    Err(format!("write one of {}, in quotes", known.join(", ")))
}

/// How carefully an API is spoken to.
pub fn guard(value: &DeValue<'_>) -> Result<Guard, String> {
    one_of(value, &Guard::WORDS)
}

/// What becomes of the secrets of a request.
pub fn keep(value: &DeValue<'_>) -> Result<Keep, String> {
    one_of(value, &Keep::WORDS)
}

/// The dialect of an API's errors; `None` for the one that each answer is recognised as.
pub fn error_dialect(value: &DeValue<'_>) -> Result<Option<Dialect>, String> {
    one_of(value, &Dialect::WORDS)
}

/// A list of texts that are not empty.
pub fn words(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    list(value, word)
}

/// A list of header names.
pub fn header_names(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    list(value, header_name)
}

/// A list of origins.
pub fn origins(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    list(value, origin)
}

/// A list of what `read` takes.
pub fn list<T>(
    value: &DeValue<'_>,
    read: impl Fn(&DeValue<'_>) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let kind = value.type_str();
    let array = value.as_array();
    let array = array.ok_or_else(|| format!("write a list, [\"…\", \"…\"] (found: {kind})"))?;
    let read = |(n, item): (usize, &toml::Spanned<DeValue<'_>>)| {
        read(item.get_ref()).map_err(|why| format!("item {}: {why}", n + 1))
    };
    array.iter().enumerate().map(read).collect()
}

/// A list of names and pointers of body fields and query parameters.
pub fn field_patterns(value: &DeValue<'_>) -> Result<Vec<Pattern>, String> {
    list(value, |value| {
        Pattern::parse(&word(value)?).map_err(|why| why.to_string())
    })
}

/// The name of a header field: a token (RFC 9110 5.1).
pub fn header_name(value: &DeValue<'_>) -> Result<String, String> {
    let name = word(value)?;
    match name.chars().find(|c| !is_token_char(*c)) {
        Some(bad) => Err(format!(
            "{name:?} is no header name: {bad:?} may not stand in one"
        )),
        None => Ok(name),
    }
}

/// What an idempotency key is made of.
pub fn key_format(value: &DeValue<'_>) -> Result<KeyFormat, String> {
    one_of(value, &KeyFormat::WORDS)
}

/// What stands before a minted key: visible ASCII, as keys are, and short enough that the key still fits.
pub fn key_prefix(value: &DeValue<'_>) -> Result<String, String> {
    let prefix = text(value)?;
    let most = LONGEST_KEY - UUID_CHARS;
    if prefix.len() > most {
        let long = prefix.len();
        return Err(format!(
            "it has {long} characters, and a key has room for {most}"
        ));
    }
    match prefix.chars().find(|c| !c.is_ascii_graphic()) {
        Some(bad) => Err(format!(
            "{bad:?} may not stand in a key (visible ASCII only)"
        )),
        None => Ok(prefix),
    }
}

/// What stands before a credential: nothing, or a token (RFC 9110 11.1).
pub fn scheme(value: &DeValue<'_>) -> Result<String, String> {
    let scheme = text(value)?.trim().to_owned();
    match scheme.chars().find(|c| !is_token_char(*c)) {
        Some(bad) => Err(format!(
            "{bad:?} may not stand in a scheme: write one word, such as \"Bearer\", or \"\" for none"
        )),
        None => Ok(scheme),
    }
}

/// The address an API's paths are joined to, without a slash at its end.
pub fn base_url(value: &DeValue<'_>) -> Result<Url, String> {
    let mut url = web_address(value)?;
    if url.query().is_some() {
        return Err("a query (`?…`) may not stand in it: write it with each request".into());
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// An origin: scheme, host and port, and nothing behind them (RFC 6454).
fn origin(value: &DeValue<'_>) -> Result<String, String> {
    let url = web_address(value)?;
    if url.path() != "/" || url.query().is_some() {
        let bare = url.origin().ascii_serialization();
        return Err(format!("an origin has no path: write {bare:?}"));
    }
    Ok(url.origin().ascii_serialization())
}

fn web_address(value: &DeValue<'_>) -> Result<Url, String> {
    let text = word(value)?;
    let example = "write one such as \"https://api.example.com/v2\"";
    // A password could stand in it: no message shows the text.
    let url = Url::parse(&text).map_err(|e| format!("it is no URL ({e}): {example}"))?;
    if url.scheme() != "http" && url.scheme() != "https" {
        return Err(format!(
            "the scheme is {:?}, not http or https: {example}",
            url.scheme()
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "user and password may not stand in it: say where the secret is with api_key".into(),
        );
    }
    if url.fragment().is_some() {
        return Err("a fragment (`#…`) is never sent: leave it out".into());
    }
    Ok(url)
}

/// How long the server remembers something: `"1h"`, `"1h 30min"`, also `"0s"`.
pub fn duration(value: &DeValue<'_>) -> Result<Duration, String> {
    let example = "write a time with its unit, such as \"90s\", \"5min\", \"1h\" or \"7d\"";
    let text = quantity(value, example)?;
    let millis = amount(&text, &TIMES).ok_or_else(|| format!("{text:?} is no time: {example}"))?;
    let duration = Duration::from_millis(millis);
    if duration > LONGEST {
        return Err(format!("{text:?} is longer than a year: {example}"));
    }
    Ok(duration)
}

/// How old something may become: years, where a server's memory has an end.
pub fn age(value: &DeValue<'_>) -> Result<Duration, String> {
    let example = "write a time with its unit, such as \"90d\"";
    let text = quantity(value, example)?;
    let millis = amount(&text, &TIMES).ok_or_else(|| format!("{text:?} is no time: {example}"))?;
    let age = Duration::from_millis(millis);
    if age > OLDEST {
        return Err(format!(
            "{text:?} is longer than 30 years: leave the key out to keep everything"
        ));
    }
    Ok(age)
}

/// A deadline, which is not nothing.
pub fn deadline(value: &DeValue<'_>) -> Result<Duration, String> {
    let duration = duration(value)?;
    if duration.is_zero() {
        return Err("nothing can be done in no time: write a longer one".into());
    }
    Ok(duration)
}

/// A number of bytes, at least one: `"256MiB"`.
pub fn size(value: &DeValue<'_>) -> Result<u64, String> {
    let example = "write a size with its unit, such as \"512KiB\", \"256MiB\" or \"1GiB\"";
    let text = quantity(value, example)?;
    let bytes = amount(&text, &SIZES).filter(|bytes| *bytes > 0);
    bytes.ok_or_else(|| format!("{text:?} is no size: {example}"))
}

/// A whole number, at least one.
pub fn count(value: &DeValue<'_>) -> Result<u64, String> {
    let number = value.as_integer().filter(|n| n.radix() == 10);
    let number = number.and_then(|n| n.as_str().replace('_', "").parse().ok());
    number
        .filter(|n| *n > 0)
        .ok_or_else(|| "write a whole number, at least 1, without quotes".to_owned())
}

fn quantity(value: &DeValue<'_>, example: &str) -> Result<String, String> {
    if value.is_integer() || value.is_float() {
        return Err(format!("the unit is missing: {example}"));
    }
    word(value)
}

/// The sum of numbers with units: `1h 30min`. `None` when it is none, or too large.
pub fn amount(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (mut rest, mut sum) = (text.trim(), 0_u64);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic());
        let (unit, after) = rest.split_at(letters.unwrap_or(rest.len()));
        let (_, each) = units.iter().find(|(known, _)| *known == unit)?;
        sum = sum.checked_add(number.checked_mul(*each)?)?;
        rest = after.trim_start();
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::{SIZES, TIMES, amount, base_url, count, duration, key_prefix, origins, size};
    use std::time::Duration;
    use toml::de::DeValue;

    fn value(text: &str) -> DeValue<'_> {
        DeValue::parse(text).expect(text).into_inner()
    }

    #[test]
    fn a_quantity_is_a_sum_with_units() {
        for (text, units, expected) in [
            ("1h", &TIMES[..], Some(3_600_000)),
            ("1h 30min", &TIMES, Some(5_400_000)),
            ("1h30m", &TIMES, Some(5_400_000)),
            ("250 ms", &TIMES, Some(250)),
            ("7d", &TIMES, Some(604_800_000)),
            ("0s", &TIMES, Some(0)),
            ("256MiB", &SIZES, Some(256 << 20)),
            ("1GB", &SIZES, Some(1_000_000_000)),
            ("99999999999999999999s", &TIMES, None),
            ("9999999999999999999d", &TIMES, None),
            ("10", &TIMES, None),
            ("h", &TIMES, None),
            ("1 hour", &TIMES, None),
            ("-1s", &TIMES, None),
            ("1.5h", &TIMES, None),
            ("1h,", &TIMES, None),
            ("", &TIMES, None),
            ("1ü", &TIMES, None),
        ] {
            assert_eq!(amount(text, units), expected, "{text}");
        }
    }

    #[test]
    fn numbers_without_a_unit_are_refused() {
        assert_eq!(duration(&value("\"24h\"")), Ok(Duration::from_secs(86_400)));
        assert!(
            duration(&value("3600"))
                .expect_err("no unit")
                .contains("unit")
        );
        assert!(
            duration(&value("\"400d\""))
                .expect_err("long")
                .contains("year")
        );
        assert!(size(&value("1024")).expect_err("no unit").contains("unit"));
        assert!(size(&value("\"0MiB\"")).is_err());
        assert_eq!(count(&value("1_000")), Ok(1000));
        for bad in ["0", "-3", "1.5", "\"200\"", "0x10", "99999999999999999999"] {
            assert!(count(&value(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_are_plain() {
        for (text, expected) in [
            ("\"https://api.test/v2/\"", "https://api.test/v2"),
            ("\"http://127.0.0.1:4010\"", "http://127.0.0.1:4010/"),
            ("\"HTTPS://API.test:443\"", "https://api.test/"),
        ] {
            assert_eq!(base_url(&value(text)).expect(text).as_str(), expected);
        }
        for (text, expected) in [
            ("\"api.test/v2\"", "no URL"),
            ("\"ftp://api.test\"", "ftp"),
            ("\"https://u:hidden@api.test\"", "api_key"),
            ("\"https://api.test/?a=1\"", "query"),
            ("\"https://api.test/#top\"", "fragment"),
            ("\"\"", "empty"),
            ("\"https://\"", "no URL"),
            ("7", "in quotes"),
        ] {
            let error = base_url(&value(text)).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
            assert!(!error.contains("hidden"), "{error}");
        }
        assert_eq!(
            origins(&value("[\"https://Uploads.test:443\"]")),
            Ok(vec!["https://uploads.test".into()])
        );
        let error = origins(&value("[\"https://a.test\", \"https://b.test/x\"]"));
        let error = error.expect_err("a path");
        assert!(
            error.contains("item 2") && error.contains("\"https://b.test\""),
            "{error}"
        );
    }

    #[test]
    fn a_prefix_leaves_room_for_the_key() {
        let quoted = |text: &str| format!("\"{text}\"");
        for good in ["", "shop-", &"p".repeat(219)] {
            assert_eq!(key_prefix(&value(&quoted(good))).as_deref(), Ok(good));
        }
        for bad in [" ", "ü", "a\\n", &"p".repeat(220)] {
            assert!(key_prefix(&value(&quoted(bad))).is_err(), "{bad}");
        }
    }
}
