//! The file in which a profile explains its API's own codes: TOML, one table a code, or JSON, one member a code.
//!
//! ```text
//!   catalogue = "codes.toml" ─▶ text ─▶ [code] meaning, recommendation, caveats ─▶ OwnCodes
//! ```
//!
//! What is wrong with the path is a fault of the configuration's line; what is wrong in the file, of the file's.

use std::path::Path;

use serde::Deserialize;
use toml::de::DeValue;

use crate::config;
use crate::config::credential::resolve;
use crate::config::document::{Document, Section};
use crate::config::error::ConfigError;
use crate::config::value;
use crate::domain::catalogue::{Explanation, OwnCodes};

const KEYS: [&str; 3] = ["meaning", "recommendation", "caveats"];

/// What a profile's `catalogue` explains; `None` when it has none. A relative path begins in `dir`.
///
/// # Errors
/// When the file cannot be read, or something in it is wrong: the message names file, line and column.
pub fn read(section: &Section<'_, '_>, dir: &Path) -> Result<Option<OwnCodes>, ConfigError> {
    let path = section.get("catalogue", value::text)?;
    let Some(path) = path.filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let file = resolve(Path::new(&path), dir);
    let text = config::read(&file).map_err(|error| {
        let why = format!("{} cannot be read: {error}", file.display());
        section.fault("catalogue", &why)
    })?;
    let is_json = file
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("json"));
    let codes = match is_json {
        true => from_json(&file, &text),
        false => from_toml(&file, &text),
    };
    codes.map(Some)
}

fn from_toml(file: &Path, text: &str) -> Result<OwnCodes, ConfigError> {
    let document = Document::new(file, text);
    let table = document.parse()?;
    let tables = Section::whole(&document, &table).tables()?;
    let read = |(code, section): (String, Section<'_, '_>)| {
        section.check(&KEYS)?;
        let meaning = section.get("meaning", prose)?;
        let missing = "it is missing: write what the code means, meaning = \"…\"";
        let explanation = Explanation {
            meaning: meaning.ok_or_else(|| section.fault("meaning", missing))?,
            recommendation: section.get("recommendation", prose)?,
            key_caveats: Vec::new(),
            caveats: section
                .get("caveats", |list| value::list(list, prose))?
                .unwrap_or_default(),
        };
        Ok((code, explanation))
    };
    tables.into_iter().map(read).collect()
}

/// A text of one or more lines, told in one.
fn prose(value: &DeValue<'_>) -> Result<String, String> {
    let kind = value.type_str();
    let text = value
        .as_str()
        .ok_or_else(|| format!("write a text in quotes (found: {kind})"))?;
    one_line(text)
}

fn one_line(text: &str) -> Result<String, String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().find(|c| c.is_control()) {
        Some(bad) => Err(format!("{bad:?} may not stand in it")),
        None if line.is_empty() => Err("it is empty: leave the key out, or write a value".into()),
        None => Ok(line),
    }
}

/// A text of JSON, held to the same rule while it is read, so that a fault has its place.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Prose(String);

impl TryFrom<String> for Prose {
    type Error = String;

    fn try_from(text: String) -> Result<Prose, String> {
        one_line(&text).map(Prose)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    meaning: Prose,
    recommendation: Option<Prose>,
    #[serde(default)]
    caveats: Vec<Prose>,
}

fn from_json(file: &Path, text: &str) -> Result<OwnCodes, ConfigError> {
    let written: std::collections::BTreeMap<String, Written> =
        serde_json::from_str(text).map_err(|error| ConfigError::Written {
            file: file.to_owned(),
            line: error.line(),
            column: error.column(),
            what: format!("it cannot be used: {}", said(&error)),
        })?;
    let explanation = |written: Written| Explanation {
        meaning: written.meaning.0,
        recommendation: written.recommendation.map(|text| text.0),
        key_caveats: Vec::new(),
        caveats: written.caveats.into_iter().map(|text| text.0).collect(),
    };
    let codes = written.into_iter();
    Ok(codes
        .map(|(code, written)| (code, explanation(written)))
        .collect())
}

/// What serde_json says, without the place that it puts behind it.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{from_json, from_toml};
    use crate::domain::catalogue::Explanation;

    #[test]
    fn both_forms_say_the_same() {
        let toml = "[too_small]\nmeaning = \"\"\"Amounts are\n  above zero.\"\"\"\nrecommendation = \"Refund instead.\"\n\
                    caveats = [\"Minor units.\"]\n[\"a.b\"]\nmeaning = \"x\"\n";
        let json = r#"{"too_small":{"meaning":"Amounts are\n above zero.","recommendation":"Refund instead.","caveats":["Minor units."]},
            "a.b":{"meaning":"x"}}"#;
        let file = Path::new("codes");
        let read = from_toml(file, toml).expect("TOML");
        assert_eq!(read, from_json(file, json).expect("JSON"));
        let expected = Explanation {
            meaning: "Amounts are above zero.".into(),
            recommendation: Some("Refund instead.".into()),
            caveats: vec!["Minor units.".into()],
            key_caveats: Vec::new(),
        };
        assert_eq!(read.get("too_small"), Some(&expected));
        assert_eq!(read.len(), 2);
        assert!(from_toml(file, "").expect("nothing").is_empty());
    }

    #[test]
    fn a_mistake_is_placed_in_the_file() {
        for (text, parts) in [
            (
                "[a]\nmeanin = \"x\"",
                &["codes:2:1:", "[a]", "`meaning`?"][..],
            ),
            ("a = \"x\"", &["codes:1:5:", "write [a]"]),
            ("[a]\n", &["codes:1:1:", "meaning", "missing"]),
            ("[a]\nmeaning = 7", &["codes:2:11:", "in quotes"]),
            ("[a]\nmeaning = \" \"", &["codes:2:11:", "empty"]),
            (
                "[a]\nmeaning = \"\\u001b[2J\"",
                &["codes:2:11:", "may not stand"],
            ),
            (
                "[a]\nmeaning = \"x\"\ncaveats = \"y\"",
                &["codes:3:11:", "a list"],
            ),
            ("[a\n", &["codes:1:", "no TOML"]),
        ] {
            let error = from_toml(Path::new("codes"), text)
                .expect_err(text)
                .to_string();
            for part in parts {
                assert!(error.contains(part), "{text}: {part}: {error}");
            }
        }
        for (text, parts) in [
            ("{\n\"a\":{\"meanin\":\"x\"}}", &["codes:2:", "meanin"][..]),
            ("{\"a\":{}}", &["codes:1:", "meaning"]),
            (
                "{\"a\":{\"meaning\":\"\\u001b\"}}",
                &["codes:1:", "may not stand"],
            ),
            ("[]", &["codes:1:", "map"]),
            ("{", &["codes:1:"]),
        ] {
            let error = from_json(Path::new("codes"), text)
                .expect_err(text)
                .to_string();
            assert_eq!(error.matches("line").count(), 0, "{error}");
            for part in parts {
                assert!(error.contains(part), "{text}: {part}: {error}");
            }
        }
    }
}
