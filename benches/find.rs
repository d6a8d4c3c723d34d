//! Find in a body: what a person waits for after the last letter. Bodies of 1, 10 and 100 MiB of JSON, made by a seeded
//! generator, in one line as servers send them.

use std::fmt::Write;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use reqscope::document::find::needle::{Needle, Scope, Syntax, Wanted};
use reqscope::document::find::search::Search;
use reqscope::document::source::Memory;

const MIB: &[usize] = &[1, 10, 100];

fn main() {
    divan::main();
}

/// Numbers that look random and are the same each time (xorshift, Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// A list of payments.
fn body(mib: usize) -> Memory {
    const WORDS: [&str; 8] = [
        "invoice",
        "monthly",
        "Order",
        "\\u00e9t\\u00e9",
        "refund",
        "caf\u{e9}",
        "Box",
        "shipping",
    ];
    let mut dice = Dice(0x5eed);
    let mut body = String::with_capacity((mib << 20) + 512);
    body.push_str("{\"data\":[");
    while body.len() < mib << 20 {
        let mut word = || WORDS[dice.throw(WORDS.len() as u64) as usize];
        let description = format!("{} {} {}", word(), word(), word());
        // Writing to a string cannot fail.
        let _ = write!(
            body,
            "{{\"id\":\"pay_{:016x}\",\"amount\":{},\"currency\":\"EUR\",\"description\":\"{description}\",\
             \"createdAt\":\"2026-{:02}-{:02}T03:04:05Z\",\"items\":[{{\"price\":{},\"quantity\":{}}}]}},",
            dice.throw(u64::MAX),
            dice.throw(100_000),
            dice.throw(12) + 1,
            dice.throw(28) + 1,
            dice.throw(10_000),
            dice.throw(9)
        );
    }
    body.push_str("null]}");
    Memory::new(body)
}

fn find(bencher: Bencher<'_, '_>, mib: usize, wanted: &Wanted<'_>) {
    let body = body(mib);
    let needle = Needle::new(wanted).expect("a needle");
    bencher.counter(BytesCount::new(mib << 20)).bench_local(|| {
        let mut search = Search::new(black_box(&needle).clone());
        while !search.step(&body).expect("memory is readable").is_done {}
        search.hits().count()
    });
}

fn literal<'a>(text: &'a str, scope: Scope) -> Wanted<'a> {
    Wanted {
        text,
        scope,
        ..Wanted::default()
    }
}

fn regex(text: &str) -> Wanted<'_> {
    Wanted {
        text,
        syntax: Syntax::Regex,
        ..Wanted::default()
    }
}

#[divan::bench(args = MIB)]
fn literal_that_is_nowhere(bencher: Bencher<'_, '_>, mib: usize) {
    find(bencher, mib, &literal("pay_Z", Scope::Anywhere));
}

#[divan::bench(args = MIB)]
fn literal_in_each_object(bencher: Bencher<'_, '_>, mib: usize) {
    find(bencher, mib, &literal("createdAt", Scope::Anywhere));
}

#[divan::bench(args = MIB)]
fn any_case_that_is_nowhere(bencher: Bencher<'_, '_>, mib: usize) {
    find(bencher, mib, &literal("zebra", Scope::Anywhere));
}

#[divan::bench(args = MIB)]
fn any_case_in_each_object(bencher: Bencher<'_, '_>, mib: usize) {
    find(bencher, mib, &literal("currency", Scope::Anywhere));
}

#[divan::bench(args = MIB)]
fn any_case_of_frequent_letters(bencher: Bencher<'_, '_>, mib: usize) {
    find(bencher, mib, &literal("tea", Scope::Anywhere));
}

#[divan::bench(args = MIB)]
fn text_that_json_may_escape(bencher: Bencher<'_, '_>, mib: usize) {
    let wanted = Wanted {
        is_json: true,
        ..literal("\u{e9}t\u{e9}", Scope::Anywhere)
    };
    find(bencher, mib, &wanted);
}

#[divan::bench(args = MIB)]
fn regex_in_one_of_a_hundred(bencher: Bencher<'_, '_>, mib: usize) {
    find(bencher, mib, &regex("2026-0[17]-1[0-4]T"));
}

#[divan::bench(args = MIB)]
fn regex_in_any_case(bencher: Bencher<'_, '_>, mib: usize) {
    find(bencher, mib, &regex(r#""order (box|refund)"#));
}

#[divan::bench(args = MIB)]
fn keys(bencher: Bencher<'_, '_>, mib: usize) {
    find(bencher, mib, &literal("quantity", Scope::Keys));
}

#[divan::bench(args = MIB)]
fn values(bencher: Bencher<'_, '_>, mib: usize) {
    find(bencher, mib, &literal("refund", Scope::Values));
}

#[divan::bench(args = MIB)]
fn values_by_regex(bencher: Bencher<'_, '_>, mib: usize) {
    let wanted = Wanted {
        scope: Scope::Values,
        ..regex("^99[0-9]$")
    };
    find(bencher, mib, &wanted);
}

/// The next match from the middle of the body: a stretch or two searched again.
#[divan::bench]
fn next_in_100_mib(bencher: Bencher<'_, '_>) {
    let body = body(100);
    let needle = Needle::new(&literal("currency", Scope::Keys)).expect("a needle");
    let mut search = Search::new(needle);
    while !search.step(&body).expect("memory is readable").is_done {}
    bencher.bench_local(|| search.hits().next(&body, black_box(50 << 20)));
}
