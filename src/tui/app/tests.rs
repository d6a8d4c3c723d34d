//! The whole screen against a world that answers late, out of order and with refusals, under random keys and sizes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use jiff::Timestamp;
use proptest::prelude::{ProptestConfig, any, proptest};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::document::Document;
use crate::document::source::Memory;
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::exchange::{Class, Exchange, Failure, Outcome, Response, Summary, Unanswered};
use crate::domain::header::Headers;
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::idempotency::{Candidate, Choice, Question, SameKey, advise};
use crate::domain::operation::Operation;
use crate::domain::operation::tests::summary;
use crate::domain::order::{Ask, Refusal};
use crate::domain::profile::Profile;
use crate::domain::query::Query;
use crate::domain::rate_limit::Quota;
use crate::domain::rate_limit::observed::Sent;
use crate::domain::request::SentRequest;
use crate::domain::retry::Retry;
use crate::domain::unsettled::Unsettled;
use crate::tui::app::App;
use crate::tui::message::{Effect, Listed, Loaded, Message, Now, Opened, QuotaRead, Ticket, Work};
use crate::tui::session::Selection;
use crate::tui::theme::Theme;

mod filter;
mod operation;
mod resend;

const BODY: &str =
    "{\n  \"amount\": -5,\n  \"currency\": \"日本語\",\n  \"account\": \"acct_demo\"\n}";

/// Everything beside the screen: rows, and messages that are on their way.
struct World {
    now: Now,
    rows: Vec<Summary>,
    coming: VecDeque<Message>,
    /// What became of the sends: counted, and in turn answered, refused, failed.
    sends: Vec<Ask>,
    /// How often each of them may be sent again by itself.
    retries: Vec<Retry>,
}

fn row(at: usize) -> Summary {
    let (class, status) = [
        (Class::Success, Some(201)),
        (Class::ClientError, Some(422)),
        (Class::Indeterminate, None),
        (Class::ServerError, Some(503)),
    ][at % 4];
    Summary {
        id: ExchangeId::known(format!("e{at}")),
        operation: OperationId::known(format!("op_{at}")),
        ..summary(Some("9b1e4f00-aaaa-04c7"), class, status)
    }
}

fn loaded(row: &Summary) -> Loaded {
    let error = |code: &str, field: &str| ApiError {
        code: Some(code.into()),
        message: Some("must be greater than zero ".repeat(9)),
        path: vec![field.into()],
        ..ApiError::default()
    };
    let failure = Failure::new("the connection ended").because("reset".repeat(40));
    let outcome = match (row.class, row.status) {
        (Class::InFlight, _) => Outcome::InFlight,
        (Class::Held, _) => Outcome::Held,
        (_, None) => Outcome::Indeterminate(Unanswered {
            failure,
            timing: Default::default(),
        }),
        (class, Some(status)) => Outcome::Response(Box::new(Response {
            status,
            report: (class != Class::Success).then(|| ErrorReport {
                errors: vec![
                    error("amount_not_positive", "amount"),
                    error("unknown", "currency"),
                ],
                ..ErrorReport::default()
            }),
            ..Response::default()
        })),
    };
    let request = SentRequest {
        method: row.method.clone(),
        base_url: row.base_url.clone(),
        target: row.target.clone(),
        headers: Headers::new(),
        body: BODY.as_bytes().to_vec(),
        idempotency_key: row.idempotency_key.clone(),
        key_choice: row.key_choice,
        slots: Vec::new(),
    };
    Loaded {
        exchange: Exchange {
            id: row.id.clone(),
            operation: row.operation.clone(),
            attempt: row.attempt,
            send: row.send,
            account: row.account.clone(),
            profile: row.profile.clone(),
            started_at: row.started_at,
            request,
            outcome,
            quota: None,
            facts: row.facts.clone(),
        },
        profile: Arc::new(Profile::new("sandbox")),
        operation: vec![row.clone()].into(),
        body: Document::open(&Memory::new(BODY.repeat(30)), 1 << 20).ok(),
    }
}

impl World {
    fn new(rows: usize) -> World {
        World {
            now: Now {
                steady: Instant::now(),
                wall: Timestamp::UNIX_EPOCH,
            },
            rows: (0..rows).map(row).collect(),
            coming: VecDeque::new(),
            sends: Vec::new(),
            retries: Vec::new(),
        }
    }

    /// A screen in this world, its history open.
    fn app(&mut self, size: (u16, u16)) -> App {
        let screen = Rect::new(0, 0, size.0, size.1);
        let mut app = App::new(Theme { colour: true }, screen, self.now);
        self.tell(
            &mut app,
            Message::Opened(Box::new(Opened {
                profile: Arc::new(Profile::new("sandbox")),
                has_credential: true,
                credential: None,
                quota: None,
                notice: None,
            })),
        );
        self.settle(&mut app);
        app
    }

    fn tell(&mut self, app: &mut App, message: Message) {
        for effect in app.update(message) {
            self.carry_out(app, effect);
        }
    }

    fn carry_out(&mut self, app: &App, effect: Effect) {
        match effect {
            Effect::LoadHistory { query, limit } => {
                let listed = self.list(query, limit);
                self.coming
                    .push_back(Message::HistoryLoaded(Box::new(listed)));
            }
            Effect::LoadExchange(id) => {
                let row = self.rows.iter().find(|row| row.id == id);
                self.coming.push_back(match row {
                    Some(row) => Message::ExchangeLoaded(Box::new(loaded(row))),
                    None => Message::Failed(Failure::new("it is gone")),
                });
            }
            Effect::NameDraft => self.coming.push_back(Message::DraftNamed {
                operation: OperationId::known("op_draft"),
                key: "key_draft".into(),
            }),
            Effect::Send {
                ticket,
                order,
                retry,
            } => {
                self.retries.push(retry);
                let flight = app
                    .session
                    .flights
                    .iter()
                    .find(|flight| flight.ticket == ticket);
                if let (Ask::Replay { exchange, .. }, Some(flight)) = (&order.ask, flight) {
                    let was_on_show = match &flight.from {
                        Selection::Exchange(id) => id == exchange,
                        Selection::Draft => true,
                        Selection::Nothing => false,
                    };
                    let left = self.left();
                    let was_listed = left.iter().any(|item| item.doubts.contains(exchange));
                    assert!(
                        was_on_show || was_listed,
                        "what is replayed is what was on show"
                    );
                }
                self.sends.push(order.ask.clone());
                let refused = order.agreed.verdict.is_none() && self.sends.len() % 3 == 1;
                match (refused, self.sends.len() % 5) {
                    (true, _) => {
                        let refusal = Box::new(refusal());
                        self.coming.push_back(Message::SendRefused {
                            ticket,
                            order,
                            refusal,
                        });
                    }
                    (_, 0) => self.coming.push_back(Message::SendFailed {
                        ticket,
                        failure: Failure::new("nothing was sent"),
                    }),
                    _ => self.answer(ticket),
                }
            }
            Effect::LoadUnsettled | Effect::Settle { .. } | Effect::Remark { .. } => {
                let items = self.left();
                let count = items.len() as u64;
                self.coming
                    .push_back(Message::UnsettledLoaded { items, count });
            }
            Effect::LookUp(id) => {
                let row = self.rows.iter().find(|row| row.operation == id);
                let operation = Box::new(Vec::from_iter(row.cloned()).into());
                let failure = (self.rows.len() % 2 == 0).then(|| Failure::new("it told nothing"));
                self.coming
                    .push_back(Message::LookedUp { operation, failure });
            }
            Effect::Batch { ticket, work } => {
                if let Work::SameKey(orders) = &work {
                    for order in orders {
                        let Ask::Replay { choice, .. } = order.ask else {
                            panic!("a batch only replays");
                        };
                        assert_eq!(choice, Choice::SameKey, "a batch never sends a new key");
                    }
                }
                self.coming
                    .push_back(Message::BatchMoved { ticket, done: 1 });
                let told = Failure::new("done");
                self.coming.push_back(Message::BatchEnded { ticket, told });
            }
            Effect::CancelAll | Effect::Quit | Effect::Copy(_) => {}
        }
    }

    /// What is left to find out: each third row, its answer lost.
    fn left(&self) -> Vec<Unsettled> {
        let lost = |row: &Summary| Summary {
            class: Class::Indeterminate,
            status: None,
            ..row.clone()
        };
        let items = self.rows.iter().step_by(3).map(lost).filter_map(|row| {
            Unsettled::of(&vec![row].into(), &Profile::new("sandbox"), self.now.wall)
        });
        items.collect()
    }

    fn list(&self, query: Query, limit: usize) -> Listed {
        let fit = || self.rows.iter().filter(|row| query.fits(row));
        Listed {
            rows: fit().take(limit).cloned().collect(),
            more: fit().count() > limit,
            newest: match query.is_empty() {
                true => Vec::new(),
                false => self.rows.iter().take(9).cloned().collect(),
            },
            query,
        }
    }

    fn answer(&mut self, ticket: Ticket) {
        let mut answered = row(self.rows.len());
        let flying = Summary {
            class: Class::InFlight,
            status: None,
            ..answered.clone()
        };
        answered.class = Class::Success;
        answered.status = Some(201);
        let id = answered.id.clone();
        self.rows.insert(0, answered);
        self.coming.extend([
            Message::SendStarted {
                ticket,
                summary: Box::new(flying),
            },
            Message::HistoryChanged,
            Message::ExchangeFinished {
                ticket,
                id,
                withheld: Vec::new(),
            },
        ]);
    }

    /// Delivers everything that is on its way.
    fn settle(&mut self, app: &mut App) {
        while let Some(message) = self.coming.pop_front() {
            self.tell(app, message);
        }
    }

    fn press(&mut self, app: &mut App, code: KeyCode, modifiers: KeyModifiers) {
        self.pass(Duration::from_secs(1));
        let (event, at) = (Event::Key(KeyEvent::new(code, modifiers)), self.now);
        self.tell(app, Message::Input { event, at });
    }

    fn keys(&mut self, app: &mut App, keys: &str) {
        for c in keys.chars() {
            self.press(app, KeyCode::Char(c), KeyModifiers::NONE);
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now.steady += time;
        self.now.wall += time;
    }

    fn frame(&mut self, app: &mut App) -> String {
        let size = app.view.size;
        let mut buffer = Buffer::empty(size);
        app.draw(size, &mut buffer);
        self.pass(Duration::from_millis(1));
        self.tell(app, Message::FrameDrawn(self.now));
        let rows = buffer.content.chunks(usize::from(size.width).max(1));
        let rows: Vec<String> = rows
            .map(|row| row.iter().map(|cell| cell.symbol()).collect())
            .collect();
        rows.join("\n")
    }
}

#[test]
fn an_exchange_is_judged_by_its_own_profile_and_where_that_leads() {
    let mut world = World::new(1);
    let app = world.app((120, 40));
    let under = |name: &str, base: &str, retention: u64| {
        let mut loaded = loaded(&row(0));
        loaded.profile = Arc::new(Profile {
            base_url: url::Url::parse(base).ok(),
            retention: Duration::from_secs(retention),
            ..Profile::new(name)
        });
        let advice = app.session.advice(&loaded).expect("a verdict");
        (advice.same_key, advice.text)
    };
    // Name, base URL, retention of the profile it goes under: what the same key does, and what is said.
    #[rustfmt::skip]
    let cases = [
        ("sandbox", "http://127.0.0.1:1", 3600, SameKey::Safe,      "saved answer"),
        ("sandbox", "http://127.0.0.1:1", 0,    SameKey::ActsAgain, "past its retention"),
        ("sandbox", "http://127.0.0.1:2", 3600, SameKey::ActsAgain, "leads to http://127.0.0.1:2 now"),
        ("b",       "http://127.0.0.1:2", 3600, SameKey::MayActTwice, "'sandbox' is not in the configuration any more"),
    ];
    for (name, base, retention, same_key, said) in cases {
        let (got, text) = under(name, base, retention);
        assert_eq!(got, Some(same_key), "{name} {base} {retention}: {text}");
        assert!(text.contains(said), "{said}: {text}");
    }
}

/// A send of before, so that the next one is not refused.
fn world_send() -> Ask {
    Ask::Replay {
        exchange: ExchangeId::known("before"),
        choice: Choice::SameKey,
        secrets: Vec::new(),
    }
}

fn refusal() -> Refusal {
    let before = vec![row(0)];
    let profile = Profile::new("sandbox");
    let before = Operation::from(before);
    let advice = advise(
        &before,
        &Candidate::again(&before.exchanges[0]),
        &profile,
        Timestamp::UNIX_EPOCH,
    );
    Refusal::Verdict {
        question: Question::ActsAgain,
        advice,
        operation: before,
    }
}

const KEYS: &[KeyCode] = &[
    KeyCode::Enter,
    KeyCode::Esc,
    KeyCode::Tab,
    KeyCode::BackTab,
    KeyCode::Up,
    KeyCode::Down,
    KeyCode::PageUp,
    KeyCode::PageDown,
    KeyCode::Home,
    KeyCode::End,
    KeyCode::Backspace,
];

/// One random step: a key, a size, a paste, or something that arrives.
fn step(world: &mut World, app: &mut App, what: u8, how: u8) {
    match what % 16 {
        0..=6 => {
            let letters = "cesrRwOyjkfnN[]123?gQ!lLAmMx G/ozzo/"
                .chars()
                .collect::<Vec<_>>();
            let c = letters[usize::from(how) % letters.len()];
            world.press(app, KeyCode::Char(c), KeyModifiers::NONE);
        }
        7..=9 => world.press(app, KEYS[usize::from(how) % KEYS.len()], KeyModifiers::NONE),
        10 => {
            let c = ['s', 'c', 'z', 'a'][usize::from(how) % 4];
            world.press(app, KeyCode::Char(c), KeyModifiers::CONTROL);
        }
        11 => {
            let (event, at) = (Event::Paste("POST /漢字\n{\"y\": 1}".into()), world.now);
            world.tell(app, Message::Input { event, at });
        }
        12 => {
            let size = [
                (120, 40),
                (80, 24),
                (40, 10),
                (20, 5),
                (3, 2),
                (0, 0),
                (200, 60),
            ];
            let (width, height) = size[usize::from(how) % size.len()];
            let (event, at) = (Event::Resize(width, height), world.now);
            world.tell(app, Message::Input { event, at });
        }
        13 => {
            world.pass(Duration::from_secs(u64::from(how)));
            world.tell(app, Message::TimePassed(world.now));
        }
        _ => {
            if let Some(message) = world.coming.pop_front() {
                world.tell(app, message);
            }
        }
    }
    assert!(
        app.session
            .flights
            .iter()
            .filter(|flight| flight.id.is_none())
            .count()
            <= 1
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_keys_at_no_size_break_it(steps in proptest::collection::vec(any::<(u8, u8)>(), 0..120)) {
        let mut world = World::new(7);
        let mut app = world.app((80, 24));
        for (what, how) in steps {
            let draft = app.session.draft.clone();
            step(&mut world, &mut app, what, how);
            // A draft that was edited goes by being sent, or by a yes.
            if draft.is_some_and(|draft| draft.edited) && app.session.draft.is_none() {
                assert!(!world.sends.is_empty());
            }
            world.frame(&mut app);
        }
    }
}

#[test]
fn keys_typed_while_an_exchange_is_read_wait_for_it_in_their_order() {
    let mut world = World::new(3);
    let mut app = world.app((100, 30));
    world.keys(&mut app, "jex");
    assert_eq!(
        app.session.selection,
        Selection::Exchange(ExchangeId::known("e1"))
    );
    world.settle(&mut app);
    assert_eq!(app.session.selection, Selection::Draft);
    let frame = world.frame(&mut app);
    assert!(
        frame.contains("x\"amount\"") || frame.contains("x{") || frame.contains("x-5"),
        "{frame}"
    );
    assert!(world.sends.is_empty());
}

#[test]
fn a_second_order_waits_for_the_first_one_to_stand() {
    let mut world = World::new(3);
    world.sends.push(world_send());
    let mut app = world.app((100, 30));
    world.keys(&mut app, "rr");
    assert_eq!(world.sends.len(), 2, "one, and the one before");
    assert!(world.frame(&mut app).contains("just being sent"));
    world.settle(&mut app);
    world.keys(&mut app, "r");
    assert_eq!(world.sends.len(), 3);
}

#[test]
fn a_refusal_asks_only_who_still_looks() {
    let mut world = World::new(3);
    let mut app = world.app((100, 30));
    world.keys(&mut app, "Rj");
    world.settle(&mut app);
    let frame = world.frame(&mut app);
    assert!(
        !frame.contains("AGAIN?") && frame.contains("not sent"),
        "{frame}"
    );
    world.keys(&mut app, "y");
    world.settle(&mut app);
    assert_eq!(world.sends.len(), 1);
}

#[test]
fn nothing_new_draws_no_frame() {
    let mut world = World::new(3);
    let mut app = world.app((120, 40));
    world.frame(&mut app);
    assert!(!app.has_changed());
    world.tell(&mut app, Message::HistoryChanged);
    world.settle(&mut app);
    let release = KeyEvent {
        kind: KeyEventKind::Release,
        ..KeyEvent::from(KeyCode::Char('j'))
    };
    let (event, at) = (Event::Key(release), world.now);
    world.tell(&mut app, Message::Input { event, at });
    world.pass(Duration::from_millis(10));
    world.tell(&mut app, Message::TimePassed(world.now));
    assert!(!app.has_changed());
    world.pass(Duration::from_secs(120));
    world.tell(&mut app, Message::TimePassed(world.now));
    assert!(app.has_changed(), "the rows are two minutes older");
}

#[test]
fn what_has_its_outcome_on_the_screen_can_be_replayed_at_once() {
    let mut world = World::new(3);
    world.sends.push(world_send());
    let mut app = world.app((100, 30));
    world.keys(&mut app, "r");
    // The history tells of the outcome before the send does.
    world
        .coming
        .retain(|message| !matches!(message, Message::ExchangeFinished { .. }));
    world.settle(&mut app);
    assert!(world.frame(&mut app).contains("201"));
    world.keys(&mut app, "r");
    assert_eq!(world.sends.len(), 3);
}

#[test]
fn a_quota_draws_a_frame_when_it_is_ours_and_reads_otherwise() {
    let mut world = World::new(0);
    let mut app = world.app((120, 40));
    let mut profile = Profile::new("live");
    profile.base_url = url::Url::parse("https://api.test").ok();
    app.session.profile = Some(Arc::new(profile));
    let read = |origin: &str, remaining: u64, at: Timestamp| {
        let quota = Quota {
            remaining: Some(remaining),
            ..Quota::default()
        };
        Message::QuotaRead(Box::new(QuotaRead {
            origin: origin.into(),
            credential: None,
            quota: Some((quota, at)),
            sent: vec![Sent { at, limited: false }],
        }))
    };
    let (ours, now) = ("https://api.test", world.now.wall);
    for (origin, remaining, at, draws) in [
        ("https://other.test", 9, now, false),
        (ours, 5, now, true),
        (ours, 5, now, false),
        (ours, 4, now - Duration::from_secs(1), false),
        (ours, 3, now, true),
    ] {
        world.frame(&mut app);
        world.tell(&mut app, read(origin, remaining, at));
        assert_eq!(app.has_changed(), draws, "{origin} {remaining}");
    }
    // In the overlay the sends stand beside it, and leave their windows.
    world.keys(&mut app, "Q");
    assert!(world.frame(&mut app).contains("1 in the last 10 s"));
    world.pass(Duration::from_secs(10));
    world.tell(&mut app, Message::TimePassed(world.now));
    assert!(app.has_changed());
    assert!(
        world
            .frame(&mut app)
            .contains("0 in the last 10 s, 1 in the last 60 s")
    );
    world.keys(&mut app, "Q");
    assert!(!world.frame(&mut app).contains("in the last 10 s"));
}
