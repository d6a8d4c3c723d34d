//! Where a place of the body before is in the body of now: members stay under their names, elements of arrays may have
//! moved.
//!
//! ```text
//!   before  items: [A, B, C]        /items/2/price ──▶ /items/1/price
//!   now     items: [A, C]           /items/1/price ──▶ gone
//! ```
//!
//! An element is known again when it is exactly as it was, at its place before elsewhere; one that was edited, by the
//! members it still has, and else by its place. Bodies that are no JSON have no elements: their paths stay.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::domain::api_error::ApiError;

/// More pairs of edited elements than this are not weighed against each other: they go by their places.
const WEIGHED: usize = 4096;

/// For each element of an array before, its index now.
type Elements = Vec<Option<usize>>;

/// Two bodies, one of which was edited into the other.
pub(super) struct Moved {
    /// `None` when no array can have changed under a path.
    bodies: Option<(Value, Value)>,
    /// The arrays that were compared, by their path before.
    arrays: RefCell<HashMap<Vec<String>, Elements>>,
}

impl Moved {
    /// Reads both bodies, when one of these errors can have moved in them.
    pub(super) fn of(before: &[u8], now: &[u8], errors: &[ApiError]) -> Moved {
        let in_array = |error: &ApiError| error.path.iter().any(|step| index(step).is_some());
        let changed = before != now && errors.iter().any(in_array);
        let read = || {
            let read = |body| serde_json::from_slice(body).ok();
            Some((read(before)?, read(now)?))
        };
        Moved {
            bodies: changed.then(read).flatten(),
            arrays: RefCell::default(),
        }
    }

    /// The path of now for one of before; `None` when the element it leads through is gone.
    pub(super) fn path_now(&self, path: &[String]) -> Option<Vec<String>> {
        let Some((before, now)) = &self.bodies else {
            return Some(path.to_vec());
        };
        let (mut before, mut now) = (Some(before), Some(now));
        let mut moved = Vec::with_capacity(path.len());
        for (at, step) in path.iter().enumerate() {
            let next = match (before, now, index(step)) {
                (Some(Value::Array(old)), Some(Value::Array(new)), Some(place))
                    if place < old.len() =>
                {
                    let place_now = self.place_now(&path[..at], old, new, place)?;
                    (before, now) = (old.get(place), new.get(place_now));
                    place_now.to_string()
                }
                _ => {
                    (before, now) = (child(before, step), child(now, step));
                    step.clone()
                }
            };
            moved.push(next);
        }
        Some(moved)
    }

    fn place_now(
        &self,
        path: &[String],
        old: &[Value],
        new: &[Value],
        place: usize,
    ) -> Option<usize> {
        let mut arrays = self.arrays.borrow_mut();
        if let Some(elements) = arrays.get(path) {
            return elements.get(place).copied().flatten();
        }
        let elements = elements(old, new);
        let found = elements.get(place).copied().flatten();
        arrays.insert(path.to_vec(), elements);
        found
    }
}

/// The index that a step names at an array (RFC 6901 4): no leading zeros.
fn index(step: &str) -> Option<usize> {
    let canonical = step == "0" || !step.starts_with(['0', '+']);
    canonical.then(|| step.parse().ok()).flatten()
}

fn child<'a>(value: Option<&'a Value>, step: &str) -> Option<&'a Value> {
    match value? {
        Value::Object(members) => members.get(step),
        Value::Array(elements) => elements.get(index(step)?),
        _ => None,
    }
}

fn elements(old: &[Value], new: &[Value]) -> Elements {
    let mut found: Elements = vec![None; old.len()];
    let mut free: Vec<bool> = vec![true; new.len()];
    for (at, (old, new)) in old.iter().zip(new).enumerate() {
        if old == new {
            (found[at], free[at]) = (Some(at), false);
        }
    }
    let mut places: HashMap<&Value, Vec<usize>> = HashMap::new();
    for at in (0..new.len()).rev().filter(|at| free[*at]) {
        places.entry(&new[at]).or_default().push(at);
    }
    for (at, found) in found.iter_mut().enumerate().filter(|(_, f)| f.is_none()) {
        *found = places.get_mut(&old[at]).and_then(Vec::pop);
        if let Some(place) = *found {
            free[place] = false;
        }
    }
    pair_edited(old, new, &mut found, &free);
    found
}

/// Pairs the elements that are no longer what they were: those most alike first, then those nearest to each other.
fn pair_edited(old: &[Value], new: &[Value], found: &mut Elements, free: &[bool]) {
    let olds: Vec<usize> = (0..old.len()).filter(|at| found[*at].is_none()).collect();
    let news: Vec<usize> = (0..new.len()).filter(|at| free[*at]).collect();
    if olds.len().saturating_mul(news.len()) > WEIGHED {
        for at in olds {
            found[at] = Some(at).filter(|at| free.get(*at) == Some(&true));
        }
        return;
    }
    let pairs = olds.iter().flat_map(|o| news.iter().map(|n| (*o, *n)));
    let mut pairs: Vec<_> = pairs
        .map(|(o, n)| (Reverse(alike(&old[o], &new[n])), o.abs_diff(n), o, n))
        .collect();
    pairs.sort_unstable();
    let mut taken = HashSet::new();
    for (_, _, o, n) in pairs {
        if found[o].is_none() && taken.insert(n) {
            found[o] = Some(n);
        }
    }
}

/// How many members two objects have in common.
fn alike(old: &Value, new: &Value) -> usize {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let same = |(name, value): &(&String, &Value)| new.get(name.as_str()) == Some(*value);
            old.iter().filter(same).count()
        }
        _ => 0,
    }
}
