//! Pins and notes: beside an exchange, never in it.

use jiff::Timestamp;
use reqscope::domain::id::ExchangeId;
use reqscope::store::error::StoreError;
use reqscope::store::mark::NOTE;

use crate::fixture::{Send, intend, open, raw};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

#[tokio::test]
async fn what_is_marked_is_seen_in_lists_and_alone_and_by_others() {
    let dir = tempfile::tempdir().expect("a directory");
    let (store, other) = (open(dir.path()).await, open(dir.path()).await);
    let send = Send::of("op_1");
    let id = intend(&store, &send).await.id;
    // Also of one that is on its way: a mark changes nothing of it.
    store.pin(&id, true, AT).await.expect("pinned");
    store
        .finish(&id, send.answered(201, None))
        .await
        .expect("finished");
    let note = Some("  asked the bank,\u{1b}[2J answer on Monday\n".to_owned());
    other.note(&id, note, AT).await.expect("noted");
    let exchange = store.get(&id).await.expect("read").expect("there");
    let noted = Some("asked the bank, [2J answer on Monday");
    assert_eq!((exchange.pinned, exchange.note.as_deref()), (true, noted));
    let listed = store.operation(&exchange.operation).await.expect("read");
    assert_eq!(listed.exchanges, [exchange.summary()]);

    store.pin(&id, false, AT).await.expect("taken off");
    let exchange = other.get(&id).await.expect("read").expect("there");
    assert_eq!((exchange.pinned, exchange.note.as_deref()), (false, noted));
    store
        .note(&id, Some("  ".into()), AT)
        .await
        .expect("taken away");
    let exchange = other.get(&id).await.expect("read").expect("there");
    assert_eq!((exchange.pinned, exchange.note), (false, None));
    let left: i64 = raw(dir.path())
        .query_row("SELECT count(*) FROM mark", [], |row| row.get(0))
        .expect("counted");
    assert_eq!(left, 0, "a mark that says nothing is none");
}

#[tokio::test]
async fn a_mark_needs_its_exchange_and_a_note_has_an_end() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let absent = ExchangeId::known("absent");
    let pinned = store.pin(&absent, true, AT).await;
    assert!(matches!(pinned, Err(StoreError::Unknown(id)) if id == absent));
    let id = intend(&store, &Send::of("op_1")).await.id;
    let long = store.note(&id, Some("x".repeat(NOTE + 1)), AT).await;
    let said = long.expect_err("too long").to_string();
    assert!(
        said.contains("4097 bytes") && said.contains("4096"),
        "{said}"
    );
    store
        .note(&id, Some("x".repeat(NOTE)), AT)
        .await
        .expect("noted");
}
