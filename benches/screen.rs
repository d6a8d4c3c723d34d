//! What a key costs on the screen: update and one whole frame, on a history of 200 rows.
//!
//! `ten_thousand_errors` is a key and its frame in an error list of that length, by what the key does, all errors closed
//! or all open; `opening_ten_thousand_errors` is the answer that brings them, and its first frame.
//!
//! `the_quota_of_500_policies` is a key and its frame while the quota's overlay is open on a server that tells of 500.
//!
//! `cargo bench --bench screen`. Nothing here waits for a disk, a network or a terminal: the App is plain data.

use std::sync::Arc;
use std::time::Instant;

use crossterm::event::{Event, KeyCode, KeyEvent};
use divan::Bencher;
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use reqscope::domain::api_error::{ApiError, ErrorReport};
use reqscope::domain::exchange::{Class, Exchange, Facts, Outcome, Response, Summary};
use reqscope::domain::field_path::{Part, Place};
use reqscope::domain::header::Headers;
use reqscope::domain::id::{ExchangeId, OperationId};
use reqscope::domain::profile::Profile;
use reqscope::domain::query::saved::Filters;
use reqscope::domain::rate_limit::{Policy, Quota};
use reqscope::domain::redact::Fingerprint;
use reqscope::domain::request::{KeyChoice, Method, SentRequest};
use reqscope::tui::app::App;
use reqscope::tui::message::{Listed, Loaded, Message, Now, Opened};
use reqscope::tui::theme::Theme;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn main() {
    divan::main();
}

fn now() -> Now {
    Now {
        steady: Instant::now(),
        wall: Timestamp::now(),
    }
}

fn row(at: usize) -> Summary {
    let (class, status) = match at % 4 {
        0 => (Class::Success, Some(201)),
        1 => (Class::ClientError, Some(422)),
        2 => (Class::ServerError, Some(503)),
        _ => (Class::Indeterminate, None),
    };
    Summary {
        id: ExchangeId::known(format!("e{at}")),
        operation: OperationId::known(format!("op_{at}")),
        attempt: 1,
        send: 1,
        account: Some("acct_demo".into()),
        profile: "sandbox".into(),
        started_at: Timestamp::now(),
        method: Method::post(),
        base_url: "http://127.0.0.1:1".into(),
        target: format!("/v1/payments/pay_{at}/refunds?expand=account"),
        idempotency_key: Some(format!("key-{at}")),
        key_choice: KeyChoice::Same,
        facts: Facts {
            origin: "sandbox".into(),
            payload: Fingerprint([0; 32]),
            credential: None,
        },
        class,
        status,
        server_id: None,
        replayed: false,
        codes: vec!["amount_not_positive".into()],
        paths: Vec::new(),
        error_count: Some(1),
        objects: None,
        total_ms: Some(12.5),
        body_bytes: 412,
        quota: None,
        pinned: false,
        note: None,
    }
}

fn lived_in((columns, rows): (u16, u16)) -> (App, Rect) {
    let size = Rect::new(0, 0, columns, rows);
    let mut app = App::new(Theme { colour: true }, size, now());
    app.update(Message::HistoryLoaded(Box::new(Listed {
        rows: (0..200).map(row).collect(),
        older: true,
        ..Listed::default()
    })));
    (app, size)
}

#[divan::bench(args = SIZES)]
fn a_key_and_its_frame(bencher: Bencher, size: (u16, u16)) {
    let (mut app, area) = lived_in(size);
    let mut buffer = Buffer::empty(area);
    let mut down = true;
    bencher.bench_local(|| {
        down = !down;
        let code = if down { KeyCode::Down } else { KeyCode::Up };
        let effects = app.update(Message::Input {
            event: Event::Key(KeyEvent::from(code)),
            at: now(),
        });
        buffer.reset();
        app.draw(area, &mut buffer);
        effects.len()
    });
}

#[divan::bench(args = SIZES)]
fn a_frame(bencher: Bencher, size: (u16, u16)) {
    let (app, area) = lived_in(size);
    let mut buffer = Buffer::empty(area);
    bencher.bench_local(|| {
        buffer.reset();
        app.draw(area, &mut buffer)
    });
}

#[divan::bench(args = SIZES)]
fn the_quota_of_500_policies(bencher: Bencher, size: (u16, u16)) {
    let (mut app, area) = lived_in(size);
    let policy = |n: usize| Policy {
        name: format!("policy {n}"),
        limit: Some(1000),
        remaining: Some(n as u64),
        effective_seconds: Some(60),
        ..Policy::default()
    };
    let quota = Quota {
        limit: Some(1000),
        remaining: Some(0),
        policies: (0..500).map(policy).collect(),
        ..Quota::default()
    };
    app.update(Message::Opened(Box::new(Opened {
        profile: Arc::new(Profile::new("sandbox")),
        has_credential: false,
        credential: None,
        quota: Some((quota, Timestamp::now())),
        filters: Filters::default(),
        notice: None,
    })));
    let mut buffer = Buffer::empty(area);
    let mut key = |app: &mut App, code: KeyCode| {
        app.update(Message::Input {
            event: Event::Key(KeyEvent::from(code)),
            at: now(),
        });
        buffer.reset();
        app.draw(area, &mut buffer);
    };
    key(&mut app, KeyCode::Char('Q'));
    key(&mut app, KeyCode::Char('G'));
    let mut down = true;
    bencher.bench_local(|| {
        down = !down;
        key(&mut app, if down { KeyCode::Down } else { KeyCode::Up });
    });
}

/// The 422 of row 1, with 10,000 errors of three codes at 5,000 fields, each message of 25 words.
fn ten_thousand() -> Loaded {
    let row = row(1);
    let error = |at: usize| ApiError {
        code: Some(["missing", "amount_not_positive", "too_long"][at % 3].into()),
        message: Some("must be greater than zero ".repeat(5)),
        path: vec!["items".into(), (at / 2).to_string(), "price".into()],
        place: Place {
            field: None,
            part: Part::Body,
            pointer: Some(format!("/items/{}/price", at / 2)),
            found: Some(true),
            span: Some((at, at + 1)),
        },
        ..ApiError::default()
    };
    let report = ErrorReport {
        errors: (0..10_000).map(error).collect(),
        ..ErrorReport::default()
    };
    let response = Response {
        status: 422,
        report: Some(report),
        ..Response::default()
    };
    Loaded {
        profile: Arc::new(Profile::new("sandbox")),
        operation: vec![row.clone()].into(),
        body: None,
        correction: None,
        errors_json: Vec::new(),
        exchange: Exchange {
            id: row.id,
            operation: row.operation,
            attempt: 1,
            send: 1,
            account: row.account,
            profile: row.profile,
            started_at: row.started_at,
            request: SentRequest {
                method: row.method,
                base_url: row.base_url,
                target: row.target,
                headers: Headers::new(),
                body: Vec::new(),
                idempotency_key: row.idempotency_key,
                key_choice: row.key_choice,
                slots: Vec::new(),
            },
            outcome: Outcome::Response(Box::new(response)),
            quota: None,
            pinned: false,
            note: None,
            facts: row.facts,
        },
    }
}

fn press(app: &mut App, code: KeyCode, buffer: &mut Buffer) {
    app.update(Message::Input {
        event: Event::Key(KeyEvent::from(code)),
        at: now(),
    });
    buffer.reset();
    app.draw(buffer.area, buffer);
}

#[divan::bench(args = SIZES)]
fn opening_ten_thousand_errors(bencher: Bencher, size: (u16, u16)) {
    bencher
        .with_inputs(|| {
            let (mut app, area) = lived_in(size);
            let mut buffer = Buffer::empty(area);
            press(&mut app, KeyCode::Down, &mut buffer);
            (app, buffer, Box::new(ten_thousand()))
        })
        .bench_local_values(|(mut app, mut buffer, loaded)| {
            app.update(Message::ExchangeLoaded(loaded));
            app.draw(buffer.area, &mut buffer);
            (app, buffer)
        });
}

/// What is done to the list before, and the two keys that take turns.
const ERROR_KEYS: [(&str, &str, [char; 2]); 6] = [
    ("a row down and up", "", ['j', 'k']),
    ("the end and the beginning", "", ['G', 'g']),
    ("a row, all open", "E", ['j', 'k']),
    ("the ends, all open by code", "bbE", ['G', 'g']),
    ("grouped anew", "", ['b', 'b']),
    ("all open, all closed", "", ['E', 'E']),
];

#[divan::bench(args = ERROR_KEYS.map(|(name, _, _)| name))]
fn ten_thousand_errors(bencher: Bencher, name: &str) {
    let (_, before, keys) = ERROR_KEYS
        .into_iter()
        .find(|(each, _, _)| *each == name)
        .expect("one of the rows");
    let (mut app, area) = lived_in((200, 60));
    let mut buffer = Buffer::empty(area);
    press(&mut app, KeyCode::Down, &mut buffer);
    app.update(Message::ExchangeLoaded(Box::new(ten_thousand())));
    for key in "3".chars().chain(before.chars()) {
        press(&mut app, KeyCode::Char(key), &mut buffer);
    }
    let mut turn = 0;
    bencher.bench_local(|| {
        turn = 1 - turn;
        press(&mut app, KeyCode::Char(keys[turn]), &mut buffer);
    });
}
