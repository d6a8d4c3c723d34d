//! What is left to find out: listed with the outcome that leaves a doubt, taken away only by a weighing.

use jiff::Timestamp;
use reqscope::domain::id::OperationId;
use reqscope::domain::operation::{Found, Operation, Remark, Settlement};
use reqscope::store::Store;

use crate::fixture::{Send, failed, intend, open, raw};

async fn left(store: &Store) -> Vec<String> {
    let left = store.left(99).await.expect("read");
    assert_eq!(left.count, store.count_left().await.expect("read"));
    let ids = left.operations.iter();
    ids.map(|operation| operation.exchanges[0].operation.to_string())
        .collect()
}

async fn answer(store: &Store, send: &Send, status: u16) {
    let sent = intend(store, send).await;
    let ending = send.answered(status, None);
    store.finish(&sent.id, ending).await.expect("finished");
}

fn at() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

#[tokio::test]
async fn an_outcome_that_leaves_a_doubt_is_listed_oldest_first() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let late = Send {
        second: 60,
        ..Send::of("op_late")
    };
    answer(&store, &late, 503).await;
    answer(&store, &Send::of("op_early"), 500).await;
    for (operation, status) in [
        ("op_201", 201),
        ("op_422", 422),
        ("op_429", 429),
        ("op_301", 301),
    ] {
        answer(&store, &Send::of(operation), status).await;
    }
    let get = Send {
        method: "GET",
        ..Send::of("op_get")
    };
    answer(&store, &get, 503).await;
    let unsent = intend(&store, &Send::of("op_unsent")).await;
    store.finish(&unsent.id, failed()).await.expect("finished");
    let timed_out = Send {
        second: 30,
        ..Send::of("op_408")
    };
    answer(&store, &timed_out, 408).await;
    let flying = intend(&store, &Send::of("op_flying")).await;
    assert_eq!(left(&store).await, ["op_early", "op_408", "op_late"]);
    assert_eq!(
        store.left(1).await.expect("read").count,
        3,
        "all are counted"
    );
    store.finish(&flying.id, failed()).await.expect("finished");
}

#[tokio::test]
async fn a_row_whose_process_is_gone_is_in_doubt_before_anybody_wrote_so() {
    let dir = tempfile::tempdir().expect("a directory");
    let (gone, lives) = (open(dir.path()).await, open(dir.path()).await);
    intend(&gone, &Send::of("op_lost")).await;
    assert!(left(&lives).await.is_empty(), "it is still on its way");
    gone.close().await;
    assert_eq!(left(&lives).await, ["op_lost"]);
    // The next write makes it permanent, and it is listed once.
    answer(&lives, &Send::of("op_other"), 201).await;
    assert_eq!(left(&lives).await, ["op_lost"]);
}

#[tokio::test]
async fn weighing_takes_away_what_is_settled_and_nothing_else() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    answer(&store, &Send::of("op_1"), 503).await;
    let id = OperationId::known("op_1");
    let weighed = |in_doubt: bool| {
        let seen = move |operation: &Operation| {
            assert_eq!(operation.exchanges.len(), 1);
            in_doubt
        };
        store.weigh(&id, seen)
    };
    weighed(true).await.expect("weighed");
    assert_eq!(left(&store).await, ["op_1"]);
    weighed(false).await.expect("weighed");
    assert!(left(&store).await.is_empty());
    let never = |_: &Operation| -> bool { panic!("it is not on the list") };
    store.weigh(&id, never).await.expect("nothing to do");
    // A further doubt brings it back.
    answer(&store, &Send::of("op_1"), 500).await;
    assert_eq!(left(&store).await, ["op_1"]);
}

#[tokio::test]
async fn what_people_say_is_kept_with_the_operation() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    answer(&store, &Send::of("op_1"), 503).await;
    let id = OperationId::known("op_1");
    let remark = Remark {
        text: "asked them".into(),
        at: at(),
    };
    let written = store.remark(&id, remark.clone()).await;
    written.expect("written");
    assert_eq!(left(&store).await, ["op_1"], "a remark settles nothing");

    let nothing = store.settle(&id, |_| None, |_| panic!("nothing was settled"));
    assert!(!nothing.await.expect("asked"));
    let settle = |operation: &Operation| {
        let doubt = &operation.exchanges[0];
        Some(vec![Settlement {
            exchange: doubt.id.clone(),
            found: Found::Done,
            objects: vec!["pay_1".into()],
            at: at(),
        }])
    };
    let weigh = |operation: &Operation| {
        assert_eq!(operation.settlements.len(), 1, "it sees what was settled");
        false
    };
    assert!(store.settle(&id, settle, weigh).await.expect("settled"));
    assert!(left(&store).await.is_empty());
    let kept = open(dir.path()).await.operation(&id).await.expect("read");
    assert_eq!(kept.remarks, [remark]);
    assert_eq!(kept.settlements[0].objects, ["pay_1"]);
    assert_eq!(kept.settlements[0].exchange, kept.exchanges[0].id);
}

#[tokio::test]
async fn a_history_of_version_2_brings_its_doubts_along() {
    let dir = tempfile::tempdir().expect("a directory");
    open(dir.path()).await.close().await;
    std::fs::remove_file(dir.path().join("history.db")).expect("away");
    let old = raw(dir.path());
    for step in [
        include_str!("../../src/store/migration/0001.sql"),
        include_str!("../../src/store/migration/0002.sql"),
        "PRAGMA user_version = 2",
    ] {
        old.execute_batch(step).expect("an old history");
    }
    for (n, operation, method, class, status) in [
        (1, "op_1", "POST", "server_error", Some(503)),
        (2, "op_1", "POST", "server_error", Some(500)),
        (3, "op_2", "POST", "success", Some(201)),
        (4, "op_3", "GET", "server_error", Some(503)),
        (5, "op_4", "DELETE", "indeterminate", None),
    ] {
        let sql = "INSERT INTO exchange (id, operation, attempt, send, profile, started_at, method, base_url,
               target, key_choice, origin, payload, class, status)
             VALUES ('e' || ?1, ?2, 1, 1, 'live', '2026-01-02T03:04:0' || ?1 || '.000000000Z', ?3, 'https://api.test',
               '/v1', 'fresh', 'https://api.test', zeroblob(32), ?4, ?5)";
        let row = rusqlite::params![n, operation, method, class, status];
        old.execute(sql, row).expect("an old row");
    }
    drop(old);
    let store = open(dir.path()).await;
    assert_eq!(left(&store).await, ["op_1", "op_4"]);
    let read = store.operation(&OperationId::known("op_2")).await;
    assert_eq!(read.expect("read").exchanges[0].objects, None);
}
