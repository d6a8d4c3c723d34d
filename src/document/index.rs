//! The sparse index of a document: where some of its lines begin, and how little is needed to find the rest.
//!
//! ```text
//!   lines     │ {  "a": [  1, … ],  "b": {  …            one after the other, each with its indent
//!   Block     └─ at, line, depth ┴ at, line, depth ─▶   64 lines and 2 KiB, or 64 KiB; and of its lines
//!                  low, at_low       low, at_low        the least indent, and how many items begin there
//!   Shelf     └──────── 1,024 blocks ─────────┘         the same of them all
//! ```
//!
//! By their indents the lines are a tree: a container ends at the first line after it that is indented no more than it
//! is, a parent is the last line before that is indented less. So `low` is all that is needed to pass over whatever
//! lies between, and no table of containers is kept: a million levels cost nothing. `at_low` counts items without
//! reading them. In memory it is at most a 64th of the input, whatever the input is.
//!
//! What it is not: a reader. It knows numbers only; `walk` reads the lines between.

use std::ops::Range;
use std::sync::Arc;

use crate::json::scan::Lines;

/// A block has at least this many lines, unless it is [`WIDE`].
const LINES: usize = 64;
/// And at least this many bytes, which bounds the index by the input.
const BYTES: usize = 2048;
/// At this many bytes it ends in any case, at the next line.
const WIDE: usize = 64 << 10;
/// How many blocks a shelf has.
const SHELF: usize = 1024;

/// Some lines, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Where the first begins.
    pub at: usize,
    /// Its number, from 0.
    pub line: usize,
    /// How many containers are open before it.
    pub depth: u32,
    /// The least indent of its lines.
    low: u32,
    /// How many of its lines with that indent begin an item: all but closing brackets.
    at_low: u32,
}

impl Block {
    /// One or more of its lines have this indent, and begin so many items.
    #[inline]
    fn count(&mut self, indent: u32, items: u32) {
        if indent < self.low {
            (self.low, self.at_low) = (indent, items);
        } else if indent == self.low {
            self.at_low += items;
        }
    }
}

/// Blocks that will not change any more.
#[derive(Debug)]
struct Shelf {
    blocks: Vec<Block>,
    low: u32,
    at_low: usize,
}

/// The index, as far as it was built. Cloning shares all but the last blocks.
#[derive(Clone, Debug, Default)]
pub struct Index {
    shelves: Vec<Arc<Shelf>>,
    /// Blocks that have ended, and will be a shelf.
    tail: Vec<Block>,
    /// The block that lines are added to, once there is one.
    last: Block,
    long: Vec<Range<usize>>,
    /// A long run that may go on with what comes next.
    open: Option<Range<usize>>,
    lines: usize,
    /// Where the last block has enough bytes.
    quiet: usize,
}

impl Lines for Index {
    #[inline]
    fn line(&mut self, at: usize, depth: usize, closes: bool) {
        let depth = u32::try_from(depth).unwrap_or(u32::MAX);
        let (indent, item) = (depth - u32::from(closes), u32::from(!closes));
        let number = self.lines;
        self.lines += 1;
        if at >= self.quiet && self.is_full(at, number) {
            return self.begin(Block {
                at,
                line: number,
                depth,
                low: indent,
                at_low: item,
            });
        }
        self.last.count(indent, item);
    }

    #[inline]
    fn quiet(&self) -> usize {
        self.quiet
    }

    #[inline]
    fn more(&mut self, count: usize, depth: usize) {
        let indent = u32::try_from(depth).unwrap_or(u32::MAX);
        self.lines += count;
        self.last
            .count(indent, u32::try_from(count).unwrap_or(u32::MAX));
    }

    fn long(&mut self, run: Range<usize>) {
        self.long.push(run);
    }
}

impl Index {
    /// Whether the last block takes no line at `at`; there may be none yet.
    #[inline]
    fn is_full(&self, at: usize, number: usize) -> bool {
        let bytes = at - self.last.at;
        number == 0 || bytes >= BYTES && (number - self.last.line >= LINES || bytes >= WIDE)
    }

    #[cold]
    fn begin(&mut self, block: Block) {
        self.quiet = block.at + BYTES;
        let last = std::mem::replace(&mut self.last, block);
        if block.line == 0 {
            return;
        }
        if self.tail.len() == SHELF {
            let blocks = std::mem::replace(&mut self.tail, Vec::with_capacity(SHELF));
            let low = blocks.iter().map(|block| block.low).min().unwrap_or(0);
            let at_low = blocks.iter().filter(|block| block.low == low);
            let at_low = at_low.map(|block| block.at_low as usize).sum();
            self.shelves.push(Arc::new(Shelf {
                blocks,
                low,
                at_low,
            }));
        }
        self.tail.push(last);
    }

    /// How many lines there are so far.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// How many blocks.
    pub fn blocks(&self) -> usize {
        self.ended() + usize::from(self.lines > 0)
    }

    /// How many blocks will not change any more.
    fn ended(&self) -> usize {
        self.shelves.len() * SHELF + self.tail.len()
    }

    /// The last block, when there is one and it has this number.
    fn last(&self, number: usize) -> Option<&Block> {
        (self.lines > 0 && number == self.ended()).then_some(&self.last)
    }

    /// How many bytes of memory it holds beside itself, blocks that it shares with its clones among them.
    pub fn heap(&self) -> usize {
        let shelved = self.shelves.iter().map(|shelf| shelf.blocks.capacity());
        let blocks = shelved.sum::<usize>() + self.tail.capacity();
        blocks * size_of::<Block>()
            + self.shelves.capacity() * (size_of::<Arc<Shelf>>() + size_of::<Shelf>())
            + self.long.capacity() * size_of::<Range<usize>>()
    }

    /// A block.
    pub fn block(&self, number: usize) -> Option<&Block> {
        let shelf = number / SHELF;
        if shelf < self.shelves.len() {
            self.shelves[shelf].blocks.get(number % SHELF)
        } else {
            let inside = number - self.shelves.len() * SHELF;
            self.tail.get(inside).or_else(|| self.last(number))
        }
    }

    /// The last block that `before` holds for; it must hold for the first ones and for no other.
    fn last_where(&self, before: impl Fn(&Block) -> bool) -> Option<usize> {
        if self.lines > 0 && before(&self.last) {
            return Some(self.ended());
        }
        let begins = |shelf: &Arc<Shelf>| shelf.blocks.first().is_some_and(&before);
        let (number, blocks) = if self.tail.first().is_some_and(&before) {
            (self.shelves.len(), &self.tail)
        } else {
            let number = self.shelves.partition_point(begins).checked_sub(1)?;
            (number, &self.shelves[number].blocks)
        };
        let inside = blocks.partition_point(&before).checked_sub(1)?;
        Some(number * SHELF + inside)
    }

    /// The block whose lines the byte at `offset` lies in; the first one for what stands before every line.
    pub fn block_at(&self, offset: usize) -> Option<usize> {
        let found = self.last_where(|block| block.at <= offset);
        found.or((self.blocks() > 0).then_some(0))
    }

    /// The block that line `number` (from 0) is in, or would be.
    pub fn block_of_line(&self, number: usize) -> Option<usize> {
        self.last_where(|block| block.line <= number)
    }

    /// The same, for who goes from line to line and knows the block of the one before.
    pub fn block_of_line_near(&self, number: usize, near: usize) -> usize {
        let begins = |block: usize| self.block(block).map(|block| block.line);
        let next = begins(near + 1).is_none_or(|next| number < next);
        if next && begins(near).is_some_and(|begins| begins <= number) {
            return near;
        }
        self.block_of_line(number).unwrap_or_default()
    }

    /// The first block from `from` on with a line that is indented by `indent` at most.
    pub fn next_low(&self, from: usize, indent: usize) -> Option<usize> {
        let fits = |block: &Block| block.low as usize <= indent;
        let mut number = from;
        while number < self.ended() {
            let (shelf, inside) = (number / SHELF, number % SHELF);
            let Some(shelved) = self.shelves.get(shelf) else {
                let found = self.tail[inside..].iter().position(fits);
                number += found.unwrap_or(self.tail.len() - inside);
                break;
            };
            if shelved.low as usize <= indent
                && let Some(found) = shelved.blocks[inside..].iter().position(fits)
            {
                return Some(number + found);
            }
            number = (shelf + 1) * SHELF;
        }
        let block = self.block(number)?;
        fits(block).then_some(number)
    }

    /// The last block before `before` with a line that is indented by `indent` at most.
    pub fn previous_low(&self, before: usize, indent: usize) -> Option<usize> {
        let fits = |block: &Block| block.low as usize <= indent;
        let shelved = self.shelves.len() * SHELF;
        let ended = self.ended();
        if before > ended && self.last(ended).is_some_and(fits) {
            return Some(ended);
        }
        let mut end = before.min(ended);
        if end > shelved {
            if let Some(found) = self.tail[..end - shelved].iter().rposition(fits) {
                return Some(shelved + found);
            }
            end = shelved;
        }
        while end > 0 {
            let (shelf, inside) = ((end - 1) / SHELF, (end - 1) % SHELF);
            let shelved = &self.shelves[shelf];
            if shelved.low as usize <= indent
                && let Some(found) = shelved.blocks[..=inside].iter().rposition(fits)
            {
                return Some(shelf * SHELF + found);
            }
            end = shelf * SHELF;
        }
        None
    }

    /// How many items begin in these blocks at `indent`; no line in them may be indented less.
    pub fn items(&self, blocks: Range<usize>, indent: usize) -> usize {
        let mut count = 0;
        self.pass(blocks, indent, |items| {
            count += items;
            true
        });
        count
    }

    /// Passes over these blocks as long as the item numbered `nth` (from 0) begins in none of them. Tells the block it
    /// begins in, if there is one, and how many items began before that block.
    pub fn item(&self, blocks: Range<usize>, indent: usize, nth: usize) -> (Option<usize>, usize) {
        let (mut before, start) = (0, blocks.start);
        let take = |before: &mut usize, items: usize| {
            let goes_on = *before + items <= nth;
            *before += if goes_on { items } else { 0 };
            goes_on
        };
        let shelf = self.pass(blocks.clone(), indent, |items| take(&mut before, items));
        let Some(first) = shelf else {
            return (None, before);
        };
        // It was passed shelf by shelf: within the one it stopped at, block by block.
        let end = ((first / SHELF + 1) * SHELF).min(blocks.end);
        for number in first.max(start)..end {
            let block = self.block(number).copied().unwrap_or_default();
            let items = if block.low as usize == indent {
                block.at_low as usize
            } else {
                0
            };
            if !take(&mut before, items) {
                return (Some(number), before);
            }
        }
        (None, before)
    }

    /// Gives the counts of items, block by block or shelf by shelf, until it is told to stop: then the first block of
    /// what it stopped at.
    fn pass(
        &self,
        blocks: Range<usize>,
        indent: usize,
        mut take: impl FnMut(usize) -> bool,
    ) -> Option<usize> {
        let counted = |low: u32, items: usize| if low as usize == indent { items } else { 0 };
        let mut number = blocks.start;
        while number < blocks.end {
            let shelf = number / SHELF;
            let whole = number.is_multiple_of(SHELF) && number + SHELF <= blocks.end;
            let (items, next) = match self.shelves.get(shelf) {
                Some(shelf) if whole => (counted(shelf.low, shelf.at_low), number + SHELF),
                _ => {
                    let block = self.block(number)?;
                    (counted(block.low, block.at_low as usize), number + 1)
                }
            };
            if !take(items) {
                return Some(number);
            }
            number = next;
        }
        None
    }

    /// Notes the long run that is not yet ended, and only that.
    pub fn keep_open(&mut self, run: Option<Range<usize>>) {
        self.open = run;
    }

    /// Where the long run ends that begins at `at`, when one does; as far as it has come, if it is not yet ended.
    pub fn long_from(&self, at: usize) -> Option<usize> {
        let open = self.open.as_ref().filter(|run| run.start == at);
        let found = || self.long.binary_search_by_key(&at, |run| run.start).ok();
        open.map(|run| run.end)
            .or_else(|| Some(self.long[found()?].end))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
    use proptest::sample::select;

    use crate::document::index::{Block, Index, SHELF};
    use crate::json::scan::{Lines, Scanner};

    /// Lines of forty bytes that go down and up as these say.
    fn built(steps: &[u8], times: usize) -> (Index, Vec<(usize, usize, bool)>) {
        let (mut index, mut lines, mut depth) = (Index::default(), Vec::new(), 0_usize);
        for (number, step) in steps.iter().cycle().take(steps.len() * times).enumerate() {
            let closes = step % 3 == 1 && depth > 0;
            lines.push((number * 40, depth, closes));
            index.line(number * 40, depth, closes);
            depth = match step % 3 {
                0 => depth + 1,
                1 => depth.saturating_sub(1),
                _ => depth,
            };
        }
        (index, lines)
    }

    fn indent(line: &(usize, usize, bool)) -> usize {
        line.1 - usize::from(line.2)
    }

    /// Whether some line of a block is indented by this at most, by reading them.
    fn is_low(index: &Index, lines: &[(usize, usize, bool)], block: usize, most: usize) -> bool {
        let end = index.block(block + 1).map_or(lines.len(), |next| next.line);
        let start = index.block(block).expect("a block").line;
        lines[start..end].iter().any(|line| indent(line) <= most)
    }

    proptest! {
        #[test]
        fn what_it_finds_is_what_reading_finds(
            steps in vec(any::<u8>(), 1..400),
            times in 1..2000_usize,
            from in any::<proptest::sample::Index>(),
            most in 0..6_usize,
        ) {
            let (index, lines) = built(&steps, times);
            let blocks = index.blocks();
            prop_assert_eq!(index.lines(), lines.len());
            let from = from.index(blocks);
            let low = |block: &usize| is_low(&index, &lines, *block, most);
            for line in 0..lines.len() {
                let near = index.block_of_line_near(line, from);
                prop_assert_eq!(Some(near), index.block_of_line(line));
            }
            prop_assert_eq!(index.next_low(from, most), (from..blocks).find(low));
            prop_assert_eq!(index.previous_low(from, most), (0..from).rev().find(low));
            let block = *index.block(from).expect("a block");
            prop_assert_eq!(block.depth as usize, lines[block.line].1);
            prop_assert_eq!(index.block_at(block.at), Some(from));
            prop_assert_eq!(index.block_at(block.at + 39), Some(from));
            prop_assert_eq!(index.block_of_line(block.line), Some(from));
            // Items at the least indent of everything from there to the end.
            let least = lines[block.line..].iter().map(indent).min().expect("a line");
            let items = |line: &&(usize, usize, bool)| indent(line) == least && !line.2;
            let count = lines[block.line..].iter().filter(items).count();
            prop_assert_eq!(index.items(from..blocks, least), count);
            for nth in [0, count / 2, count.saturating_sub(1), count] {
                let (found, before) = index.item(from..blocks, least, nth);
                if nth >= count {
                    prop_assert_eq!((found, before), (None, count));
                    continue;
                }
                let found = found.expect("it is there");
                let start = index.block(found).expect("a block").line;
                let end = index.block(found + 1).map_or(lines.len(), |next| next.line);
                let earlier = lines[block.line..start].iter().filter(items).count();
                let inside = lines[start..end].iter().filter(items).count();
                prop_assert_eq!(before, earlier);
                prop_assert!((before..before + inside).contains(&nth));
            }
        }
    }

    #[test]
    fn shelves_are_filled_and_shared() {
        let (index, _) = built(&[0, 2, 2, 1], 200_000);
        assert!(index.blocks() > 3 * SHELF, "{}", index.blocks());
        let clone = index.clone();
        assert_eq!(clone.block(SHELF), index.block(SHELF));
        assert_eq!(size_of::<Block>(), 32);
    }

    /// What the index and the scanner hold, and of how many bytes of input: `shape` again and again.
    fn held(head: &str, shape: &str) -> (usize, usize) {
        const SIZE: usize = 4 << 20;
        let mut text = head.to_owned();
        text.push_str(&shape.repeat(SIZE / shape.len()));
        let (mut index, mut scanner) = (Index::default(), Scanner::of_stream());
        for chunk in text.as_bytes().chunks(128 << 10) {
            scanner.feed(chunk, &mut index).expect("no fault in it");
        }
        (index.heap() + scanner.heap(), text.len())
    }

    /// The goal is an eighth; fixed costs count only where an input is small.
    #[test]
    fn it_is_small_beside_what_fills_it_most() {
        for (head, shape) in [
            ("", "[[],"),
            ("", "{\"\":"),
            ("[", "1,1,"),
            ("", "["),
            ("", "[{\"\":"),
            ("[", "\"\","),
            ("[", "[1],"),
            ("", "1\n"),
            ("", "[[[[[[[{\"\":"),
        ] {
            let (heap, bytes) = held(head, shape);
            assert!(heap * 8 <= bytes, "{shape}: {heap} of {bytes}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Whatever may follow one another in an array.
        #[test]
        fn it_is_small_beside_any_input(
            shape in vec(
                select(&["[", "[[", "{\"\":[", "{\"\":{\"\":[", "1,", "\"\",", "[],", "{},", "{\"\":0},", " "][..]),
                1..120,
            ),
        ) {
            let (heap, bytes) = held("[", &shape.concat());
            prop_assert!(heap * 8 <= bytes, "{heap} of {bytes}");
        }
    }
}
