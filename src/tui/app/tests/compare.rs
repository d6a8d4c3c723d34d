//! Marking an exchange and comparing it: what is asked for, what is dropped, and what comes too late.

use crossterm::event::{KeyCode, KeyModifiers};

use crate::domain::exchange::Failure;
use crate::domain::exchange::Summary;
use crate::domain::id::{ExchangeId, OperationId};
use crate::tui::app::App;
use crate::tui::app::tests::world::{World, row};
use crate::tui::message::Message;
use crate::tui::overlay::Overlay;

/// Two exchanges of one operation, then one of another, newest first.
fn world() -> World {
    let mut world = World::new(0);
    world.rows = (0..3).map(row).collect();
    let operation = OperationId::known("op_1");
    for (at, seconds) in [(0, 9), (1, 8), (2, 7)] {
        world.rows[at] = Summary {
            started_at: jiff::Timestamp::from_second(9000 + seconds).expect("a time"),
            operation: if at < 2 {
                operation.clone()
            } else {
                OperationId::known("op_2")
            },
            ..world.rows[at].clone()
        };
    }
    world
}

fn press(world: &mut World, app: &mut App, keys: &str) {
    for c in keys.chars() {
        let code = if c == '\x1b' {
            KeyCode::Esc
        } else {
            KeyCode::Char(c)
        };
        world.press(app, code, KeyModifiers::NONE);
        world.settle(app);
    }
}

fn is_comparing(app: &App, left: &str, right: &str) -> bool {
    let (left, right) = (ExchangeId::known(left), ExchangeId::known(right));
    matches!(&app.overlay, Some(Overlay::Compare(sheet)) if sheet.is_of(&left, &right))
}

#[test]
fn the_marked_one_stands_on_the_left() {
    let mut world = world();
    let mut app = world.app((120, 40));
    press(&mut world, &mut app, "jj=");
    assert_eq!(app.session.marked, Some(ExchangeId::known("e2")));
    assert!(world.frame(&mut app).contains("⇄"));
    press(&mut world, &mut app, "g=");
    assert!(is_comparing(&app, "e2", "e0"), "{:?}", app.overlay);
    assert_eq!(app.session.marked, None);
    press(&mut world, &mut app, "=");
    assert!(app.overlay.is_none() && app.session.marked.is_none());
}

#[test]
fn twice_on_one_compares_with_the_send_before_it_in_its_operation() {
    let mut world = world();
    let mut app = world.app((120, 40));
    press(&mut world, &mut app, "g==");
    assert!(is_comparing(&app, "e1", "e0"), "{:?}", app.overlay);
    // The first of its operation has none before it: it stays marked, and Esc drops it.
    press(&mut world, &mut app, "qj==");
    assert!(app.overlay.is_none());
    assert_eq!(app.session.marked, Some(ExchangeId::known("e1")));
    press(&mut world, &mut app, "\x1b");
    assert_eq!(app.session.marked, None);
}

#[test]
fn what_comes_too_late_opens_nothing() {
    let mut world = world();
    let mut app = world.app((120, 40));
    press(&mut world, &mut app, "g==q");
    let (left, right) = (ExchangeId::known("e1"), ExchangeId::known("e0"));
    let late = |what: &str| Message::Compared {
        left: left.clone(),
        right: right.clone(),
        result: Err(Failure::new(what)),
    };
    app.update(late("too late"));
    assert!(app.overlay.is_none() && !world.frame(&mut app).contains("too late"));
    // Nor does it stand in the place of another one.
    press(&mut world, &mut app, "=jj=");
    assert!(is_comparing(&app, "e0", "e2"), "{:?}", app.overlay);
    app.update(late("of before"));
    assert!(!world.frame(&mut app).contains("of before"));
}
