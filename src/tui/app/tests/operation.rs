//! The operation of a draft: continued or new, turned by a key, never left behind by a slip.

use crossterm::event::{KeyCode, KeyModifiers};

use crate::domain::idempotency::Choice;
use crate::domain::order::{Ask, KeyOrder};
use crate::tui::app::App;
use crate::tui::app::tests::world::{World, world_send};

/// A world with the draft of the row at this place on show, what was typed into its body, and no field open.
fn draft_of(row: usize, typed: &str) -> (World, App) {
    let mut world = World::new(4);
    world.sends.push(world_send());
    let mut app = world.app((120, 40));
    world.keys(&mut app, &"j".repeat(row));
    world.settle(&mut app);
    world.keys(&mut app, "e");
    world.settle(&mut app);
    world.keys(&mut app, typed);
    world.press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    (world, app)
}

/// The last order: its operation and key when it was composed, nothing when it was a replay.
fn composed(world: &World) -> Option<(String, KeyOrder)> {
    match world.sends.last()? {
        Ask::Compose { operation, key, .. } => {
            Some((operation.as_ref()?.as_str().to_owned(), key.clone()))
        }
        Ask::Replay { .. } => None,
    }
}

const SENDS: &str = "It MAY ACT TWICE. Send it?";

#[test]
fn a_key_turns_between_continuing_and_a_new_operation_and_back() {
    let (mut world, mut app) = draft_of(1, "x");
    let body = world.frame(&mut app);
    for (title, note, told) in [
        ("continues op_1", "NEW", ""),
        (
            "─ new operation",
            "fresh",
            "a new operation; O continues op_1 again",
        ),
        ("continues op_1", "NEW", "the draft continues op_1"),
        ("─ new operation", "fresh", "O continues op_1 again"),
    ] {
        let frame = world.frame(&mut app);
        assert!(frame.contains(title) && frame.contains(note), "{frame}");
        assert!(frame.contains(told), "{frame}");
        let text = |frame: &str| frame.lines().filter(|line| line.contains("amount")).count();
        assert_eq!(
            text(&frame),
            text(&body),
            "nothing that was written is lost"
        );
        world.keys(&mut app, "O");
    }
    // A 422 did nothing, so nothing is asked.
    world.keys(&mut app, "O");
    assert!(world.frame(&mut app).contains("─ new operation"));
    world.keys(&mut app, "s");
    let minted = KeyOrder::Minted("key_draft".into());
    assert_eq!(composed(&world), Some(("op_draft".into(), minted)));
}

#[test]
fn continued_it_goes_into_its_operation() {
    let (mut world, mut app) = draft_of(1, "x");
    world.keys(&mut app, "OOs");
    let minted = KeyOrder::Minted("key_draft".into());
    assert_eq!(composed(&world), Some(("op_1".into(), minted)));
}

#[test]
fn an_operation_that_may_have_acted_is_not_left_behind_by_a_slip() {
    for (row, typed, name, title) in [
        (2, "", "op_2", SENDS),
        (2, "x", "op_2", SENDS),
        (3, "x", "op_3", SENDS),
        (0, "", "op_0", "Do the action AGAIN?"),
    ] {
        let (mut world, mut app) = draft_of(row, typed);
        assert!(world.frame(&mut app).contains(&format!("continues {name}")));
        world.keys(&mut app, "O");
        let frame = world.frame(&mut app);
        assert!(frame.contains("it is asked before it is sent"), "{frame}");
        assert!(frame.contains("s a new operation: "), "{frame}");
        let before = world.sends.len();
        world.keys(&mut app, "s");
        let frame = world.frame(&mut app);
        assert!(
            frame.contains(title) && frame.contains(name),
            "{row}: {frame}"
        );
        world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
        assert_eq!(world.sends.len(), before, "Enter sends nothing");
        // Turned back, its own operation's gate judges it.
        world.keys(&mut app, "O");
        world.keys(&mut app, "s");
        assert_eq!(world.sends.len(), before + 1);
        match world.sends.last() {
            Some(Ask::Replay { choice, .. }) => assert_eq!(*choice, Choice::SameKey),
            _ => assert_eq!(composed(&world).map(|(op, _)| op).as_deref(), Some(name)),
        }
    }
}

#[test]
fn a_yes_sends_it_as_a_new_operation() {
    let (mut world, mut app) = draft_of(2, "");
    world.keys(&mut app, "Os");
    world.frame(&mut app);
    world.keys(&mut app, "y");
    let minted = KeyOrder::Minted("key_draft".into());
    assert_eq!(composed(&world), Some(("op_draft".into(), minted)));
}

#[test]
fn where_it_cannot_continue_the_key_says_why() {
    let elsewhere = |world: &mut World, app: &mut App, line: &str| {
        world.keys(app, "kkk");
        world.press(app, KeyCode::Enter, KeyModifiers::NONE);
        world.press(app, KeyCode::Char('a'), KeyModifiers::CONTROL);
        world.press(app, KeyCode::Home, KeyModifiers::NONE);
        for _ in 0..20 {
            world.press(app, KeyCode::Delete, KeyModifiers::NONE);
        }
        world.keys(app, line);
        world.press(app, KeyCode::Esc, KeyModifiers::NONE);
    };
    for (row, line, why) in [
        (0, "", "attempt 1 was answered 201, so it is done"),
        (
            1,
            "POST /v1/boxes",
            "it went to /v1/payments, this goes to /v1/boxes",
        ),
        (1, "PUT /v1/payments", "it was a POST, this is a PUT"),
    ] {
        let (mut world, mut app) = draft_of(row, "x");
        if !line.is_empty() {
            elsewhere(&mut world, &mut app, line);
        }
        let frame = world.frame(&mut app);
        assert!(frame.contains("─ new operation"), "{frame}");
        world.keys(&mut app, "O");
        let frame = world.frame(&mut app);
        assert!(
            frame.contains(why) && frame.contains("─ new operation"),
            "{frame}"
        );
    }
    // A draft that was composed, and no draft at all.
    let mut world = World::new(2);
    let mut app = world.app((120, 40));
    world.keys(&mut app, "O");
    assert!(world.frame(&mut app).contains("a draft's choice"));
    world.keys(&mut app, "c");
    world.press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    world.keys(&mut app, "O");
    assert!(
        world
            .frame(&mut app)
            .contains("not made from one that was sent")
    );
}

#[test]
fn a_written_key_is_judged_by_the_operation_it_was_used_for() {
    let mut world = World::new(2);
    world.sends.push(world_send());
    let mut app = world.app((120, 40));
    world.keys(&mut app, "c");
    world.settle(&mut app);
    world.keys(&mut app, "POST /v1/payments");
    for _ in 0..2 {
        world.press(&mut app, KeyCode::Tab, KeyModifiers::NONE);
    }
    world.keys(&mut app, "K-1");
    world.press(&mut app, KeyCode::Char('s'), KeyModifiers::CONTROL);
    match world.sends.last() {
        // Without a name: whoever sends it asks the history which operation the key belongs to.
        Some(Ask::Compose { operation, key, .. }) => {
            assert!(matches!(key, KeyOrder::Given(key) if key.ends_with("K-1")));
            assert_eq!(*operation, None);
        }
        other => panic!("{other:?}"),
    }
}
