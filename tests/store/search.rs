//! The filter language against the history: what SQL finds is what the domain's own judgement finds, whether it is
//! indexed yet or not.

use jiff::Timestamp;
use reqscope::domain::api_error::{ApiError, ErrorReport};
use reqscope::domain::exchange::Summary;
use reqscope::domain::object::Named;
use reqscope::domain::query::Query;
use reqscope::domain::query::complete::Known;
use reqscope::store::Store;
use reqscope::store::page::From;

use crate::fixture::{Send, failed, indexed, intend, open, raw};

const NOW: &str = "2026-01-02T03:10:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

/// All that fits, page after page, as a caller reads it.
async fn all(store: &Store, text: &str, limit: usize, mut from: From) -> Vec<Summary> {
    let query = Query::parse(text).expect(text);
    let ascends = matches!(from, From::Oldest | From::After(_));
    let mut rows = Vec::new();
    loop {
        let page = store.page(&query, from, limit, now()).await.expect("read");
        let next = match ascends {
            true => {
                rows.splice(0..0, page.summaries);
                page.newer.map(From::After)
            }
            false => {
                rows.extend(page.summaries);
                page.older.map(From::Before)
            }
        };
        match next {
            Some(next) => from = next,
            None => return rows,
        }
    }
}

fn operations(rows: &[Summary]) -> Vec<&str> {
    rows.iter().map(|row| row.operation.as_str()).collect()
}

fn send(operation: &'static str, target: &'static str, second: i64) -> Send {
    Send {
        target,
        second,
        ..Send::of(operation)
    }
}

async fn answered(
    store: &Store,
    send: &Send,
    body: &str,
    ending: reqscope::domain::exchange::Ending,
) {
    let id = intend(store, send).await.id;
    let mut writer = store.body_writer(&id).expect("a place");
    writer.append(body.as_bytes()).expect("written");
    writer.finish().expect("flushed");
    store.finish(&id, ending).await.expect("finished");
}

/// op_1 made pay_1, then pay_2; op_2 a 422 with two errors; op_3 nothing sent; op_4 a 503; op_5 in flight.
async fn history(store: &Store) {
    for (second, id) in [(0, "pay_1"), (1, "pay_2")] {
        let one = send("op_1", "/v1/payments?note=first", second);
        let ending = one.answered_with(201, None, |response| {
            let ids = vec![id.to_owned()];
            response.objects = Some(Named {
                ids,
                partial: false,
            });
            response.timing.total_ms = Some(40.0);
        });
        answered(store, &one, r#"{"state":"Captured"}"#, ending).await;
    }
    let two = Send {
        body: "{\"card\":\"declined twice\"}".into(),
        account: Some("acct_2"),
        ..send("op_2", "/v1/payments", 60)
    };
    let error = |code: &str, path: &[&str], message: &str| ApiError {
        code: Some(code.into()),
        message: Some(message.into()),
        path: path.iter().map(|step| (*step).to_owned()).collect(),
        ..ApiError::default()
    };
    let report = ErrorReport {
        errors: vec![
            error(
                "amount_not_positive",
                &["amount"],
                "must be greater than zero",
            ),
            error("unknown_item", &["items", "0", "sku"], "no such Zebra"),
        ],
        ..ErrorReport::default()
    };
    let ending = two.answered_with(422, None, |response| {
        response.report = Some(report);
        response.server_request_id = Some("req_9xK2".into());
        response.timing.total_ms = Some(900.0);
    });
    answered(store, &two, "<card declined>", ending).await;
    let three = send("op_3", "/v1/boxes/50%25_off", 120);
    let id = intend(store, &three).await.id;
    store.finish(&id, failed()).await.expect("finished");
    let four = Send {
        body: Vec::new(),
        ..send("op_4", "/v1/payments", 180)
    };
    let ending = four.answered_with(503, None, |response| response.replayed = true);
    answered(store, &four, "", ending).await;
    intend(store, &send("op_5", "/v1/zebras", 240)).await;
    store.pin(&id, true, now()).await.expect("pinned");
    let note = Some("ask Quentin".to_owned());
    store.note(&id, note, now()).await.expect("noted");
}

const CASES: &[(&str, &[&str])] = &[
    ("", &["op_5", "op_4", "op_3", "op_2", "op_1", "op_1"]),
    ("status:4xx", &["op_2"]),
    ("-status:4xx", &["op_5", "op_4", "op_3", "op_1", "op_1"]),
    ("status:422 or status:503", &["op_4", "op_2"]),
    ("code:unknown_item", &["op_2"]),
    ("-code:unknown_item status:2xx", &["op_1", "op_1"]),
    ("path:/items", &["op_2"]),
    ("path:items/0/sku", &["op_2"]),
    ("path:/item", &[]),
    ("path:/", &["op_2"]),
    ("server:req_9xK2", &["op_2"]),
    ("account:acct_2 or op:op_3", &["op_3", "op_2"]),
    (
        "profile:live -is:in_flight",
        &["op_4", "op_3", "op_2", "op_1", "op_1"],
    ),
    ("took:>500ms", &["op_4", "op_2"]),
    ("took:<=40ms", &["op_1", "op_1"]),
    ("took:>500ms -status:5xx", &["op_2"]),
    ("since:2026-01-02T03:06", &["op_5", "op_4", "op_3"]),
    ("is:replayed", &["op_4"]),
    ("is:recreated", &["op_1", "op_1"]),
    ("-is:recreated url:payments", &["op_4", "op_2"]),
    ("is:unsettled", &["op_4"]),
    ("is:in_flight", &["op_5"]),
    ("is:failed", &["op_3"]),
    ("is:pinned", &["op_3"]),
    ("-is:pinned url:boxes", &[]),
    ("is:noted or is:replayed", &["op_4", "op_3"]),
    ("quentin", &["op_3"]),
    ("-quentin url:boxes", &[]),
    ("url:payments", &["op_4", "op_2", "op_1", "op_1"]),
    ("url:PAYMENTS?note", &["op_1", "op_1"]),
    ("url:api.test/v1/boxes", &["op_3"]),
    ("url:%25_", &["op_3"]),
    ("url:%_o", &[]),
    ("zebra", &["op_5", "op_2"]),
    ("greater \"than zero\"", &["op_2"]),
    ("k-1 req_9", &["op_2"]),
    ("body:\"card declined\"", &["op_2"]),
    ("body:\"declined twice\"", &["op_2"]),
    ("body:captured", &["op_1", "op_1"]),
    ("captured -note", &[]),
    ("-captured status:2xx", &[]),
    // Two letters have no index; an id may hold any two.
    ("body:re", &["op_1", "op_1"]),
    (
        "(captured or zebra) -is:in_flight",
        &["op_2", "op_1", "op_1"],
    ),
    ("-(captured or zebra)", &["op_4", "op_3"]),
    ("' OR 1=1 --", &[]),
];

async fn check(store: &Store, state: &str) {
    for (text, expected) in CASES {
        let text = text.replace("' OR 1=1 --", "\"' OR 1=1 --\"");
        for (limit, from) in [(10, From::Newest), (1, From::Newest), (2, From::Oldest)] {
            let rows = all(store, &text, limit, from).await;
            assert_eq!(
                operations(&rows),
                *expected,
                "{state}: {text} by {limit} {from:?}"
            );
        }
        // In memory it is the same, as far as a row tells.
        let query = Query::parse(&text).expect("a query");
        for row in all(store, "", 10, From::Newest).await {
            let fits = expected.contains(&row.operation.as_str());
            let told = query.judge(&row, now(), &mut |_| None);
            assert!(
                told.is_none_or(|told| told == fits),
                "{state}: {text}: {row:?}"
            );
        }
    }
}

#[tokio::test]
async fn every_filter_finds_the_same_with_and_without_the_indexes() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    history(&store).await;
    check(&store, "as written").await;
    indexed(dir.path()).await;
    check(&store, "indexed").await;
}

#[tokio::test]
async fn times_are_bounded_by_what_the_rows_say_even_when_the_clock_went_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    for (operation, second) in [("op_1", 0), ("op_2", 3000), ("op_3", 60), ("op_4", 120)] {
        intend(&store, &send(operation, "/v1", second)).await;
    }
    for (text, expected) in [
        ("since:2026-01-02T03:05", &["op_4", "op_3", "op_2"][..]),
        ("before:2026-01-02T03:05", &["op_1"]),
        (
            "since:2026-01-02T03:05 before:2026-01-02T03:50",
            &["op_4", "op_3"],
        ),
        ("since:5m before:0s", &["op_4", "op_3"]),
        ("since:2027-01-01", &[]),
        ("before:2020-01-01", &[]),
        ("-since:2026-01-02T03:05", &["op_1"]),
    ] {
        for from in [From::Newest, From::Oldest] {
            let rows = all(&store, text, 10, from).await;
            assert_eq!(operations(&rows), expected, "{text} {from:?}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_any_more_is_not_found() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    history(&store).await;
    indexed(dir.path()).await;
    let db = raw(dir.path());
    for table in ["answer", "request", "exchange"] {
        let sql = format!("DELETE FROM {table} WHERE seq = 3");
        db.execute_batch(&sql).expect("deleted");
    }
    for text in [
        "zebra",
        "code:unknown_item",
        "body:\"card declined\"",
        "path:/items",
    ] {
        let rows = all(&store, text, 10, From::Newest).await;
        assert!(!operations(&rows).contains(&"op_2"), "{text}");
    }
    let check: String = db
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("checked");
    assert_eq!(check, "ok");
}

#[tokio::test]
async fn values_are_known_by_their_beginning() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    history(&store).await;
    for (of, prefix, expected) in [
        (Known::Account, "", &["acct_2", "acct_demo"][..]),
        (Known::Account, "acct_d", &["acct_demo"]),
        (Known::Account, "ACCT", &[]),
        (Known::Method, "po", &["POST"]),
        (Known::Profile, "", &["live"]),
        (Known::Code, "am", &["amount_not_positive"]),
        (
            Known::Path,
            "/items",
            &["/items", "/items/0", "/items/0/sku"],
        ),
        (Known::Server, "req", &["req_9xK2"]),
        (Known::Status, "", &["201", "422", "503"]),
        (Known::Status, "5", &["503"]),
        (Known::Key, "k", &["k-1"]),
        (Known::Operation, "op_4", &["op_4"]),
    ] {
        let known = store.known(of, prefix, 10).await.expect("read");
        assert_eq!(known, expected, "{of:?} {prefix}");
    }
    let two = store.known(Known::Operation, "", 2).await.expect("read");
    assert_eq!(two, ["op_1", "op_2"]);
}

/// So many rows that no search looks at all of them at once.
fn many(dir: &std::path::Path) {
    let insert = "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 60000)
        INSERT INTO exchange (id, operation, attempt, send, profile, started_at, method, base_url, target, key_choice,
          origin, payload, class, status)
        SELECT 'e' || n, 'op_' || n, 1, 1, 'live', '2026-01-02T03:04:05.000000000Z', 'POST', '', '/v1/' || n, 'fresh',
          '', zeroblob(32), 'success', 201 FROM n";
    raw(dir).execute_batch(insert).expect("rows");
}

#[tokio::test]
async fn a_long_search_comes_in_pieces_that_say_how_far_it_is() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    many(dir.path());
    // Two letters have no index: every row is looked at.
    let query = Query::parse("url:zq or url:/v1/7").expect("a query");
    let (mut from, mut pieces, mut rows, mut short) = (From::Newest, 0, Vec::new(), 0);
    loop {
        let page = store.page(&query, from, 500, now()).await.expect("read");
        short += usize::from(page.searched_to.is_some());
        pieces += 1;
        // Between two pieces whoever wants to send has his turn.
        intend(&store, &send("op_new", "/v1", 0)).await;
        rows.extend(page.summaries);
        match page.older {
            Some(older) => from = From::Before(older),
            None => break,
        }
    }
    assert!(short > 0 && pieces > 3, "{short} of {pieces}");
    assert_eq!(
        rows.len(),
        1111,
        "/v1/7, /v1/7x, /v1/7xx, /v1/7xxx; no five digits begin with 7"
    );
    assert_eq!(rows[0].target, "/v1/7999");
    assert!(rows.iter().all(|row| row.target.starts_with("/v1/7")));
}
