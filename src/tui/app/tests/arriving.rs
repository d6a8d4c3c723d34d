//! An answer while it arrives: what is told of it, to whom, and for how long.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyModifiers};

use crate::document::indexing::Indexing;
use crate::document::source::Memory;
use crate::domain::arrival::{AnswerHead, Arrival};
use crate::domain::exchange::{Class, Failure, Summary};
use crate::domain::header::Headers;
use crate::domain::id::ExchangeId;
use crate::tui::app::App;
use crate::tui::app::tests::world::{BODY, World, loaded, row, world_send};
use crate::tui::message::{Message, Ticket};

/// What came of the answer to the exchange `f`.
fn came(bytes: u64, done: bool) -> Message {
    let fields = [
        ("content-type", "application/json"),
        ("x-hostile", "a\u{1b}]52;c;x\u{7}\u{202e}b"),
        ("request-id", "req_9xK2"),
    ];
    let head = AnswerHead {
        status: 200,
        version: "HTTP/1.1".into(),
        headers: Headers::from_iter(fields),
        server_request_id: Some("req_9xK2".into()),
        replayed: false,
    };
    Message::AnswerArriving(Box::new(Arrival {
        id: ExchangeId::known("f"),
        head: head.into(),
        bytes,
        done,
    }))
}

fn flying() -> Summary {
    Summary {
        id: ExchangeId::known("f"),
        class: Class::InFlight,
        status: None,
        ..row(0)
    }
}

/// A world in which `f` was just sent from the screen, and is on show.
fn in_flight() -> (World, App, Ticket) {
    let mut world = World::new(3);
    world.sends.push(world_send());
    let mut app = world.app((120, 40));
    world.keys(&mut app, "r");
    world.coming.clear();
    world.rows[0] = flying();
    let ticket = app.session.flights[0].ticket;
    let summary = Box::new(flying());
    world.tell(&mut app, Message::SendStarted { ticket, summary });
    world.tell(&mut app, Message::HistoryChanged);
    world.settle(&mut app);
    (world, app, ticket)
}

/// The history has its outcome from now on.
fn is_written(world: &mut World) {
    world.rows[0] = Summary {
        class: Class::Success,
        status: Some(201),
        ..flying()
    };
}

fn title(frame: &str) -> &str {
    let line = frame.lines().find(|line| line.contains("3 Response"));
    line.unwrap_or_default()
}

/// The outcome of what was in flight is written, and told.
fn finish(world: &mut World, app: &mut App, ticket: Ticket) {
    let (id, withheld) = (ExchangeId::known("f"), Vec::new());
    let finished = Message::ExchangeFinished {
        ticket,
        id,
        withheld,
    };
    world.tell(app, finished);
    world.settle(app);
}

#[test]
fn the_title_tells_the_status_and_how_much_came_and_the_row_stays_in_flight() {
    let (mut world, mut app, _) = in_flight();
    let frame = world.frame(&mut app);
    assert!(title(&frame).contains("─ … in flight ─"), "{frame}");
    // Bytes, whether that is all, and what stands in the title then.
    for (bytes, done, told) in [
        (0, false, " 200 OK ─ 0 B so far ─ req_9xK2 ─"),
        (3_565_158, false, " 200 OK ─ 3.4 MiB so far ─ "),
        (3_565_158, true, " 200 OK ─ 3.4 MiB ─ "),
    ] {
        world.tell(&mut app, came(bytes, done));
        assert!(app.has_changed());
        let frame = world.frame(&mut app);
        assert!(title(&frame).contains(told), "{told}: {}", title(&frame));
        assert!(frame.contains("in flight"), "its body: {frame}");
        assert!(!frame.contains("R new key"), "no verdict: {frame}");
        assert!(!frame.contains("✓ 200"), "it has no outcome: {frame}");
    }
    world.pass(Duration::from_millis(1230));
    world.tell(&mut app, Message::TimePassed(world.now));
    let frame = world.frame(&mut app);
    assert!(
        title(&frame).contains("3.4 MiB ─ 1.2 s ─ req_9xK2"),
        "{frame}"
    );
}

#[test]
fn the_title_gives_way_from_its_end_and_keeps_the_number() {
    let (mut world, mut app, _) = in_flight();
    world.tell(&mut app, came(3_565_158, false));
    for (columns, told) in [
        (42, " 200 OK ─ 3.4 MiB so far ┐"),
        (40, " 200 OK ─ 3.4 MiB ─"),
        (30, " 200 OK ─"),
        (25, " 200 OK ┐"),
        (24, " 200 ─"),
    ] {
        let event = crossterm::event::Event::Resize(columns, 12);
        let at = world.now;
        world.tell(&mut app, Message::Input { event, at });
        world.press(&mut app, KeyCode::Char('3'), KeyModifiers::NONE);
        let frame = world.frame(&mut app);
        let line = frame.lines().find(|line| line.contains("200"));
        assert!(
            line.is_some_and(|line| line.contains(told)),
            "{columns}: {frame}"
        );
    }
}

#[test]
fn the_headers_that_came_are_there_and_stay_where_they_are_read() {
    let (mut world, mut app, ticket) = in_flight();
    world.keys(&mut app, "3]");
    let frame = world.frame(&mut app);
    assert!(frame.contains("Headers") && !frame.contains("Headers 3"));
    world.tell(&mut app, came(1, false));
    let frame = world.frame(&mut app);
    assert!(frame.contains("Headers 3"), "{frame}");
    assert!(frame.contains("content-type: application/json"), "{frame}");
    assert!(frame.contains("x-hostile: a␛]52;c;x␇"), "{frame}");
    assert!(!frame.contains(['\u{1b}', '\u{7}', '\u{202e}']));
    // The tab that somebody reads is theirs, whatever comes after it.
    is_written(&mut world);
    world.tell(&mut app, Message::AnswerArrived(ExchangeId::known("f")));
    finish(&mut world, &mut app, ticket);
    let frame = world.frame(&mut app);
    assert!(
        frame.contains("[Headers]") && frame.contains("✓ 201 Created"),
        "{frame}"
    );
}

#[test]
fn what_arrives_elsewhere_draws_no_frame_and_is_there_for_who_comes_back() {
    let (mut world, mut app, _) = in_flight();
    world.keys(&mut app, "1j");
    world.settle(&mut app);
    world.frame(&mut app);
    world.tell(&mut app, came(1024, false));
    assert!(!app.has_changed());
    world.keys(&mut app, "k");
    world.settle(&mut app);
    let frame = world.frame(&mut app);
    assert!(title(&frame).contains("200 OK ─ 1.0 KiB so far"), "{frame}");
}

/// Whoever did something in a body that arrives stays in it; who only looked on is shown the errors.
#[test]
fn who_reads_a_body_is_not_taken_away_by_its_outcome() {
    for (keys, tab) in [
        ("", "[Errors 2]"),
        ("3", "[Errors 2]"),
        ("3j", "[Body]"),
        ("3z", "[Body]"),
        ("3/amount", "[Body]"),
    ] {
        let (mut world, mut app, ticket) = in_flight();
        world.tell(&mut app, came(BODY.len() as u64, false));
        let mut indexing = Indexing::new(Arc::new(Memory::new(BODY)), "application/json");
        indexing.read_all().expect("memory is readable");
        let (id, document) = (ExchangeId::known("f"), Box::new(indexing.document()));
        world.tell(&mut app, Message::BodyRead { id, document });
        world.keys(&mut app, keys);
        world.rows[0] = Summary {
            class: Class::ClientError,
            status: Some(422),
            ..flying()
        };
        finish(&mut world, &mut app, ticket);
        let frame = world.frame(&mut app);
        assert!(frame.contains(tab), "{keys}: {frame}");
        assert!(frame.contains("Errors 2"), "{keys}: {frame}");
    }
}

/// Killed while it arrived: what came of it is shown, and that it is not all.
#[test]
fn what_came_of_an_answer_that_was_never_whole_is_shown() {
    let mut world = World::new(3);
    let mut app = world.app((120, 40));
    let mut killed = loaded(&row(2));
    let body = &b"{\"items\": [1, 2, {\"name\": \"Ar"[..];
    let document = Indexing::whole(Arc::new(Memory::new(body)), "");
    killed.body = document.ok();
    world.keys(&mut app, "jj");
    world.settle(&mut app);
    world.tell(&mut app, Message::ExchangeLoaded(Box::new(killed)));
    world.keys(&mut app, "3");
    let frame = world.frame(&mut app);
    for told in [
        "\"name\": \"Ar",
        "! What came of the answer, which was never whole: the connection ended",
    ] {
        assert!(frame.contains(told), "{told}: {frame}");
    }
    world.keys(&mut app, "G");
    assert!(world.frame(&mut app).contains("/items/2/name "));
}

/// Whatever comes first of: the end of what arrives, the end of the send, the outcome read.
#[test]
fn it_is_told_of_until_the_outcome_is_read_and_then_forgotten() {
    let id = || ExchangeId::known("f");
    for order in [
        [0, 1, 2],
        [1, 0, 2],
        [1, 2, 0],
        [0, 2, 1],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let (mut world, mut app, ticket) = in_flight();
        world.tell(&mut app, came(7, true));
        is_written(&mut world);
        let mut read = false;
        for what in order {
            match what {
                0 => world.tell(&mut app, Message::AnswerArrived(id())),
                1 => {
                    let (id, withheld) = (id(), Vec::new());
                    let ended = Message::ExchangeFinished {
                        ticket,
                        id,
                        withheld,
                    };
                    // What it asks for comes later.
                    drop(app.update(ended));
                }
                _ => {
                    world.tell(&mut app, Message::HistoryChanged);
                    world.settle(&mut app);
                    read = true;
                }
            }
            let frame = world.frame(&mut app);
            let expected = if read {
                "✓ 201 Created"
            } else {
                " 200 OK ─ 7 B"
            };
            assert!(title(&frame).contains(expected), "{order:?}: {frame}");
            // The last thing of an answer may come when all is known of it.
            if read && what != 0 && order[2] == 0 {
                world.tell(&mut app, came(8, true));
                assert!(!app.has_changed(), "{order:?}");
            }
        }
        assert!(app.session.arriving(&id()).is_none(), "{order:?}");
    }
}

#[test]
fn what_nobody_looks_at_is_forgotten_at_its_end() {
    let (mut world, mut app, _) = in_flight();
    let id = ExchangeId::known("f");
    world.tell(&mut app, came(7, false));
    world.keys(&mut app, "1j");
    world.settle(&mut app);
    assert!(app.session.arriving(&id).is_some());
    world.tell(&mut app, Message::AnswerArrived(id.clone()));
    assert!(app.session.arriving(&id).is_none());
}

#[test]
fn an_outcome_that_cannot_be_written_leaves_nothing_that_arrives() {
    let (mut world, mut app, ticket) = in_flight();
    let id = ExchangeId::known("f");
    world.tell(&mut app, came(7, true));
    world.tell(&mut app, Message::AnswerArrived(id.clone()));
    let failure = Failure::new("it was SENT, and what came back could not be recorded");
    world.tell(&mut app, Message::SendFailed { ticket, failure });
    assert!(app.session.arriving(&id).is_none());
    let frame = world.frame(&mut app);
    assert!(title(&frame).contains("… in flight"), "{frame}");
}
