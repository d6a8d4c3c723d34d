//! Who may import whom: the layers of `src/`, held as a table and checked against the sources.
//!
//! A new room, or a new file in `src/tui/`, gets a row here. A thing that fits two rows says that the table is wrong.

use std::path::Path;

use support::layer::{House, Row, Rules, row, strangers};
use support::source::Source;

/// What a pane or an overlay may see: all of the interface below it, and the facts.
const ON_SCREEN: &[&str] = &[
    "tui::session",
    "tui::message",
    "tui::action",
    "tui::keymap",
    "tui::outcome_look",
    "tui::resend",
    "tui::widget",
    "tui::theme",
    "domain",
    "document",
];

#[rustfmt::skip]
const TABLE: &[Row] = &[
    row("json", &[]),
    row("domain", &["json"]),
    row("document", &["json"]),
    row("formats", &["domain", "json"]),
    // A filter over a body, in a process of its own: it is told what to read, and knows no exchange.
    row("jq", &["json", "document"]),
    row("client", &["domain", "json"]),
    row("store", &["domain", "json"]),
    row("config", &["domain", "json"]),
    // The tests' oracle: it must not share the code it judges.
    row("sandbox", &["json"]),
    row("dispatch", &["domain", "client", "store", "config"]),
    // Opens the rooms below in their order, for the command line and the screen alike.
    row("services", &["domain", "client", "store", "config", "sandbox", "dispatch"]),

    row("tui::theme", &[]),
    row("tui::key", &[]),
    row("tui::action", &["tui::key"]),
    // For the command line: it asks at a terminal before there is a screen.
    row("tui::prompt", &[]),
    row("tui::keymap", &["tui::key", "tui::action"]),
    row("tui::terminal", &["tui::theme", "tui::action", "tui::keymap"]),
    row("tui::widget", &["tui::theme", "document"]),
    // Words for what is sent again by itself.
    row("tui::resend", &["domain"]),
    // A file that goes with whoever holds it.
    row("tui::scratch", &[]),
    row("tui::message", &["tui::action", "tui::resend", "tui::scratch", "domain", "document"]),
    // What a message brings is what the session keeps.
    row("tui::session", &["tui::message", "tui::action", "tui::resend", "domain", "document"]),
    row("tui::layout", &[]),
    row("tui::outcome_look", &["tui::theme", "domain"]),
    row("tui::bar", &[
        "tui::session", "tui::message", "tui::layout", "tui::action", "tui::outcome_look", "tui::resend", "tui::widget",
        "tui::theme", "domain", "document",
    ]),
    strangers("tui::pane", ON_SCREEN),
    // They know each other: one may hold the question that it asks over itself.
    row("tui::overlay", ON_SCREEN),
    row("tui::app", &[
        "tui::pane", "tui::overlay", "tui::bar", "tui::layout", "tui::session", "tui::message", "tui::action",
        "tui::keymap", "tui::resend", "tui::scratch", "tui::widget", "tui::theme", "domain", "document",
    ]),
    // The only file of the interface that sees the world.
    row("tui::runner", &[
        "tui::message", "tui::resend", "tui::scratch", "domain", "document", "services", "dispatch", "store", "config", "sandbox", "formats",
        "jq",
    ]),
    row("tui", &[
        "tui::app", "tui::runner", "tui::terminal", "tui::message", "tui::theme", "services", "domain",
    ]),

    row("cli", &[
        "tui", "services", "dispatch", "store", "config", "sandbox", "formats", "jq", "document", "domain",
    ]),
    row("lib", &["cli"]),
    row("main", &["cli"]),
];

/// Crates that one room keeps to itself.
#[rustfmt::skip]
const KEPT: &[(&str, &[&str])] = &[
    ("reqwest", &["client"]),
    ("rusqlite", &["store"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("tui_textarea", &["tui"]),
    ("hyper", &["sandbox", "client"]),
    // The client reads its errors (did the server close before it answered?) and asks it for the system's proxy, as reqwest does.
    ("hyper_util", &["sandbox", "client"]),
    ("jaq_core", &["jq"]),
    ("jaq_std", &["jq"]),
    ("jaq_json", &["jq"]),
    ("rustix", &["jq"]),
    // The pure rooms know no async.
    ("tokio", &["client", "store", "sandbox", "dispatch", "services", "jq", "tui", "cli", "main"]),
];

/// Rooms that may use these crates and, outside their tests, no other.
const ONLY: &[(&str, &[&str])] = &[("json", &["memchr"])];

const RULES: Rules = Rules {
    table: TABLE,
    kept: KEPT,
    only: ONLY,
    glob: "proptest::prelude",
    most_lines: 600,
};

#[test]
fn every_room_imports_what_its_row_says() {
    let house = House::read(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(house.files.len() > 10, "the sources were not found");
    let faults = house.faults(&RULES);
    assert!(
        faults.is_empty(),
        "the layers of src/ are the table at the top of tests/layers.rs:\n  {}",
        faults.join("\n  ")
    );
}

#[test]
fn a_row_names_rows() {
    for row in TABLE {
        for room in row.may {
            assert!(TABLE.iter().any(|row| row.room == *room), "{room}");
        }
    }
    for (_, rooms) in KEPT {
        for room in *rooms {
            assert!(TABLE.iter().any(|row| row.room == *room), "{room}");
        }
    }
}

/// A house of these files, its crates those that the rules name.
fn house(files: &[(&str, &str)]) -> House {
    let files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), Source::read(text)));
    let crates = KEPT.iter().map(|(name, _)| (*name).to_owned());
    House {
        files: files.collect(),
        crates: crates
            .chain(["serde_json".into(), "proptest".into()])
            .collect(),
    }
}

/// The faults of one file among modules that exist.
fn faults(path: &str, text: &str) -> Vec<String> {
    house(&[
        ("src/lib.rs", "pub mod cli; pub mod store;"),
        ("src/store/mod.rs", "pub mod row;"),
        ("src/store/row.rs", ""),
        ("src/domain/request.rs", ""),
        ("src/tui/mod.rs", "mod pane; mod app;"),
        ("src/tui/pane/mod.rs", "pub mod history; pub mod request;"),
        ("src/tui/pane/history.rs", ""),
        (path, text),
    ])
    .faults(&RULES)
}

/// A file, what stands in it, and a part of the one fault that is found.
#[rustfmt::skip]
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("src/client/a.rs", "use crate::store::Db;", ":1:"),
    ("src/client/a.rs", "\n\nuse crate::{domain::x, store};", ":3:"),
    ("src/client/a.rs", "use crate::{domain::{a, b}, store::{self}};", "store"),
    ("src/client/a.rs", "fn f() { crate::store::row::get(); }", "store"),
    ("src/client/a.rs", "fn f() -> Vec<crate::store::Row> {}", "store"),
    ("src/client/a.rs", "use crate::store::Db; fn f() { Db::open(); Db::close() }", ":1:"),
    ("src/client/a.rs", "pub(in crate::store) fn f() {}", "store"),
    ("src/client/a.rs", "use super::super::store::Db;", "store"),
    ("src/client/a.rs", "mod inner { use super::super::super::store::Db; }", "store"),
    ("src/client/a.rs", "mod tests { use crate::store::Db; }", "store"),
    ("src/client/a.rs", r##"const A: &str = r#"a " quote"#; use crate::store::Db;"##, "store"),
    ("src/client/a.rs", "const Q: char = '\"'; use crate::store::Db; // \"", "store"),
    ("src/client/a.rs", "fn f<'a>(_: &'a str) { crate::store::get() }", "store"),
    ("src/client/a.rs", "/* /* */ */ use crate::store::Db;", "store"),
    ("src/sandbox/a.rs", "use crate::domain::request::Request;", "domain"),
    ("src/tui/pane/request.rs", "use crate::tui::pane::history::X;", "each other"),
    ("src/tui/pane/request.rs", "use super::history::X;", "each other"),
    ("src/tui/pane/request.rs", "use crate::tui::pane; fn f() { pane::history::x() }", "each other"),
    ("src/tui/pane/request.rs", "use crate::tui::pane as p; fn f() { p::history::x() }", "each other"),
    ("src/tui/pane/request.rs", "use crate::tui::app::App;", "tui::app"),
    ("src/tui/widget/list.rs", "use crate::domain::request::Request;", "domain"),
    ("src/tui/text.rs", "", "add it to the table"),
    ("src/util.rs", "", "add it to the table"),
    ("src/tui/mod.rs", "mod pane; fn f() { pane::history::draw() }", "tui::pane"),
    ("src/main.rs", "fn main() { reqscope::store::open() }", "store"),
    ("src/domain/a.rs", "use super::*;", "a glob"),
    ("src/domain/a.rs", "use proptest::prelude::*;", "a glob"),
    ("src/domain/a.rs", "mod tests { use crate::domain::request::{A, *}; }", "a glob"),
    ("src/domain/a.rs", "pub use crate::domain::request::Request;", "hand none on"),
    ("src/domain/a.rs", "pub(crate) use super::request::Request;", "hand none on"),
    ("src/store/a.rs", "use reqwest::Client;", "reqwest"),
    ("src/store/a.rs", "use reqwest as r;", "reqwest"),
    ("src/store/a.rs", "fn f(_: &::reqwest::Client) {}", "reqwest"),
    ("src/client/a.rs", "type Db = rusqlite::Connection;", "rusqlite"),
    ("src/cli/a.rs", "use {ratatui::Frame, std::io};", "ratatui"),
    ("src/store/a.rs", "fn f(_: hyper_util::rt::TokioIo<u8>) {}", "hyper_util"),
    ("src/domain/a.rs", "async fn f() { tokio::time::sleep(d).await }", "tokio"),
    ("src/json/a.rs", "use serde_json::Value;", "no other"),
];

#[test]
fn what_the_table_forbids_is_caught() {
    for (path, text, expected) in FORBIDDEN {
        let found = faults(path, text);
        assert_eq!(found.len(), 1, "{path}: {text}: {found:?}");
        assert!(
            found[0].starts_with(path) && found[0].contains(expected),
            "{path}: {text}: {found:?}"
        );
    }
}

/// A file, and what stands in it without a fault.
#[rustfmt::skip]
const ALLOWED: &[(&str, &str)] = &[
    ("src/client/a.rs", "use crate::domain::request::Request; use crate::client::b::C;"),
    ("src/client/a.rs", "// use crate::store::Db;\n/// [`crate::store`]\n/* crate::store::x */"),
    ("src/client/a.rs", "const A: &str = \"crate::store::Db\\\" crate::store\";"),
    ("src/client/a.rs", "const A: &[u8] = br##\"crate::store\"# \"##;"),
    ("src/client/a.rs", "mod tests { use super::Client; use super::super::client::b::C; }"),
    ("src/client/a.rs", "fn f() { let store = 1; self.store::<u8>(); x.store::<u8>() }"),
    ("src/client/a.rs", "fn f<'a>() -> impl Iterator<Item = &'a u8> + use<'a> {}"),
    ("src/domain/a.rs", "mod tests { use proptest::prelude::*; }"),
    ("src/domain/a.rs", "macro_rules! m { () => {} } pub(crate) use m;"),
    ("src/json/a.rs", "mod tests { use serde_json::Value; }"),
    ("src/tui/pane/request.rs", "use crate::tui::pane::Areas; use super::Areas as A;"),
    ("src/tui/pane/history/row.rs", "use crate::tui::pane::history::X; use ratatui::Frame;"),
    ("src/tui/pane/mod.rs", "pub mod history; fn f() { history::draw() }"),
    ("src/cli/a.rs", "use crate::tui; fn f() { tui::run() }"),
    ("src/main.rs", "fn main() { reqscope::cli::run() }"),
];

#[test]
fn what_the_table_allows_is_let_through() {
    for (path, text) in ALLOWED {
        assert_eq!(faults(path, text), [""; 0], "{path}: {text}");
    }
}

#[test]
fn a_long_file_is_caught_and_its_tests_are_not_counted() {
    let code = "fn f() {}\n".repeat(RULES.most_lines);
    assert_eq!(faults("src/domain/a.rs", &code), [""; 0]);
    let tests = format!("{code}mod tests {{\n{code}}}\n");
    assert_eq!(faults("src/domain/a.rs", &tests), [""; 0]);
    let longer = format!("{tests}fn one_more() {{}}\n");
    assert!(faults("src/domain/a.rs", &longer)[0].contains("split it"));
}
