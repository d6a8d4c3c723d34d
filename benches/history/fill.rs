//! Writes the rows: a day's work of a payment API, over and over.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use reqscope::domain::api_error::{ApiError, ErrorReport};
use reqscope::domain::compose::{Compose, Prepared};
use reqscope::domain::exchange::{
    Class, Ending, Facts, Failure, Intent, Outcome, Response, Timing, Unanswered,
};
use reqscope::domain::id::{ExchangeId, OperationId};
use reqscope::domain::profile::Profile;
use reqscope::domain::redact::{self, Fingerprint, Fingerprinter};
use reqscope::domain::request::{KeyChoice, Method, Request};
use reqscope::domain::seal::Sealing;
use reqscope::store::body;
use reqscope::store::directory::Directory;
use reqscope::store::row::{self, Gone};
use reqscope::store::schema;
use reqscope::store::search::index;

/// Rows to a transaction.
const BATCH: u64 = 1000;

/// Words that bodies are made of.
const WORDS: [&str; 24] = [
    "amount",
    "currency",
    "account",
    "captured",
    "pending",
    "refund",
    "invoice",
    "customer",
    "merchant",
    "balance",
    "transfer",
    "settled",
    "created",
    "updated",
    "metadata",
    "reference",
    "payout",
    "dispute",
    "schedule",
    "address",
    "country",
    "postcode",
    "receipt",
    "statement",
];

/// The codes of a 422.
const CODES: [&str; 4] = [
    "amount_not_positive",
    "unknown_currency",
    "missing",
    "account_closed",
];

/// What there is to fill.
pub struct Fill<'a> {
    /// The data directory.
    pub dir: &'a Path,
    /// How many rows.
    pub rows: u64,
    /// How many bytes of body besides.
    pub body: usize,
}

/// Numbers that look random and are the same every time (splitmix64).
pub fn scatter(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Fill<'_> {
    /// Writes what is not there yet, and indexes all of it.
    pub fn run(&self) {
        let directory = Directory::make(self.dir).expect("a directory");
        let mut connection = schema::open(&directory.history()).expect("a history");
        directory.furnish().expect("its folders");
        let sql = "PRAGMA synchronous = OFF; PRAGMA cache_size = -65536";
        connection.execute_batch(sql).expect("set");
        let there: i64 = connection
            .query_row("SELECT coalesce(max(seq), 0) FROM exchange", [], |row| {
                row.get(0)
            })
            .expect("counted");
        let bodies = directory.bodies();
        let mut n = there.unsigned_abs();
        let (mut steps, mut merges) = (Vec::new(), Vec::new());
        while n < self.rows {
            let transaction = connection.transaction().expect("begun");
            let end = (n + BATCH).min(self.rows);
            for n in n..end {
                self.write(&transaction, &bodies, n);
            }
            transaction.commit().expect("written");
            n = end;
            loop {
                let start = Instant::now();
                let left = index::step(&mut connection, &bodies).expect("indexed");
                steps.push(start.elapsed());
                if !left {
                    break;
                }
            }
            loop {
                let start = Instant::now();
                let more = index::merge(&connection).expect("merged");
                merges.push(start.elapsed());
                if !more {
                    break;
                }
            }
            if n.is_multiple_of(100_000) {
                println!("  {n}");
            }
        }
        connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .expect("done");
        tell("indexing", steps);
        tell("merging", merges);
    }

    fn write(&self, connection: &rusqlite::Connection, bodies: &Path, n: u64) {
        let nobody = Gone::new(&[]);
        let profile = Profile::new("live");
        let (prepared, intent) = intent(n, self.body / 2);
        row::insert(connection, &intent, "bench.lock", Class::InFlight).expect("an intent");
        let entry = row::read(connection, &intent.id, &nobody).expect("read");
        let (outcome, answer) = outcome(n, self.body);
        let ending = Ending {
            outcome: redact::outcome(outcome, &prepared, &profile),
            quota: None,
        };
        row::end(connection, entry.expect("there"), ending).expect("an ending");
        if !answer.is_empty() {
            let path = body::path(bodies, &intent.id).expect("a name");
            std::fs::write(path, answer).expect("a body");
        }
    }
}

/// The name of the n-th exchange's operation.
pub fn operation(n: u64) -> String {
    // One in ten is a second send.
    let of = if n.is_multiple_of(10) {
        n.saturating_sub(1)
    } else {
        n
    };
    format!("op_{:013x}", scatter(of) >> 12)
}

/// The n-th request.
pub fn intent(n: u64, body: usize) -> (Prepared, Intent) {
    let dice = scatter(n ^ 0xd1ce);
    let (method, target) = match dice % 100 {
        0..=57 => ("POST", "/v1/payments".to_owned()),
        58..=79 => ("GET", format!("/v1/payments/pay_{:012x}", scatter(n) >> 16)),
        80..=94 => ("GET", format!("/v1/boxes?page={}", dice % 977)),
        95..=98 => ("DELETE", format!("/v1/boxes/box_{:08x}", dice >> 32)),
        _ => ("PUT", "/v1/accounts/acct_demo".to_owned()),
    };
    let mut profile = Profile::new("live");
    profile.base_url = url::Url::parse("https://api.example.com").ok();
    let mut request = Request::new(Method::parse(method).expect("a method"), target);
    if method != "GET" {
        request.body = text(n, 80 + body).into_bytes();
    }
    let (operation, account) = (operation(n), format!("acct_{:04}", dice % 1000));
    let key = format!("{:016x}", scatter(n ^ 0x6b65));
    let compose = Compose {
        operation: &operation,
        account: Some(&account),
        key: (method == "POST").then_some(key.as_str()),
        key_choice: if method == "POST" {
            KeyChoice::Fresh
        } else {
            KeyChoice::None
        },
        credential: None,
    };
    let prepared = compose.prepare(&request, &profile).expect("sendable");
    let mut id = [0; 10];
    id[..8].copy_from_slice(&scatter(n ^ 0x1d).to_be_bytes());
    let begin = Timestamp::from_second(1_767_323_045).expect("a time");
    let intent = Intent {
        id: ExchangeId::mint(id),
        operation: OperationId::known(operation),
        attempt: 1,
        send: 1,
        account: Some(account),
        profile: profile.name.clone(),
        // Ten a minute: a million take ten weeks.
        started_at: begin + SignedDuration::from_secs(6 * n as i64),
        request: redact::request(&prepared, &Sealing::none(Fingerprinter::new(&[7; 32]))),
        facts: Facts {
            origin: "https://api.example.com".into(),
            payload: Fingerprint([n as u8; 32]),
            credential: None,
        },
    };
    (prepared, intent)
}

/// What came of it, and the body of the answer.
fn outcome(n: u64, body: usize) -> (Outcome, String) {
    let dice = scatter(n ^ 0x0a75);
    let ms = 5.0
        + (dice % 4000) as f64 / 10.0
        + if dice.is_multiple_of(5000) {
            9000.0
        } else {
            0.0
        };
    let timing = Timing {
        first_byte_ms: Some(ms - 1.0),
        total_ms: Some(ms),
        ..Timing::default()
    };
    let unanswered = || Unanswered {
        failure: Failure::new("the connection was lost").because("reset by peer"),
        timing,
    };
    let status = match dice % 1000 {
        0..=1 => return (Outcome::Indeterminate(unanswered()), String::new()),
        2..=6 => return (Outcome::Failed(unanswered()), String::new()),
        7..=16 => 503,
        17..=26 => 429,
        27..=46 => 404,
        47..=126 => 422,
        127..=300 => 200,
        _ => 201,
    };
    let answer = text(n ^ 0xb0d1, 120 + body);
    let response = Response {
        status,
        version: "HTTP/1.1".into(),
        server_request_id: Some(format!("req_{:012x}", scatter(n ^ 0x5e) >> 16)),
        body_bytes: answer.len() as u64,
        wire_bytes: answer.len() as u64,
        body_complete: true,
        replayed: dice.is_multiple_of(997),
        report: (status == 422).then(|| report(dice)),
        timing,
        ..Response::default()
    };
    (Outcome::Response(Box::new(response)), answer)
}

fn report(dice: u64) -> ErrorReport {
    let code = CODES[(dice >> 20) as usize % CODES.len()];
    let error = ApiError {
        code: Some(code.into()),
        message: Some(format!("that is not right: {}", code.replace('_', " "))),
        path: vec!["items".into(), (dice % 7).to_string(), "price".into()],
        ..ApiError::default()
    };
    ErrorReport {
        errors: vec![error],
        ..ErrorReport::default()
    }
}

/// About so many bytes of JSON; in one of 200,000 stands something that stands nowhere else.
fn text(n: u64, bytes: usize) -> String {
    let mut text = format!("{{\"id\":\"pay_{:012x}\"", scatter(n) >> 16);
    if n % 200_000 == 4711 {
        text.push_str(",\"note\":\"Card declined by issuer\"");
    }
    let mut at = 0;
    while text.len() < bytes {
        let dice = scatter(n.wrapping_mul(1 << 20).wrapping_add(at));
        let word = WORDS[dice as usize % WORDS.len()];
        text.push_str(&format!(",\"{word}_{}\":\"{:x}\"", at % 10, dice >> 40));
        at += 1;
    }
    text.push('}');
    text
}

/// How long the steps of one kind of work held the history.
fn tell(work: &str, mut steps: Vec<Duration>) {
    steps.sort_unstable();
    if let Some(longest) = steps.last() {
        let (count, median) = (steps.len(), steps[steps.len() / 2]);
        let most = steps[steps.len() * 999 / 1000];
        println!(
            "{count} steps of {work}: median {median:.1?}, 999 of 1000 under {most:.1?}, all under {longest:.1?}"
        );
    }
}
