//! Whose a row without an outcome is, and what becomes of it when its process is gone.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use reqscope::domain::exchange::{Class, Outcome};
use reqscope::domain::id::ExchangeId;
use reqscope::domain::operation::Operation;
use reqscope::domain::query::Query;
use reqscope::store::page::From;

use crate::fixture::{Other, Send, child_of, failed, intend, open, raw};

/// Class and owner as they stand in the file.
fn stored(dir: &Path, id: &ExchangeId) -> (String, Option<String>) {
    let query = "SELECT class, owner FROM exchange WHERE id = ?1";
    let row = raw(dir).query_row(query, [id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)));
    row.expect("there")
}

#[tokio::test]
async fn a_killed_process_leaves_no_row_in_flight() {
    if let Some(dir) = child_of() {
        let store = open(&dir).await;
        let id = intend(&store, &Send::of("op_1")).await.id;
        println!("intended {id}");
        // Killed long before; an end all the same should the test break.
        tokio::time::sleep(Duration::from_secs(60)).await;
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let test = "ownership::a_killed_process_leaves_no_row_in_flight";
    let mut other = Other::start(test, dir.path());
    let id = ExchangeId::known(other.says("intended "));

    let mut changes = store.changes();
    let lives = store.get(&id).await.expect("read").expect("there");
    assert_eq!(lives.outcome, Outcome::InFlight, "it lives");
    other.kill();
    let told = tokio::time::timeout(Duration::from_secs(10), changes.changed()).await;
    told.expect("the end is an event").expect("the store works");

    let lost = store.get(&id).await.expect("read").expect("there");
    assert_eq!(lost.outcome.class(), Class::Indeterminate);
    let failure = lost.outcome.failure().expect("says why");
    let hint = failure.hint.as_deref().expect("a next step");
    assert!(
        failure.what.contains("gone") && hint.contains("same key"),
        "{failure:?}"
    );
    let indeterminate = Query::parse("is:indeterminate").expect("a query");
    let page = store
        .page(&indeterminate, From::Newest, 9, Timestamp::UNIX_EPOCH)
        .await
        .expect("read");
    assert_eq!(
        page.summaries,
        [lost.summary()],
        "a filter sees what is shown"
    );
    let (class, owner) = stored(dir.path(), &id);
    assert_eq!(class, "in_flight", "a reader writes nothing");
    let lock = dir.path().join("owners").join(owner.expect("an owner"));
    assert!(lock.exists());

    intend(&store, &Send::of("op_2")).await;
    assert_eq!(stored(dir.path(), &id), ("indeterminate".into(), None));
    let settled = store.get(&id).await.expect("read").expect("there");
    assert_eq!(settled, lost, "what was derived is what is kept");
    open(dir.path()).await.close().await;
    assert!(!lock.exists(), "the next start removes the lock file");
}

#[tokio::test]
async fn a_closed_window_that_owed_an_outcome_reads_as_indeterminate() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = (open(dir.path()).await, open(dir.path()).await);
    let mut keyless = Send::of("op_1");
    keyless.key = None;
    let id = intend(&one, &keyless).await.id;
    one.close().await;
    let lost = two.get(&id).await.expect("read").expect("there");
    assert_eq!(lost.outcome.class(), Class::Indeterminate);
    let failure = lost.outcome.failure().expect("says why");
    let hint = failure.hint.as_deref().expect("a next step");
    assert!(
        hint.contains("Look at the API"),
        "there is no same key: {hint}"
    );
    let refused = two.finish(&id, failed()).await;
    assert!(refused.is_err(), "what became of it stands");
    let listed = two.operation(&lost.operation).await.expect("read");
    assert_eq!(listed.exchanges, [lost.summary()]);
}

#[tokio::test]
async fn the_gate_sees_the_lost_as_lost_and_the_living_as_living() {
    let dir = tempfile::tempdir().expect("a directory");
    let (gone, lives, asks) = (
        open(dir.path()).await,
        open(dir.path()).await,
        open(dir.path()).await,
    );
    for store in [&gone, &lives, &asks] {
        intend(store, &Send::of("op_1")).await;
    }
    gone.close().await;
    let gate =
        |so_far: &Operation| Err(so_far.exchanges.iter().map(|s| s.class).collect::<Vec<_>>());
    let operation = Send::of("op_1").intent().operation;
    let seen = asks.intend(operation, gate).await.expect("asked");
    let expected = vec![Class::Indeterminate, Class::InFlight, Class::InFlight];
    assert_eq!(seen, Err(expected));
}

#[tokio::test]
async fn who_was_only_held_has_sent_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = (open(dir.path()).await, open(dir.path()).await);
    let id = intend(&one, &Send::of("op_1")).await.id;
    let held = raw(dir.path()).execute("UPDATE exchange SET class = 'held'", []);
    assert_eq!(held.expect("written"), 1);
    let waits = two.get(&id).await.expect("read").expect("there");
    assert_eq!(waits.outcome, Outcome::Held);
    one.close().await;
    let lost = two.get(&id).await.expect("read").expect("there");
    assert_eq!(lost.outcome.class(), Class::Failed);
    intend(&two, &Send::of("op_2")).await;
    assert_eq!(stored(dir.path(), &id), ("failed".into(), None));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_keeps_nobody_from_writing() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = (open(dir.path()).await, open(dir.path()).await);
    let id = intend(&one, &Send::of("op_1")).await.id;
    raw(dir.path())
        .execute("UPDATE request SET headers = 'torn'", [])
        .expect("written");
    one.close().await;
    let error = two.get(&id).await.expect_err("unreadable").to_string();
    assert!(
        error.contains("headers") && error.contains("history.db"),
        "{error}"
    );
    intend(&two, &Send::of("op_2")).await;
    let page = two
        .page(&Query::default(), From::Newest, 9, Timestamp::UNIX_EPOCH)
        .await
        .expect("read");
    assert_eq!(
        page.summaries[1].class,
        Class::Indeterminate,
        "and lists go on"
    );
}
