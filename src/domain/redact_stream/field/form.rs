//! Secret fields of a form body (`name=value&…`; WHATWG URL 5) that streams.

use memchr::memchr2;

use crate::domain::redact::REDACTED;
use crate::domain::redact_stream::head::Head;
use crate::domain::secret_field::body::decode;
use crate::domain::secret_field::{LONGEST_NAME, SecretFields};

/// The longest name with each of its characters an escape.
const NAME: usize = LONGEST_NAME * 3;

/// Cuts secret fields out of a form.
#[derive(Default)]
pub struct FormCut {
    /// The name, as far as it has come.
    name: Vec<u8>,
    at: At,
    count: u32,
}

/// Where in a pair the next byte stands.
#[derive(Default)]
enum At {
    #[default]
    Name,
    Plain,
    Secret(Head),
}

impl FormCut {
    /// Takes the next piece.
    pub fn push(&mut self, fields: &SecretFields, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        while !rest.is_empty() {
            let stop = match self.at {
                At::Name => memchr2(b'=', b'&', rest),
                At::Plain | At::Secret(_) => memchr::memchr(b'&', rest),
            };
            let (before, after) = rest.split_at(stop.unwrap_or(rest.len()));
            match &mut self.at {
                At::Name => {
                    let room = (NAME + 1).saturating_sub(self.name.len());
                    self.name
                        .extend_from_slice(&before[..room.min(before.len())]);
                    out.extend_from_slice(before);
                }
                At::Plain => out.extend_from_slice(before),
                At::Secret(head) => head.take(before),
            }
            rest = after;
            if let Some((sign, left)) = after.split_first() {
                self.finish(out);
                if *sign == b'=' && self.is_secret(fields) {
                    self.at = At::Secret(Head::default());
                } else if *sign == b'=' {
                    self.at = At::Plain;
                }
                self.name.clear();
                out.push(*sign);
                rest = left;
            }
        }
    }

    /// A pair has ended.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        let At::Secret(head) = std::mem::take(&mut self.at) else {
            return;
        };
        match head.whole() {
            Some(whole) if whole.is_empty() || whole == REDACTED.as_bytes() => {
                out.extend_from_slice(whole);
            }
            _ => {
                self.count = self.count.saturating_add(1);
                out.extend_from_slice(REDACTED.as_bytes());
            }
        }
    }

    /// How many were cut out.
    pub fn count(&self) -> u32 {
        self.count
    }

    fn is_secret(&self, fields: &SecretFields) -> bool {
        self.name.len() <= NAME && fields.is_secret_field(&decode(&self.name))
    }
}
