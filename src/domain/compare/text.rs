//! Two bodies that are no JSON: line by line when they are text, else the first byte that differs.

use std::collections::HashMap;
use std::fmt::Write;

use crate::domain::compare::align::Aligner;
use crate::domain::compare::row::{Row, RowKind};
use crate::domain::compare::tree::MOST_VALUES;
use crate::domain::compare::word::Marker;

/// How many bytes are shown from where two bodies part.
const SHOWN: usize = 16;

/// The rows of two texts; lines end with LF and keep what else ends them. `None`: there are too many.
pub fn lines(left: &str, right: &str) -> Option<Vec<Row>> {
    let count = |text: &str| memchr::memchr_iter(b'\n', text.as_bytes()).count();
    if count(left).max(count(right)) >= MOST_VALUES {
        return None;
    }
    let (left, right) = (split(left), split(right));
    let mut known = HashMap::new();
    let mut class = |line| {
        let next = known.len() as u32;
        *known.entry(line).or_insert(next)
    };
    let of_left: Vec<u32> = left.iter().map(|line| class(*line)).collect();
    let of_right: Vec<u32> = right.iter().map(|line| class(*line)).collect();
    let pairs = Aligner::default().pairs(&of_left, &of_right);
    let mut lines = Lines {
        left: &left,
        right: &right,
        rows: Vec::new(),
        marker: Marker::default(),
    };
    let (mut start, end) = ((0, 0), (left.len(), right.len()));
    for (left, right) in pairs.into_iter().chain([end]) {
        lines.gap(start, (left, right));
        if (left, right) != end {
            lines.push(Some(left), Some(right));
        }
        start = (left + 1, right + 1);
    }
    Some(lines.rows)
}

/// A text without a byte has no line.
fn split(text: &str) -> Vec<&str> {
    match text.is_empty() {
        true => Vec::new(),
        false => text.split('\n').collect(),
    }
}

struct Lines<'a> {
    left: &'a [&'a str],
    right: &'a [&'a str],
    rows: Vec<Row>,
    marker: Marker,
}

impl Lines<'_> {
    /// Lines between two that are the same: one for one changed, the rest removed or added.
    fn gap(&mut self, from: (usize, usize), to: (usize, usize)) {
        let count = (to.0 - from.0).max(to.1 - from.1);
        for at in 0..count {
            let left = Some(from.0 + at).filter(|line| *line < to.0);
            let right = Some(from.1 + at).filter(|line| *line < to.1);
            self.push(left, right);
        }
    }

    fn push(&mut self, left: Option<usize>, right: Option<usize>) {
        let text_left = left.map(|line| self.left[line]);
        let text_right = right.map(|line| self.right[line]);
        let number = |line: usize| (line + 1).to_string();
        let name = right.or(left).map(number).unwrap_or_default();
        let from = left.map(number).filter(|from| *from != name);
        let Some(mut row) = Row::of(name, text_left, text_right) else {
            return;
        };
        if row.kind == RowKind::Changed {
            let texts = (
                text_left.unwrap_or_default(),
                text_right.unwrap_or_default(),
            );
            row.marks = self.marker.marks(texts.0, texts.1);
        }
        row.from = from;
        self.rows.push(row);
    }
}

/// The row of two bodies that are no text.
pub fn bytes(left: &[u8], right: &[u8]) -> Option<Row> {
    if left == right {
        let same = format!("{} bytes", left.len());
        return Row::of("bytes", Some(&same), Some(&same)).filter(|_| !left.is_empty());
    }
    let parts = left
        .iter()
        .zip(right)
        .position(|(left, right)| left != right);
    let at = parts.unwrap_or(left.len().min(right.len()));
    let shown = |body: &[u8]| {
        let from_there = body[at..].iter().take(SHOWN);
        let mut text = String::new();
        for byte in from_there {
            let _ = write!(text, "{byte:02x} ");
        }
        if body.len() > at + SHOWN {
            text.push('…');
        }
        match text.trim_end() {
            "" => "(the end)".to_owned(),
            text => text.to_owned(),
        }
    };
    let row = Row::of(
        format!("from byte {at}"),
        Some(&shown(left)),
        Some(&shown(right)),
    )?;
    let sizes = format!(
        "{} bytes on the left, {} on the right",
        left.len(),
        right.len()
    );
    Some(Row {
        // Both may show the same bytes only where one ends: they differ all the same.
        kind: RowKind::Changed,
        note: Some(sizes),
        ..row
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::{bytes, lines};
    use crate::domain::compare::row::RowKind;

    fn told(left: &str, right: &str) -> Vec<String> {
        let rows = lines(left, right).expect("few lines");
        let text = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let row = |row: &super::Row| {
            let from = row
                .from
                .as_deref()
                .map(|from| format!(" from {from}"))
                .unwrap_or_default();
            let (left, right) = (text(row.left.as_deref()), text(row.right.as_deref()));
            format!("{} {}{from}: {left} | {right}", row.kind.word(), row.name)
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn lines_are_compared_in_order() {
        assert_eq!(
            told("a\nb\nc", "a\nx\nc\nd"),
            [
                "same 1: a | a",
                "changed 2: b | x",
                "same 3: c | c",
                "added 4: - | d"
            ]
        );
        assert_eq!(
            told("a\nb", "b"),
            ["removed 1: a | -", "same 1 from 2: b | b"]
        );
        assert_eq!(told("", "a"), ["added 1: - | a"]);
        assert_eq!(told("", ""), [""; 0]);
        // A missing line end is a difference.
        assert_eq!(told("a", "a\n"), ["same 1: a | a", "added 2: - | "]);
    }

    #[test]
    fn bytes_part_somewhere() {
        let row = bytes(b"\xff\x00ab", b"\xff\x00b").expect("a row");
        assert_eq!(
            (row.name.as_str(), row.kind),
            ("from byte 2", RowKind::Changed)
        );
        assert_eq!(
            (row.left.as_deref(), row.right.as_deref()),
            (Some("61 62"), Some("62"))
        );
        let row = bytes(b"\xff", b"\xff\xff").expect("a row");
        assert_eq!(
            (row.left.as_deref(), row.right.as_deref()),
            (Some("(the end)"), Some("ff"))
        );
        assert_eq!(bytes(b"\xff", b"\xff").expect("a row").kind, RowKind::Same);
        assert!(bytes(b"", b"").is_none());
    }

    proptest! {
        #[test]
        fn the_rows_make_the_right_from_the_left(left in "([ab]\r?\n){0,8}[ab]?", right in "([ab]\n){0,8}[ab]?") {
            let rows = lines(&left, &right).expect("few lines");
            let of = |side: &dyn Fn(&super::Row) -> Option<String>| rows.iter().filter_map(side).collect::<Vec<_>>().join("\n");
            prop_assert_eq!(of(&|row| row.left.as_deref().map(Into::into)), left.clone());
            prop_assert_eq!(of(&|row| row.right.as_deref().map(Into::into)), right.clone());
            for row in rows {
                let same = row.left == row.right;
                prop_assert!(same == (row.kind == RowKind::Same));
            }
        }
    }
}
