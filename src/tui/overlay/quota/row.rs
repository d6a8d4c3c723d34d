//! The rows of the quota's overlay, as data: what is said, not how it is drawn. Cheap to make however many policies a
//! server tells of; only the visible ones become text.

use crate::domain::rate_limit::aged::Aged;
use crate::domain::rate_limit::observed::{LAST, MOST, Rate, WINDOWS};
use crate::domain::rate_limit::{Policy, Quota};
use crate::tui::session::Session;
use crate::tui::widget::gauge;

/// One row.
#[derive(Debug)]
pub enum Row<'a> {
    /// Nothing: what follows is something else.
    Gap,
    /// What the next rows are about.
    Head(String),
    /// The gauge: limit and remaining.
    Gauge(Option<u64>, Option<u64>),
    /// A word, and what there is to say.
    Fact(&'static str, String),
    /// A sentence.
    Text(String),
    /// The names of the columns of the policies.
    Columns,
    /// A policy, and whether it is the one that binds.
    Policy(&'a Policy, bool),
    /// What else a policy says.
    Beside(&'a Policy),
    /// What was not understood, as it came.
    Note(&'a str),
}

/// What there is to say of the limit that this session is under.
pub fn rows(session: &Session) -> Vec<Row<'_>> {
    let aged = session.aged_quota();
    let mut rows = vec![Row::Text(whose(session)), Row::Gap];
    match &aged {
        Some(aged) => told(aged, &mut rows),
        None => rows.push(Row::Text(
            "Unknown: no answer to this credential has spoken of a limit yet.".to_owned(),
        )),
    }
    if let Some(aged) = &aged {
        policies(aged.quota, &mut rows);
        notes(aged.quota, &mut rows);
    }
    let rate = Rate::of(&session.sent, session.now.wall);
    rows.extend([
        Row::Gap,
        Row::Head("Sent from here, by this history".to_owned()),
    ]);
    rows.extend(observed(rate).into_iter().map(Row::Text));
    rows
}

fn whose(session: &Session) -> String {
    let credential = if session.has_credential {
        "with the profile's credential"
    } else {
        "without a credential"
    };
    match session.origin() {
        Some(origin) => format!("{origin}, {credential}"),
        None => "The profile's base URL is not known yet.".to_owned(),
    }
}

fn told<'a>(aged: &Aged<'a>, rows: &mut Vec<Row<'a>>) {
    let quota = aged.quota;
    let over = aged.is_over();
    match (quota.limit, quota.remaining) {
        (None, None) => rows.push(Row::Text(
            "The server told neither a limit nor what is left.".to_owned(),
        )),
        (limit, remaining) => rows.push(Row::Gauge(limit, remaining.filter(|_| !over))),
    }
    let by = match quota.source.as_str() {
        "" => String::new(),
        source => format!(", by {source}"),
    };
    rows.push(Row::Fact(
        "told",
        format!("{}{by}", gauge::ago(aged.seconds())),
    ));
    if over && let Some(remaining) = quota.remaining {
        let text = format!("{remaining} were left then; that window is over");
        rows.push(Row::Fact("", text));
    }
    if quota.reset_seconds.is_some() {
        rows.push(Row::Fact(
            "resets",
            counted("in ", aged.reset(), &quota.reset_source),
        ));
    }
    if let Some(seconds) = quota.retry_after_seconds {
        let text = counted("wait ", aged.left(seconds), &quota.retry_after_source);
        rows.push(Row::Fact("retry", text));
    }
    if let Some(reason) = &quota.reason {
        rows.push(Row::Fact("reason", reason.clone()));
    }
}

/// A countdown, and by which header and rule it was read.
fn counted(word: &str, left: Option<u64>, source: &Option<String>) -> String {
    let left = match left {
        Some(seconds) => format!("{word}{}", gauge::countdown(seconds).trim_start()),
        None => "that time is over".to_owned(),
    };
    match source {
        Some(source) => format!("{left} ({source})"),
        None => left,
    }
}

fn policies<'a>(quota: &'a Quota, rows: &mut Vec<Row<'a>>) {
    if quota.policies.is_empty() {
        return;
    }
    let count = quota.policies.len() + quota.more_policies;
    rows.extend([
        Row::Gap,
        Row::Head(format!("Policies {count}")),
        Row::Columns,
    ]);
    let binding = quota.tightest();
    for policy in &quota.policies {
        let binds = binding.is_some_and(|binding| std::ptr::eq(binding, policy));
        rows.push(Row::Policy(policy, binds));
        if beside(policy).is_some() {
            rows.push(Row::Beside(policy));
        }
    }
    if quota.more_policies > 0 {
        let text = format!("and {} more, which are not kept", quota.more_policies);
        rows.push(Row::Text(text));
    }
}

/// What of a policy stands in no column; `None` when there is nothing.
pub fn beside(policy: &Policy) -> Option<String> {
    let effective = policy.effective_seconds.map(|seconds| {
        // Up to draft -10 it was the reset, from -11 on it is the effective window, and an answer does not say which.
        format!("effective window {} (t)", gauge::length(seconds))
    });
    let unit = policy.unit.as_ref().filter(|unit| **unit != policy.name);
    let unit = unit.map(|unit| format!("counts {unit}"));
    let partition = policy.partition.as_ref();
    let partition = partition.map(|key| format!("counted for {key}"));
    let parts: Vec<String> = [effective, unit, partition].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn notes<'a>(quota: &'a Quota, rows: &mut Vec<Row<'a>>) {
    if quota.not_understood.is_empty() {
        return;
    }
    rows.extend([
        Row::Gap,
        Row::Head("Not understood, and left out".to_owned()),
    ]);
    let notes = quota.not_understood.iter();
    rows.extend(notes.map(|note| Row::Note(note)));
}

fn observed(rate: Rate) -> Vec<String> {
    let number = |sent: usize| match sent {
        MOST.. => format!("{sent} or more"),
        _ => sent.to_string(),
    };
    let [short, long] = rate.sent.map(number);
    let mut lines = vec![format!(
        "{short} in the last {} s, {long} in the last {} s",
        WINDOWS[0], WINDOWS[1]
    )];
    if rate.of > 0 {
        let which = match rate.of {
            LAST => format!("the last {LAST}"),
            1 => "the last one known".to_owned(),
            of => format!("the {of} last known"),
        };
        lines.push(format!("{} of {which} answered with 429", rate.limited));
    }
    lines
}
