//! A history of a million exchanges: what a page, each kind of filter, a search and an insert cost; beside them the plain
//! queries that somebody would type into `sqlite3`, on the same file.
//!
//! `cargo bench --bench history -- --rows 20000` for a quick look; without `--rows` it is a million. `--body 10KiB` gives
//! each exchange an answer of that size (half a body more is sent), `--dir DIR` keeps the history there and uses it again.
//! Nothing of it runs under `cargo test`.
//!
//! Rows are written through the store's own row writers, 1000 to a transaction; the inserts that are measured go the
//! whole way, an intent and an ending each with its own wait for the disk.

#[path = "history/fill.rs"]
mod fill;
#[path = "history/measure.rs"]
mod measure;

use std::path::PathBuf;
use std::time::Instant;

use reqscope::store::Store;

use crate::fill::Fill;

/// What was asked for on the command line.
struct Asked {
    rows: u64,
    body: usize,
    dir: Option<PathBuf>,
}

impl Asked {
    fn read() -> Option<Asked> {
        let mut asked = Asked {
            rows: 1_000_000,
            body: 0,
            dir: None,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                // What cargo itself says: bench is meant, or a test run that has nothing to test here.
                "--bench" => {}
                "--test" => return None,
                "--rows" => asked.rows = words.next()?.parse().ok()?,
                "--body" => asked.body = size(&words.next()?)?,
                "--dir" => asked.dir = Some(words.next()?.into()),
                _ => return None,
            }
        }
        Some(asked)
    }
}

fn size(text: &str) -> Option<usize> {
    let (number, unit) = text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    );
    let unit = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    number.parse::<usize>().ok()?.checked_mul(unit)
}

fn main() {
    let Some(asked) = Asked::read() else {
        eprintln!("usage: cargo bench --bench history -- [--rows N] [--body 10KiB] [--dir DIR]");
        return;
    };
    let kept = asked.dir.clone();
    let temporary = tempfile::tempdir().expect("a directory");
    let dir = kept.unwrap_or_else(|| temporary.path().to_owned());
    println!(
        "{} exchanges, answers of {} bytes beside the small ones",
        asked.rows, asked.body
    );
    let fill = Fill {
        dir: &dir,
        rows: asked.rows,
        body: asked.body,
    };
    let start = Instant::now();
    fill.run();
    println!("filled and indexed in {:.1?}", start.elapsed());
    measure::files(&dir);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&dir).await.expect("the history");
        measure::filters(&store, &dir).await;
        measure::inserts(&store).await;
        store.close().await;
    });
    measure::memory();
}
