//! Killed while it forgets: an exchange is there with its body or gone, and the next run ends what the last one began.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, params};
use support::home::Home;

use crate::load::check_database;
use crate::moment::Moments;
use crate::server::{BODY, Server};

/// How many operations are past the bound.
const OLD: usize = 1500;

/// How many runs are killed while they live.
const KILLS: usize = 20;

/// The longest wait before one is killed: shorter than a whole run takes.
const LONGEST: Duration = Duration::from_millis(300);

const PRUNE: [&str; 4] = ["history", "prune", "--older-than", "30d"];

fn open(home: &Home) -> Connection {
    let file = home.data_dir().join("history.db");
    let database = Connection::open(file).expect("opened");
    let patience = Duration::from_secs(10);
    database.busy_timeout(patience).expect("set");
    database
}

/// Copies of the one exchange, each an operation of its own, with a body and its text in both indexes.
fn fill(home: &Home) {
    let mut database = open(home);
    let all = database.transaction().expect("begun");
    let columns = "attempt, send, account, profile, method, base_url, target, idempotency_key, key_choice, origin,
        payload, credential, class, status, replayed, codes, error_count, total_ms, body_bytes";
    for number in 0..OLD {
        let (id, operation) = (format!("old{number:05}"), format!("op_old{number:05}"));
        let sql = format!(
            "INSERT INTO exchange (id, operation, started_at, {columns})
             SELECT ?1, ?2, '2025-01-02T03:04:05.000000000Z', {columns} FROM exchange WHERE id NOT LIKE 'old%'"
        );
        all.execute(&sql, params![id, operation]).expect("copied");
        let seq = all.last_insert_rowid();
        for sql in [
            "INSERT INTO request SELECT ?1, headers, slots, body FROM request WHERE seq = 1",
            "INSERT INTO answer SELECT ?1, outcome FROM answer WHERE seq = 1",
            "INSERT INTO text_index (rowid, words) VALUES (?1, 'payments of ' || ?1)",
            "INSERT INTO body_index (rowid, words) VALUES (?1, 'a body of ' || ?1)",
            "DELETE FROM unindexed WHERE seq = ?1",
        ] {
            all.execute(sql, [seq]).expect("written");
        }
        let body = home.data_dir().join("bodies").join(id);
        std::fs::write(body, vec![b'x'; BODY]).expect("written");
    }
    all.commit().expect("committed");
}

fn texts(database: &Connection, sql: &str) -> BTreeSet<String> {
    let mut statement = database.prepare(sql).expect("understood");
    let rows = statement.query_map([], |row| row.get(0)).expect("asked");
    rows.collect::<Result<_, _>>().expect("read")
}

fn bodies(data: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(data.join("bodies")).expect("listed");
    entries
        .map(|entry| {
            entry
                .expect("read")
                .file_name()
                .into_string()
                .expect("an id")
        })
        .collect()
}

/// Nothing is half gone: a row has its body and its request, and a body without a row is on the list of leftovers.
fn check_whole(home: &Home) -> usize {
    let database = open(home);
    let known = texts(&database, "SELECT id FROM exchange");
    let leftover = texts(&database, "SELECT id FROM leftover");
    let bodies = bodies(&home.data_dir());
    let bare: Vec<_> = known.difference(&bodies).collect();
    assert!(bare.is_empty(), "without their bodies: {bare:?}");
    let nobodys: Vec<_> = bodies
        .difference(&known)
        .filter(|id| !leftover.contains(*id))
        .collect();
    assert!(nobodys.is_empty(), "nobody knows them: {nobodys:?}");
    let torn = "SELECT id FROM exchange
         WHERE seq NOT IN (SELECT seq FROM request) OR seq NOT IN (SELECT seq FROM answer)";
    assert_eq!(texts(&database, torn), BTreeSet::new());
    check_database(&home.data_dir());
    known.len()
}

#[test]
fn what_is_killed_while_it_prunes_goes_on_at_the_next_run() {
    let home = Home::new(env!("CARGO_BIN_EXE_reqscope"));
    let (server, mut moments) = (Server::start(), Moments::start());
    let url = server.url.as_str();
    let send = ["send", "/v1/x", "--json", "--base-url", url, "-d", "{}"];
    let young = home.reqscope(&send).expect_code(0).json();
    fill(&home);
    let pinned = "old00007";
    home.reqscope(&["pin", pinned]).expect_code(0);
    let (mut killed, mut left) = (0, OLD + 1);
    while killed < KILLS {
        let mut run = home.start(&PRUNE);
        moments.wait(LONGEST);
        run.kill();
        let lived = run.wait_exit().is_none();
        left = check_whole(&home);
        if !lived {
            break;
        }
        killed += 1;
    }
    println!("{killed} runs killed, {left} exchanges left then");
    assert!(killed > 0, "every run was quicker than its end");
    home.reqscope(&PRUNE).expect_code(0);
    assert_eq!(check_whole(&home), 2);
    let expected = [young["id"].as_str().expect("an id"), pinned].map(str::to_owned);
    let expected = BTreeSet::from(expected);
    let database = open(&home);
    assert_eq!(texts(&database, "SELECT id FROM exchange"), expected);
    assert_eq!(bodies(&home.data_dir()), expected);
    let counted = "SELECT sum(count) || ' ' || sum(bytes) FROM tally";
    let counted = texts(&database, counted).into_iter().next();
    assert_eq!(counted, Some(format!("2 {}", 2 * BODY)));
    // Neither index knows what is gone.
    let found =
        "SELECT CAST(rowid AS TEXT) FROM text_index WHERE text_index MATCH '\"pay\" AND \"aym\"'";
    assert!(texts(&database, found).len() <= 2);
}
