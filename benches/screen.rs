//! What a key costs on the screen: update and one whole frame, on a history of 200 rows.
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
use reqscope::domain::exchange::{Class, Facts, Summary};
use reqscope::domain::id::{ExchangeId, OperationId};
use reqscope::domain::profile::Profile;
use reqscope::domain::rate_limit::{Policy, Quota};
use reqscope::domain::redact::Fingerprint;
use reqscope::domain::request::{KeyChoice, Method};
use reqscope::tui::app::App;
use reqscope::tui::message::{Listed, Message, Now, Opened};
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
        replayed: false,
        codes: vec!["amount_not_positive".into()],
        error_count: Some(1),
        objects: None,
        total_ms: Some(12.5),
        body_bytes: 412,
        quota: None,
    }
}

fn lived_in((columns, rows): (u16, u16)) -> (App, Rect) {
    let size = Rect::new(0, 0, columns, rows);
    let mut app = App::new(Theme { colour: true }, size, now());
    app.update(Message::HistoryLoaded(Box::new(Listed {
        rows: (0..200).map(row).collect(),
        more: true,
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
