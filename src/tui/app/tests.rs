//! The whole screen against a world that answers late, out of order and with refusals, under random keys and sizes.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use jiff::Timestamp;
use proptest::prelude::{ProptestConfig, any, proptest};

use crate::domain::id::ExchangeId;
use crate::domain::idempotency::SameKey;
use crate::domain::profile::Profile;
use crate::domain::rate_limit::Quota;
use crate::domain::rate_limit::observed::Sent;
use crate::tui::app::App;
use crate::tui::app::tests::world::{World, loaded, row, world_send};
use crate::tui::message::{FilterFailure, Filtered, Message, QuotaRead};
use crate::tui::session::Selection;

mod arriving;
mod body;
mod compare;
mod completion;
mod filter;
mod filtered;
mod keep;
mod operation;
mod resend;
mod window;
mod world;

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
            let letters = "cesrRwOyjkfnN[]123?gQ!lLAmMx G/ozzo/bEbEt*aG|||"
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
        14 if world.filter.is_some() => {
            let run = world.filter.take().map_or(0, |(run, _)| run);
            let document = (how > 60).then(|| *body::document("[1,\n{\"a\": 2}]", ""));
            let failure = (!how.is_multiple_of(3)).then(|| FilterFailure {
                what: "it is none".into(),
                place: (how % 3 > 1).then_some(0..1),
            });
            let filtered = Box::new(Filtered { document, failure });
            world.tell(app, Message::BodyFiltered { run, filtered });
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

#[test]
fn the_quota_stands_apart_from_whom_we_speak_to_at_every_width() {
    let mut seen = 0;
    for width in 20..=140 {
        let mut world = World::new(2);
        let mut app = world.app((width, 24));
        let frame = world.frame(&mut app);
        let top = frame.lines().next().unwrap_or_default();
        if let Some(at) = top.find("quota") {
            seen += 1;
            assert!(at == 0 || top[..at].ends_with(' '), "{width}: {top}");
        }
    }
    assert!(seen > 60, "{seen}");
}
