//! Two exchanges of the history, compared: read here, judged in `domain::compare`.
//!
//! Bodies are read to a cap; of what lies beyond, only the digest is taken. All of it runs on a blocking task, and ends
//! early when nobody waits any more.

use std::fs::File;
use std::io::{self, Read};

use aws_lc_rs::digest::{Context, SHA256};

use crate::domain::compare::body::{Beyond, Body, MOST};
use crate::domain::compare::{Comparison, Side, compare as compare_sides};
use crate::domain::exchange::Exchange;
use crate::domain::id::ExchangeId;
use crate::store::Store;
use crate::store::error::StoreError;

/// How much is read at once.
const BLOCK: usize = 1 << 20;

/// Why two exchanges could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The history.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One of them is gone.
    #[error("exchange {0} is no longer in the history: choose another")]
    Gone(ExchangeId),
    /// A body.
    #[error("the body of exchange {0} cannot be read: {1}")]
    Body(ExchangeId, io::Error),
}

/// Reads and compares two exchanges. `None`: `wanted` said meanwhile that nobody waits for it any more.
///
/// # Errors
/// When one of them, or its body, cannot be read.
pub async fn compare(
    store: &Store,
    left: &ExchangeId,
    right: &ExchangeId,
    wanted: impl Fn() -> bool + Send + 'static,
) -> Result<Option<Comparison>, CompareError> {
    let gone = |id: &ExchangeId| CompareError::Gone(id.clone());
    let left = store.get(left).await?.ok_or_else(|| gone(left))?;
    let right = store.get(right).await?.ok_or_else(|| gone(right))?;
    let store = store.clone();
    let work = move || {
        let Some(body_left) = body(&store, &left, &wanted)? else {
            return Ok(None);
        };
        let Some(body_right) = body(&store, &right, &wanted)? else {
            return Ok(None);
        };
        let side = |exchange, body| Side { exchange, body };
        let (left, right) = (side(&left, body_left), side(&right, body_right));
        Ok(compare_sides(&left, &right, &wanted))
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(compared) => compared,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

fn body(
    store: &Store,
    exchange: &Exchange,
    wanted: &dyn Fn() -> bool,
) -> Result<Option<Body<'static>>, CompareError> {
    let Some(file) = store.open_body(&exchange.id)? else {
        return Ok(Some(Body::default()));
    };
    read(file, MOST, wanted).map_err(|error| CompareError::Body(exchange.id.clone(), error))
}

/// A body to `most` bytes; `None` when it is not wanted any more.
fn read(
    mut file: File,
    most: usize,
    wanted: &dyn Fn() -> bool,
) -> io::Result<Option<Body<'static>>> {
    let mut bytes = Vec::new();
    Read::by_ref(&mut file)
        .take(most as u64)
        .read_to_end(&mut bytes)?;
    let (mut digest, mut len) = (Context::new(&SHA256), bytes.len() as u64);
    let mut block = vec![0; BLOCK];
    let mut count = file.read(&mut block)?;
    if count == 0 {
        return Ok(Some(Body::whole(bytes)));
    }
    digest.update(&bytes);
    while count > 0 {
        if !wanted() {
            return Ok(None);
        }
        digest.update(&block[..count]);
        len += count as u64;
        count = file.read(&mut block)?;
    }
    let mut whole = [0; 32];
    whole.copy_from_slice(digest.finish().as_ref());
    Ok(Some(Body {
        beyond: Some(Beyond { len, digest: whole }),
        ..Body::whole(bytes)
    }))
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::read;

    #[test]
    fn a_body_is_read_to_the_cap_and_told_apart_beyond_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let body = |text: &str, most| {
            let path = dir.path().join("body");
            std::fs::write(&path, text).expect("written");
            let body = read(File::open(path).expect("there"), most, &|| true);
            body.expect("read").expect("wanted")
        };
        assert_eq!(
            (body("abcd", 4).beyond, body("abcd", 4).bytes.len()),
            (None, 4)
        );
        let (one, other) = (body("abcdX", 4), body("abcdY", 4));
        assert_eq!(one.bytes, other.bytes);
        assert_eq!((one.beyond.map(|b| b.len), one == other), (Some(5), false));
        assert_eq!(one, body("abcdX", 4));
        let path = dir.path().join("body");
        assert_eq!(
            read(File::open(path).expect("there"), 1, &|| false).expect("read"),
            None
        );
    }
}
