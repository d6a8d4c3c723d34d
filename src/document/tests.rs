//! A document against a reference: serde_json's pretty print, and what reading everything finds.

use std::ops::Range;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{
    Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use proptest::sample::Index;
use serde_json::Value;

use crate::document::indexing::Indexing;
use crate::document::line::SLICE;
use crate::document::outline::{Led, Step};
use crate::document::place::Place;
use crate::document::row::{Row, Tint};
use crate::document::source::Memory;
use crate::document::view::{Folds, View};
use crate::document::visible::visible;
use crate::document::walk::Walk;
use crate::document::{Document, Form};

fn open_as(text: impl Into<Vec<u8>>, content_type: &str) -> Document {
    Indexing::whole(Arc::new(Memory::new(text)), content_type).expect("memory is readable")
}

fn open(text: impl Into<Vec<u8>>) -> Document {
    open_as(text, "")
}

fn rows_over(document: &Document, folds: &Folds) -> Vec<Row> {
    let Some(first) = Walk::new(document).first() else {
        return Vec::new();
    };
    let mut view = View::new(document, folds);
    view.rows(first, usize::MAX).expect("memory is readable")
}

fn rows(document: &Document) -> Vec<Row> {
    rows_over(document, &Folds::none())
}

fn shown(document: &Document) -> Vec<String> {
    rows(document).iter().map(Row::text).collect()
}

#[test]
fn json_is_pretty_and_as_sent() {
    for (text, expected) in [
        (
            r#"{"b":1.50,"a":[1e2,{"x":null}],"a":"\u0041\/","e":{},"f":[ ]}"#,
            "{\n  \"b\": 1.50,\n  \"a\": [\n    1e2,\n    {\n      \"x\": null\n    }\n  ],\n  \"a\": \"\\u0041\\/\",\n  \"e\": {},\n  \"f\": []\n}",
        ),
        ("[\n]", "[]"),
        ("  12345678901234567890123  ", "12345678901234567890123"),
        (r#"["a:",":"]"#, "[\n  \"a:\",\n  \":\"\n]"),
        (
            r#"{"a":{"b":[1,"cut"#,
            "{\n  \"a\": {\n    \"b\": [\n      1,\n      \"cut",
        ),
        ("[[", "[\n  ["),
        (
            "{\"a\":\"\u{202e}x\u{7f}\"}",
            "{\n  \"a\": \"⟨U+202E⟩x␡\"\n}",
        ),
        (
            "{\"a\":1}\n{\"b\":[]}\n",
            "{\n  \"a\": 1\n}\n{\n  \"b\": []\n}",
        ),
        ("[1][2]", "[\n  1\n]\n[\n  2\n]"),
        ("\u{feff}{\"a\":1}", "{\n  \"a\": 1\n}"),
    ] {
        let document = open(text);
        assert_eq!(document.form(), Form::Json, "{text}");
        assert_eq!(shown(&document).join("\n"), expected, "{text}");
        assert_eq!(document.lines(), expected.lines().count(), "{text}");
    }
}

#[test]
fn other_bodies_are_shown_as_they_are() {
    for (bytes, content_type, form, expected) in [
        (
            &b"one\r\ntwo\n\nthree"[..],
            "",
            Form::Text,
            "one|two||three",
        ),
        (b"{\"a\":1,}\n{", "", Form::Text, "{\"a\":1,}|{"),
        (
            b"{\"a\":1}\n{\"b\":2}\nx",
            "",
            Form::Text,
            "{\"a\":1}|{\"b\":2}|x",
        ),
        (b"1 2", "application/json", Form::Json, "1|2"),
        (b"1 2", "text/plain", Form::Text, "1 2"),
        (b"tru", "application/json", Form::Text, "tru"),
        (b"\x1b[31mred\t!", "", Form::Text, "␛[31mred    !"),
        (
            b"caf\xe9 is Latin 1, and the rest is plain",
            "text/plain",
            Form::Text,
            "caf\u{fffd} is Latin 1, and the rest is plain",
        ),
        (
            b"caf\xe9 is Latin 1",
            "text/plain; charset=latin1",
            Form::Text,
            "café is Latin 1",
        ),
        (
            b"[\"caf\xe9\"]",
            "application/json; charset=latin1",
            Form::Json,
            "[|  \"café\"|]",
        ),
        (
            b"\xff\xfeh\0\n\0\r\n\0\x0a\0",
            "",
            Form::Text,
            "⟨U+FEFF⟩h|\u{a0d}\u{a00}",
        ),
        (b"", "", Form::Text, ""),
        (b" \n ", "application/json", Form::Text, " | "),
        (
            b"PK\x03\x04\x00\x01abcdefghij\xff~",
            "",
            Form::Binary,
            "00000000  50 4b 03 04 00 01 61 62  63 64 65 66 67 68 69 6a  PK....abcdefghij|00000010  ff 7e                                             .~",
        ),
    ] {
        let document = open_as(bytes, content_type);
        assert_eq!(
            (document.form(), shown(&document).join("|").as_str()),
            (form, expected)
        );
        assert!(document.is_whole());
    }
    let mut raw = Indexing::as_text(Arc::new(Memory::new("{\"a\":[1]}")), "");
    raw.finish().expect("memory is readable");
    assert_eq!(shown(&raw.document()), ["{\"a\":[1]}"]);
}

#[test]
fn faults_are_kept() {
    for (text, offset, cut) in [
        ("{\"a\":1,}", 7, false),
        ("{\"a\":1}\n\n  x", 11, false),
        ("{\"a\":", 5, true),
    ] {
        let document = open(text);
        let fault = document.fault().expect("it is none");
        assert_eq!((fault.offset, fault.cut), (offset, cut), "{text}");
    }
    assert_eq!(open("[1]").fault(), None);
    assert_eq!(open("plain").fault(), None);
    assert_eq!(open("{\"a\":1}\n{}").values(), 2);
}

#[test]
fn tints_and_spans_of_a_line() {
    let text = r#"{"k" : "v", "n":-1,"t":true}"#;
    let rows = rows(&open(text));
    let told: Vec<Vec<(Tint, &str)>> = rows[1..4]
        .iter()
        .map(|row| {
            let piece = |(tint, span): (Tint, Range<usize>)| (tint, &text[span]);
            let pieces = row.pieces.iter();
            pieces.map(|p| piece((p.tint, p.span.clone()))).collect()
        })
        .collect();
    let line = |value, tint, key, comma| {
        let mut line = vec![
            (Tint::Punctuation, ""),
            (Tint::Key, key),
            (Tint::Punctuation, ":"),
            (tint, value),
        ];
        line.extend((comma == ",").then_some((Tint::Punctuation, ",")));
        line
    };
    assert_eq!(
        told,
        [
            line("\"v\"", Tint::String, "\"k\"", ","),
            line("-1", Tint::Number, "\"n\"", ","),
            line("true", Tint::Literal, "\"t\"", ""),
        ]
    );
}

#[test]
fn a_line_of_a_megabyte_is_cut_into_rows() {
    for text in [
        "ä".repeat(1 << 19),
        format!("[\"{}\"]", "€".repeat(1 << 19)),
        format!("[\"{}\"]", "\\u0041".repeat(1 << 17)),
        format!("{{\"{}\":1}}", "k".repeat(1 << 20)),
        format!("[{}]", "7".repeat(1 << 20)),
    ] {
        let document = open(text.clone());
        let rows = rows(&document);
        assert!(rows.len() >= text.len() / SLICE);
        assert!(rows.iter().all(|row| row.text().len() <= SLICE + 4));
        let whole: String = rows
            .iter()
            .map(|row| row.text().trim_start().to_owned())
            .collect();
        assert_eq!(whole.replace(": ", ":"), text);
        // Backwards, and by byte.
        let (none, mut back) = (Folds::none(), Vec::new());
        let mut view = View::new(&document, &none);
        let mut here = view.last().expect("readable");
        while let Some(place) = here {
            back.push(place);
            here = view.previous(place).expect("readable");
        }
        back.reverse();
        let places: Vec<Place> = rows.iter().map(|row| row.place).collect();
        assert_eq!(back, places);
        let mut walk = Walk::new(&document);
        for row in &rows {
            let found = walk.at_offset(row.span.end - 1).expect("readable");
            assert_eq!(found, Some(row.place));
        }
    }
}

#[test]
fn depth_does_no_harm() {
    let document = open("[".repeat(1_000_000));
    assert_eq!(document.lines(), 1_000_000);
    let mut walk = Walk::new(&document);
    let last = walk.last().expect("readable").expect("a line");
    let row = walk.row(last).expect("readable").expect("a row");
    assert_eq!(row.text().trim_start(), "⋯999999 [");
    assert_eq!(row.text().chars().count(), 41);
    let parent = walk.parent(last).expect("readable").expect("a parent");
    assert_eq!(parent.line, 999_998);
    let path = walk.path(last, 20).expect("readable");
    assert_eq!(path.text(), format!("…{}", "/0".repeat(20)));
    assert_eq!(path.pointer(), None);
    let all = Folds::from(1);
    assert_eq!(rows_over(&document, &all).len(), 2);
    let mut view = View::new(&document, &all);
    let outer = view.shown(last).expect("readable");
    assert_eq!(outer.line, 1);
    let mut folds = all.clone();
    folds.reveal(&document, last).expect("readable");
    assert_eq!(
        View::new(&document, &folds).shown(last).expect("readable"),
        last
    );
    let close = open(format!("{}{}", "[".repeat(500_000), "]".repeat(500_000)));
    let mut walk = Walk::new(&close);
    let first = walk.first().expect("a line");
    assert_eq!(walk.count_items(first).expect("readable"), 1);
    let last = walk.last().expect("readable").expect("a line");
    assert_eq!(walk.opening(last).expect("readable"), first);
}

#[test]
fn text_is_found_by_byte() {
    let document = open("a\n\n\nb\r\nc");
    let mut walk = Walk::new(&document);
    let lines: Vec<usize> = (0..9)
        .map(|offset| {
            walk.at_offset(offset)
                .expect("readable")
                .expect("a line")
                .line
        })
        .collect();
    assert_eq!(lines, [0, 0, 1, 2, 3, 3, 3, 4, 4]);
    assert_eq!(Walk::new(&open("")).at_offset(0).expect("readable"), None);
}

#[test]
fn structure() {
    let items: String = (0..500).map(|n| format!("{{\"n\":{n}}},")).collect();
    let text = format!("{{\"a~/\":{{\"x\":[]}},\"items\":[{items}0],\"\\u0065nd\":true}}");
    let document = open(text);
    let mut walk = Walk::new(&document);
    let mut to = |pointer: &str| match walk.follow(pointer).expect("readable") {
        Some(Led::To(place)) => place,
        other => panic!("{pointer}: {other:?}"),
    };
    for pointer in [
        "",
        "/a~0~1",
        "/a~0~1/x",
        "/items",
        "/items/0",
        "/items/499/n",
        "/items/500",
        "/end",
    ] {
        let place = to(pointer);
        let path = Walk::new(&document).path(place, 99).expect("readable");
        assert_eq!(path.pointer().as_deref(), Some(pointer));
    }
    let (items, last, end) = (to("/items"), to("/items/500"), to("#/end"));
    for (pointer, far) in [
        ("/items/501", "501"),
        ("/items/01", "01"),
        ("/nope/x", "nope"),
        ("/end/x", "x"),
    ] {
        let led = walk.follow(pointer).expect("readable");
        assert!(
            matches!(led, Some(Led::AsFarAs(_, token)) if token == far),
            "{pointer}"
        );
    }
    assert_eq!(walk.next_sibling(items).expect("readable"), Some(end));
    assert_eq!(walk.next_sibling(end).expect("readable"), None);
    assert_eq!(walk.next_sibling(last).expect("readable"), None);
    assert_eq!(walk.previous_sibling(end).expect("readable"), Some(items));
    assert_eq!(walk.parent(last).expect("readable"), Some(items));
    assert_eq!(walk.count_items(items).expect("readable"), 501);
    let first = walk.first().expect("a line");
    assert_eq!(walk.previous_sibling(first).expect("readable"), None);
    let folded = rows_over(&document, &Folds::from(1));
    let text: Vec<String> = folded.iter().map(Row::text).collect();
    assert_eq!(
        text,
        [
            "{",
            "  \"a~/\": { 1 item },",
            "  \"items\": [ 501 items ],",
            "  \"\\u0065nd\": true",
            "}"
        ]
    );
}

/// JSON whose strings have everything, and long arrays of small things.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        (0..400_usize).prop_map(|count| Value::from(vec![Value::from(7); count])),
        (4000..40_000_usize).prop_map(|count| Value::from("é".repeat(count))),
    ];
    leaf.prop_recursive(6, 120, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::hash_map("[a-c\"~/é]{0,3}", inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Fed as these sizes say, and looked at on the way.
fn arrived(text: &[u8], sizes: &[usize]) -> Document {
    struct Growing(Vec<u8>, std::sync::atomic::AtomicUsize);
    impl crate::document::source::Source for Growing {
        fn len(&self) -> u64 {
            self.1.load(std::sync::atomic::Ordering::Relaxed) as u64
        }
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
            let here = &self.0[usize::try_from(offset).expect("small")
                ..self.1.load(std::sync::atomic::Ordering::Relaxed)];
            let count = here.len().min(buffer.len());
            buffer[..count].copy_from_slice(&here[..count]);
            Ok(count)
        }
    }
    let source = Arc::new(Growing(text.to_vec(), 0.into()));
    let mut indexing = Indexing::new(source.clone(), "application/json");
    let (mut there, mut sizes) = (0, sizes.iter().cycle());
    while there < text.len() {
        there = (there + sizes.next().map_or(1, |size| size % 5000 + 1)).min(text.len());
        source.1.store(there, std::sync::atomic::Ordering::Relaxed);
        indexing.read_all().expect("memory is readable");
        // Whatever came is a document that can be gone through from both ends.
        let sofar = indexing.document();
        let none = Folds::none();
        let mut view = View::new(&sofar, &none);
        let last = view.last().expect("readable");
        assert_eq!(last.map_or(0, |last| last.line + 1), sofar.lines());
        if let Some(last) = last {
            view.rows(last, 2).expect("readable");
        }
    }
    indexing.finish().expect("memory is readable");
    indexing.document()
}

/// What a body is does not depend on how its first bytes arrive.
#[test]
fn the_first_bytes_may_come_one_by_one() {
    for (bytes, form) in [
        (&b"\n\n  {\"a\":1}"[..], Form::Json),
        (b"\xef\xbb\xbf[1,2]", Form::Json),
        ("é is text".as_bytes(), Form::Text),
        ("€".as_bytes(), Form::Text),
        (b"\xff\xfeh\0i\0", Form::Text),
        (b"\x89PNG\r\n\x1a\n\0", Form::Binary),
        (b"  ", Form::Text),
    ] {
        let whole = open_as(bytes, "application/json");
        let slowly = arrived(bytes, &[0]);
        assert_eq!((whole.form(), slowly.form()), (form, form), "{bytes:?}");
        assert_eq!(shown(&whole), shown(&slowly), "{bytes:?}");
    }
}

/// The rows that stay when these containers are folded, by reading all of them.
fn folded(all: &[Row], folds: &[usize]) -> Vec<usize> {
    let (mut seen, mut at) = (Vec::new(), 0);
    while at < all.len() {
        seen.push(at);
        let row = &all[at];
        at += 1;
        if folds.contains(&row.place.at) && row.folded.is_some() {
            let inside = all[at..].iter().take_while(|next| next.indent > row.indent);
            at += inside.count() + 1;
        }
    }
    seen
}

/// What a fold was made of may turn out to be an empty container while the document grows.
#[test]
fn a_fold_of_nothing_hides_nothing() {
    let sofar = open("[[");
    let mut folds = Folds::none();
    let last = Walk::new(&sofar).last().expect("readable");
    folds
        .toggle(&sofar, last.expect("a line"))
        .expect("readable");
    let document = open("[[],2]");
    for row in rows(&document) {
        let shown = View::new(&document, &folds).shown(row.place);
        assert_eq!(shown.expect("readable"), row.place);
        let mut revealed = folds.clone();
        revealed.reveal(&document, row.place).expect("readable");
        assert_eq!(revealed, folds);
    }
}

/// However deep the rule begins and whatever it was excepted from, few lines are laid out to find a fold.
#[test]
fn folds_are_found_in_great_depth() {
    let document = open("[".repeat(200_000));
    let mut walk = Walk::new(&document);
    let last = walk.last().expect("readable").expect("a line");
    for from in [1, 100_000, 199_990] {
        let mut folds = Folds::from(from);
        let outer = View::new(&document, &folds).shown(last).expect("readable");
        assert_eq!(outer.line, from);
        folds.toggle(&document, outer).expect("readable");
        let inner = View::new(&document, &folds).shown(last).expect("readable");
        assert_eq!(inner.line, from + 1);
        folds.reveal(&document, last).expect("readable");
        assert_eq!(folds.is_none(), from < 199_990);
        let seen = View::new(&document, &folds).shown(last).expect("readable");
        assert_eq!(seen, last);
    }
}

proptest! {
    #[test]
    fn the_lines_are_a_pretty_print(value in any_json(), sizes in vec(any::<usize>(), 1..6), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.expect("JSON");
        let reference = serde_json::to_string_pretty(&value).expect("JSON");
        for document in [open(text.clone()), arrived(&text, &sizes)] {
            prop_assert_eq!(document.form(), Form::Json);
            let mut lines: Vec<String> = Vec::new();
            for row in rows(&document) {
                if row.place.slice == 0 {
                    lines.push(row.text());
                } else {
                    lines.last_mut().expect("it goes on").push_str(&row.text());
                }
            }
            let expected: Vec<String> = reference.lines().map(|line| visible(line).into_owned()).collect();
            prop_assert_eq!(lines, expected);
            prop_assert_eq!(document.lines(), reference.lines().count());
        }
    }

    #[test]
    fn any_place_is_reached_from_anywhere(value in any_json(), line in any::<Index>(), byte in any::<Index>()) {
        let text = serde_json::to_vec(&value).expect("JSON");
        let document = open(text.clone());
        let all = rows(&document);
        let line = line.index(document.lines());
        let mut walk = Walk::new(&document);
        let place = walk.at_line(line).expect("readable").expect("a line");
        prop_assert_eq!(Some(place), all.iter().map(|row| row.place).find(|place| place.line == line));
        let none = Folds::none();
        let mut view = View::new(&document, &none);
        let at = all.iter().position(|row| row.place == place).expect("it is there");
        prop_assert_eq!(&view.rows(place, 5).expect("readable")[..], &all[at..all.len().min(at + 5)]);
        prop_assert_eq!(view.previous(place).expect("readable"), at.checked_sub(1).map(|at| all[at].place));
        let offset = byte.index(text.len());
        let found = walk.at_offset(offset).expect("readable").expect("a row");
        let row = all.iter().find(|row| row.place == found).expect("it is a row");
        let after = all.iter().find(|row| row.span.start > row.span.end.max(offset));
        prop_assert!(row.span.contains(&offset) || after.is_none_or(|after| after.place > found));
    }

    #[test]
    fn folds_hide_what_is_inside(value in any_json(), picks in vec(any::<Index>(), 0..6), level in prop::option::of(0..4_usize)) {
        let document = open(serde_json::to_vec(&value).expect("JSON"));
        let all = rows(&document);
        let opening: Vec<&Row> = all.iter().filter(|row| row.folded.is_some()).collect();
        let mut folds = level.map_or_else(Folds::none, Folds::from);
        let ruled = |row: &Row| level.is_some_and(|level| row.indent >= level);
        let mut holds: Vec<usize> = opening.iter().filter(|row| ruled(row)).map(|row| row.place.at).collect();
        for pick in picks.iter().filter(|_| !opening.is_empty()) {
            let row = opening[pick.index(opening.len())];
            folds.toggle(&document, row.place).expect("readable");
            match holds.iter().position(|at| *at == row.place.at) {
                Some(held) => drop(holds.remove(held)),
                None => holds.push(row.place.at),
            }
        }
        let expected: Vec<Place> = folded(&all, &holds).iter().map(|at| all[*at].place).collect();
        let seen: Vec<Place> = rows_over(&document, &folds).iter().map(|row| row.place).collect();
        prop_assert_eq!(&seen, &expected);
        // Backwards, and from what is hidden.
        let mut view = View::new(&document, &folds);
        let (mut back, mut here) = (Vec::new(), view.last().expect("readable"));
        while let Some(place) = here {
            back.push(place);
            here = view.previous(place).expect("readable");
        }
        back.reverse();
        prop_assert_eq!(&back, &expected);
        for row in all.iter().step_by(all.len() / 7 + 1) {
            let shown = view.shown(row.place).expect("readable");
            let nearest = expected.iter().rev().find(|place| **place <= row.place).expect("the first");
            prop_assert_eq!(shown, *nearest);
            let mut revealed = folds.clone();
            revealed.reveal(&document, row.place).expect("readable");
            let all = rows_over(&document, &revealed);
            prop_assert!(all.iter().any(|seen| seen.place == row.place));
        }
    }

    #[test]
    fn pointers_lead_to_what_serde_says(value in any_json(), line in any::<Index>()) {
        let text = serde_json::to_vec(&value).expect("JSON");
        let document = open(text.clone());
        let mut walk = Walk::new(&document);
        let place = walk.at_line(line.index(document.lines())).expect("readable").expect("a line");
        let path = walk.path(place, 99).expect("readable");
        let pointer = path.pointer().expect("whole");
        let found = value.pointer(&pointer).expect("it leads somewhere");
        let opening = walk.opening(place).expect("readable");
        prop_assert_eq!(walk.follow(&pointer).expect("readable"), Some(Led::To(opening)));
        let line = walk.line(opening).expect("readable").expect("a line");
        let items = match found {
            Value::Array(items) => items.len(),
            Value::Object(members) => members.len(),
            scalar => {
                let raw = &text[line.value().expect("a value")];
                let written = serde_json::to_vec(scalar).expect("JSON");
                prop_assert_eq!(raw, &written[..]);
                0
            }
        };
        prop_assert_eq!(walk.count_items(opening).expect("readable"), items);
        prop_assert_eq!(path.steps.iter().all(|step| matches!(step, Step::Key(_) | Step::Item(_))), true);
    }

    #[test]
    fn any_bytes_make_rows_that_are_safe_and_in_order(bytes in any::<Vec<u8>>(), json in r#"([\[\]{}:,"a1\\]|true|\n){0,60}"#) {
        for bytes in [bytes, json.into_bytes()] {
            for content_type in ["", "application/json", "text/plain; charset=utf-16le", "x; charset=gbk"] {
                let document = open_as(bytes.clone(), content_type);
                let (mut at, mut line) = (0, 0);
                for row in rows(&document) {
                    prop_assert!(row.span.start >= at && row.span.end <= bytes.len());
                    prop_assert!(!row.text().chars().any(char::is_control));
                    prop_assert!(row.place.line == line || row.place.line == line + 1);
                    (at, line) = (row.span.end, row.place.line);
                }
                prop_assert_eq!(document.lines(), if document.lines() > 0 { line + 1 } else { 0 });
            }
        }
    }
}
