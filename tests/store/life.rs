//! One exchange: intended, finished, read back.

use reqscope::domain::exchange::{Class, Exchange, Outcome};
use reqscope::domain::id::{ExchangeId, OperationId};
use reqscope::domain::operation::Operation;
use reqscope::store::error::StoreError;
use std::io::Read;

use crate::fixture::{Send, failed, intend, open, raw};

#[tokio::test]
async fn an_intent_is_seen_by_another_window() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = (open(dir.path()).await, open(dir.path()).await);
    let written = intend(&one, &Send::of("op_1")).await;
    assert_eq!(written.class, Class::InFlight);
    let seen = two.get(&written.id).await.expect("read").expect("there");
    assert_eq!(seen.outcome, Outcome::InFlight);
    assert_eq!(seen.summary(), written);
    let listed = two.operation(&written.operation).await.expect("read");
    assert_eq!(listed.exchanges, [written]);
}

#[tokio::test]
async fn what_is_written_comes_back_the_same() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let mut send = Send::of("op_1");
    send.body = vec![0, 255, b'{', 0xc3];
    let (intent, ending) = (send.intent(), send.answered(429, Some(7)));
    let expected = Exchange {
        id: intent.id.clone(),
        operation: intent.operation.clone(),
        attempt: intent.attempt,
        send: intent.send,
        account: intent.account.clone(),
        profile: intent.profile.clone(),
        started_at: intent.started_at,
        request: intent.request.get().clone(),
        outcome: ending.outcome.get().clone(),
        quota: ending.quota.clone(),
        facts: intent.facts.clone(),
        pinned: false,
        note: None,
    };
    let written = store
        .intend::<()>(intent.operation.clone(), |_| Ok(intent))
        .await;
    written.expect("written").expect("agreed");
    store.finish(&expected.id, ending).await.expect("finished");
    store.close().await;

    let store = open(dir.path()).await;
    let read = store.get(&expected.id).await.expect("read").expect("there");
    assert_eq!(read, expected);
    let listed = store.operation(&expected.operation).await.expect("read");
    assert_eq!(listed.exchanges, [expected.summary()]);
    assert_eq!(listed.exchanges[0].class, Class::RateLimited);
    let absent = store.get(&ExchangeId::known("absent")).await.expect("read");
    assert_eq!(absent, None);
}

#[tokio::test]
async fn no_secret_is_in_any_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let send = Send::of("op_1");
    let id = intend(&store, &send).await.id;
    let ending = send.answered(200, None);
    store.finish(&id, ending).await.expect("finished");
    store.close().await;
    for entry in std::fs::read_dir(dir.path()).expect("listed").flatten() {
        if entry.path().is_file() {
            let bytes = std::fs::read(entry.path()).expect("read");
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("sk_live") && !text.contains("session=1"));
        }
    }
}

#[tokio::test]
async fn an_outcome_is_written_once_and_by_its_owner() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = (open(dir.path()).await, open(dir.path()).await);
    let send = Send::of("op_1");
    let id = intend(&one, &send).await.id;

    let others = two.finish(&id, failed()).await;
    assert!(matches!(others, Err(StoreError::NotOurs(_))), "{others:?}");
    let mut ending = failed();
    ending.outcome =
        reqscope::domain::redact::own_outcome(Outcome::InFlight).expect("our own words");
    let none = one.finish(&id, ending).await;
    assert!(matches!(none, Err(StoreError::NoEnding(..))), "{none:?}");
    let absent = one.finish(&ExchangeId::known("absent"), failed()).await;
    assert!(matches!(absent, Err(StoreError::Unknown(_))), "{absent:?}");

    let first = one.finish(&id, send.answered(201, None)).await;
    first.expect("finished");
    let second = one.finish(&id, failed()).await;
    assert!(matches!(second, Err(StoreError::NotOurs(_))), "{second:?}");
    let read = two.get(&id).await.expect("read").expect("there");
    assert_eq!(read.outcome.status(), Some(201));

    let past = raw(dir.path()).execute("UPDATE exchange SET class = 'failed'", []);
    let refused = past.expect_err("the schema itself refuses").to_string();
    assert!(refused.contains("never overwritten"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_windows_never_both_pass_the_gate() {
    let dir = tempfile::tempdir().expect("a directory");
    let windows = [open(dir.path()).await, open(dir.path()).await];
    for operation in ["op_1", "op_2", "op_3"] {
        let mut tries = Vec::new();
        for n in 0..8 {
            let (store, intent) = (windows[n % 2].clone(), Send::of(operation).intent());
            tries.push(tokio::spawn(async move {
                let gate = move |so_far: &Operation| {
                    so_far.exchanges.is_empty().then_some(intent).ok_or("taken")
                };
                store.intend(OperationId::known(operation), gate).await
            }));
        }
        let mut passed = 0;
        for one in tries {
            match one.await.expect("ran").expect("written") {
                Ok(_) => passed += 1,
                Err(refusal) => assert_eq!(refusal, "taken"),
            }
        }
        assert_eq!(passed, 1, "{operation}");
    }
}

#[tokio::test]
async fn what_the_gate_does_not_let_through_is_not_written() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let operation = OperationId::known("op_1");

    let refused = store.intend(operation.clone(), |_| Err("no")).await;
    assert_eq!(refused.expect("asked"), Err("no"));

    let stray = Send::of("op_2").intent();
    let stray = store.intend::<()>(operation.clone(), |_| Ok(stray)).await;
    assert!(
        matches!(stray, Err(StoreError::OtherOperation { .. })),
        "{stray:?}"
    );

    let mut named = Send::of("op_1").intent();
    named.id = ExchangeId::known("../escape");
    let named = store.intend::<()>(operation.clone(), |_| Ok(named)).await;
    assert!(matches!(named, Err(StoreError::BadId(_))), "{named:?}");

    let mut large = Send::of("op_1");
    large.body = vec![b' '; (64 << 20) + 1];
    let large = large.intent();
    let large = store.intend::<()>(operation.clone(), |_| Ok(large)).await;
    assert!(
        matches!(large, Err(StoreError::RequestTooLarge { .. })),
        "{large:?}"
    );

    let twice = intend(&store, &Send::of("op_1")).await;
    let mut again = Send::of("op_1").intent();
    again.id = twice.id.clone();
    let again = store.intend::<()>(operation.clone(), |_| Ok(again)).await;
    assert!(again.is_err(), "an id is taken once");

    let read = store.operation(&operation).await.expect("read");
    assert_eq!(read.exchanges, [twice]);
}

#[tokio::test]
async fn a_gate_that_panics_takes_nobody_with_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let send = Send::of("op_1");
    let id = intend(&store, &send).await.id;
    let broken = store
        .intend::<()>(OperationId::known("op_1"), |_| panic!("a test's own panic"))
        .await;
    assert!(matches!(broken, Err(StoreError::Stopped)), "{broken:?}");
    let ending = send.answered(200, None);
    store.finish(&id, ending).await.expect("still written");
}

#[tokio::test]
async fn a_body_lies_beside_its_exchange() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let id = intend(&store, &Send::of("op_1")).await.id;
    assert!(store.open_body(&id).expect("looked").is_none());
    let mut writer = store.body_writer(&id).expect("a writer");
    writer.append(b"{\"a\":").expect("written");
    writer.append(b"1}").expect("written");
    assert_eq!(writer.written(), 7);
    assert_eq!(writer.finish().expect("flushed"), 7);
    let mut text = String::new();
    let mut file = store.open_body(&id).expect("looked").expect("there");
    file.read_to_string(&mut text).expect("read");
    assert_eq!(text, "{\"a\":1}");
    let path = store.body_path(&id).expect("a path");
    assert_eq!(path, dir.path().join("bodies").join(id.as_str()));
}
