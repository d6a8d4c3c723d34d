//! Bytes that are no text: sixteen a row, as offset, hexadecimal digits and ASCII.

use std::fmt::Write;

use crate::document::row::{Piece, Row, Tint};

/// How many bytes a row shows.
pub const WIDTH: usize = 16;

/// Row `number` (from 0) of a dump; empty behind the end.
pub fn row(bytes: &[u8], number: usize) -> Row {
    let start = number.saturating_mul(WIDTH).min(bytes.len());
    let end = start.saturating_add(WIDTH).min(bytes.len());
    let shown = &bytes[start..end];
    let mut digits = String::with_capacity(WIDTH * 3 + 2);
    for at in 0..WIDTH {
        let gap = if at == WIDTH / 2 { " " } else { "" };
        // Writing to a String cannot fail.
        let _ = match shown.get(at) {
            Some(byte) => write!(digits, "{gap}{byte:02x} "),
            None => write!(digits, "{gap}   "),
        };
    }
    let ascii = shown.iter().map(|byte| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '.',
    });
    let piece = |tint, text| Piece {
        tint,
        text,
        span: start..end,
    };
    Row {
        line: number + 1,
        slice: 0,
        span: start..end,
        pieces: vec![
            piece(Tint::Punctuation, format!("{start:08x}  ")),
            piece(Tint::Plain, digits),
            piece(Tint::String, format!(" {}", ascii.collect::<String>())),
        ],
    }
}
