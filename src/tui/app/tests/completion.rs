//! What may be written next into the filter: offered, chosen, taken, and never in the way.

use crossterm::event::{KeyCode, KeyModifiers};

use crate::tui::app::App;
use crate::tui::app::tests::world::World;

/// A world in which each row lists one of two codes.
fn world() -> World {
    let mut world = World::new(8);
    for (at, row) in world.rows.iter_mut().enumerate() {
        row.codes = vec![["amount_not_positive", "two words"][at / 4].to_owned()];
    }
    world
}

fn press(world: &mut World, app: &mut App, codes: &[KeyCode]) {
    for code in codes {
        world.press(app, *code, KeyModifiers::NONE);
        world.settle(app);
    }
}

fn text(app: &App) -> String {
    app.session.list.query.to_string()
}

#[test]
fn names_words_values_and_saved_filters_are_completed() {
    for (typed, keys, expected) in [
        ("stat", &[KeyCode::Tab][..], None),
        ("status:4", &[KeyCode::Tab], Some("status:4xx")),
        ("is:re", &[KeyCode::Tab], Some("is:replayed")),
        (
            "is:re",
            &[KeyCode::Down, KeyCode::Down, KeyCode::Tab],
            Some("is:recreated"),
        ),
        ("is:re", &[KeyCode::Up, KeyCode::Tab], Some("is:recreated")),
        ("code:a", &[KeyCode::Tab], Some("code:amount_not_positive")),
        // A value with white space is put in quotes.
        ("code:t", &[KeyCode::Tab], Some("code:\"two words\"")),
        ("@l", &[KeyCode::Tab], Some("@late")),
        // Enter takes what was chosen, and keeps it.
        (
            "status:",
            &[KeyCode::Down, KeyCode::Enter],
            Some("status:1xx"),
        ),
    ] {
        let mut world = world();
        let mut app = world.app((100, 30));
        world.keys(&mut app, "/");
        world.keys(&mut app, typed);
        world.settle(&mut app);
        press(&mut world, &mut app, keys);
        match expected {
            Some(expected) => assert_eq!(text(&app), expected, "{typed}"),
            None => assert!(world.frame(&mut app).contains("/ status:"), "{typed}"),
        }
        let kept = keys.contains(&KeyCode::Enter);
        assert_eq!(app.history.is_filtering(), !kept, "{typed}");
        assert!(world.sends.is_empty());
    }
}

#[test]
fn values_are_shown_when_they_come_and_typing_goes_on_meanwhile() {
    let mut world = world();
    let mut app = world.app((100, 30));
    world.keys(&mut app, "/code:");
    assert!(!world.frame(&mut app).contains("two words"));
    world.keys(&mut app, "a");
    world.settle(&mut app);
    let frame = world.frame(&mut app);
    assert!(frame.contains("Tab amount_not_positive"), "{frame}");
    assert!(!frame.contains("two words"), "{frame}");
    // Enter keeps what is written, whatever is offered.
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(text(&app), "code:a");
    assert!(!app.history.is_filtering());
}

#[test]
fn what_is_offered_fits_any_size() {
    for size in [(30, 8), (20, 5), (3, 2), (1, 1), (80, 24), (200, 60)] {
        let mut world = world();
        let mut app = world.app(size);
        world.keys(&mut app, "/");
        for key in [KeyCode::Down, KeyCode::Up, KeyCode::Tab, KeyCode::Down] {
            press(&mut world, &mut app, &[key; 20]);
            world.frame(&mut app);
        }
    }
}

#[test]
fn the_whole_language_filters_as_it_is_typed() {
    for (typed, expected) in [
        ("-status:4xx", 6),
        ("status:4xx or status:5xx", 4),
        ("-(status:4xx or status:5xx)", 4),
        ("@late", 2),
        ("-@late", 6),
        ("is:pinned", 0),
    ] {
        let mut world = world();
        let mut app = world.app((100, 30));
        world.keys(&mut app, "/");
        world.keys(&mut app, typed);
        world.settle(&mut app);
        assert_eq!(app.session.list.rows.len(), expected, "{typed}");
    }
}
