//! Bodies of 1, 10 and 100 MiB: indexed, shown, gone through; beside serde_json's `IgnoredAny` over the same bytes.

use std::sync::Arc;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use reqscope::document::Document;
use reqscope::document::indexing::Indexing;
use reqscope::document::source::Memory;
use reqscope::document::view::{Folds, View};
use reqscope::document::walk::Walk;
use serde::de::IgnoredAny;

fn main() {
    divan::main();
}

/// What is indexed.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Minified,
    Pretty,
    Brackets,
    Keys,
    Ones,
    Text,
}

/// A shape and a size in MiB.
#[derive(Clone, Copy)]
struct Input(Shape, usize);

impl std::fmt::Display for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {} MiB", self.0, self.1)
    }
}

const COMMON: [Input; 6] = [
    Input(Shape::Minified, 1),
    Input(Shape::Minified, 10),
    Input(Shape::Minified, 100),
    Input(Shape::Pretty, 1),
    Input(Shape::Pretty, 10),
    Input(Shape::Pretty, 100),
];

const HOSTILE: [Input; 4] = [
    Input(Shape::Brackets, 10),
    Input(Shape::Keys, 10),
    Input(Shape::Ones, 10),
    Input(Shape::Text, 100),
];

const LARGE: [Input; 2] = [Input(Shape::Minified, 100), Input(Shape::Pretty, 100)];

/// Numbers from a seed (a linear congruence of Knuth's), so that every run has the same bytes.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Recordings of a set-top box, as an API lists them.
fn json(size: usize, pretty: bool) -> Vec<u8> {
    let (mut dice, mut text) = (Dice(7), String::from("{\"recordings\":["));
    let end = size - 400;
    while text.len() < end {
        if !text.ends_with('[') {
            text.push(',');
        }
        let (id, title) = (dice.below(1 << 40), dice.below(1000));
        text.push_str(&format!(
            "{{\"id\":\"rec_{id:x}\",\"title\":\"Caf\\u00e9 {title} \\\"live\\\"\",\"channel\":{{\"name\":\"Kanal {}\",\"hd\":{}}},\"minutes\":{},\"price\":{}.{:02},\"tags\":[\"a\",\"b{}\"],\"note\":null}}",
            dice.below(20),
            dice.below(2) == 1,
            dice.below(300),
            dice.below(90),
            dice.below(100),
            dice.below(50),
        ));
    }
    text.push_str("]}");
    if pretty {
        return indented(&text, size);
    }
    text.into_bytes()
}

/// Its beginning, pretty-printed until it is as long.
fn indented(text: &str, size: usize) -> Vec<u8> {
    let value: Box<serde_json::value::RawValue> = serde_json::from_str(text).expect("it is JSON");
    let mut parsed: serde_json::Value = serde_json::from_str(value.get()).expect("it is JSON");
    let part = text.len() * 5 / 11;
    if let Some(list) = parsed["recordings"].as_array_mut() {
        let keep = list.len() * part / text.len();
        list.truncate(keep);
    }
    let mut pretty = serde_json::to_vec_pretty(&parsed).expect("it is JSON");
    pretty.resize(pretty.len().max(size), b' ');
    pretty
}

fn bytes(Input(shape, mib): Input) -> Vec<u8> {
    let size = mib << 20;
    match shape {
        Shape::Minified => json(size, false),
        Shape::Pretty => json(size, true),
        Shape::Brackets => b"[[],".repeat(size / 4),
        Shape::Keys => b"{\"\":".repeat(size / 4),
        Shape::Ones => [b"[".to_vec(), b"1,".repeat(size / 2)].concat(),
        Shape::Text => b"GET /v1/boxes 200 12 ms\n".repeat(size / 24),
    }
}

fn open(input: Input) -> Document {
    let mut indexing = Indexing::new(Arc::new(Memory::new(bytes(input))), "application/json");
    indexing.finish().expect("memory is readable");
    indexing.document()
}

#[divan::bench(args = COMMON.into_iter().chain(HOSTILE), sample_count = 9, sample_size = 1)]
fn index(bencher: Bencher, input: Input) {
    let bytes = bytes(input);
    let count = BytesCount::of_slice(&bytes);
    let source = Arc::new(Memory::new(bytes));
    bencher.counter(count).bench(|| {
        let mut indexing = Indexing::new(source.clone(), "application/json");
        indexing.finish().expect("memory is readable");
        indexing.document()
    });
}

#[divan::bench(args = COMMON, sample_count = 9, sample_size = 1)]
fn ignored_any(bencher: Bencher, input: Input) {
    let bytes = bytes(input);
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench(|| serde_json::from_slice::<IgnoredAny>(black_box(&bytes)).is_ok());
}

/// The scanner alone, over bytes in memory.
#[divan::bench(args = LARGE, sample_count = 9, sample_size = 1)]
fn check(bencher: Bencher, input: Input) {
    let bytes = bytes(input);
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench(|| reqscope::json::check::check(black_box(&bytes)).is_ok());
}

/// From bytes that are there to the rows of a screen of 60.
#[divan::bench(args = COMMON, sample_count = 50)]
fn first_screen(bencher: Bencher, input: Input) {
    let source = Arc::new(Memory::new(bytes(input)));
    bencher.bench(|| {
        let mut indexing = Indexing::new(source.clone(), "application/json");
        indexing.step(256 << 10).expect("memory is readable");
        let document = indexing.document();
        let none = Folds::none();
        let first = Walk::new(&document).first().expect("a line");
        View::new(&document, &none).rows(first, 60)
    });
}

/// A screen of 60 rows at any line, with the path to it: what a scroll key costs at its worst.
#[divan::bench(args = LARGE)]
fn jump(bencher: Bencher, input: Input) {
    let (document, mut dice, none) = (open(input), Dice(3), Folds::none());
    bencher.bench_local(|| {
        let line = dice.below(document.lines() as u64) as usize;
        let mut walk = Walk::new(&document);
        let place = walk.at_line(line).expect("readable").expect("a line");
        let path = walk.path(place, 32).expect("readable");
        (path, View::new(&document, &none).rows(place, 60))
    });
}

/// Everything folded, and a screen of 60 rows around any line.
#[divan::bench(args = LARGE)]
fn fold_all(bencher: Bencher, input: Input) {
    let (document, mut dice) = (open(input), Dice(5));
    bencher.bench_local(|| {
        let folds = Folds::from(2);
        let line = dice.below(document.lines() as u64) as usize;
        let place = Walk::new(&document).at_line(line).expect("readable");
        let mut view = View::new(&document, &folds);
        let shown = view.shown(place.expect("a line")).expect("readable");
        view.rows(shown, 60)
    });
}

/// One row.
#[divan::bench(args = LARGE)]
fn row(bencher: Bencher, input: Input) {
    let (document, mut dice) = (open(input), Dice(9));
    let places: Vec<_> = (0..1000)
        .map(|_| {
            let line = dice.below(document.lines() as u64) as usize;
            let place = Walk::new(&document).at_line(line).expect("readable");
            place.expect("a line")
        })
        .collect();
    let mut next = 0;
    bencher.bench_local(|| {
        next = (next + 1) % places.len();
        Walk::new(&document).row(places[next])
    });
}
