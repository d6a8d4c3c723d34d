//! Damage: what is moved aside, what is read past it, and that nothing of the damaged one is lost.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use reqscope::domain::id::OperationId;
use reqscope::domain::operation::{Found, Remark, Settlement};
use reqscope::domain::query::Query;
use reqscope::store::Store;
use reqscope::store::error::StoreError;
use reqscope::store::page::From;

use crate::fixture::{Other, Send, child_of, intend, open, raw};

/// A page of the database, in bytes.
const PAGE: usize = 4096;

/// Exchanges enough for many pages, each with a request of its own size.
async fn filled(dir: &Path, count: usize) -> Store {
    let store = open(dir).await;
    for n in 0..count {
        let send = Send {
            operation: format!("op_{n:03}").leak(),
            body: vec![b'a' + (n % 26) as u8; 700],
            ..Send::of("")
        };
        let summary = intend(&store, &send).await;
        let status = if n % 10 == 0 { 503 } else { 201 };
        store
            .finish(&summary.id, send.answered(status, None))
            .await
            .expect("finished");
    }
    store
}

fn file(dir: &Path) -> PathBuf {
    dir.join("history.db")
}

/// The pages whose number fits, overwritten.
fn damage(dir: &Path, which: impl Fn(usize, &[u8]) -> bool) -> Vec<u8> {
    let mut bytes = std::fs::read(file(dir)).expect("read");
    let mut spoiled = 0;
    for (number, page) in bytes.chunks_mut(PAGE).enumerate() {
        if number > 0 && which(number, page) {
            page.fill(0xab);
            spoiled += 1;
        }
    }
    assert!(spoiled > 0, "nothing was spoiled");
    std::fs::write(file(dir), &bytes).expect("written");
    bytes
}

/// Whether a page is a leaf of a table that holds this text.
fn holds(page: &[u8], text: &str) -> bool {
    page[0] == 0x0d && page.windows(text.len()).any(|part| part == text.as_bytes())
}

/// The operations of all exchanges. On a busy machine a page stops short, to let others pass.
async fn operations(store: &Store) -> Vec<String> {
    let (all, mut from, mut operations) = (Query::default(), From::Newest, Vec::new());
    loop {
        let page = store.page(&all, from, 9999, Timestamp::UNIX_EPOCH);
        let page = page.await.expect("read");
        let names = page.summaries.iter().map(|row| row.operation.to_string());
        operations.extend(names);
        match page.older {
            Some(older) => from = From::Before(older),
            None => return operations,
        }
    }
}

/// The marker by which a process says that it met damage.
fn mark_damaged(dir: &Path) {
    std::fs::write(dir.join("history.db.is-damaged"), "").expect("written");
}

#[tokio::test]
async fn what_lies_around_a_spoiled_page_is_recovered() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = filled(dir.path(), 200).await;
    let doubtful = store.left(10).await.expect("read").operations[1].clone();
    let pinned = doubtful.exchanges[0].id.clone();
    store
        .pin(&pinned, true, Timestamp::UNIX_EPOCH)
        .await
        .expect("pinned");
    let remark = Remark {
        text: "asked".into(),
        at: Timestamp::UNIX_EPOCH,
    };
    let operation = doubtful.exchanges[0].operation.clone();
    store.remark(&operation, remark).await.expect("written");
    let settlement = Settlement {
        exchange: pinned.clone(),
        found: Found::Done,
        objects: vec!["pay_1".into()],
        at: Timestamp::UNIX_EPOCH,
    };
    let settle = |_: &_| Some(vec![settlement]);
    store
        .settle(&operation, settle, |_| false)
        .await
        .expect("settled");
    store.close().await;

    let before = damage(dir.path(), |_, page| {
        holds(page, "op_100") && holds(page, "/v1/payments")
    });
    mark_damaged(dir.path());
    let store = open(dir.path()).await;
    let recovered = store.recovered().expect("it was damaged").clone();
    let left = operations(&store).await;
    assert_eq!(left.len() as u64, recovered.exchanges);
    assert!((120..200).contains(&left.len()), "{recovered:?}");
    assert_eq!(recovered.exchanges + recovered.unread, 200, "{recovered:?}");
    assert!(!left.contains(&"op_100".to_owned()));
    assert!(left.contains(&"op_000".to_owned()) && left.contains(&"op_199".to_owned()));
    assert_eq!(
        std::fs::read(&recovered.damaged).expect("kept"),
        before,
        "as it was"
    );

    let again = store.operation(&operation).await.expect("read");
    assert_eq!((again.settlements.len(), again.remarks.len()), (1, 1));
    assert!(again.exchanges[0].pinned);
    let whole = store.get(&pinned).await.expect("read").expect("there");
    assert_eq!(whole.request.body, vec![b'a' + 10; 700]);
    // What is counted, searched and in doubt is made anew.
    assert_eq!(
        store.tally().await.expect("read").total(),
        recovered.exchanges
    );
    assert!(store.count_left().await.expect("read") > 10);
    let found = Query::parse("is:unsettled op:op_190").expect("a query");
    let found = store
        .page(&found, From::Newest, 9, Timestamp::UNIX_EPOCH)
        .await;
    assert_eq!(found.expect("read").summaries.len(), 1);
    // And one can go on.
    intend(&store, &Send::of("op_new")).await;
    let sound: String = raw(dir.path())
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("checked");
    assert_eq!(sound, "ok");
    store.close().await;
    assert!(open(dir.path()).await.recovered().is_none(), "once");
}

#[tokio::test]
async fn a_lost_request_loses_no_key() {
    let dir = tempfile::tempdir().expect("a directory");
    filled(dir.path(), 60).await.close().await;
    let body = "n".repeat(300);
    damage(dir.path(), |_, page| holds(page, &body));
    mark_damaged(dir.path());
    let store = open(dir.path()).await;
    assert_eq!(store.recovered().map(|r| r.exchanges), Some(60));
    let operation = store
        .operation(&OperationId::known("op_013"))
        .await
        .expect("read");
    assert_eq!(
        operation.exchanges[0].idempotency_key.as_deref(),
        Some("k-1")
    );
    let whole = store.get(&operation.exchanges[0].id).await.expect("read");
    assert_eq!(whole, None, "it cannot be replayed");
}

#[tokio::test]
async fn where_nothing_can_be_read_one_begins_anew_beside_it() {
    let dir = tempfile::tempdir().expect("a directory");
    filled(dir.path(), 5).await.close().await;
    let mut bytes = std::fs::read(file(dir.path())).expect("read");
    bytes[100..].fill(0xab);
    std::fs::write(file(dir.path()), &bytes).expect("written");
    let store = open(dir.path()).await;
    let recovered = store.recovered().expect("it was damaged").clone();
    assert_eq!((recovered.exchanges, recovered.unread), (0, 0));
    assert_eq!(std::fs::read(&recovered.damaged).expect("kept"), bytes);
    assert!(operations(&store).await.is_empty());
    intend(&store, &Send::of("op_1")).await;
}

#[tokio::test]
async fn damage_met_on_the_way_is_said_and_recovered_at_the_next_start() {
    let dir = tempfile::tempdir().expect("a directory");
    filled(dir.path(), 200).await.close().await;
    damage(dir.path(), |_, page| {
        holds(page, "op_100") && holds(page, "/v1/payments")
    });
    let store = open(dir.path()).await;
    assert!(store.recovered().is_none(), "nothing was seen of it");
    let all = Query::default();
    let page = store.page(&all, From::Newest, 9999, Timestamp::UNIX_EPOCH);
    let error = page.await.expect_err("damaged");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("start again"), "{error}");
    store.close().await;
    let store = open(dir.path()).await;
    assert!(store.recovered().is_some());
    assert!(operations(&store).await.len() > 100);
}

#[tokio::test]
async fn a_false_alarm_changes_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    filled(dir.path(), 5).await.close().await;
    mark_damaged(dir.path());
    let store = open(dir.path()).await;
    assert_eq!(store.recovered(), None);
    assert_eq!(operations(&store).await.len(), 5);
    assert!(!dir.path().join("history.db.is-damaged").exists());
}

#[tokio::test]
async fn nothing_is_moved_from_under_another_process() {
    if let Some(dir) = child_of() {
        let store = open(&dir).await;
        println!("open");
        std::thread::sleep(std::time::Duration::from_secs(60));
        return store.close().await;
    }
    let dir = tempfile::tempdir().expect("a directory");
    filled(dir.path(), 200).await.close().await;
    let name = "recovery::nothing_is_moved_from_under_another_process";
    let mut other = Other::start(name, dir.path());
    other.says("open");
    let before = damage(dir.path(), |_, page| {
        holds(page, "op_100") && holds(page, "/v1/payments")
    });
    mark_damaged(dir.path());
    let error = Store::open(dir.path()).await.expect_err("it is in use");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert_eq!(std::fs::read(file(dir.path())).expect("read"), before);
    other.kill();
    assert!(open(dir.path()).await.recovered().is_some());
}

#[tokio::test]
async fn the_newest_behind_the_damage_are_read_too() {
    let dir = tempfile::tempdir().expect("a directory");
    filled(dir.path(), 200).await.close().await;
    // Whatever lies on a page with one of these; the last page stays.
    let before_last = |page: &[u8]| (170..190).any(|n| holds(page, &format!("op_{n}")));
    damage(dir.path(), |_, page| {
        before_last(page) && holds(page, "/v1/payments") && !holds(page, "op_199")
    });
    mark_damaged(dir.path());
    let store = open(dir.path()).await;
    let recovered = store.recovered().expect("it was damaged").clone();
    assert_eq!(recovered.exchanges + recovered.unread, 200, "{recovered:?}");
    let left = operations(&store).await;
    assert!(left.contains(&"op_199".to_owned()), "{recovered:?}");
}

#[tokio::test]
async fn a_recovery_that_is_killed_begins_again_or_is_finished() {
    let dir = tempfile::tempdir().expect("a directory");
    filled(dir.path(), 200).await.close().await;
    damage(dir.path(), |_, page| {
        holds(page, "op_100") && holds(page, "/v1/payments")
    });
    mark_damaged(dir.path());
    // Killed while it copied: half of a copy, and the damaged one in its place.
    let beside = |end: &str| dir.path().join(format!("history.db.{end}"));
    std::fs::write(beside("recovering"), "half").expect("written");
    let store = open(dir.path()).await;
    let exchanges = store.recovered().expect("begun again").exchanges;
    assert!(exchanges > 100);
    store.close().await;
    // Killed between the two moves: the copy is whole, and nothing in its place.
    std::fs::rename(file(dir.path()), beside("recovered")).expect("moved");
    let store = open(dir.path()).await;
    assert_eq!(operations(&store).await.len() as u64, exchanges);
}
