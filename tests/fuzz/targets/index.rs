//! Any bytes, arriving in any pieces: what is indexed is gone through from both ends, folded, searched by byte, by line and
//! by pointer, and every way leads to the same places.

#![no_main]

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use libfuzzer_sys::fuzz_target;
use reqscope::document::Document;
use reqscope::document::indexing::Indexing;
use reqscope::document::place::Place;
use reqscope::document::source::Source;
use reqscope::document::view::{Folds, View};
use reqscope::document::walk::Walk;

/// Bytes of which some have arrived.
struct Growing(Vec<u8>, AtomicUsize);

impl Source for Growing {
    fn len(&self) -> u64 {
        self.1.load(Ordering::Relaxed) as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let there = &self.0[offset as usize..self.1.load(Ordering::Relaxed)];
        let count = there.len().min(buffer.len());
        buffer[..count].copy_from_slice(&there[..count]);
        Ok(count)
    }
}

const TYPES: [&str; 8] = [
    "",
    "application/json",
    "text/plain; charset=utf-16be",
    "text/plain; charset=big5",
    "text/html",
    "application/x-www-form-urlencoded",
    "text/event-stream",
    "text/xml; charset=latin1",
];

fn places(document: &Document, folds: &Folds) -> Vec<Place> {
    let Some(first) = Walk::new(document).first() else {
        return Vec::new();
    };
    let mut view = View::new(document, folds);
    let rows = view.rows(first, usize::MAX).expect("memory is readable");
    for row in &rows {
        assert!(!row.text().chars().any(char::is_control));
        assert!(row.span.end <= document.indexed());
    }
    let forward: Vec<Place> = rows.iter().map(|row| row.place).collect();
    let (mut back, mut here) = (Vec::new(), view.last().expect("memory is readable"));
    while let Some(place) = here {
        back.push(place);
        here = view.previous(place).expect("memory is readable");
    }
    back.reverse();
    assert_eq!(forward, back);
    forward
}

fuzz_target!(|data: &[u8]| {
    let [how, size, level, pick, text @ ..] = data else {
        return;
    };
    let source = Arc::new(Growing(text.to_vec(), AtomicUsize::new(0)));
    let mut indexing = Indexing::new(source.clone(), TYPES[usize::from(how % 8)]);
    let mut there = 0;
    while there < text.len() {
        there = (there + usize::from(*size) + 1).min(text.len());
        source.1.store(there, Ordering::Relaxed);
        indexing.read_all().expect("memory is readable");
        if text.len() < 600 {
            places(&indexing.document(), &Folds::none());
        }
    }
    indexing.finish().expect("memory is readable");
    let document = indexing.document();
    assert!(document.is_whole());
    let all = places(&document, &Folds::none());
    assert_eq!(all.last().map_or(0, |last| last.line + 1), document.lines());
    let mut folds = Folds::from(usize::from(level % 5));
    let folded = places(&document, &folds);
    assert!(folded.len() <= all.len());
    let Some(picked) = all.get(usize::from(*pick) * all.len() / 256).copied() else {
        return;
    };
    let mut walk = Walk::new(&document);
    assert_eq!(walk.at_line(picked.line).expect("readable"), Some(picked.of_line()));
    let shown = View::new(&document, &folds).shown(picked).expect("readable");
    assert!(folded.contains(&shown));
    folds.reveal(&document, picked).expect("readable");
    assert!(places(&document, &folds).contains(&picked.of_line()));
    if document.values() == 1 {
        let path = walk.path(picked, 600).expect("readable");
        if let Some(pointer) = path.pointer() {
            walk.follow(&pointer).expect("readable");
        }
    }
});
