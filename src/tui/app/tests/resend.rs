//! Orders that are sent again by themselves: what follows whom, what is refused meanwhile, what is counted down.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyModifiers};

use crate::domain::exchange::{Class, Failure, Summary};
use crate::domain::id::ExchangeId;
use crate::domain::rate_limit::Quota;
use crate::domain::retry::{Again, later};
use crate::tui::app::App;
use crate::tui::app::tests::world::{World, row, world_send};
use crate::tui::message::{Message, Ticket};
use crate::tui::resend::Wait;
use crate::tui::session::Selection;

/// A further exchange of the operation of row 0, without an outcome or with this one.
fn send(at: u32, class: Class, status: Option<u16>) -> Summary {
    Summary {
        id: ExchangeId::known(format!("s{at}")),
        send: at + 1,
        class,
        status,
        ..row(0)
    }
}

/// A world in which an order was given in the mode of so many presses of `w`, and nothing of it was told yet.
fn ordered(presses: usize) -> (World, App, Ticket) {
    let mut world = World::new(3);
    world.sends.push(world_send());
    let mut app = world.app((120, 40));
    world.keys(&mut app, &"w".repeat(presses));
    world.keys(&mut app, "r");
    world.coming.clear();
    world.rows.retain(|row| row.id.as_str() != "e3");
    let ticket = app.session.flights[0].ticket;
    (world, app, ticket)
}

impl World {
    /// The history has this row as its newest, in the place of what it had of it; everybody is told.
    fn has(&mut self, app: &mut App, row: Summary) {
        self.rows.retain(|other| other.id != row.id);
        self.rows.insert(0, row);
        self.tell(app, Message::HistoryChanged);
        self.settle(app);
    }

    fn starts(&mut self, app: &mut App, ticket: Ticket, at: u32) {
        let flying = send(at, Class::InFlight, None);
        let summary = Box::new(flying.clone());
        self.tell(app, Message::SendStarted { ticket, summary });
        self.has(app, flying);
    }

    fn waits(&mut self, app: &mut App, ticket: Ticket, wait: Wait) {
        if let Some(held) = &wait.held {
            let row = Summary {
                id: held.clone(),
                ..send(9, Class::Held, None)
            };
            self.rows.insert(0, row);
        }
        self.tell(app, Message::SendPaused { ticket, wait });
        self.tell(app, Message::HistoryChanged);
        self.settle(app);
    }

    /// A wait of so many seconds from now.
    fn wait(&self, again: Again, seconds: u64, held: Option<&str>) -> Wait {
        Wait {
            again: Some(again),
            until: Some(later(self.now.wall, Duration::from_secs(seconds))),
            number: 2,
            of: 5,
            held: held.map(ExchangeId::known),
        }
    }
}

fn selected(app: &App) -> &str {
    match &app.session.selection {
        Selection::Exchange(id) => id.as_str(),
        _ => "",
    }
}

#[test]
fn the_mode_is_off_goes_round_and_counts_for_what_is_ordered_in_it() {
    let mut world = World::new(3);
    world.sends.push(world_send());
    let mut app = world.app((120, 30));
    assert!(!world.frame(&mut app).contains('↻'));
    for (mark, told, limited, lost) in [
        ("↻ 429×5", "answered 429", 5, 0),
        ("↻ 429×5 lost×2", "lost its answer", 5, 2),
        ("", "nothing is sent again", 0, 0),
    ] {
        world.keys(&mut app, "w");
        let frame = world.frame(&mut app);
        let top = frame.lines().next().unwrap_or_default();
        assert!(top.contains(mark) && frame.contains(told), "{frame}");
        assert_eq!(top.contains('↻'), !mark.is_empty(), "{top}");
        // As a replay and by the draft alike.
        for keys in ["r", "R", "s"] {
            world.sends.truncate(1);
            world.retries.clear();
            world.keys(&mut app, keys);
            world.settle(&mut app);
            let retries: Vec<_> = world
                .retries
                .iter()
                .map(|r| (r.rate_limited, r.lost))
                .collect();
            assert!(retries.iter().all(|retry| *retry == (limited, lost)));
            assert_eq!(
                retries.is_empty(),
                keys == "s",
                "{keys}: s sends a draft only"
            );
        }
    }
    world.keys(&mut app, "wc");
    world.settle(&mut app);
    world.keys(&mut app, "GET /v1/boxes");
    world.retries.clear();
    world.press(&mut app, KeyCode::Char('s'), KeyModifiers::CONTROL);
    assert_eq!(world.retries.len(), 1);
    assert_eq!(world.retries[0].rate_limited, 5);
}

#[test]
fn who_looks_goes_along_from_one_exchange_to_the_next() {
    let (mut world, mut app, ticket) = ordered(1);
    world.starts(&mut app, ticket, 1);
    assert_eq!(selected(&app), "s1");
    world.has(&mut app, send(1, Class::RateLimited, Some(429)));
    assert_eq!(app.session.flights.len(), 1, "its 429 does not end it");
    let wait = world.wait(Again::RateLimited, 12, Some("s2"));
    world.waits(&mut app, ticket, wait);
    assert_eq!(selected(&app), "s2", "its held row");
    let frame = world.frame(&mut app);
    assert!(
        frame.contains("goes by itself in 12 s with the same key."),
        "{frame}"
    );
    assert!(frame.contains("Resend 2 of 5. Ctrl-C cancels"), "{frame}");
    assert!(!frame.contains("R new key"), "{frame}");
    world.rows.retain(|row| row.id.as_str() != "s2");
    world.starts(&mut app, ticket, 2);
    let frame = world.frame(&mut app);
    assert!(
        frame.contains("in flight") && !frame.contains('◷'),
        "{frame}"
    );
    world.has(&mut app, send(2, Class::Success, Some(201)));
    assert!(app.session.flights.is_empty(), "nothing follows a 201");
    assert_eq!(selected(&app), "s2");
    world.sends.truncate(1);
    world.keys(&mut app, "r");
    assert_eq!(world.sends.len(), 2, "it can be replayed at once");
}

#[test]
fn who_moved_on_stays_where_they_are() {
    let (mut world, mut app, ticket) = ordered(2);
    world.starts(&mut app, ticket, 1);
    world.has(&mut app, send(1, Class::Indeterminate, None));
    let wait = world.wait(Again::Lost, 3, None);
    world.waits(&mut app, ticket, wait);
    assert_eq!(selected(&app), "s1");
    world.keys(&mut app, "jj");
    world.settle(&mut app);
    let elsewhere = selected(&app).to_owned();
    assert_ne!(elsewhere, "s1");
    world.starts(&mut app, ticket, 2);
    assert_eq!(selected(&app), elsewhere);
    assert_eq!(app.session.flights[0].id, Some(ExchangeId::known("s2")));
}

#[test]
fn nothing_of_an_order_that_waits_is_sent_by_hand() {
    let (mut world, mut app, ticket) = ordered(1);
    world.starts(&mut app, ticket, 1);
    world.has(&mut app, send(1, Class::RateLimited, Some(429)));
    let wait = world.wait(Again::RateLimited, 12, Some("s2"));
    world.waits(&mut app, ticket, wait);
    let before = world.sends.len();
    for key in ["r", "R", "j", "r", "R"] {
        world.keys(&mut app, key);
        world.settle(&mut app);
        let frame = world.frame(&mut app);
        assert_eq!(
            frame.contains("not sent: it waits, and goes by itself → Ctrl-C cancels it"),
            key != "j",
            "{key}: {frame}"
        );
    }
    assert_eq!(selected(&app), "s1", "the 429 before it");
    let frame = world.frame(&mut app);
    assert!(frame.contains("goes by itself in"), "{frame}");
    assert_eq!(world.sends.len(), before);
    // Another exchange is another thing.
    world.keys(&mut app, "jr");
    assert_eq!(world.sends.len(), before + 1);
}

#[test]
fn leaving_asks_and_says_what_waits() {
    let (mut world, mut app, ticket) = ordered(1);
    world.starts(&mut app, ticket, 1);
    world.has(&mut app, send(1, Class::RateLimited, Some(429)));
    let wait = world.wait(Again::RateLimited, 12, Some("s2"));
    world.waits(&mut app, ticket, wait);
    world.keys(&mut app, "q");
    let frame = world.frame(&mut app);
    assert!(
        frame.contains("Leave?") && frame.contains("1 waiting to be sent"),
        "{frame}"
    );
}

#[test]
fn a_countdown_turns_once_a_second_while_it_is_seen_and_nothing_turns_else() {
    let (mut world, mut app, ticket) = ordered(1);
    world.starts(&mut app, ticket, 1);
    world.has(&mut app, send(1, Class::RateLimited, Some(429)));
    let wait = world.wait(Again::RateLimited, 12, Some("s2"));
    world.waits(&mut app, ticket, wait);
    for left in ["12 s", "11 s", "10 s", " 9 s"] {
        let frame = world.frame(&mut app);
        assert!(
            frame.contains(&format!("◷ {}", left.trim())),
            "{left}: {frame}"
        );
        assert!(!app.has_changed());
        let next = app.next_change().expect("a countdown");
        let pause = next.saturating_duration_since(world.now.steady);
        assert!(pause <= Duration::from_secs(1), "{pause:?}");
        world.pass(Duration::from_millis(300).min(pause / 2));
        world.tell(&mut app, Message::TimePassed(world.now));
        assert!(!app.has_changed(), "no frame between two seconds");
        world.pass(next.saturating_duration_since(world.now.steady) + Duration::from_millis(2));
        world.tell(&mut app, Message::TimePassed(world.now));
        assert!(app.has_changed());
    }
    // In line there is nothing to count.
    let in_line = Wait {
        until: None,
        ..world.wait(Again::RateLimited, 0, Some("s2"))
    };
    world.tell(
        &mut app,
        Message::SendPaused {
            ticket,
            wait: in_line,
        },
    );
    let frame = world.frame(&mut app);
    assert!(
        frame.contains("Waits for the one that went first"),
        "{frame}"
    );
    let next = app.next_change().expect("the minute");
    assert!(next.saturating_duration_since(world.now.steady) > Duration::from_secs(1));
}

#[test]
fn what_another_process_holds_is_counted_down_and_left_alone() {
    let mut world = World::new(3);
    let mut app = world.app((120, 40));
    let until = later(world.now.wall, Duration::from_secs(30));
    let id = ExchangeId::known("s1");
    world.tell(&mut app, Message::HoldsRead(vec![(id, until)]));
    world.has(&mut app, send(1, Class::Held, None));
    let frame = world.frame(&mut app);
    assert!(frame.contains("◷ 30 s"), "{frame}");
    world.keys(&mut app, "gr");
    world.settle(&mut app);
    let frame = world.frame(&mut app);
    assert_eq!(selected(&app), "s1");
    assert!(frame.contains("waits in another process"), "{frame}");
    assert!(world.sends.is_empty());
    world.keys(&mut app, "g");
    let frame = world.frame(&mut app);
    assert!(
        frame.contains("Another process sends it by itself"),
        "{frame}"
    );
    assert!(!frame.contains("R new key"), "{frame}");
    // Without a time it is held all the same.
    world.tell(&mut app, Message::HoldsRead(Vec::new()));
    let frame = world.frame(&mut app);
    assert!(frame.contains("─ ◷ held"), "{frame}");
    assert!(app.next_countdown().is_none());
}

#[test]
fn a_row_that_is_not_seen_is_not_counted_down() {
    let mut world = World::new(60);
    let mut app = world.app((120, 40));
    let until = later(world.now.wall, Duration::from_secs(30));
    let id = ExchangeId::known("s1");
    world.tell(&mut app, Message::HoldsRead(vec![(id, until)]));
    world.has(&mut app, send(1, Class::Held, None));
    assert!(app.next_countdown().is_some());
    world.keys(&mut app, "G");
    world.settle(&mut app);
    assert!(app.next_countdown().is_none());
}

#[test]
fn a_held_first_send_takes_the_draft_along_and_the_next_order_need_not_wait() {
    let mut world = World::new(3);
    world.sends.push(world_send());
    let mut app = world.app((120, 40));
    world.keys(&mut app, "wc");
    world.settle(&mut app);
    world.keys(&mut app, "GET /v1/boxes");
    world.press(&mut app, KeyCode::Char('s'), KeyModifiers::CONTROL);
    world.coming.clear();
    let ticket = app.session.flights[0].ticket;
    assert!(app.session.is_ordering());
    let wait = Wait {
        again: None,
        ..world.wait(Again::RateLimited, 8, Some("h1"))
    };
    world.waits(&mut app, ticket, wait);
    assert_eq!(selected(&app), "h1");
    assert!(app.session.draft.is_none() && !app.session.is_ordering());
    let frame = world.frame(&mut app);
    assert!(
        frame.contains("goes by itself in 8 s with its key."),
        "{frame}"
    );
    // The gate refused it when its turn came: whoever still looks is asked.
    let order = Box::new(crate::domain::order::Order {
        ask: world.sends[1].clone(),
        agreed: Default::default(),
    });
    let refusal = Box::new(crate::tui::app::tests::world::refusal());
    world.tell(
        &mut app,
        Message::SendRefused {
            ticket,
            order,
            refusal,
        },
    );
    assert!(world.frame(&mut app).contains("Do the action AGAIN?"));
}

#[test]
fn why_it_is_not_sent_again_is_told() {
    let (mut world, mut app, ticket) = ordered(1);
    world.starts(&mut app, ticket, 1);
    world.has(&mut app, send(1, Class::RateLimited, Some(429)));
    let notice = Failure::new("not sent again by itself: others went first").hint("later");
    world.tell(&mut app, Message::SendTold { ticket, notice });
    let (id, withheld) = (ExchangeId::known("s1"), Vec::new());
    world.tell(
        &mut app,
        Message::ExchangeFinished {
            ticket,
            id,
            withheld,
        },
    );
    world.settle(&mut app);
    let frame = world.frame(&mut app);
    assert!(frame.contains("others went first → later"), "{frame}");
    assert!(app.session.flights.is_empty());
}

#[test]
fn a_5xx_shows_its_retry_after_and_counts_it_down() {
    let mut world = World::new(3);
    let mut app = world.app((100, 40));
    // Of another origin than the profile's, so that the quota's own countdown has no part in it.
    let mut answered = send(1, Class::ServerError, Some(503));
    answered.quota = Some(Quota {
        retry_after_seconds: Some(7),
        ..Quota::default()
    });
    answered.started_at = world.now.wall;
    world.has(&mut app, answered);
    world.keys(&mut app, "g");
    world.settle(&mut app);
    let first = world.frame(&mut app);
    assert!(app.session.quota.is_none());
    let mut seen = vec![first];
    for _ in 0..7 {
        let Some(next) = app.next_countdown() else {
            break;
        };
        let pause = next.saturating_duration_since(world.now.steady);
        world.pass(pause + Duration::from_millis(1));
        world.tell(&mut app, Message::TimePassed(world.now));
        assert!(app.has_changed());
        seen.push(world.frame(&mut app));
    }
    for (frame, seconds) in seen.iter().zip((1..=6).rev()) {
        assert!(
            frame.contains(&format!("Wait {seconds} s first.")),
            "{frame}"
        );
    }
    let last = seen.last().expect("a frame");
    assert!(!last.contains(" s first."), "{last}");
    assert!(app.next_countdown().is_none());
}

#[test]
fn what_goes_by_itself_is_not_done_a_second_time_by_a_draft_of_it() {
    let (mut world, mut app, ticket) = ordered(1);
    world.starts(&mut app, ticket, 1);
    world.has(&mut app, send(1, Class::RateLimited, Some(429)));
    let wait = world.wait(Again::RateLimited, 12, Some("s2"));
    world.waits(&mut app, ticket, wait);
    world.keys(&mut app, "e");
    world.settle(&mut app);
    world.press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    let before = world.sends.len();
    world.keys(&mut app, "s");
    let frame = world.frame(&mut app);
    assert!(
        frame.contains("not sent: it waits, and goes by itself"),
        "{frame}"
    );
    world.keys(&mut app, "O");
    let frame = world.frame(&mut app);
    assert!(
        frame.contains("a new operation would do it once more"),
        "{frame}"
    );
    world.keys(&mut app, "s");
    let frame = world.frame(&mut app);
    assert!(frame.contains("It WILL ACT TWICE. Send it?"), "{frame}");
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(world.sends.len(), before);
}
