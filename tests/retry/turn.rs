//! The hold between processes, moment by moment: two stores are two owners, and the time is an argument.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use reqscope::domain::compose::Compose;
use reqscope::domain::exchange::{
    Class, Ending, Facts, Failure, Intent, Outcome, Timing, Unanswered,
};
use reqscope::domain::id::{DICE, ExchangeId, OperationId};
use reqscope::domain::operation::Operation;
use reqscope::domain::profile::Profile;
use reqscope::domain::query::Query;
use reqscope::domain::redact::{self, Fingerprint, Fingerprinter};
use reqscope::domain::request::{KeyChoice, Method, Request};
use reqscope::domain::retry::hold::{Signal, Turn};
use reqscope::domain::retry::later;
use reqscope::domain::seal::Sealing;
use reqscope::store::Store;
use reqscope::store::hold::{Admitted, Claim};
use reqscope::store::page::From;

fn at(ms: u64) -> Timestamp {
    let start: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a time");
    later(start, Duration::from_millis(ms))
}

fn facts(credential: Option<u8>) -> Facts {
    Facts {
        origin: "https://api.test".into(),
        payload: Fingerprint([1; 32]),
        credential: credential.map(|byte| Fingerprint([byte; 32])),
    }
}

/// A POST of this operation, at this moment.
fn intent(operation: &str, facts: &Facts, now: Timestamp) -> Intent {
    let mut dice = [0; DICE];
    getrandom::fill(&mut dice).expect("dice");
    let mut profile = Profile::new("live");
    profile.base_url = Some(url::Url::parse("https://api.test").expect("a URL"));
    let compose = Compose {
        operation,
        account: None,
        key: Some("k-1"),
        key_choice: KeyChoice::Fresh,
        credential: None,
    };
    let request = Request::new(Method::post(), "/v1/payments");
    let prepared = compose.prepare(&request, &profile).expect("sendable");
    Intent {
        id: ExchangeId::mint(dice),
        operation: OperationId::known(operation),
        attempt: 1,
        send: 1,
        account: None,
        profile: "live".into(),
        started_at: now,
        request: redact::request(&prepared, &Sealing::none(Fingerprinter::new(&[7; 32]))),
        facts: facts.clone(),
    }
}

fn claim(operation: &str, announced: Option<ExchangeId>, now: Timestamp) -> Claim {
    Claim {
        operation: OperationId::known(operation),
        facts: facts(Some(2)),
        announced,
        not_before: Timestamp::MIN,
        latest: later(now, Duration::from_secs(60)),
        now,
    }
}

async fn ask(store: &Store, claim: Claim) -> Admitted<String> {
    let intent = intent(claim.operation.as_str(), &claim.facts, claim.now);
    let admitted = store.admit(claim, move |_| Ok(intent)).await;
    admitted.expect("written")
}

fn goes(admitted: Admitted<String>) -> ExchangeId {
    match admitted {
        Admitted::Goes(summary) => summary.id,
        other => panic!("it does not go: {other:?}"),
    }
}

fn waits(admitted: Admitted<String>) -> (ExchangeId, Option<Timestamp>) {
    match admitted {
        Admitted::Waits(id, until) => (id, until),
        other => panic!("it does not wait: {other:?}"),
    }
}

async fn finish(store: &Store, id: &ExchangeId, signal: Signal, now: Timestamp) {
    let failure = Failure::new("whatever came back");
    let timing = Timing::default();
    let outcome = redact::own_outcome(Outcome::Indeterminate(Unanswered { failure, timing }));
    let outcome = outcome.expect("our own words");
    let quota = None;
    let ending = Ending { outcome, quota };
    let told = store.finish_and_tell(id, ending, signal, now).await;
    told.expect("written");
}

async fn open(dir: &Path) -> Store {
    Store::open(dir).await.expect("a history")
}

/// Two processes, and a 429 that holds until 3 s.
async fn held(dir: &Path) -> (Store, Store) {
    let (one, two) = (open(dir).await, open(dir).await);
    let first = goes(ask(&one, claim("op_0", None, at(0))).await);
    finish(&one, &first, Signal::Limited(at(3000)), at(10)).await;
    (one, two)
}

#[tokio::test]
async fn processes_agree_who_goes_first_and_how_many_follow() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = held(dir.path()).await;
    let (a, until) = waits(ask(&one, claim("op_a", None, at(20))).await);
    let (b, _) = waits(ask(&two, claim("op_b", None, at(20))).await);
    let (c, _) = waits(ask(&two, claim("op_c", None, at(20))).await);
    assert_eq!(until, Some(at(3000)));
    let again = waits(ask(&two, claim("op_b", Some(b.clone()), at(2999))).await);
    assert_eq!(again, (b.clone(), Some(at(3000))), "announced once");

    let probe = goes(ask(&two, claim("op_b", Some(b), at(3000))).await);
    let line = waits(ask(&one, claim("op_a", Some(a.clone()), at(3001))).await);
    assert_eq!(line.1, None, "in line");
    let left = Signal::Passed {
        left: Some(1),
        ends: Some(at(6000)),
    };
    finish(&two, &probe, left, at(3010)).await;
    let turn = one.turn(claim("op_a", None, at(3020))).await;
    assert_eq!(turn.expect("read"), Turn::Left);
    goes(ask(&one, claim("op_a", Some(a), at(3020))).await);
    let (_, until) = waits(ask(&two, claim("op_c", Some(c), at(3030))).await);
    assert_eq!(until, Some(at(6000)), "nothing is left of the window");
}

#[tokio::test]
async fn a_hold_concerns_its_credential_and_no_other() {
    let dir = tempfile::tempdir().expect("a directory");
    let (_, two) = held(dir.path()).await;
    for credential in [Some(3), None] {
        let mut other = claim("op_x", None, at(20));
        other.facts = facts(credential);
        goes(ask(&two, other).await);
    }
    let mut elsewhere = claim("op_y", None, at(20));
    elsewhere.facts.origin = "https://other.test".into();
    goes(ask(&two, elsewhere).await);
    waits(ask(&two, claim("op_z", None, at(20))).await);
}

#[tokio::test]
async fn a_quota_without_a_credential_is_held_too() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path()).await;
    let nobody = |operation, now| {
        let mut claim = claim(operation, None, now);
        claim.facts = facts(None);
        claim
    };
    for (operation, until) in [("op_0", 3000), ("op_1", 9000)] {
        let late = at(until - 3000);
        let first = goes(ask(&store, nobody(operation, late)).await);
        finish(&store, &first, Signal::Limited(at(until)), late).await;
    }
    let (_, until) = waits(ask(&store, nobody("op_2", at(6100))).await);
    assert_eq!(until, Some(at(9000)), "one hold, prolonged");
}

#[tokio::test]
async fn a_probe_whose_process_is_gone_keeps_nobody_back() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = held(dir.path()).await;
    let probe = goes(ask(&one, claim("op_a", None, at(3000))).await);
    let (b, line) = waits(ask(&two, claim("op_b", None, at(3001))).await);
    assert_eq!(line, None);
    // Closed without an outcome: to the others that is what a kill looks like.
    one.close().await;
    let turn = two.turn(claim("op_b", None, at(3002))).await;
    assert_eq!(turn.expect("read"), Turn::Probe);
    goes(ask(&two, claim("op_b", Some(b), at(3002))).await);
    let left = two.get(&probe).await.expect("read").expect("there");
    assert_eq!(left.outcome.class(), Class::Indeterminate, "it was sent");
}

#[tokio::test]
async fn who_waits_is_announced_and_its_intent_is_written_after_the_hold() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = held(dir.path()).await;
    let (held, _) = waits(ask(&one, claim("op_a", None, at(20))).await);
    let seen = two.get(&held).await.expect("read").expect("there");
    assert_eq!(seen.outcome, Outcome::Held);
    assert_eq!(seen.request.idempotency_key.as_deref(), Some("k-1"));
    // Another one goes meanwhile, who does not wait.
    let other = intent("op_b", &facts(Some(2)), at(30));
    let other_id = other.id.clone();
    let written: Result<_, String> = two
        .intend(other.operation.clone(), move |_| Ok(other))
        .await
        .expect("written");
    written.expect("agreed");

    let mut later_intent = intent("op_a", &facts(Some(2)), at(3000));
    later_intent.id = held.clone();
    let promoted = claim("op_a", Some(held.clone()), at(3000));
    let gate = move |before: &Operation| {
        assert!(
            before.exchanges.is_empty(),
            "it does not stand in its own way"
        );
        Ok::<_, String>(later_intent)
    };
    let admitted = one.admit(promoted, gate).await.expect("written");
    assert_eq!(goes(admitted), held, "under the name it was announced with");
    let page = two
        .page(&Query::default(), From::Newest, 9, Timestamp::UNIX_EPOCH)
        .await
        .expect("read");
    let ids: Vec<_> = page.summaries.iter().map(|s| &s.id).collect();
    assert_eq!(ids[..2], [&held, &other_id], "in the order of the intents");
    assert_eq!(page.summaries[0].started_at, at(3000));
    assert_eq!(page.summaries[0].class, Class::InFlight);
}

#[tokio::test]
async fn a_refusal_of_the_gate_leaves_the_announcement() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, two) = held(dir.path()).await;
    let refused = one
        .admit(claim("op_a", None, at(20)), |_| Err("asked"))
        .await;
    assert_eq!(refused.expect("read"), Admitted::Refused("asked"));
    let operation = OperationId::known("op_a");
    let read = one.operation(&operation).await.expect("read");
    assert!(read.exchanges.is_empty());

    let (held, _) = waits(ask(&one, claim("op_a", None, at(20))).await);
    let again = claim("op_a", Some(held.clone()), at(3000));
    let refused = one.admit(again.clone(), |_| Err("asked")).await;
    assert_eq!(refused.expect("read"), Admitted::Refused("asked"));
    let still = two.get(&held).await.expect("read").expect("there");
    assert_eq!(still.outcome, Outcome::Held);
    // Nobody else can turn it into an intent.
    let intent = intent("op_a", &facts(Some(2)), at(3000));
    let stolen = two.admit(again, move |_| Ok::<_, String>(intent)).await;
    assert!(stolen.is_err(), "{stolen:?}");
    one.close().await;
    let gone = two.get(&held).await.expect("read").expect("there");
    assert_eq!(
        gone.outcome.class(),
        Class::Failed,
        "nothing of it was sent"
    );
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_not_begun() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, _) = held(dir.path()).await;
    let mut hurried = claim("op_a", None, at(20));
    hurried.latest = at(2999);
    assert_eq!(
        ask(&one, hurried.clone()).await,
        Admitted::TooLate(at(3000))
    );
    let operation = OperationId::known("op_a");
    let read = one.operation(&operation).await.expect("read");
    assert!(read.exchanges.is_empty());
    // What the server told this very request counts, too.
    hurried.latest = at(99_000);
    hurried.not_before = at(5000);
    let (_, until) = waits(ask(&one, hurried).await);
    assert_eq!(until, Some(at(5000)));
}

#[tokio::test]
async fn a_history_of_the_first_version_is_brought_to_ours() {
    let dir = tempfile::tempdir().expect("a directory");
    let old = rusqlite::Connection::open(dir.path().join("history.db")).expect("made");
    old.execute_batch(include_str!("../../src/store/migration/0001.sql"))
        .expect("made");
    old.pragma_update(None, "user_version", 1).expect("written");
    drop(old);
    let (one, _) = held(dir.path()).await;
    waits(ask(&one, claim("op_a", None, at(20))).await);
}
