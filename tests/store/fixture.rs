//! Exchanges to write, and children to kill.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use jiff::Timestamp;
use reqscope::domain::compose::{Compose, Prepared};
use reqscope::domain::exchange::{
    Ending, Facts, Failure, Intent, Outcome, Response, Summary, Timing, Unanswered,
};
use reqscope::domain::id::{DICE, ExchangeId, OperationId};
use reqscope::domain::profile::Profile;
use reqscope::domain::rate_limit::Quota;
use reqscope::domain::redact::{self, Fingerprint, Fingerprinter, Secret};
use reqscope::domain::request::{KeyChoice, Method, Request};
use reqscope::domain::seal::Sealing;
use reqscope::store::Store;
use reqscope::store::error::StoreError;

pub const ORIGIN: &str = "https://api.test";

/// What a test says of an exchange; the rest is the same for all.
#[derive(Clone)]
pub struct Send {
    pub operation: &'static str,
    pub method: &'static str,
    pub target: &'static str,
    pub key: Option<&'static str>,
    pub account: Option<&'static str>,
    pub body: Vec<u8>,
    pub second: i64,
}

impl Send {
    pub fn of(operation: &'static str) -> Send {
        Send {
            operation,
            method: "POST",
            target: "/v1/payments",
            key: Some("k-1"),
            account: Some("acct_demo"),
            body: br#"{"amount": 5}"#.to_vec(),
            second: 0,
        }
    }

    fn prepared(&self) -> (Prepared, Profile) {
        let mut profile = Profile::new("live");
        profile.base_url = Some(url::Url::parse(ORIGIN).expect("a URL"));
        let mut request = Request::new(Method::parse(self.method).expect("a method"), self.target);
        request.body = self.body.clone();
        let compose = Compose {
            operation: self.operation,
            account: self.account,
            key: self.key,
            key_choice: if self.key.is_some() {
                KeyChoice::Fresh
            } else {
                KeyChoice::None
            },
            credential: Some(&Secret::new("sk_live_123456")),
        };
        let prepared = compose.prepare(&request, &profile).expect("sendable");
        (prepared, profile)
    }

    pub fn intent(&self) -> Intent {
        let mut dice = [0; DICE];
        getrandom::fill(&mut dice).expect("dice");
        let (prepared, profile) = self.prepared();
        Intent {
            id: ExchangeId::mint(dice),
            operation: OperationId::known(self.operation),
            attempt: 1,
            send: 1,
            account: self.account.map(Into::into),
            profile: profile.name,
            started_at: Timestamp::new(1_767_323_045 + self.second, 678_000_001).expect("a time"),
            request: redact::request(&prepared, &Sealing::none(Fingerprinter::new(&[7; 32]))),
            facts: Facts {
                origin: ORIGIN.into(),
                payload: fingerprint(self.target.as_bytes()),
                credential: Some(fingerprint(b"sk_live_123456")),
            },
        }
    }

    /// A response of this status, with a quota when `remaining` is told.
    pub fn answered(&self, status: u16, remaining: Option<u64>) -> Ending {
        self.answered_with(status, remaining, |_| {})
    }

    /// The same, with something else in the response.
    pub fn answered_with(
        &self,
        status: u16,
        remaining: Option<u64>,
        change: impl FnOnce(&mut Response),
    ) -> Ending {
        let (prepared, profile) = self.prepared();
        let mut response = Response {
            status,
            version: "HTTP/1.1".into(),
            body_bytes: 412,
            wire_bytes: 99,
            body_complete: true,
            ..Response::default()
        };
        response.headers.push("Set-Cookie", "session=1");
        response.timing.first_byte_ms = Some(1500.0);
        response.timing.total_ms = Some(1750.5);
        change(&mut response);
        let outcome = redact::outcome(Outcome::Response(Box::new(response)), &prepared, &profile);
        let quota = remaining.map(|remaining| Quota {
            remaining: Some(remaining),
            source: "RateLimit-Remaining".into(),
            ..Quota::default()
        });
        Ending { outcome, quota }
    }
}

pub fn fingerprint(of: &[u8]) -> Fingerprint {
    Fingerprinter::new(&[7; 32]).of(&[of])
}

pub fn failed() -> Ending {
    let failure = Failure::new("refused").hint("start the server");
    let timing = Timing::default();
    let outcome = Outcome::Failed(Unanswered { failure, timing });
    Ending {
        outcome: redact::own_outcome(outcome).expect("our own words"),
        quota: None,
    }
}

pub async fn open(dir: &Path) -> Store {
    Store::open(dir).await.expect("a history")
}

pub async fn intend(store: &Store, send: &Send) -> Summary {
    let intent = send.intent();
    let written: Result<Result<Summary, String>, StoreError> = store
        .intend(intent.operation.clone(), move |_| Ok(intent))
        .await;
    written.expect("written").expect("agreed")
}

/// A raw look at the database, past the store.
pub fn raw(dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.join("history.db")).expect("a database")
}

/// Waits until all that has its outcome is in the indexes of text.
pub async fn indexed(dir: &Path) {
    let left = || -> i64 {
        let sql = "SELECT count(*) FROM unindexed";
        raw(dir)
            .query_row(sql, [], |row| row.get(0))
            .expect("counted")
    };
    for _ in 0..200 {
        if left() == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{} are not indexed", left());
}

/// Set in a child: the data directory it works on.
const CHILD: &str = "STORE_TEST_DIRECTORY";

/// The data directory when this process is a child that a test started to play its second part.
pub fn child_of() -> Option<std::path::PathBuf> {
    std::env::var_os(CHILD).map(Into::into)
}

/// Another process that runs the test of this name, knowing itself a child.
pub struct Other {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Other {
    pub fn start(test: &str, dir: &Path) -> Other {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command
            .args([test, "--exact", "--nocapture"])
            .env(CHILD, dir);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("started");
        let said = BufReader::new(child.stdout.take().expect("piped"));
        Other { child, said }
    }

    /// The rest of the next line that holds this mark: the test harness writes before it, on the same line.
    pub fn says(&mut self, mark: &str) -> String {
        let mut line = String::new();
        while self.said.read_line(&mut line).expect("read") > 0 {
            if let Some((_, rest)) = line.split_once(mark) {
                return rest.trim().to_owned();
            }
            line.clear();
        }
        panic!("the child ended without saying {mark}");
    }

    /// SIGKILL, or what the system has for it.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    pub fn succeeded(mut self) -> bool {
        self.child.wait().expect("ended").success()
    }
}
