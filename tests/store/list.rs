//! Pages, filters and the other questions.

use jiff::Timestamp;
use reqscope::domain::api_error::{ApiError, ErrorReport};
use reqscope::domain::exchange::Summary;
use reqscope::domain::id::OperationId;
use reqscope::domain::object::Named;
use reqscope::domain::query::Query;
use reqscope::store::Store;
use reqscope::store::error::Unresolved;
use reqscope::store::page::{From, Page};

use crate::fixture::{ORIGIN, Send, failed, fingerprint, intend, open, raw};

fn operations(summaries: &[Summary]) -> Vec<&str> {
    summaries.iter().map(|s| s.operation.as_str()).collect()
}

/// What comes behind a page.
fn older(page: &Page) -> From {
    From::Before(page.older.expect("more"))
}

#[tokio::test]
async fn pages_do_not_shift_when_rows_come_in_between() {
    let dir = tempfile::tempdir().expect("a directory");
    let (store, other) = (open(dir.path()).await, open(dir.path()).await);
    for operation in ["op_1", "op_2", "op_3", "op_4", "op_5"] {
        intend(&store, &Send::of(operation)).await;
    }
    let all = Query::default();
    let first = store
        .page(&all, From::Newest, 2, Timestamp::UNIX_EPOCH)
        .await
        .expect("read");
    assert_eq!(operations(&first.summaries), ["op_5", "op_4"]);
    intend(&other, &Send::of("op_6")).await;
    let second = store
        .page(&all, older(&first), 2, Timestamp::UNIX_EPOCH)
        .await
        .expect("read");
    assert_eq!(operations(&second.summaries), ["op_3", "op_2"]);
    let third = store
        .page(&all, older(&second), 2, Timestamp::UNIX_EPOCH)
        .await
        .expect("read");
    assert_eq!(operations(&third.summaries), ["op_1"]);
    assert_eq!(third.older, None);
    let top = store
        .page(&all, From::Newest, 6, Timestamp::UNIX_EPOCH)
        .await
        .expect("read");
    assert_eq!((top.summaries.len(), top.older), (6, None));
}

#[tokio::test]
async fn a_window_moves_both_ways_and_begins_at_either_end() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    for operation in ["op_1", "op_2", "op_3", "op_4", "op_5"] {
        intend(&store, &Send::of(operation)).await;
    }
    let read = async |from| {
        let all = Query::default();
        let page = store.page(&all, from, 2, Timestamp::UNIX_EPOCH).await;
        page.expect("read")
    };
    let oldest = read(From::Oldest).await;
    assert_eq!(operations(&oldest.summaries), ["op_2", "op_1"]);
    assert_eq!(oldest.older, None);
    let middle = read(From::After(oldest.newer.expect("newer"))).await;
    assert_eq!(operations(&middle.summaries), ["op_4", "op_3"]);
    let newest = read(From::After(middle.newer.expect("newer"))).await;
    assert_eq!(operations(&newest.summaries), ["op_5"]);
    assert_eq!(newest.newer, None);
    let back = read(older(&newest)).await;
    assert_eq!(back.summaries, middle.summaries);
    let forth = read(From::After(back.newer.expect("newer"))).await;
    assert_eq!(forth.summaries, newest.summaries);

    // What comes in is newer than a page that reached the newest.
    let above = From::After(back.newer.expect("newer"));
    intend(&store, &Send::of("op_6")).await;
    assert_eq!(operations(&read(above).await.summaries), ["op_6", "op_5"]);
}

/// op_1 succeeds with a saved answer, op_2 fails, op_3 is rate limited with two errors, op_4 is in flight.
async fn four(store: &Store) {
    let mut sends = ["op_1", "op_2", "op_3", "op_4"].map(Send::of);
    sends[1].method = "GET";
    sends[1].target = "/v1/boxes?q=50%25_off";
    sends[1].key = None;
    sends[2].account = Some("acct_2");
    sends[2].key = Some("k-2");
    let report = ErrorReport {
        errors: ["too_many", "amount_not_positive"]
            .map(|code| ApiError {
                code: Some(code.into()),
                ..ApiError::default()
            })
            .into(),
        ..ErrorReport::default()
    };
    let endings = [
        Some(sends[0].answered_with(201, None, |response| response.replayed = true)),
        Some(failed()),
        Some(sends[2].answered_with(429, None, |response| response.report = Some(report))),
        None,
    ];
    for (send, ending) in sends.iter().zip(endings) {
        let id = intend(store, send).await.id;
        if let Some(ending) = ending {
            store.finish(&id, ending).await.expect("finished");
        }
    }
}

#[tokio::test]
async fn a_filter_keeps_what_fits_every_part() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    four(&store).await;
    let all = store
        .page(&Query::default(), From::Newest, 10, Timestamp::UNIX_EPOCH)
        .await
        .expect("read");
    let all = all.summaries;
    for (text, expected) in [
        ("", &["op_4", "op_3", "op_2", "op_1"][..]),
        ("op:op_2", &["op_2"]),
        ("op:op_2 op:op_1", &[]),
        ("account:acct_2", &["op_3"]),
        (r#"account:"' OR 1=1 --""#, &[]),
        ("key:k-1", &["op_4", "op_1"]),
        ("profile:live", &["op_4", "op_3", "op_2", "op_1"]),
        ("profile:other", &[]),
        ("status:201", &["op_1"]),
        ("status:2xx", &["op_1"]),
        ("status:4xx", &["op_3"]),
        ("status:5xx", &[]),
        ("method:get", &["op_2"]),
        ("is:in_flight", &["op_4"]),
        ("is:failed", &["op_2"]),
        ("is:held", &[]),
        ("is:indeterminate", &[]),
        ("is:replayed", &["op_1"]),
        ("code:amount_not_positive", &["op_3"]),
        ("code:amount", &[]),
        ("url:PAYMENTS", &["op_4", "op_3", "op_1"]),
        ("url:%25_", &["op_2"]),
        ("url:%_o", &[]),
        ("account:acct_demo url:payments", &["op_4", "op_1"]),
        ("url:boxes url:off", &["op_2"]),
    ] {
        let query = Query::parse(text).expect(text);
        let page = store
            .page(&query, From::Newest, 10, Timestamp::UNIX_EPOCH)
            .await
            .expect("read");
        assert_eq!(operations(&page.summaries), expected, "{text}");
        // In memory it is the same question.
        let fitting: Vec<_> = all
            .iter()
            .filter(|row| query.fits(row, Timestamp::UNIX_EPOCH))
            .cloned()
            .collect();
        assert_eq!(operations(&fitting), expected, "{text}");
    }
}

#[tokio::test]
async fn a_prefix_names_one_or_says_why_not() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let mut ids = Vec::new();
    // More than there are first characters: two ids begin alike.
    for _ in 0..33 {
        ids.push(intend(&store, &Send::of("op_1")).await.id);
    }
    let whole = store.resolve(ids[3].as_str()).await.expect("one");
    assert_eq!(whole, ids[3]);
    let loud = ids[4].as_str()[..15].to_ascii_uppercase();
    assert_eq!(store.resolve(&loud).await.expect("one"), ids[4]);
    let first = |n: usize| &ids[n].as_str()[..1];
    let shared = (0..33).find(|a| (0..33).any(|b| b != *a && first(*a) == first(b)));
    let shared = first(shared.expect("two of 33 share one of 32"));
    match store.resolve(shared).await {
        Err(Unresolved::Many { ids, .. }) => {
            assert!(ids.len() >= 2 && ids.iter().all(|id| id.as_str().starts_with(shared)));
        }
        other => panic!("{other:?}"),
    }
    for absent in ["", " ", "%", "uuuu"] {
        let none = store.resolve(absent).await;
        assert!(
            matches!(none, Err(Unresolved::None(_))),
            "{absent:?}: {none:?}"
        );
    }
}

#[tokio::test]
async fn a_key_leads_to_the_operation_that_used_it_last() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    intend(&store, &Send::of("op_1")).await;
    intend(&store, &Send::of("op_2")).await;
    let by_key = store.by_key("k-1", ORIGIN).await.expect("read");
    assert_eq!(by_key, Some(OperationId::known("op_2")));
    for (key, origin) in [("k-2", ORIGIN), ("k-1", "https://other.test")] {
        assert_eq!(store.by_key(key, origin).await.expect("read"), None);
    }
}

#[tokio::test]
async fn the_latest_quota_is_the_one_read_last() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let credential = Some(fingerprint(b"sk_live_123456"));
    let none = store.latest_quota(ORIGIN, credential).await;
    assert_eq!(none.expect("read"), None);

    let (mut early, mut late) = (Send::of("op_1"), Send::of("op_2"));
    (early.second, late.second) = (10, 20);
    let ids = [
        intend(&store, &early).await.id,
        intend(&store, &late).await.id,
    ];
    // The answer to the earlier request is written down later.
    let endings = [late.answered(200, Some(41)), early.answered(200, Some(42))];
    for (id, ending) in ids.iter().rev().zip(endings) {
        store.finish(id, ending).await.expect("finished");
    }
    let silent = intend(&store, &Send::of("op_3")).await.id;
    let ending = late.answered(200, None);
    store.finish(&silent, ending).await.expect("finished");

    let latest = store.latest_quota(ORIGIN, credential).await;
    let (quota, at) = latest.expect("read").expect("there");
    assert_eq!(quota.remaining, Some(41));
    // Sent at …05.678000001 + 20 s, the head came 1.5 s later.
    assert_eq!(at.to_string(), "2026-01-02T03:04:27.178000001Z");
    let other = store.latest_quota(ORIGIN, None).await.expect("read");
    assert_eq!(other, None, "the quota belongs to a credential");
}

#[tokio::test]
async fn what_was_sent_lately_counts_every_process_and_nothing_that_did_not_leave() {
    let dir = tempfile::tempdir().expect("a directory");
    let (store, other) = (open(dir.path()).await, open(dir.path()).await);
    let credential = Some(fingerprint(b"sk_live_123456"));
    let send = |second| Send {
        second,
        ..Send::of("op_1")
    };
    let since = send(100).intent().started_at;
    assert_eq!(
        store.sent(ORIGIN, credential, since).await.expect("read"),
        []
    );

    // Sixty of long ago, of which the last fifty count; then one of each kind.
    for second in 0..60 {
        intend(&store, &send(second)).await;
    }
    let limited = intend(&other, &send(100)).await.id;
    let ending = send(100).answered(429, None);
    other.finish(&limited, ending).await.expect("finished");
    let refused = intend(&store, &send(101)).await.id;
    store.finish(&refused, failed()).await.expect("finished");
    intend(&store, &send(102)).await;

    let sent = store.sent(ORIGIN, credential, since).await.expect("read");
    assert_eq!(sent.len(), 50, "what failed never left");
    assert_eq!((sent[0].limited, sent[1].limited), (false, true));
    assert_eq!(sent[1].at, since);
    assert_eq!(sent[2].at, send(59).intent().started_at);
    for (origin, credential) in [(ORIGIN, None), ("https://other.test", credential)] {
        let sent = store.sent(origin, credential, since).await.expect("read");
        assert_eq!(sent, []);
    }
}

#[tokio::test]
async fn what_an_answer_says_of_errors_is_known_to_the_list_old_rows_too() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let error = |path: &[&str], message: Option<&str>| ApiError {
        code: Some("c".into()),
        message: message.map(Into::into),
        path: path.iter().map(|step| (*step).to_owned()).collect(),
        ..ApiError::default()
    };
    let long = "ä".repeat(300);
    let mut errors = vec![
        error(&["items", "0", "a/b~c"], Some("must be positive")),
        error(&[], None),
        error(&[&long], Some(&long)),
    ];
    errors.extend((0..20).map(|_| error(&["amount"], Some("again"))));
    let report = ErrorReport {
        errors,
        ..ErrorReport::default()
    };
    let send = Send::of("op_1");
    let id = intend(&store, &send).await.id;
    let ending = send.answered_with(422, None, |response| {
        response.report = Some(report);
        response.server_request_id = Some("req_9xK2".into());
    });
    store.finish(&id, ending).await.expect("finished");
    let silent = intend(&store, &Send::of("op_2")).await.id;
    store.finish(&silent, failed()).await.expect("finished");
    for id in ["pay_1", "pay_2"] {
        let send = Send::of("op_3");
        let made = intend(&store, &send).await.id;
        let ending = send.answered_with(201, None, |response| {
            let ids = vec![id.to_owned()];
            response.objects = Some(Named {
                ids,
                partial: false,
            });
        });
        store.finish(&made, ending).await.expect("finished");
    }

    let columns = |db: &rusqlite::Connection| -> Vec<[Option<String>; 3]> {
        let sql = "SELECT server_id, paths, messages FROM exchange ORDER BY seq";
        let mut statement = db.prepare(sql).expect("columns");
        let row = |row: &rusqlite::Row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]);
        let rows = statement.query_map([], row).expect("rows");
        rows.map(|row| row.expect("a row")).collect()
    };
    let summary = store.operation(&OperationId::known("op_1")).await;
    let summary = &summary.expect("read").exchanges[0];
    assert_eq!(summary.server_id.as_deref(), Some("req_9xK2"));
    assert_eq!(summary.paths.len(), 16);
    assert_eq!(summary.paths[0], "/items/0/a~1b~0c");
    assert_eq!(summary.paths[1].chars().count(), 200);
    store.close().await;
    let db = raw(dir.path());
    let written = columns(&db);
    let messages = written[0][2].as_deref().expect("messages");
    assert!(messages.starts_with(r#"["must be positive","ää"#));

    // A history of version 3 has the answers alone. Its rows learn the same.
    let old_dir = tempfile::tempdir().expect("a directory");
    let old = raw(old_dir.path());
    for step in [
        include_str!("../../src/store/migration/0001.sql"),
        include_str!("../../src/store/migration/0002.sql"),
        include_str!("../../src/store/migration/0003.sql"),
        "PRAGMA user_version = 3",
    ] {
        old.execute_batch(step).expect("an old history");
    }
    let of_before = "seq, id, operation, attempt, send, profile, started_at, method, base_url, target, key_choice, origin,
        payload, class, status, codes, objects";
    let copy = format!(
        "ATTACH '{}' AS new; INSERT INTO exchange ({of_before}) SELECT {of_before} FROM new.exchange;
         INSERT INTO answer SELECT * FROM new.answer; DETACH new;",
        dir.path().join("history.db").display()
    );
    old.execute_batch(&copy).expect("rows of before");
    drop(old);
    open(old_dir.path()).await.close().await;
    let old = raw(old_dir.path());
    assert_eq!(columns(&old), written);
    for sql in [
        "SELECT json_group_array(name || value || seq) FROM error",
        "SELECT json_group_array(operation) FROM recreated",
        "SELECT json_group_array(block || first || last) FROM span",
    ] {
        let all = |db: &rusqlite::Connection| -> String {
            db.query_row(sql, [], |row| row.get(0)).expect("rows")
        };
        assert_eq!(all(&old), all(&db), "{sql}");
        assert_ne!(all(&old), "[]", "{sql}");
    }
}
