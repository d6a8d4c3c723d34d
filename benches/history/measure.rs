//! What is measured, and beside what.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqscope::domain::exchange::{Ending, Failure, Outcome, Timing, Unanswered};
use reqscope::domain::query::Query;
use reqscope::domain::redact;
use reqscope::store::Store;
use reqscope::store::page::From;
use rusqlite::Connection;

use crate::fill::{intent, operation};

/// A page.
const PAGE: usize = 200;

/// How often each is measured; the median counts.
const TIMES: usize = 5;

const COLUMNS: &str = "SELECT seq, id, operation, started_at, method, target, class, status, codes, total_ms FROM exchange";

/// What a filter is called, its text, and the condition that somebody would type; without indexes, as one has none.
const FILTERS: &[(&str, &str, &str)] = &[
    ("newest", "", "true"),
    ("status, common", "status:422", "status = 422"),
    ("class", "status:5xx", "status BETWEEN 500 AND 599"),
    ("method, rare", "method:PUT", "method = 'PUT'"),
    ("account", "account:acct_0042", "account = 'acct_0042'"),
    ("code", "code:missing", "codes LIKE '%\"missing\"%'"),
    ("path", "path:/items/3", "paths LIKE '%\"/items/3/%'"),
    ("operation", "op:OPERATION", "operation = 'OPERATION'"),
    ("profile", "profile:live", "profile = 'live'"),
    (
        "two, both common",
        "account:acct_0042 status:422",
        "account = 'acct_0042' AND status = 422",
    ),
    (
        "two, never both",
        "status:422 method:GET op:none",
        "status = 422 AND operation = 'none'",
    ),
    (
        "not",
        "-status:2xx",
        "NOT coalesce(status BETWEEN 200 AND 299, false)",
    ),
    (
        "or",
        "is:indeterminate or code:account_closed",
        "class = 'indeterminate' OR codes LIKE '%\"account_closed\"%'",
    ),
    ("took, rare", "took:>9s", "total_ms > 9000"),
    (
        "since, recent",
        "since:2h",
        "started_at >= strftime('%Y-%m-%dT%H:%M', 'now', '-2 hours')",
    ),
    (
        "before, old",
        "before:2026-01-03",
        "started_at < '2026-01-03'",
    ),
    ("replayed", "is:replayed", "replayed"),
    (
        "unsettled",
        "is:unsettled",
        "operation IN (SELECT operation FROM doubt)",
    ),
    (
        "recreated",
        "is:recreated",
        "operation IN (SELECT operation FROM recreated)",
    ),
    ("url, common", "url:payments", "target LIKE '%payments%'"),
    (
        "url, rare",
        "url:boxes/box_00",
        "target LIKE '%boxes/box_00%'",
    ),
    ("url, nowhere", "url:zebra", "target LIKE '%zebra%'"),
    (
        "word, common",
        "payments",
        "target LIKE '%payments%' OR messages LIKE '%payments%'",
    ),
    (
        "word, an id",
        "OPERATION",
        "operation LIKE '%OPERATION%' OR id LIKE '%OPERATION%' OR target LIKE '%OPERATION%'",
    ),
    (
        "word, nowhere",
        "xylophone",
        "target LIKE '%xylophone%' OR messages LIKE '%xylophone%'",
    ),
    ("two letters", "url:zq", "target LIKE '%zq%'"),
    ("body, common", "body:captured", BODY_COMMON),
    ("body, rare", "body:\"card declined\"", BODY_RARE),
    ("body, nowhere", "body:\"issuer by declined\"", BODY_NOWHERE),
];

const BODY_COMMON: &str =
    "seq IN (SELECT seq FROM request WHERE CAST(body AS TEXT) LIKE '%captured%')";
const BODY_RARE: &str =
    "seq IN (SELECT seq FROM request WHERE CAST(body AS TEXT) LIKE '%card declined%')";
const BODY_NOWHERE: &str =
    "seq IN (SELECT seq FROM request WHERE CAST(body AS TEXT) LIKE '%issuer by declined%')";

/// What a search took.
struct Took {
    rows: usize,
    /// Until the first of it came back, rows or how far it is.
    first: Duration,
    /// The longest that the thread was held.
    longest: Duration,
    whole: Duration,
}

/// Reads a page as a caller does, until it is full or all was looked at.
async fn search(store: &Store, query: &Query) -> Took {
    let now = Timestamp::now();
    let start = Instant::now();
    let mut took = Took {
        rows: 0,
        first: Duration::ZERO,
        longest: Duration::ZERO,
        whole: Duration::ZERO,
    };
    let mut from = From::Newest;
    loop {
        let piece = Instant::now();
        let page = store.page(query, from, PAGE - took.rows, now).await;
        let page = page.expect("read");
        took.longest = took.longest.max(piece.elapsed());
        took.rows += page.summaries.len();
        if took.first.is_zero() {
            took.first = start.elapsed();
        }
        match page.older.filter(|_| took.rows < PAGE) {
            Some(older) => from = From::Before(older),
            None => break,
        }
    }
    took.whole = start.elapsed();
    took
}

/// Each filter, and the plain query beside it.
pub async fn filters(store: &Store, dir: &Path) {
    // From here on the peak is that of the searches. Where there is no such file, it is that of all.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let plain = Connection::open(dir.join("history.db")).expect("the file");
    println!(
        "\n{:<18} {:>5} {:>10} {:>10} {:>10} {:>11} {:>8}",
        "filter", "rows", "first", "held", "page", "plain", "ratio"
    );
    for (name, text, condition) in FILTERS {
        let known = operation(4242);
        let (text, condition) = (
            text.replace("OPERATION", &known),
            condition.replace("OPERATION", &known),
        );
        let query = Query::parse(&text).expect("a query");
        let mut all = Vec::new();
        for _ in 0..TIMES {
            all.push(search(store, &query).await);
        }
        all.sort_by_key(|took| took.whole);
        let took = &all[TIMES / 2];
        let plain = plain_query(&plain, &condition);
        let ratio = plain.as_secs_f64() / took.whole.as_secs_f64();
        println!(
            "{name:<18} {:>5} {:>10.2?} {:>10.2?} {:>10.2?} {plain:>11.2?} {ratio:>7.1}x",
            took.rows, took.first, took.longest, took.whole
        );
    }
}

/// Once: it may take seconds.
fn plain_query(plain: &Connection, condition: &str) -> Duration {
    let sql = format!("{COLUMNS} NOT INDEXED WHERE {condition} ORDER BY seq DESC LIMIT {PAGE}");
    let start = Instant::now();
    let mut statement = plain.prepare(&sql).expect("SQL");
    let mut rows = statement.query([]).expect("asked");
    while rows.next().expect("read").is_some() {}
    start.elapsed()
}

/// An intent and an ending, each on the disk when it returns; alone, and while a long search goes on.
pub async fn inserts(store: &Store) {
    let mut alone = Vec::new();
    for n in 0..100 {
        alone.push(send(store, 2_000_000_000 + n).await);
    }
    let query = Query::parse("url:zq").expect("a query");
    let sends = async {
        let mut beside = Vec::new();
        for n in 0..100 {
            beside.push(send(store, 3_000_000_000 + n).await);
        }
        beside
    };
    let searches = async {
        loop {
            search(store, &query).await;
        }
    };
    let beside = tokio::select! {
        beside = sends => beside,
        () = searches => Vec::new(),
    };
    println!();
    for (name, mut took) in [("insert", alone), ("insert, searched", beside)] {
        took.sort_unstable();
        let at = |part: usize| took[(took.len() - 1) * part / 100];
        println!(
            "{name:<18} median {:.2?}, 95 of 100 under {:.2?}, all under {:.2?}",
            at(50),
            at(95),
            at(100)
        );
    }
}

async fn send(store: &Store, n: u64) -> Duration {
    let start = Instant::now();
    let (_, mut intent) = intent(n ^ start.elapsed().subsec_nanos() as u64, 0);
    intent.id = reqscope::domain::id::ExchangeId::mint({
        let mut dice = [0; 10];
        getrandom::fill(&mut dice).expect("dice");
        dice
    });
    let id = intent.id.clone();
    let written = store.intend(intent.operation.clone(), move |_| Ok::<_, String>(intent));
    written.await.expect("written").expect("agreed");
    let failure = Failure::new("the connection was lost");
    let timing = Timing::default();
    let outcome = redact::own_outcome(Outcome::Failed(Unanswered { failure, timing }));
    let ending = Ending {
        outcome: outcome.expect("our own words"),
        quota: None,
    };
    store.finish(&id, ending).await.expect("finished");
    start.elapsed()
}

/// How large what lies there is.
pub fn files(dir: &Path) {
    let history = std::fs::metadata(dir.join("history.db")).map_or(0, |file| file.len());
    let bodies = std::fs::read_dir(dir.join("bodies"))
        .into_iter()
        .flatten()
        .flatten();
    let bodies: u64 = bodies
        .filter_map(|file| file.metadata().ok())
        .map(|file| file.len())
        .sum();
    println!(
        "history.db {} MiB, bodies {} MiB",
        history >> 20,
        bodies >> 20
    );
    let plain = Connection::open(dir.join("history.db")).expect("the file");
    for like in [
        "text_index%",
        "body_index%",
        "exchange_%",
        "exchange",
        "request",
        "answer",
        "error%",
    ] {
        let sql =
            "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name LIKE ?1 AND aggregate = true";
        let size: Result<i64, _> = plain.query_row(sql, [like], |row| row.get(0));
        if let Ok(size) = size {
            println!("  {like:<12} {} MiB", size >> 20);
        }
    }
}

/// The most memory that the searches and inserts took.
pub fn memory() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    println!(
        "peak memory {}",
        peak.map_or("unknown", |line| line[6..].trim())
    );
}
