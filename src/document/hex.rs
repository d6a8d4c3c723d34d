//! Bytes that are no text: sixteen a row, as offset, hexadecimal digits and ASCII.

use std::fmt::Write;

use crate::document::place::Place;
use crate::document::row::{Piece, Row, Tint};

/// How many bytes a row shows.
pub const WIDTH: usize = 16;

/// The row at `place`, whose bytes these are: sixteen, fewer at the end.
pub fn row(place: Place, shown: &[u8]) -> Row {
    let start = place.at;
    let span = start..start + shown.len();
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
        span: span.clone(),
    };
    let pieces = vec![
        piece(Tint::Punctuation, format!("{start:08x}  ")),
        piece(Tint::Plain, digits),
        piece(Tint::String, format!(" {}", ascii.collect::<String>())),
    ];
    Row {
        place,
        indent: 0,
        span,
        folded: None,
        pieces,
    }
}
