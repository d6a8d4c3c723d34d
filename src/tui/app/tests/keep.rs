//! Pins and notes: they are written, and then the rows say so.

use crossterm::event::{Event, KeyCode, KeyModifiers};

use crate::tui::app::tests::world::World;
use crate::tui::message::Message;

#[test]
fn a_pin_is_put_on_and_taken_off() {
    let mut world = World::new(3);
    let mut app = world.app((100, 30));
    assert!(!world.frame(&mut app).contains('★'));
    world.keys(&mut app, "j*");
    world.settle(&mut app);
    assert!(world.rows[1].pinned && !world.rows[0].pinned);
    let frame = world.frame(&mut app);
    assert!(frame.contains("▌★ ✗ 422"), "{frame}");
    world.keys(&mut app, "z*");
    world.settle(&mut app);
    assert!(!world.rows[1].pinned);
    assert!(!world.frame(&mut app).contains('★'));
}

#[test]
fn a_note_is_a_line_that_is_shown_whole_in_its_operation() {
    let mut world = World::new(3);
    let mut app = world.app((200, 60));
    world.keys(&mut app, "a");
    let frame = world.frame(&mut app);
    assert!(frame.contains("Note on POST /v1/payments"), "{frame}");
    // Letters are text here, and a paste is.
    world.keys(&mut app, "asked Ana: ");
    let (event, at) = (Event::Paste("paid\u{1b}[2J\ntwice".into()), world.now);
    world.tell(&mut app, Message::Input { event, at });
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    world.settle(&mut app);
    assert_eq!(
        world.rows[0].note.as_deref(),
        Some("asked Ana: paid[2J twice")
    );
    let frame = world.frame(&mut app);
    assert!(
        frame.contains("¶ ✓ 201") && frame.contains("“asked"),
        "{frame}"
    );
    // What was noted can be written anew, dropped, and taken away.
    world.keys(&mut app, "a!");
    world.press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    world.settle(&mut app);
    assert_eq!(
        world.rows[0].note.as_deref(),
        Some("asked Ana: paid[2J twice")
    );
    world.keys(&mut app, "a");
    world.press(&mut app, KeyCode::Char('u'), KeyModifiers::CONTROL);
    for _ in 0..30 {
        world.press(&mut app, KeyCode::Backspace, KeyModifiers::NONE);
    }
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    world.settle(&mut app);
    assert_eq!(world.rows[0].note, None);
    assert!(world.sends.is_empty());
}

#[test]
fn a_draft_has_neither() {
    let mut world = World::new(0);
    let mut app = world.app((100, 30));
    world.keys(&mut app, "*");
    assert!(
        world
            .frame(&mut app)
            .contains("nothing that was sent is selected")
    );
    world.keys(&mut app, "a");
    assert!(app.overlay.is_none());
}

#[test]
fn what_was_read_before_a_pin_does_not_take_it_off_again() {
    let mut world = World::new(3);
    let mut app = world.app((100, 30));
    // The exchange was asked for before the pin, and comes after the rows that have it.
    world.keys(&mut app, "j");
    let late = world.coming.pop_front().expect("an exchange");
    world.keys(&mut app, "*");
    world.settle(&mut app);
    world.tell(&mut app, late);
    world.settle(&mut app);
    let frame = world.frame(&mut app);
    assert!(frame.contains("▌★ ✗ 422"), "{frame}");
    world.keys(&mut app, "*");
    assert!(!world.rows[1].pinned, "again takes it off");
}
