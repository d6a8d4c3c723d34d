//! The structured fields of the IETF draft (httpapi ratelimit-headers): `RateLimit-Policy: "burst";q=100;w=60` and
//! `RateLimit: "burst";r=50;t=30`, both Lists of RFC 9651; draft -07's Dictionary `limit=100, remaining=50, reset=5` too.
//!
//! A malformed field is ignored whole, as the draft asks, and shown as not understood.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sfv::{BareItem, Dictionary, Item, List, ListEntry, Parameters, Parser};

use crate::domain::header::Headers;
use crate::domain::note::{Notes, shortened};
use crate::domain::rate_limit::candidate::Candidate;
use crate::domain::rate_limit::field::Family;
use crate::domain::rate_limit::note;
use crate::domain::rate_limit::reset::LONGEST;

/// Reads both fields and joins them by the policy's name.
pub fn from_headers(headers: &Headers, notes: &mut Notes) -> Vec<Candidate> {
    let mut candidates = field(headers, "ratelimit-policy", policies, notes);
    // By name, so that hundreds of policies cost no square of hundreds.
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, known) in candidates.iter().enumerate() {
        let name = known.policy.name.clone();
        places.entry(name).or_default().push(at);
    }
    for told in field(headers, "ratelimit", limits, notes) {
        let named = places.get_mut(&told.policy.name);
        let same = named.and_then(|places| {
            let at = places
                .iter()
                .position(|at| is_policy_of(&candidates[*at], &told))?;
            Some(places.remove(at))
        });
        match same {
            Some(at) => join(&mut candidates[at], told),
            None => candidates.push(told),
        }
    }
    candidates
}

/// Several lines of one field are one list (RFC 9651 4.2).
fn field(
    headers: &Headers,
    name: &str,
    read: fn(&str) -> Option<Vec<Candidate>>,
    notes: &mut Notes,
) -> Vec<Candidate> {
    let value = headers.get_all(name).collect::<Vec<_>>().join(", ");
    if value.trim().is_empty() {
        return Vec::new();
    }
    read(&value).unwrap_or_else(|| {
        notes.add(note(name, &value));
        Vec::new()
    })
}

fn is_policy_of(known: &Candidate, told: &Candidate) -> bool {
    let (known, told) = (&known.policy, &told.policy);
    let limit = told.limit.is_none() || told.limit == known.limit;
    known.name == told.name && known.remaining.is_none() && limit
}

fn join(known: &mut Candidate, told: Candidate) {
    known.policy.remaining = told.policy.remaining;
    known.policy.effective_seconds = told.policy.effective_seconds;
    known.policy.reset_seconds = told.policy.reset_seconds;
    let partition = told.policy.partition.or(known.policy.partition.take());
    known.policy.partition = partition;
    known.reset_source = told.reset_source;
    known.source = told.source;
}

/// `RateLimit-Policy`: `q` is required; before draft -08 an item is the number itself and has no name.
fn policies(value: &str) -> Option<Vec<Candidate>> {
    let list: List = Parser::new(value).parse().ok()?;
    list.iter().map(|entry| policy(item(entry)?)).collect()
}

fn policy(item: &Item) -> Option<Candidate> {
    let (name, limit) = match integer(&item.bare_item) {
        Some(limit) => (String::new(), limit),
        None => (name(&item.bare_item)?, parameter(&item.params, "q")?),
    };
    let mut candidate = draft_candidate(&name, "RateLimit-Policy");
    candidate.policy.limit = Some(limit);
    candidate.policy.window_seconds = parameter(&item.params, "w");
    candidate.policy.partition = partition(&item.params);
    if let Some(unit) = item.params.get("qu").and_then(name_of_unit) {
        candidate.policy.unit = Some(unit);
    }
    Some(candidate)
}

fn name_of_unit(value: &BareItem) -> Option<String> {
    name(value).filter(|unit| unit != "requests")
}

/// `RateLimit`: `r` is required.
fn limits(value: &str) -> Option<Vec<Candidate>> {
    let Ok(list) = Parser::new(value).parse::<List>() else {
        return dictionary(value);
    };
    list.iter()
        .map(|entry| {
            let item = item(entry)?;
            let mut candidate = draft_candidate(&name(&item.bare_item)?, "RateLimit");
            candidate.policy.remaining = Some(parameter(&item.params, "r")?);
            candidate.policy.effective_seconds = parameter(&item.params, "t");
            candidate.policy.partition = partition(&item.params);
            Some(candidate)
        })
        .collect()
}

/// Draft -07: one limit, and a reset that is one.
fn dictionary(value: &str) -> Option<Vec<Candidate>> {
    let dictionary: Dictionary = Parser::new(value).parse().ok()?;
    let member = |name: &str| integer(&item(dictionary.get(name)?)?.bare_item);
    let mut candidate = draft_candidate("", "RateLimit");
    candidate.policy.limit = member("limit");
    candidate.policy.remaining = Some(member("remaining")?);
    candidate.policy.reset_seconds =
        member("reset").filter(|seconds| *seconds <= LONGEST.unsigned_abs());
    let reset = candidate.policy.reset_seconds;
    candidate.reset_source = reset.map(|_| "RateLimit, in seconds".to_owned());
    Some(vec![candidate])
}

/// `RateLimit-Limit: 100, 10;w=1, 100;w=60`: the limit, and the policies behind it (drafts -03 to -06).
pub fn limit_with_policies(value: &str) -> Option<(u64, Vec<Candidate>)> {
    if let Ok(limit) = value.trim().parse() {
        return Some((limit, Vec::new()));
    }
    let mut told = policies(value)?;
    if told.is_empty()
        || told
            .iter()
            .any(|candidate| !candidate.policy.name.is_empty())
    {
        return None;
    }
    let limit = told[0].policy.limit?;
    if told[0].policy.window_seconds.is_none() {
        told.remove(0);
    }
    Some((limit, told))
}

fn draft_candidate(name: &str, source: &str) -> Candidate {
    Candidate {
        is_policy: true,
        source: source.to_owned(),
        ..Candidate::new(Family::Draft, name)
    }
}

fn item(entry: &ListEntry) -> Option<&Item> {
    match entry {
        ListEntry::Item(item) => Some(item),
        ListEntry::InnerList(_) => None,
    }
}

fn name(value: &BareItem) -> Option<String> {
    let string = value.as_string().map(|text| text.as_str());
    let token = value.as_token().map(|token| token.as_str());
    string.or(token).map(str::to_owned)
}

fn integer(value: &BareItem) -> Option<u64> {
    i64::from(value.as_integer()?).try_into().ok()
}

/// The partition key (`pk`), a Byte Sequence: as text where it is some, else in the field's own base 64.
fn partition(parameters: &Parameters) -> Option<String> {
    let key = match parameters.get("pk")? {
        BareItem::ByteSequence(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
            _ => format!(":{}:", STANDARD.encode(bytes)),
        },
        other => name(other)?,
    };
    Some(shortened(&key))
}

/// A parameter's number, when it is there and is one from 0 up.
fn parameter(parameters: &Parameters, name: &str) -> Option<u64> {
    integer(parameters.get(name)?)
}
