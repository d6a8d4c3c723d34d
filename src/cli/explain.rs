//! `reqscope explain`: what the API's page says of a status or a code, and what to do.
//!
//! Nothing is opened but the configuration: a profile's own codes are explained too.

use std::io::{self, Write};

use anyhow::Context;
use unicode_width::UnicodeWidthStr;

use crate::cli::args::{Explain, Global};
use crate::cli::exit::{Exit, UsageError};
use crate::cli::report::printable;
use crate::config::Config;
use crate::config::nearest::nearest;
use crate::config::place::Places;
use crate::domain::catalogue::{Entry, Piece, known, of_class, of_code, of_status};
use crate::domain::profile::Profile;
use crate::services::OpenError;
use crate::tui;

/// Lines are no longer than this, however wide the terminal is: nobody reads them.
const WIDEST: usize = 100;

/// Below this a terminal breaks lines better than we do.
const NARROWEST: usize = 20;

/// How many known codes a complaint lists.
const LISTED: usize = 24;

/// Prints it.
///
/// # Errors
/// When neither a status nor a known code is meant, or the configuration cannot be read.
pub fn run(global: &Global, explain: &Explain) -> anyhow::Result<Exit> {
    let setup = global.setup()?;
    let opened = |error| anyhow::Error::new(OpenError::Config(error));
    let places = Places::find(setup.config, setup.data_dir).map_err(opened)?;
    let config = Config::load(&places).map_err(opened)?;
    let profile = config.profile(setup.profile.as_deref()).map_err(opened)?;
    let word = explain.what.trim();
    let entry = find(word, profile).ok_or_else(|| unknown(word, profile))?;
    let columns = tui::columns().map(|columns| usize::from(columns).clamp(NARROWEST, WIDEST));
    let mut out = io::stdout().lock();
    let mut lines = told(&entry, columns).into_iter();
    lines
        .try_for_each(|line| writeln!(out, "{}", printable(&line)))
        .context("standard output could not be written")?;
    Ok(Exit::Success)
}

/// A code before a status: who explains `422` in their own catalogue means that.
fn find(word: &str, profile: &Profile) -> Option<Entry> {
    let status = || {
        word.parse()
            .ok()
            .and_then(|status| of_status(status, profile))
    };
    match word.bytes().all(|byte| byte.is_ascii_digit()) {
        true => status(),
        false => of_code(word, profile).or_else(|| of_class(word)),
    }
    .or_else(|| of_code(word, profile))
}

/// What is known near a word that is not.
fn unknown(word: &str, profile: &Profile) -> UsageError {
    if let Ok(number) = word.parse::<u64>() {
        return UsageError(format!(
            "{number} is no HTTP status: they run from 100 to 599 (reqscope explain 402)"
        ));
    }
    let known = known(profile);
    let meant = nearest(word, &known).map(|meant| format!("did you mean '{meant}'? "));
    let codes: Vec<&str> = known
        .into_iter()
        .filter(|code| code.parse::<u16>().is_err())
        .collect();
    let more = match codes.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let listed: Vec<&str> = codes.into_iter().take(LISTED).collect();
    UsageError(format!(
        "the code '{word}' is not known: {}give a status (402, 4xx) or one of the codes that profile '{}' knows: {}{more}; \
         its catalogue may explain others",
        meant.unwrap_or_default(),
        profile.name,
        listed.join(", ")
    ))
}

/// The lines of an entry: its name, and its pieces below it, broken to `columns` when there are any.
fn told(entry: &Entry, columns: Option<usize>) -> Vec<String> {
    let mut lines = vec![entry.name.clone()];
    for piece in entry.pieces(true) {
        let (sign, text) = match &piece {
            Piece::Remark(text) => ("", text.as_str()),
            Piece::Meaning(text) => ("", *text),
            Piece::Recommendation(text) => ("→ ", *text),
            Piece::Caveat(text) => ("! ", *text),
        };
        let hang = " ".repeat(2 + sign.width());
        let room = columns.map_or(usize::MAX, |columns| columns - hang.len());
        for (at, row) in broken(text, room).into_iter().enumerate() {
            lines.push(match at {
                0 => format!("  {sign}{row}"),
                _ => format!("{hang}{row}"),
            });
        }
    }
    lines
}

/// Breaks a text between its words.
fn broken(text: &str, columns: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match rows.last_mut() {
            Some(row) if row.width().saturating_add(1 + word.width()) <= columns => {
                row.push(' ');
                row.push_str(word);
            }
            _ => rows.push(word.to_owned()),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::{broken, find, told, unknown};
    use crate::domain::profile::Profile;

    #[test]
    fn what_is_asked_for_is_found() {
        let profile = Profile::new("live");
        for (word, name) in [
            ("402", "402 Payment Required"),
            ("418", "418 I'm a teapot"),
            ("599", "599"),
            ("4xx", "4xx"),
            ("5XX", "5xx"),
            ("request_errors", "request_errors"),
            ("key_reused", "key_reused"),
        ] {
            let entry = find(word, &profile).unwrap_or_else(|| panic!("{word}"));
            assert_eq!(entry.name, name);
        }
        for (word, parts) in [
            ("600", &["600 is no HTTP status", "100 to 599"][..]),
            ("99999999999", &["99999999999 is no HTTP status"]),
            (
                "request_eror",
                &["did you mean 'request_errors'?", "profile 'live'"],
            ),
            (
                "nonsense",
                &["'nonsense' is not known", "key_reused", "catalogue"],
            ),
            ("6xx", &["'6xx' is not known"]),
            ("", &["'' is not known"]),
            ("-5", &["'-5' is not known"]),
        ] {
            assert_eq!(find(word, &profile), None, "{word}");
            let error = unknown(word, &profile).to_string();
            for part in parts {
                assert!(error.contains(part), "{word}: {part}: {error}");
            }
        }
    }

    #[test]
    fn lines_are_broken_to_a_terminal_and_whole_without_one() {
        assert_eq!(broken("one two  three", 7), ["one two", "three"]);
        assert_eq!(broken("longer-than-that a", 4), ["longer-than-that", "a"]);
        let entry = find("401", &Profile::new("live")).expect("on the page");
        let whole = told(&entry, None);
        assert_eq!(whole.len(), 1 + entry.pieces(true).len());
        let narrow = told(&entry, Some(40));
        assert!(narrow.len() > whole.len() && narrow.iter().all(|line| line.chars().count() <= 40));
        let words = |lines: &[String]| {
            lines
                .join(" ")
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&narrow), words(&whole));
    }
}
