//! What a status or a code means, and what to do: the API page's list of statuses as data (`assets/catalogue.toml`), the
//! codes a profile knows, and those that a user explains in a file of their own. Pure look-ups.
//!
//! ```text
//!   a code   ─▶ the user's file ─▶ the lists of the profile ─▶ the page ─▶ None
//!   a status ─▶ the user's file ─▶ the page ─▶ "not on the page", and what its class means in general
//! ```
//!
//! What it is not: a verdict. What sending again would do is judged over the whole operation (`idempotency`); this says
//! what the page says of one answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::profile::Profile;
use crate::domain::status::reason_phrase;

/// What somebody wrote of the codes of their API: code (or status) to what it means.
pub type OwnCodes = BTreeMap<String, Explanation>;

/// The page's own, read once.
static PAGE: LazyLock<Catalogue> = LazyLock::new(|| {
    toml::from_str(include_str!("../../assets/catalogue.toml"))
        .expect("it is built in, and a test reads it")
});

/// What one status or code means.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// What happened.
    pub meaning: String,
    /// What to do.
    #[serde(default)]
    pub recommendation: Option<String>,
    /// What is easily overlooked.
    #[serde(default)]
    pub caveats: Vec<String>,
    /// What is, of a request that had an idempotency key.
    #[serde(default)]
    pub key_caveats: Vec<String>,
}

/// An explanation, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `402 Payment Required`, `4xx`, `key_reused`.
    pub name: String,
    /// Who says so.
    pub source: Source,
    /// What it means.
    pub explanation: Explanation,
}

/// Who explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The API's page.
    Page,
    /// The page, of its class: the status itself is not on it.
    Class,
    /// HTTP (RFC 9110 15): the page speaks neither of it nor, rightly, of its class.
    Http,
    /// A list of the profile, such as `in_progress_codes`.
    Profile,
    /// The profile's own file.
    Own,
}

/// A piece of an entry, in the order in which they are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Who says it, where that is not the page; or that the page does not.
    Remark(String),
    /// What happened.
    Meaning(&'a str),
    /// What to do.
    Recommendation(&'a str),
    /// What is easily overlooked.
    Caveat(&'a str),
}

/// The data of `assets/catalogue.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    status: BTreeMap<String, Explanation>,
    /// Statuses that are not on the page, and that their class's explanation would be wrong for.
    http: BTreeMap<String, Explanation>,
    class: BTreeMap<String, Class>,
    code: BTreeMap<String, Explanation>,
    role: Role,
}

/// What is said of a class in general.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    /// Whether it is the page that says it.
    on_page: bool,
    general: Explanation,
}

/// What the lists of a profile say of the codes in them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    in_progress: Explanation,
    state_conflict: Explanation,
    key_reused: Explanation,
}

impl Entry {
    /// What is to be told, piece by piece; of idempotency keys only when there is one (`keyed`).
    pub fn pieces(&self, keyed: bool) -> Vec<Piece<'_>> {
        let Explanation {
            meaning,
            recommendation,
            caveats,
            key_caveats,
        } = &self.explanation;
        let remark = self.remark().map(Piece::Remark);
        let recommendation = recommendation.as_deref().map(Piece::Recommendation);
        let mut pieces: Vec<Piece<'_>> = remark.into_iter().collect();
        pieces.push(Piece::Meaning(meaning));
        pieces.extend(recommendation);
        let of_keys = key_caveats.iter().filter(|_| keyed);
        let caveats = of_keys.chain(caveats);
        pieces.extend(caveats.map(|caveat| Piece::Caveat(caveat)));
        pieces
    }

    fn remark(&self) -> Option<String> {
        // A class is asked for by its own name, a status has a number before it.
        let status = self
            .name
            .get(..3)
            .filter(|status| status.parse::<u16>().is_ok());
        let class = self.name.get(..1).unwrap_or_default();
        match (self.source, status) {
            (Source::Page, _) => None,
            (Source::Class, Some(status)) => Some(format!(
                "{status} is not on the API's page. Of {class}xx it says:"
            )),
            (Source::Http, Some(status)) => {
                Some(format!("{status} is not on the API's page. In HTTP:"))
            }
            (Source::Class, None) => Some(format!("The API's page, of {class}xx in general:")),
            (Source::Http, None) => Some(format!("{class}xx is not on the API's page. In HTTP:")),
            (Source::Profile, _) => Some("A code that the profile knows:".to_owned()),
            (Source::Own, _) => Some("As the profile's catalogue has it:".to_owned()),
        }
    }
}

/// What a status means; `None` when it is none (outside 100 to 599).
pub fn of_status(status: u16, profile: &Profile) -> Option<Entry> {
    let name = format!("{status} {}", reason_phrase(status))
        .trim_end()
        .to_owned();
    let key = status.to_string();
    let entry = |source, explanation: &Explanation| Entry {
        name: name.clone(),
        source,
        explanation: explanation.clone(),
    };
    if let Some(own) = profile.own_codes.get(&key) {
        return Some(entry(Source::Own, own));
    }
    if let Some(known) = PAGE.status.get(&key) {
        return Some(entry(Source::Page, known));
    }
    if let Some(known) = PAGE.http.get(&key) {
        return Some(entry(Source::Http, known));
    }
    let class = PAGE.class.get(&format!("{}xx", status / 100))?;
    Some(entry(source_of(class), &class.general))
}

/// What a class (`4xx`) means in general.
pub fn of_class(name: &str) -> Option<Entry> {
    let name = name.to_ascii_lowercase();
    let class = PAGE.class.get(&name)?;
    Some(Entry {
        source: source_of(class),
        explanation: class.general.clone(),
        name,
    })
}

fn source_of(class: &Class) -> Source {
    if class.on_page {
        Source::Class
    } else {
        Source::Http
    }
}

/// What an error's code means; `None` when nobody has explained it.
pub fn of_code(code: &str, profile: &Profile) -> Option<Entry> {
    let entry = |source, explanation: &Explanation| Entry {
        name: code.to_owned(),
        source,
        explanation: explanation.clone(),
    };
    if let Some(own) = profile.own_codes.get(code) {
        return Some(entry(Source::Own, own));
    }
    let listed = roles(profile)
        .into_iter()
        .find(|(codes, _)| codes.iter().any(|known| known == code));
    match listed {
        Some((_, explanation)) => Some(entry(Source::Profile, explanation)),
        None => PAGE.code.get(code).map(|known| entry(Source::Page, known)),
    }
}

fn roles(profile: &Profile) -> [(&[String], &'static Explanation); 3] {
    let role = &PAGE.role;
    [
        (&profile.in_progress_codes, &role.in_progress),
        (&profile.state_conflict_codes, &role.state_conflict),
        (&profile.key_reused_codes, &role.key_reused),
    ]
}

/// What is known of an answer: each of its codes that somebody has explained, in their order and at most `most` of them,
/// then its status. Nothing for an answer that is no error (below 400).
pub fn of_answer<'a>(
    status: u16,
    codes: impl Iterator<Item = &'a str>,
    most: usize,
    profile: &Profile,
) -> Vec<Entry> {
    if status < 400 {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let explained = codes
        .filter(|code| seen.insert(*code))
        .filter_map(|code| of_code(code, profile))
        // The page's one code is the envelope's own, and says no more than the list that is in it.
        .filter(|entry| entry.source != Source::Page);
    let mut entries: Vec<Entry> = explained.take(most).collect();
    entries.extend(of_status(status, profile));
    entries
}

/// Every code and status that is explained under this profile: the user's own first, then the profile's lists, then the
/// page.
pub fn known(profile: &Profile) -> Vec<&str> {
    let own = profile.own_codes.keys();
    let listed = roles(profile).into_iter().flat_map(|(codes, _)| codes);
    let page = PAGE.code.keys().chain(PAGE.status.keys());
    own.chain(listed).chain(page).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{
        Entry, Explanation, PAGE, Piece, Source, known, of_answer, of_class, of_code, of_status,
    };
    use crate::domain::profile::Profile;

    /// The statuses of the API's page: those of its table, and the 422 of its prose.
    const ON_PAGE: [u16; 11] = [400, 401, 402, 404, 409, 422, 429, 500, 502, 503, 504];

    fn live() -> Profile {
        Profile::new("live")
    }

    fn own(codes: &[&str]) -> Profile {
        let explained = |code: &&str| {
            let explanation = Explanation {
                meaning: format!("our {code}"),
                ..Explanation::default()
            };
            ((*code).to_owned(), explanation)
        };
        Profile {
            own_codes: Arc::new(codes.iter().map(explained).collect()),
            ..live()
        }
    }

    #[test]
    fn the_statuses_of_the_page_are_there_and_no_other_claims_to_be() {
        for status in 100..600 {
            let entry = of_status(status, &live()).unwrap_or_else(|| panic!("{status}"));
            let on_page = ON_PAGE.contains(&status);
            assert_eq!(entry.source == Source::Page, on_page, "{status}");
            assert!(entry.name.starts_with(&status.to_string()), "{entry:?}");
            let says = matches!(entry.pieces(true)[0], Piece::Remark(ref remark) if remark.contains("is not on the API's page"));
            assert_eq!(says, !on_page, "{status}");
        }
        for none in [0, 99, 600, 999, 65_535] {
            assert_eq!(of_status(none, &live()), None, "{none}");
        }
    }

    #[test]
    fn the_page_speaks_of_success_and_of_both_kinds_of_errors() {
        for (class, source) in [
            ("1xx", Source::Http),
            ("2xx", Source::Class),
            ("3xx", Source::Http),
            ("4XX", Source::Class),
            ("5xx", Source::Class),
        ] {
            assert_eq!(
                of_class(class).map(|entry| entry.source),
                Some(source),
                "{class}"
            );
        }
        assert_eq!(of_class("6xx"), None);
    }

    /// Words that the caveats of the conventions come down to.
    #[test]
    fn what_is_easily_overlooked_is_said() {
        for (status, words) in [
            (401, &["before the idempotency layer", "same key"][..]),
            (
                429,
                &[
                    "before the idempotency layer",
                    "Retry-After",
                    "backoff",
                    "organization",
                ],
            ),
            (402, &["balance", "saved"]),
            (409, &["may already exist", "in progress"]),
            (422, &["new key", "another payload"]),
            (500, &["indeterminate", "look up", "requestId", "act twice"]),
            (502, &["indeterminate"]),
            (503, &["indeterminate"]),
            (504, &["indeterminate"]),
            (400, &["new key", "saved"]),
            (404, &["new key"]),
            (408, &["same key", "not known", "act twice"]),
            (425, &["same key"]),
            (403, &["correct"]),
            (599, &["indeterminate"]),
        ] {
            let told = format!(
                "{:?}",
                of_status(status, &live()).map(|entry| entry.explanation)
            );
            for word in words {
                assert!(
                    told.to_lowercase().contains(&word.to_lowercase()),
                    "{status}: {word}: {told}"
                );
            }
        }
    }

    #[test]
    fn a_request_without_a_key_is_told_nothing_of_old_keys() {
        for status in ON_PAGE {
            let entry = of_status(status, &live()).expect("on the page");
            let pieces = entry.pieces(false);
            let caveats = pieces.iter().filter_map(|piece| match piece {
                Piece::Caveat(text) => Some(*text),
                _ => None,
            });
            for text in caveats {
                assert!(
                    !text.contains("old key") && !text.contains("same key"),
                    "{status}: {text}"
                );
            }
            assert!(entry.pieces(true).len() > pieces.len(), "{status}");
        }
    }

    #[test]
    fn everything_says_what_to_do() {
        let all = PAGE
            .status
            .values()
            .chain(PAGE.code.values())
            .chain(PAGE.http.values());
        let all = all.chain(PAGE.class.values().map(|class| &class.general));
        for explanation in all {
            assert!(explanation.meaning.ends_with('.'), "{explanation:?}");
            assert!(explanation.recommendation.is_some(), "{explanation:?}");
        }
    }

    #[test]
    fn the_own_code_comes_before_the_list_and_the_list_before_the_page() {
        let found =
            |code: &str, profile: &Profile| of_code(code, profile).map(|entry| entry.source);
        let plain = live();
        assert_eq!(found("request_errors", &plain), Some(Source::Page));
        assert_eq!(found("key_in_progress", &plain), Some(Source::Profile));
        assert_eq!(found("already_active", &plain), Some(Source::Profile));
        assert_eq!(found("key_reused", &plain), Some(Source::Profile));
        assert_eq!(found("amount_not_positive", &plain), None);
        let own = own(&["key_reused", "amount_not_positive", "403"]);
        assert_eq!(found("key_reused", &own), Some(Source::Own));
        assert_eq!(found("amount_not_positive", &own), Some(Source::Own));
        let forbidden = of_status(403, &own).expect("a status");
        assert_eq!(
            (forbidden.source, forbidden.name.as_str()),
            (Source::Own, "403 Forbidden")
        );
        assert_eq!(
            known(&own)[..3],
            ["403", "amount_not_positive", "key_reused"]
        );
    }

    #[test]
    fn an_answer_is_explained_by_its_codes_then_by_its_status() {
        let profile = own(&["a", "b", "c"]);
        let names = |status, codes: &[&str], most| {
            let entries = of_answer(status, codes.iter().copied(), most, &profile);
            let names = entries.into_iter().map(|entry: Entry| entry.name);
            names.collect::<Vec<_>>()
        };
        assert_eq!(names(402, &["request_errors"], 2), ["402 Payment Required"]);
        assert_eq!(
            names(422, &["b", "?", "b", "a", "c"], 2),
            ["b", "a", "422 Unprocessable Content"]
        );
        assert_eq!(names(200, &["a"], 2), [""; 0]);
    }
}
