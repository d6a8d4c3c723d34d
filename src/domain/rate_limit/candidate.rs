//! What one family of fields says of one limit, and which of several is the one that binds.

use std::collections::HashMap;

use crate::domain::header::Headers;
use crate::domain::note::Notes;
use crate::domain::rate_limit::field::{Family, Field, Part, spelled};
use crate::domain::rate_limit::reset::{self, Clock};
use crate::domain::rate_limit::{Policy, draft, note};

/// One limit as told by one family.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Who tells it.
    pub family: Family,
    /// What it tells.
    pub policy: Policy,
    /// Whether it is told as one of several.
    pub is_policy: bool,
    /// The header that told what is left, else the reset, else the limit.
    pub source: String,
    /// The header that told the reset, and the rule.
    pub reset_source: Option<String>,
}

impl Candidate {
    /// A limit of which nothing is known yet.
    pub fn new(family: Family, name: &str) -> Candidate {
        let counts_tokens = name.split('-').any(|word| word == "tokens");
        Candidate {
            family,
            policy: Policy {
                name: name.to_owned(),
                unit: counts_tokens.then(|| name.to_owned()),
                ..Policy::default()
            },
            is_policy: !name.is_empty(),
            source: String::new(),
            reset_source: None,
        }
    }
}

/// Reads the fields that carry one number each. Of a repeated field the first that is understood counts.
pub fn from_fields(headers: &Headers, clock: &Clock, notes: &mut Notes) -> Vec<Candidate> {
    let mut gathered: Vec<Gathered> = Vec::new();
    // Where each is gathered, so that hundreds cost no square of hundreds.
    let mut places: HashMap<(Family, String), usize> = HashMap::new();
    let mut policies = Vec::new();
    for (name, value) in headers.iter() {
        let Some(field) = Field::of(name) else {
            continue;
        };
        let at = gathered.len();
        let at = *places
            .entry((field.family, field.policy))
            .or_insert_with_key(|(family, policy)| {
                gathered.push(Gathered::new(*family, policy));
                at
            });
        match gathered[at].take(field.part, name, value, clock) {
            Some(more) => policies.extend(more),
            None => notes.add(note(name, value)),
        }
    }
    gathered
        .into_iter()
        .filter_map(Gathered::into_candidate)
        .chain(policies)
        .collect()
}

/// The fields of one family about one policy, as they come in.
struct Gathered {
    family: Family,
    policy: String,
    limit: Option<(u64, String)>,
    remaining: Option<(u64, String)>,
    reset: Option<(u64, String, String)>,
    after: Option<(u64, String, String)>,
}

impl Gathered {
    fn new(family: Family, policy: &str) -> Gathered {
        Gathered {
            family,
            policy: policy.to_owned(),
            limit: None,
            remaining: None,
            reset: None,
            after: None,
        }
    }

    /// Takes a field; gives the policies that its value tells beside the limit, or `None` when it is not understood.
    fn take(
        &mut self,
        part: Part,
        name: &str,
        value: &str,
        clock: &Clock,
    ) -> Option<Vec<Candidate>> {
        let name = spelled(name);
        match part {
            Part::Limit => {
                let (limit, policies) = draft::limit_with_policies(value)?;
                self.limit.get_or_insert((limit, name));
                return Some(policies);
            }
            Part::Remaining => {
                let remaining = value.trim().parse().ok()?;
                self.remaining.get_or_insert((remaining, name));
            }
            Part::Reset | Part::ResetAfter => {
                let reading = reset::read(value, clock)?;
                let source = format!("{name}, {}", reading.rule.told(clock));
                let kept = if part == Part::Reset {
                    &mut self.reset
                } else {
                    &mut self.after
                };
                kept.get_or_insert((reading.seconds, name, source));
            }
        }
        Some(Vec::new())
    }

    /// Seconds from now need no clock, so they go before a moment.
    fn into_candidate(self) -> Option<Candidate> {
        let reset = self.after.or(self.reset);
        let told = self.remaining.as_ref().map(|(_, name)| name);
        let told = told.or(reset.as_ref().map(|(_, name, _)| name));
        let source = told.or(self.limit.as_ref().map(|(_, name)| name))?.clone();
        let mut candidate = Candidate::new(self.family, &self.policy);
        candidate.source = source;
        candidate.policy.limit = self.limit.map(|(limit, _)| limit);
        candidate.policy.remaining = self.remaining.map(|(remaining, _)| remaining);
        if let Some((seconds, _, source)) = reset {
            candidate.policy.reset_seconds = Some(seconds);
            candidate.reset_source = Some(source);
        }
        Some(candidate)
    }
}

/// The limit that binds: of those on requests the one with the least left, the most trusted family where they agree.
/// What it does not tell is taken from others that speak of the same limit; where those name several limits, nobody can
/// say which of them it is, and none is taken.
pub fn tightest(candidates: &[Candidate]) -> Option<Candidate> {
    let on_requests = || candidates.iter().filter(|c| c.policy.counts_requests());
    let least = on_requests()
        .filter(|candidate| candidate.policy.remaining.is_some())
        .min_by_key(|candidate| candidate.policy.remaining);
    let mut chosen = least.or_else(|| on_requests().next())?.clone();
    let mut limits = on_requests()
        .filter(|other| is_same(&chosen, other))
        .filter_map(|other| other.policy.limit);
    let first = limits.next();
    if chosen.policy.limit.is_none() && limits.any(|limit| Some(limit) != first) {
        return Some(chosen);
    }
    for other in on_requests() {
        if is_same(&chosen, other) {
            complete(&mut chosen, other);
        }
    }
    Some(chosen)
}

/// Whether two candidates may speak of one limit: nothing in them disagrees.
fn is_same(one: &Candidate, other: &Candidate) -> bool {
    let agree = |a: Option<u64>, b: Option<u64>| a.is_none() || b.is_none() || a == b;
    let (a, b) = (&one.policy, &other.policy);
    let named = a.name == b.name || a.name.is_empty() || b.name.is_empty();
    named && agree(a.limit, b.limit) && agree(a.remaining, b.remaining)
}

fn complete(chosen: &mut Candidate, other: &Candidate) {
    chosen.policy.limit = chosen.policy.limit.or(other.policy.limit);
    if chosen.policy.remaining.is_none() && other.policy.remaining.is_some() {
        chosen.policy.remaining = other.policy.remaining;
        chosen.source.clone_from(&other.source);
    }
    if chosen.policy.reset_seconds.is_none() {
        chosen.policy.reset_seconds = other.policy.reset_seconds;
        chosen.reset_source.clone_from(&other.reset_source);
    }
}
