//! The state file: across restarts, and between sandboxes that share it.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use reqscope::sandbox::{self, Settings};
use tempfile::TempDir;

use crate::client::{Bench, PAYMENT, generous};

struct Folder {
    dir: TempDir,
}

impl Folder {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("state.json")
    }

    async fn start(&self) -> Bench {
        Bench::with(Settings {
            state: Some(self.file()),
            ..generous()
        })
        .await
    }
}

#[tokio::test]
async fn a_later_sandbox_finds_what_an_earlier_one_did() {
    let folder = Folder::new();
    let first = folder.start().await;
    let paid = first.pay().key("k").send().await;
    let struck = || |bench: &Bench| bench.pay().operation("op_1").fault("status=503").send();
    assert_eq!(struck()(&first).await.status, 503);
    let all = r#"{"amount":999900,"currency":"EUR","account":"acct_demo"}"#;
    assert_eq!(
        first
            .ask("POST", "/v1/payments")
            .key("all")
            .body(all)
            .send()
            .await
            .status,
        201
    );
    first.running.stop().await;

    let second = folder.start().await;
    let saved = second.pay().key("k").send().await;
    assert_eq!(
        (saved.status, saved.replayed(), saved.body),
        (201, true, paid.body)
    );
    assert_eq!(second.payments().await, 2);
    let broke = struck()(&second).await;
    assert_eq!(
        (broke.status, broke.code().as_str()),
        (402, "insufficient_balance"),
        "struck before, and no balance"
    );
}

#[tokio::test]
async fn ids_go_on_where_they_stood() {
    let folder = Folder::new();
    let mut restarted = Vec::new();
    for _ in 0..3 {
        let bench = folder.start().await;
        restarted.push(bench.pay().send().await.id());
        bench.running.stop().await;
    }
    let bench = Bench::start().await;
    let mut through = Vec::new();
    for _ in 0..3 {
        through.push(bench.pay().send().await.id());
    }
    assert_eq!(restarted, through);
}

#[tokio::test]
async fn the_quota_is_one_for_all_who_share_the_file() {
    let folder = Folder::new();
    let settings = || Settings {
        state: Some(folder.file()),
        quota: "3/60s".parse().unwrap(),
        ..Settings::default()
    };
    let (one, two) = (Bench::with(settings()).await, Bench::with(settings()).await);
    assert_eq!(
        one.get("/v1/accounts").await.number("ratelimit-remaining"),
        2
    );
    assert_eq!(
        two.get("/v1/accounts").await.number("ratelimit-remaining"),
        1
    );
    one.running.stop().await;
    let three = Bench::with(settings()).await;
    assert_eq!(
        three
            .get("/v1/accounts")
            .await
            .number("ratelimit-remaining"),
        0
    );
    assert_eq!(two.get("/v1/accounts").await.status, 429);
}

#[tokio::test]
async fn two_sandboxes_on_one_file_lose_nothing_of_each_other() {
    let folder = Folder::new();
    let benches = [folder.start().await, folder.start().await];
    let sends: Vec<_> = (0..40)
        .map(|i| tokio::spawn(benches[i % 2].pay().key(&format!("k{i}")).send()))
        .collect();
    for send in sends {
        assert_eq!(send.await.unwrap().status, 201);
    }
    for bench in &benches {
        assert_eq!(bench.payments().await, 40);
        for i in 0..40 {
            assert!(bench.pay().key(&format!("k{i}")).send().await.replayed());
        }
    }
}

#[tokio::test]
async fn one_key_sent_to_two_sandboxes_makes_one_payment() {
    let folder = Folder::new();
    let benches = [folder.start().await, folder.start().await];
    let sends: Vec<_> = (0..20)
        .map(|i| tokio::spawn(benches[i % 2].pay().key("k").send()))
        .collect();
    let mut ids = Vec::new();
    for send in sends {
        ids.push(send.await.unwrap().id());
    }
    ids.dedup();
    assert_eq!((ids.len(), benches[0].payments().await), (1, 1));
}

#[tokio::test]
async fn a_key_in_progress_is_so_for_the_other_too_and_not_for_ever() {
    let folder = Folder::new();
    let (one, two) = (folder.start().await, folder.start().await);
    let slow = tokio::spawn(one.pay().key("k").fault("delay=800").attempt());
    while two.payments().await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(two.pay().key("k").send().await.code(), "key_in_progress");
    // The one that was answering is gone, in the middle of it.
    one.running.stop().await;
    assert!(slow.await.unwrap().is_err());
    tokio::time::sleep(Duration::from_millis(800)).await;
    let after = two.pay().key("k").send().await;
    assert_eq!((after.status, after.replayed()), (201, true));
    assert_eq!(two.payments().await, 1);
}

#[tokio::test]
async fn the_file_is_whole_at_any_moment() {
    let folder = Folder::new();
    let bench = folder.start().await;
    bench.pay().send().await;
    let writer = tokio::spawn({
        let sends: Vec<_> = (0..50).map(|_| bench.pay().send()).collect();
        async move {
            for send in sends {
                send.await;
            }
        }
    });
    while !writer.is_finished() {
        let bytes = fs::read(folder.file()).unwrap();
        assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
}

#[tokio::test]
async fn no_secret_rests_in_the_file() {
    let folder = Folder::new();
    let bench = folder.start().await;
    let body = r#"{"amount":1,"currency":"EUR","account":"acct_demo","card":{"number":"4242424242424242"}}"#;
    bench
        .ask("POST", "/v1/payments")
        .key("k")
        .body(body)
        .send()
        .await;
    bench
        .ask("POST", "/v1/payments")
        .key("k2")
        .body(PAYMENT)
        .send()
        .await;
    let text = fs::read_to_string(folder.file()).unwrap();
    assert!(
        !text.contains("4242424242424242") && !text.contains("sk_sandbox_demo"),
        "{text}"
    );
}

#[tokio::test]
async fn a_damaged_file_is_named_with_the_next_step() {
    let folder = Folder::new();
    for content in ["", "{\"version\":1,", "[]", "{\"version\":99}"] {
        fs::write(folder.file(), content).unwrap();
        let error = sandbox::start(Settings {
            state: Some(folder.file()),
            ..generous()
        })
        .await
        .unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("state.json") && error.contains("move it away"),
            "{error}"
        );
        assert_eq!(
            fs::read_to_string(folder.file()).unwrap(),
            content,
            "it is left as it was"
        );
    }
}

#[tokio::test]
async fn a_state_that_breaks_while_running_is_a_500_and_heals() {
    let folder = Folder::new();
    let (one, two) = (folder.start().await, folder.start().await);
    one.pay().key("k").send().await;
    let good = fs::read(folder.file()).unwrap();
    fs::write(folder.file(), "broken").unwrap();
    let reply = two.pay().key("k2").send().await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (500, "internal_error")
    );
    assert!(
        reply.headers.contains_key("request-id")
            && reply.headers.contains_key("ratelimit-remaining")
    );
    fs::write(folder.file(), good).unwrap();
    assert_eq!(two.pay().key("k2").send().await.status, 201);
    assert_eq!(two.payments().await, 2);
}
