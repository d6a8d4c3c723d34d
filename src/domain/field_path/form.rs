//! Looking up the wanted paths in a form body (`application/x-www-form-urlencoded`; WHATWG URL 5).
//!
//! Names may be bracketed (`card[number]`, `items[0][price]`, `tag[]`); a bracket pair without a name counts up. The
//! span of a field is its value's, that of a parent runs from its first field to its last.

use std::borrow::Cow;
use std::collections::BTreeMap;

use memchr::memchr;
use percent_encoding::percent_decode;

use crate::domain::field_path::notation::from_form_name;
use crate::domain::field_path::wanted::{Step, Wanted};

/// Records where each wanted step stands in `body`. Whatever is not found is certainly not there: always `true`.
pub fn read(wanted: &mut Wanted, body: &[u8]) -> bool {
    wanted.see(None, Wanted::ROOT, 0, body.len());
    let mut counted = BTreeMap::new();
    let mut start = 0;
    for pair in body.split(|byte| *byte == b'&') {
        field(wanted, &mut counted, pair, start);
        start += pair.len() + 1;
    }
    true
}

/// One `name=value` that begins at `start`.
fn field(wanted: &mut Wanted, counted: &mut BTreeMap<Step, usize>, pair: &[u8], start: usize) {
    let equals = memchr(b'=', pair).unwrap_or(pair.len());
    let name = decode(&pair[..equals]);
    let end = start + pair.len();
    let value = (start + equals + 1).min(end);
    if let Some(literal) = wanted.key(Wanted::ROOT, &name) {
        wanted.see(Some(Wanted::ROOT), literal, value, end);
    }
    let steps = from_form_name(&name);
    let mut node = Wanted::ROOT;
    for (at, step) in steps.iter().enumerate().filter(|_| steps.len() > 1) {
        let next = if step.is_empty() {
            let count = counted.entry(node).or_default();
            *count += 1;
            wanted.index(node, *count - 1)
        } else {
            wanted.key(node, step)
        };
        let Some(next) = next else { return };
        if at + 1 == steps.len() {
            wanted.see(Some(node), next, value, end);
        } else if wanted.is_seen(node, next) {
            wanted.extend(next, end);
        } else {
            wanted.see(Some(node), next, start, end);
        }
        node = next;
    }
}

fn decode(name: &[u8]) -> String {
    let spaced: Cow<'_, [u8]> = match memchr(b'+', name) {
        Some(_) => name
            .iter()
            .map(|b| if *b == b'+' { b' ' } else { *b })
            .collect(),
        None => name.into(),
    };
    percent_decode(&spaced).decode_utf8_lossy().into_owned()
}
