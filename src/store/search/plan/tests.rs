use jiff::Timestamp;
use rusqlite::{Connection, params_from_iter};

use crate::domain::query::Query;
use crate::store::page::{Cursor, From};
use crate::store::schema;
use crate::store::search::condition;
use crate::store::search::merge::{Bounds, Stream};
use crate::store::search::plan::Plan;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn history() -> (tempfile::TempDir, Connection) {
    let dir = tempfile::tempdir().expect("a directory");
    let connection = schema::open(&dir.path().join("history.db")).expect("a history");
    (dir, connection)
}

/// What SQLite means to do for each source.
fn steps(connection: &Connection, text: &str, from: From) -> Vec<String> {
    let query = Query::parse(text).expect(text);
    let plan = Plan::of(connection, &query, NOW).expect("a plan");
    let condition = condition::of(query.expression(), NOW);
    let streams = plan.streams(connection, &condition, Bounds::of(from));
    let explained = |stream: &Stream| match stream {
        Stream::List(_) => None,
        Stream::Statement(_, sql) => {
            let text = format!("EXPLAIN QUERY PLAN {}", sql.text);
            let mut statement = connection.prepare(&text).expect("prepared");
            let values = params_from_iter(&sql.values);
            let steps = statement.query_map(values, |row| row.get::<_, String>(3));
            let steps: Result<Vec<String>, _> = steps.expect("explained").collect();
            Some(steps.expect("read").join("; "))
        }
    };
    streams
        .expect("asked")
        .iter()
        .filter_map(explained)
        .collect()
}

#[test]
fn no_filter_sorts_or_reads_the_whole_history() {
    let (_dir, connection) = history();
    let rows = "INTEGER PRIMARY KEY (rowid>? AND rowid<?)";
    for (text, indexes) in [
        ("", &[rows][..]),
        ("-status:2xx", &[rows]),
        ("since:2h before:1h", &[rows]),
        ("ab", &[rows]),
        (
            "op:op_1",
            &["exchange_operation (operation=? AND rowid>? AND rowid<?)"],
        ),
        ("key:k", &["exchange_key (idempotency_key=?)"]),
        (
            "account:a",
            &["exchange_account (account=? AND rowid>? AND rowid<?)"],
        ),
        (
            "server:r",
            &["exchange_server (server_id=? AND rowid>? AND rowid<?)"],
        ),
        (
            "profile:p",
            &["exchange_profile (profile=? AND rowid>? AND rowid<?)"],
        ),
        (
            "method:GET",
            &["exchange_method (method=? AND rowid>? AND rowid<?)"],
        ),
        (
            "status:422",
            &["exchange_status (status=? AND rowid>? AND rowid<?)"],
        ),
        (
            "status:4xx",
            &["exchange_class (class=? AND rowid>? AND rowid<?)"; 2],
        ),
        (
            "code:c",
            &["SEARCH hit USING PRIMARY KEY (name=? AND value=? AND seq>? AND seq<?)"],
        ),
        (
            "path:/a",
            &["SEARCH hit USING PRIMARY KEY (name=? AND value=? AND seq>? AND seq<?)"],
        ),
        (
            "is:replayed",
            &["exchange_replayed (replayed=? AND rowid>? AND rowid<?)"],
        ),
        (
            "is:failed",
            &["exchange_class (class=? AND rowid>? AND rowid<?)"],
        ),
        (
            "is:unsettled",
            &[
                "exchange_class",
                "exchange_class",
                "exchange_class",
                "exchange_status",
                "exchange_status",
            ],
        ),
        (
            "url:pay",
            &[
                "SCAN hit VIRTUAL TABLE INDEX",
                "SEARCH hit USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
            ],
        ),
        (
            "body:pay",
            &[
                "SCAN hit VIRTUAL TABLE INDEX",
                "SEARCH hit USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
            ],
        ),
        (
            "pay",
            &[
                "SCAN hit VIRTUAL",
                "SCAN hit VIRTUAL",
                "SEARCH hit USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
                "SEARCH hit USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
            ],
        ),
        (
            "is:pinned",
            &["SEARCH hit USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"],
        ),
        (
            "op:op_1 or code:c",
            &["exchange_operation", "SEARCH hit USING PRIMARY KEY"],
        ),
        ("op:op_1 or -code:c", &[rows]),
    ] {
        for from in [From::Before(Cursor::at(10_000)), From::Oldest] {
            let steps = steps(&connection, text, from);
            assert_eq!(steps.len(), indexes.len(), "{text}: {steps:?}");
            for (step, index) in steps.iter().zip(indexes) {
                assert!(step.contains(index), "{text}: {step}");
                assert!(!step.contains("SCAN exchange"), "{text}: {step}");
                let sorts = step.contains("TEMP B-TREE");
                assert!(!sorts || text == "key:k", "{text}: {step}");
            }
        }
    }
    // Few of them, put in order: no statement is left to explain.
    for text in ["took:>5ms", "is:recreated", "is:held"] {
        assert_eq!(steps(&connection, text, From::Newest), [""; 0], "{text}");
    }
}

#[test]
fn the_source_with_the_fewest_rows_is_chosen() {
    let (_dir, connection) = history();
    let insert = "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 5000)
        INSERT INTO exchange (id, operation, attempt, send, account, profile, started_at, method, base_url, target,
          key_choice, origin, payload, class, status)
        SELECT 'e' || n, 'op_' || n, 1, 1, iif(n < 10, 'few', 'many'), 'live', '2026-01-02T03:04:05.000000000Z',
          'POST', '', '/v1', 'fresh', '', zeroblob(32), iif(n % 2, 'success', 'client_error'), iif(n % 2, 201, 422)
          FROM n";
    connection.execute_batch(insert).expect("rows");
    for (text, index) in [
        ("account:few status:4xx", "exchange_account"),
        ("status:4xx account:none", "exchange_account"),
        ("account:many status:4xx", "exchange_account"),
        ("account:many op:op_3", "exchange_operation"),
        ("profile:live account:few pay", "exchange_account"),
        ("profile:live account:many pay", "VIRTUAL TABLE"),
        (
            "(account:few or account:none) status:422",
            "exchange_account",
        ),
        ("-account:few method:POST", "exchange_method"),
    ] {
        let steps = steps(&connection, text, From::Newest);
        assert!(steps[0].contains(index), "{text}: {steps:?}");
    }
}
