//! Counts that nobody has to count, and what came back over time.

use jiff::{SignedDuration, Timestamp};
use reqscope::domain::exchange::Class;

use crate::fixture::{Other, Send, child_of, failed, intend, open, raw};

#[tokio::test]
async fn every_change_of_a_row_is_counted_in_its_transaction() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let send = Send::of("op_1");
    assert_eq!(store.tally().await.expect("read").total(), 0);
    for status in [201, 422, 429, 503] {
        let id = intend(&store, &send).await.id;
        assert_eq!(store.tally().await.expect("read").of(Class::InFlight), 1);
        store
            .finish(&id, send.answered(status, None))
            .await
            .expect("finished");
    }
    let id = intend(&store, &send).await.id;
    store.finish(&id, failed()).await.expect("finished");
    let tally = store.tally().await.expect("read");
    let mut counts: Vec<(Class, u64)> = tally.iter().collect();
    counts.sort_by_key(|(class, _)| format!("{class:?}"));
    let expected = [
        (Class::ClientError, 1),
        (Class::Failed, 1),
        (Class::RateLimited, 1),
        (Class::ServerError, 1),
        (Class::Success, 1),
    ];
    assert_eq!(counts, expected);
    let bytes: i64 = raw(dir.path())
        .query_row("SELECT sum(bytes) FROM tally", [], |row| row.get(0))
        .expect("summed");
    assert_eq!(bytes, 4 * 412);
}

#[tokio::test]
async fn what_a_killed_process_left_counts_as_what_became_of_it() {
    if let Some(dir) = child_of() {
        let store = open(&dir).await;
        intend(&store, &Send::of("op_1")).await;
        println!("sent");
        std::thread::sleep(std::time::Duration::from_secs(60));
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let name = "tally::what_a_killed_process_left_counts_as_what_became_of_it";
    let mut other = Other::start(name, dir.path());
    other.says("sent");
    let store = open(dir.path()).await;
    let of = async |class| store.tally().await.expect("read").of(class);
    assert_eq!(
        (of(Class::InFlight).await, of(Class::Indeterminate).await),
        (1, 0)
    );
    other.kill();
    assert_eq!(
        (of(Class::InFlight).await, of(Class::Indeterminate).await),
        (0, 1)
    );
}

#[tokio::test]
async fn outcomes_are_told_by_stretches_of_time() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    // 1_767_323_045 is where the fixture's seconds begin.
    for (second, status) in [(-600, 201), (0, 201), (10, 422), (70, 503), (75, 201)] {
        let send = Send {
            second,
            ..Send::of("op_1")
        };
        let id = intend(&store, &send).await.id;
        store
            .finish(&id, send.answered(status, None))
            .await
            .expect("finished");
    }
    let now = Timestamp::from_second(1_767_323_045 + 80).expect("a time");
    let step = SignedDuration::from_secs(60);
    let outcomes = store.outcomes(now, step, 3).await.expect("read");
    let told: Vec<[u32; 3]> = outcomes
        .buckets
        .iter()
        .map(|b| [b.success, b.client_error, b.server_error])
        .collect();
    assert_eq!(told, [[0, 0, 0], [1, 1, 0], [1, 0, 1]]);
    assert!(!outcomes.cut);
}
