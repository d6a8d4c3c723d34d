//! Secrets that a person writes into a request: they rest sealed or not at all, and a replay is byte for byte what was
//! sent, or is refused.
//!
//! ```text
//!   the program ──▶ relay: keeps each request's bytes ──▶ the sandbox
//! ```

mod command;
mod draft;
mod relay;
mod row;
mod screen;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::home::{Home, Output};

use crate::relay::Relay;

/// A card payment, spelled as no serializer would.
pub const PAYMENT: &str = "{ \"amount\": 7, \"currency\":\"EUR\", \"account\" :\"acct_demo\",\n \"card\":{\"number\": \
                           \"\\u0034242424242424242\", \"cvc\":\"737\"} }";

/// The card's number as a person says it.
pub const NUMBER: &str = "4242424242424242";

/// A home whose sandbox profile keeps secrets in this way.
pub fn home(keep: &str) -> Home {
    let mut home = Home::new(env!("CARGO_BIN_EXE_reqscope"));
    let text = format!("[profile.sandbox]\nkeep = \"{keep}\"\n");
    let config = home.write("config/reqscope/config.toml", text);
    home.set("REQSCOPE_CONFIG", config);
    home
}

/// Runs a command towards a relay; the words of `line` are parted by blanks, `more` holds what has blanks in it.
pub fn run(home: &Home, relay: &Relay, line: &str, more: &[&str]) -> Output {
    let line = format!("--base-url {} {line}", relay.url);
    let words: Vec<&str> = line
        .split_whitespace()
        .chain(more.iter().copied())
        .collect();
    home.reqscope(&words)
}

/// The history, newest first.
pub fn history(home: &Home) -> Vec<Value> {
    home.reqscope(&["history", "--json"])
        .expect_code(0)
        .json_lines()
}

/// The id of an exchange.
pub fn id(exchange: &Value) -> &str {
    exchange["id"].as_str().expect("an exchange has an id")
}

/// How many payments were made behind this relay.
pub fn payments(home: &Home, relay: &Relay) -> usize {
    let apart = home.path().join("apart");
    let apart = apart.to_str().expect("a path");
    let listed = run(home, relay, "send /v1/payments --data-dir", &[apart]);
    listed.expect_code(0).json()["data"]
        .as_array()
        .map_or(0, Vec::len)
}

/// Every file below the home directory, but what the test itself wrote there.
pub fn files(below: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(below).expect("a directory");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => vec![path],
        })
        .collect()
}

/// That no file of this home holds one of these.
pub fn assert_nowhere(home: &Home, secrets: &[&str]) {
    let files = files(home.path());
    assert!(
        files.iter().any(|file| file.starts_with(home.data_dir())),
        "no history"
    );
    for file in files.iter().filter(|file| !file.ends_with("given")) {
        let bytes = std::fs::read(file).expect("a file");
        for secret in secrets {
            let found = memchr::memmem::find(&bytes, secret.as_bytes());
            assert_eq!(found, None, "{secret} is in {}", file.display());
        }
    }
}
