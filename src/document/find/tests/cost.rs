//! What a search and the questions about its matches cost: counted, not timed.

use std::io;
use std::sync::{Arc, Mutex};

use crate::document::find::hits::Hits;
use crate::document::find::needle::{SEARCHES, Scope, Syntax};
use crate::document::find::search::Search;
use crate::document::find::tests::{FEW, SMALL, all, needle};
use crate::document::find::window::{Cut, USUAL};
use crate::document::source::{Beginning, Memory, Source};

/// How many searches a question about the matches costs.
fn searches(ask: impl FnOnce()) -> usize {
    let before = SEARCHES.get();
    ask();
    SEARCHES.get() - before
}

/// What is asked of the matches by a key and by the rows that it brings on the screen.
fn most_searches(hits: &Hits, source: &dyn Source) -> usize {
    let each = (0..source.len()).step_by(97).map(|at| {
        searches(|| {
            hits.next(source, at).expect("memory");
            hits.previous(source, at).expect("memory");
            hits.by_number(source, at % hits.count() + 1)
                .expect("memory");
            hits.within(source, at..at + 50, usize::MAX)
                .expect("memory");
        })
    });
    each.max().unwrap_or(0)
}

#[test]
fn what_was_slow_to_find_is_not_searched_for_again() {
    let source = Memory::new("a".repeat(2000));
    let cut = Cut {
        kept: 16,
        many: 64,
        ..USUAL
    };
    // How many matches are found in the time that a key may take, and how many searches a question costs at most.
    for (every, most) in [(1, 0), (16, 0), (40, 40), (100_000, 64)] {
        let pattern = needle("a.*z|a", Syntax::Regex, Scope::Anywhere);
        let mut search = Search::with_cut(pattern, cut, 2048);
        let mut asked = 0;
        let mut is_slow = || {
            asked += 1;
            asked % every == 0
        };
        while !search
            .step_with(&source, &mut is_slow)
            .expect("memory")
            .is_done
        {}
        assert_eq!(search.hits().count(), 2000);
        // Two of the five questions are answered by two searches each, and one has the matches of the rows besides.
        let most = 8 * most + usize::from(most > 0) * 100;
        let searches = most_searches(search.hits(), &source);
        assert!(searches <= most, "{searches} for {every}");
    }
    // A literal is never slow, and no match of it is searched for from far away.
    let source = Memory::new("a".repeat(40_000));
    let mut search = Search::new(needle("a", Syntax::Literal, Scope::Anywhere));
    let mut is_slow = || panic!("nobody asks");
    while !search
        .step_with(&source, &mut is_slow)
        .expect("memory")
        .is_done
    {}
    assert!(most_searches(search.hits(), &source) <= 8 * 8192 + 100);
}

/// Counts the bytes that are read of it.
struct Counting {
    bytes: Memory,
    read: Mutex<usize>,
}

impl Counting {
    fn new(bytes: impl Into<Vec<u8>>) -> Counting {
        Counting {
            bytes: Memory::new(bytes),
            read: Mutex::new(0),
        }
    }

    fn read(&self) -> usize {
        *self.read.lock().expect("no panic before")
    }
}

impl Source for Counting {
    fn len(&self) -> u64 {
        self.bytes.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.bytes.read_at(offset, buffer)?;
        *self.read.lock().expect("no panic before") += count;
        Ok(count)
    }
}

#[test]
fn a_body_that_grows_is_not_searched_again_from_its_beginning() {
    let body = Arc::new(Counting::new("abcdefghij".repeat(800)));
    let mut search = Search::with_cut(needle("ja", Syntax::Literal, Scope::Anywhere), SMALL, FEW);
    for length in (0..=8000).step_by(10) {
        let before = body.read();
        let part = Beginning::new(body.clone(), length);
        let hits = all(&mut search, &part);
        assert_eq!(hits.count(), (length / 10).saturating_sub(1));
        assert_eq!((hits.searched(), hits.body()), (length, length));
        // The last two stretches, with what lies before and behind them, each at most once.
        let most = 2 * (SMALL.stretch + SMALL.longest + 16);
        assert!(body.read() - before <= most, "at {length}");
    }
}
