//! Notices: they come when rows changed, and only then.

use std::time::Duration;

use tokio::sync::watch::Receiver;
use tokio::time::timeout;

use crate::fixture::{Send, indexed, intend, open, raw};

async fn told(changes: &mut Receiver<u64>) {
    let told = timeout(Duration::from_secs(10), changes.changed()).await;
    told.expect("a notice came").expect("the store works");
}

/// Longer than a burst is gathered, several times.
async fn silent(changes: &mut Receiver<u64>) -> bool {
    timeout(Duration::from_millis(400), changes.changed())
        .await
        .is_err()
}

#[tokio::test]
async fn another_windows_rows_are_told_of() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = (open(dir.path()).await, open(dir.path()).await);
    let mut changes = one.changes();
    // Answered after the watch has begun: messages are taken in order.
    one.operation(&Send::of("op_1").intent().operation)
        .await
        .expect("read");
    assert!(silent(&mut changes).await, "nothing happened yet");
    let send = Send::of("op_1");
    let id = intend(&two, &send).await.id;
    told(&mut changes).await;
    assert!(one.get(&id).await.expect("read").is_some());
    assert!(silent(&mut changes).await, "told once");
    let ending = send.answered(200, None);
    two.finish(&id, ending).await.expect("finished");
    told(&mut changes).await;
}

#[tokio::test]
async fn our_own_rows_are_told_of_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let mut changes = store.changes();
    intend(&store, &Send::of("op_1")).await;
    told(&mut changes).await;
    // The file's own notice comes now, and tells nothing new.
    assert!(silent(&mut changes).await);
    let refused = store.intend(Send::of("op_1").intent().operation, |_| Err(()));
    assert_eq!(refused.await.expect("asked"), Err(()));
    assert!(silent(&mut changes).await, "nothing was written");
}

#[tokio::test]
async fn reading_and_closing_change_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = (open(dir.path()).await, open(dir.path()).await);
    let send = Send::of("op_1");
    let id = intend(&two, &send).await.id;
    let ending = send.answered(200, None);
    two.finish(&id, ending).await.expect("finished");
    // Which is a write, though of no row.
    indexed(dir.path()).await;
    let mut changes = one.changes();
    two.get(&id).await.expect("read");
    two.close().await;
    // A checkpoint writes into the database, but no row changes.
    raw(dir.path())
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        .expect("done");
    assert!(silent(&mut changes).await);
}

#[tokio::test]
async fn a_closed_store_ends_the_notices() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let mut changes = store.changes();
    let clone = store.clone();
    drop(store);
    intend(&clone, &Send::of("op_1")).await;
    clone.close().await;
    while changes.changed().await.is_ok() {}
    let owners = std::fs::read_dir(dir.path().join("owners")).expect("listed");
    assert_eq!(owners.count(), 0, "the lock file went with it");
}
