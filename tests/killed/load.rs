//! The load, the kills, and what has to be there afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;
use support::home::{Home, Running};

use crate::moment::Moments;
use crate::server::Server;

/// How many are killed while they live.
const KILLS: usize = 200;

/// How many send at once.
const SENDERS: usize = 4;

/// The longest wait before one is killed: longer than one send takes, so that every stage of it is met.
const LONGEST: Duration = Duration::from_millis(250);

struct Load<'a> {
    home: &'a Home,
    server: &'a Server,
    senders: Vec<Running>,
    /// What was printed by those that came to their end.
    told: Vec<Value>,
    killed: usize,
    started: usize,
}

impl Load<'_> {
    fn send(&mut self) -> Running {
        self.started += 1;
        let body = format!(r#"{{"number":{}}}"#, self.started);
        let url = self.server.url.as_str();
        self.home
            .start(&["send", "/v1/x", "--json", "--base-url", url, "-d", &body])
    }

    /// Kills one of them, and says whether it was still at work.
    fn kill(&mut self, which: usize) -> bool {
        let next = self.send();
        let mut one = std::mem::replace(&mut self.senders[which], next);
        one.kill();
        let lived = one.wait_exit().is_none();
        self.take(one);
        lived
    }

    /// What one that has ended said before: JSON that is whole was told.
    fn take(&mut self, one: Running) {
        let printed = one.rest().join("\n");
        self.told.extend(serde_json::from_str::<Value>(&printed));
    }

    fn run(&mut self, moments: &mut Moments) {
        for _ in 0..SENDERS {
            let sender = self.send();
            self.senders.push(sender);
        }
        while self.killed < KILLS {
            moments.wait(LONGEST / SENDERS as u32);
            let which = moments.below(SENDERS as u64) as usize;
            self.killed += usize::from(self.kill(which));
        }
        for mut sender in std::mem::take(&mut self.senders) {
            assert_eq!(sender.wait_exit(), Some(0), "nobody killed this one");
            self.take(sender);
        }
    }
}

fn history(home: &Home) -> BTreeMap<String, Value> {
    let all = home.reqscope(&["history", "--json", "--limit", "1000000"]);
    let rows = all.expect_code(0).json_lines().into_iter();
    rows.map(|row| (row["id"].as_str().expect("an id").to_owned(), row))
        .collect()
}

#[test]
fn nothing_acknowledged_and_no_key_is_lost_by_two_hundred_kills() {
    let home = Home::new(env!("CARGO_BIN_EXE_reqscope"));
    let (server, mut moments) = (Server::start(), Moments::start());
    let mut load = Load {
        home: &home,
        server: &server,
        senders: Vec::new(),
        told: Vec::new(),
        killed: 0,
        started: 0,
    };
    load.run(&mut moments);
    let told = std::mem::take(&mut load.told);
    println!(
        "{} started, {KILLS} killed, {} told",
        load.started,
        told.len()
    );
    assert!(!told.is_empty(), "some came to their end");
    let rows = history(&home);
    check_told(&rows, &told, &home.data_dir());
    check_keys(&rows, &server.seen());
    check_database(&home.data_dir());
    check_bodies(&rows, &home.data_dir());
}

/// Every exchange that was printed is there as it was printed, and so is its body.
fn check_told(rows: &BTreeMap<String, Value>, told: &[Value], data: &Path) {
    for exchange in told {
        let id = exchange["id"].as_str().expect("an id");
        let row = rows.get(id).unwrap_or_else(|| panic!("{id} is lost"));
        for part in ["request", "outcome", "operation", "started_at"] {
            assert_eq!(row[part], exchange[part], "{id} {part}");
        }
        let size = std::fs::metadata(data.join("bodies").join(id)).expect("its body");
        assert_eq!(Some(size.len()), row["outcome"]["body_bytes"].as_u64());
    }
}

/// Every key that left is there, and what was killed is called what it is.
fn check_keys(rows: &BTreeMap<String, Value>, seen: &BTreeSet<String>) {
    let key = |row: &Value| Some(row["request"]["idempotency_key"].as_str()?.to_owned());
    let known: BTreeSet<String> = rows.values().filter_map(key).collect();
    let lost: Vec<&String> = seen.difference(&known).collect();
    assert!(lost.is_empty(), "sent, and forgotten: {lost:?}");
    let mut indeterminate = 0;
    for row in rows.values() {
        let kind = row["outcome"]["kind"].as_str().expect("a kind");
        assert!(matches!(kind, "response" | "indeterminate"), "{row}");
        indeterminate += usize::from(kind == "indeterminate");
    }
    println!("{} rows, {indeterminate} indeterminate", rows.len());
    assert!(indeterminate > 0, "some were killed in flight");
}

/// Sound: the pages, the references, the indexes of text.
pub fn check_database(data: &Path) {
    let database = Connection::open(data.join("history.db")).expect("opened");
    let integrity: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("checked");
    assert_eq!(integrity, "ok");
    let mut broken = database.prepare("PRAGMA foreign_key_check").expect("asked");
    assert!(
        !broken.exists([]).expect("checked"),
        "a row without its owner"
    );
    for index in ["text_index", "body_index"] {
        let sql = format!("INSERT INTO {index} ({index}) VALUES ('integrity-check')");
        database.execute(&sql, []).expect(index);
    }
}

/// No body lies there that belongs to nobody, and none is shorter than its outcome says.
fn check_bodies(rows: &BTreeMap<String, Value>, data: &Path) {
    for entry in std::fs::read_dir(data.join("bodies")).expect("listed") {
        let entry = entry.expect("read");
        let id = entry.file_name().into_string().expect("an id");
        let row = rows.get(&id).unwrap_or_else(|| panic!("{id} is nobody's"));
        if let Some(bytes) = row["outcome"]["body_bytes"].as_u64() {
            assert_eq!(entry.metadata().expect("read").len(), bytes, "{id}");
        }
    }
}
