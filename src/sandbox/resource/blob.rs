//! `GET /v1/blob?mib=N`: a JSON document of about N MiB, made while it is sent and never held.
//!
//! The same seed and size give the same bytes, so a test may send for it twice and compare.

use std::fmt::Write;

use bytes::Bytes;
use http::StatusCode;

use crate::sandbox::answer::{Answer, Content, Problem};
use crate::sandbox::call::Call;
use crate::sandbox::dice::Dice;

/// The largest document, in MiB.
const LARGEST: u64 = 2048;
/// About what is made at a time.
const PIECE: usize = 64 << 10;

const CHANNELS: [&str; 6] = [
    "Arte",
    "Kanal 5",
    "TV Zürich",
    "Télé Lyon",
    "NHK 総合",
    "Ñandutí TV",
];
const TITLES: [&str; 6] = [
    "The long night",
    "\\\"Quoted\\\" news",
    "Caf\\u00e9 society",
    "Der Fluß",
    "天気予報",
    "Line\\nbreak",
];
const CURRENCIES: [&str; 4] = ["EUR", "CHF", "USD", "JPY"];

/// The document, or what is wrong with `mib`.
pub fn answer(call: &Call, seed: u64) -> Answer {
    let wrong = |code, message: String| {
        Answer::problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            Problem::at(&["mib"], code, message),
        )
    };
    let Some(text) = call.parameter("mib") else {
        return wrong("missing", "is missing".to_owned());
    };
    match text.parse::<u64>() {
        Ok(mib @ 1..=LARGEST) => Answer::document(
            StatusCode::OK,
            Content::Pieces(Box::new(Recordings::new(mib, seed))),
        ),
        Ok(_) => wrong("out_of_range", format!("must be from 1 to {LARGEST}")),
        Err(_) => wrong("wrong_type", "must be a whole number".to_owned()),
    }
}

/// The document in pieces: a head, as many recordings as fit, a tail.
struct Recordings {
    dice: Dice,
    mib: u64,
    /// Bytes still to be made; `None` when the tail is out.
    left: Option<u64>,
    number: u64,
}

impl Recordings {
    fn new(mib: u64, seed: u64) -> Self {
        Self {
            dice: Dice::new(seed ^ mib),
            mib,
            left: Some(mib << 20),
            number: 0,
        }
    }

    /// One recording; writing to a `String` cannot fail, so the results are not looked at.
    fn recording(&mut self, out: &mut String) {
        let dice = &mut self.dice;
        let (channel, title) = (dice.below(6), dice.below(6));
        let id = dice.id("rec");
        let _ = write!(
            out,
            r#"{{"id":"{id}","object":"recording","title":"{}","channel":{{"number":{},"name":"{}"}},"#,
            TITLES[title as usize],
            channel + 1,
            CHANNELS[channel as usize],
        );
        let _ = write!(
            out,
            r#""day":{},"duration_s":{},"rating":{}.{},"watched":{},"note":{},"#,
            20_000 + self.number / 48,
            600 + dice.below(7200),
            dice.below(5),
            dice.below(10),
            dice.below(2) == 0,
            if dice.below(3) == 0 {
                r#""kept for later""#
            } else {
                "null"
            },
        );
        let _ = write!(
            out,
            r#""tags":["t{}","t{}"],"price":{{"amount":{},"currency":"{}"}}}}"#,
            dice.below(50),
            dice.below(50),
            dice.below(5000),
            CURRENCIES[dice.below(4) as usize],
        );
        self.number += 1;
    }
}

impl Iterator for Recordings {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let left = self.left?;
        let mut piece = String::with_capacity(PIECE + 1024);
        if self.number == 0 {
            let _ = write!(piece, r#"{{"object":"blob","mib":{},"data":["#, self.mib);
        }
        let goal = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        while piece.len() < goal {
            piece.push_str(if self.number == 0 { "\n" } else { ",\n" });
            self.recording(&mut piece);
        }
        self.left = left
            .checked_sub(piece.len() as u64)
            .filter(|left| *left > 0);
        if self.left.is_none() {
            piece.push_str("\n]}\n");
        }
        Some(Bytes::from(piece))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Recordings;

    #[test]
    fn a_document_is_json_of_about_its_size_and_repeatable() {
        for mib in [1, 3] {
            let document: Vec<u8> = Recordings::new(mib, 7).flatten().collect();
            let size = document.len() as u64;
            assert!((mib << 20..(mib << 20) + 2048).contains(&size), "{size}");
            let value: Value = serde_json::from_slice(&document).unwrap();
            assert!(value["data"].as_array().unwrap().len() > 1000);
            assert!(document == Recordings::new(mib, 7).flatten().collect::<Vec<u8>>());
            assert!(document != Recordings::new(mib, 8).flatten().collect::<Vec<u8>>());
        }
    }
}
