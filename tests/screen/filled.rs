//! A long history, written by the store itself: months of a support desk, without waiting for them.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use jiff::Timestamp;
use reqscope::domain::api_error::{ApiError, ErrorReport};
use reqscope::domain::compose::Compose;
use reqscope::domain::exchange::{
    Ending, Facts, Failure, Intent, Outcome, Response, Timing, Unanswered,
};
use reqscope::domain::id::{DICE, ExchangeId, OperationId};
use reqscope::domain::profile::Profile;
use reqscope::domain::redact::{self, Fingerprinter};
use reqscope::domain::request::{KeyChoice, Method, Request};
use reqscope::domain::seal::Sealing;
use reqscope::store::Store;
use support::home::Home;
use tempfile::TempDir;

/// How many rows the long history has.
pub const ROWS: usize = 3000;

/// How far they are apart.
const APART: Duration = Duration::from_secs(3600);

/// Gives this home a history of [`ROWS`] exchanges, row 0 the oldest, the newest sent just now. Row `n` has the target
/// `/v1/rows/n`; each fourth is a 422, each 40th a 503, each 100th has no answer.
pub fn fill(home: &Home) {
    static FILLED: OnceLock<TempDir> = OnceLock::new();
    let filled = FILLED.get_or_init(|| {
        let dir = quick_dir();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(write(dir.path()));
        dir
    });
    for entry in std::fs::read_dir(filled.path()).expect("a directory") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_file() {
            let to = home.data_dir().join(entry.file_name());
            std::fs::copy(entry.path(), to).expect("copied");
        }
    }
}

/// A directory in memory where the system has one: thousands of intents are thousands of waits for a disk.
fn quick_dir() -> TempDir {
    let memory = Path::new("/dev/shm");
    tempfile::tempdir_in(memory)
        .or_else(|_| tempfile::tempdir())
        .expect("a directory")
}

async fn write(dir: &Path) {
    let store = Store::open(dir).await.expect("a history");
    let now = Timestamp::now();
    for row in 0..ROWS {
        let age = APART * u32::try_from(ROWS - 1 - row).expect("few rows");
        append(&store, row, now - age).await;
    }
    store.close().await;
}

async fn append(store: &Store, row: usize, at: Timestamp) {
    let mut profile = Profile::new("sandbox");
    profile.base_url = url::Url::parse("http://127.0.0.1:9").ok();
    let target = format!("/v1/rows/{row}");
    let request = Request::new(Method::post(), &target);
    let (operation, key) = (format!("op_{row}"), format!("key-{row}"));
    let compose = Compose {
        operation: &operation,
        account: Some(["acct_demo", "acct_north", "acct_south"][row % 3]),
        key: Some(&key),
        key_choice: KeyChoice::Fresh,
        credential: None,
    };
    let prepared = compose.prepare(&request, &profile).expect("sendable");
    let mut dice = [0; DICE];
    getrandom::fill(&mut dice).expect("dice");
    let id = ExchangeId::mint(dice);
    let intent = Intent {
        id: id.clone(),
        operation: OperationId::known(operation.clone()),
        attempt: 1,
        send: 1,
        account: Some(compose.account.expect("it has one").into()),
        profile: profile.name.clone(),
        started_at: at,
        request: redact::request(&prepared, &Sealing::none(Fingerprinter::new(&[7; 32]))),
        facts: Facts {
            origin: "http://127.0.0.1:9".into(),
            payload: Fingerprinter::new(&[7; 32]).of(&[target.as_bytes()]),
            credential: None,
        },
    };
    let written: Result<Result<_, String>, _> = store
        .intend(intent.operation.clone(), move |_| Ok(intent))
        .await;
    written.expect("written").expect("agreed");
    let outcome = redact::outcome(outcome(row), &prepared, &profile);
    let ending = Ending {
        outcome,
        quota: None,
    };
    store.finish(&id, ending).await.expect("finished");
}

fn outcome(row: usize) -> Outcome {
    if row % 100 == 99 {
        return Outcome::Indeterminate(Unanswered {
            failure: Failure::new("the connection ended before an answer"),
            timing: Timing::default(),
        });
    }
    let status = match row {
        _ if row % 40 == 39 => 503,
        _ if row % 4 == 3 => 422,
        _ => 201,
    };
    let codes = ["amount_not_positive", "unknown_currency", "missing"];
    let error = ApiError {
        code: Some(codes[row / 4 % 3].into()),
        message: Some("must be greater than zero".into()),
        path: vec!["amount".into()],
        ..ApiError::default()
    };
    let mut response = Response {
        status,
        version: "HTTP/1.1".into(),
        body_bytes: 112 + row as u64 * 37 % 9000,
        body_complete: true,
        report: (status != 201).then(|| ErrorReport {
            errors: vec![error],
            ..ErrorReport::default()
        }),
        ..Response::default()
    };
    response.timing.total_ms = Some(3.0 + (row * 7919 % 1400) as f64);
    Outcome::Response(Box::new(response))
}
