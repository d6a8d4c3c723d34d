//! A body that still arrives: searched over what comes, saved as the part that it is.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyModifiers};

use crate::document::Document;
use crate::document::indexing::Indexing;
use crate::document::source::Memory;
use crate::domain::exchange::{Failure, Outcome};
use crate::tui::app::App;
use crate::tui::app::tests::body::{document, has, lacks, lines, recordings, show};
use crate::tui::app::tests::world::World;
use crate::tui::message::{Message, Program};

/// The document of which so much has come, and more may.
fn so_far(text: &str, bytes: usize) -> Box<Document> {
    let source = Arc::new(Memory::new(&text.as_bytes()[..bytes]));
    let mut indexing = Indexing::new(source, "application/json");
    indexing.read_all().expect("memory is readable");
    Box::new(indexing.document())
}

/// A screen whose newest exchange has this much of a body.
fn growing(world: &mut World, text: &str, bytes: usize) -> App {
    let mut app = world.app((120, 40));
    if let Some(shown) = &mut app.session.shown {
        shown.body = Some(*so_far(text, bytes));
    }
    world.keys(&mut app, "3");
    app
}

#[test]
fn a_search_goes_on_over_what_comes() {
    let text = recordings(9000);
    let mut world = World::new(2);
    // The body ends within a match.
    let cut = text.find("rec_4999").expect("it is there") + 4;
    let mut app = growing(&mut world, &text, cut);
    world.keys(&mut app, "/rec_\\d{4}");
    world.press(&mut app, KeyCode::Char('r'), KeyModifiers::CONTROL);
    world.settle(&mut app);
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    has(&mut world, &mut app, &["1 of 3999…", "/items/1000/id"]);
    world.keys(&mut app, "N");
    has(&mut world, &mut app, &["3999 of 3999…, past the end"]);
    // One frame's growth after the other: the count goes up, the cursor stays, no more is searched than came.
    for bytes in [cut + 1, cut + 9, text.len() - 300, text.len()] {
        show(&mut world, &mut app, so_far(&text, bytes));
        world.settle(&mut app);
        has(&mut world, &mut app, &["/items/4998/id", "3999 of "]);
    }
    has(&mut world, &mut app, &["3999 of 8000…"]);
    world.keys(&mut app, "n");
    has(&mut world, &mut app, &["4000 of 8000…", "/items/4999/id"]);
    // Whole, there is nothing more to come.
    show(&mut world, &mut app, document(&text, ""));
    world.settle(&mut app);
    has(&mut world, &mut app, &["4000 of 8000  "]);
    assert_eq!(
        world.searches, 10,
        "one for each letter and the key that made it a pattern"
    );
}

/// What is not found yet may come, and who waits is brought there; who moved on is not.
#[test]
fn what_is_looked_for_may_still_come() {
    let text = recordings(50);
    let cut = text.find("rec_9").expect("it is there") + 3;
    for moves in ["", "j"] {
        let mut world = World::new(2);
        let mut app = growing(&mut world, &text, cut);
        world.keys(&mut app, "/rec_9");
        world.settle(&mut app);
        has(&mut world, &mut app, &["nothing found so far"]);
        world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
        world.keys(&mut app, moves);
        show(&mut world, &mut app, so_far(&text, text.len() - 9));
        world.settle(&mut app);
        let wanted = if moves.is_empty() {
            "1 of 1…"
        } else {
            "1… found"
        };
        has(&mut world, &mut app, &[wanted]);
        assert_eq!(
            lines(&mut world, &mut app)
                .iter()
                .any(|line| line.contains("/items/9/id")),
            moves.is_empty()
        );
        show(&mut world, &mut app, document(&text, ""));
        world.settle(&mut app);
        lacks(&mut world, &mut app, "1…");
        // Left, it does not go on.
        world.press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
        assert!(!app.response.is_finding(&app.session));
    }
    let mut world = World::new(2);
    let mut app = growing(&mut world, &text, cut);
    world.keys(&mut app, "/rec_9");
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    world.settle(&mut app);
    world.press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    assert!(world.find.is_none(), "the search was ended");
}

#[test]
fn what_is_saved_of_a_body_that_still_arrives_is_told_as_a_part() {
    let mut world = World::new(2);
    let text = recordings(50);
    let mut app = growing(&mut world, &text, 1000);
    if let Some(shown) = &mut app.session.shown {
        shown.exchange.outcome = Outcome::InFlight;
    }
    world.keys(&mut app, "D");
    world.keys(&mut app, "x");
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    world.settle(&mut app);
    let frame = world.frame(&mut app);
    assert!(frame.contains("1000 B so far saved to x"), "{frame}");
}

/// A pager gets all of it, or says what it got.
#[test]
fn a_copy_waits_until_the_body_is_read_to_its_end() {
    let text = recordings(900);
    let mut world = World::new(2);
    let mut app = growing(&mut world, &text, 1000);
    world.keys(&mut app, "V");
    has(&mut world, &mut app, &["line 1 of"]);
    let frame = world.frame(&mut app);
    assert!(frame.contains("are read first → Esc ends that"), "{frame}");
    // What is typed meanwhile is not for this screen, and who gives up is free again.
    world.keys(&mut app, "jr");
    has(&mut world, &mut app, &["line 1 of"]);
    world.press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    world.keys(&mut app, "jVj");
    show(&mut world, &mut app, so_far(&text, 2000));
    assert!(world.copies.is_empty() && world.sends.is_empty());
    show(&mut world, &mut app, document(&text, ""));
    assert_eq!(world.copies, [Program::Pager]);
    world.settle(&mut app);
    assert_eq!(world.lent, [Program::Pager]);
    has(&mut world, &mut app, &["line 2 of"]);
    // What still arrives is shown as the part that it is.
    let mut app = growing(&mut world, &text, 1000);
    if let Some(shown) = &mut app.session.shown {
        shown.exchange.outcome = Outcome::InFlight;
    }
    world.keys(&mut app, "V");
    world.settle(&mut app);
    assert_eq!(world.lent, [Program::Pager, Program::Pager]);
    let frame = world.frame(&mut app);
    assert!(frame.contains("that was what came so far"), "{frame}");
}

/// What a copy waits for may never come.
#[test]
fn a_copy_is_not_waited_for_when_the_body_cannot_be_read() {
    let mut world = World::new(2);
    let mut app = growing(&mut world, &recordings(900), 1000);
    world.keys(&mut app, "V");
    world.tell(&mut app, Message::Failed(Failure::new("it is gone")));
    assert!(world.frame(&mut app).contains("it is gone"));
    world.keys(&mut app, "j");
    has(&mut world, &mut app, &["line 2 of"]);
}
