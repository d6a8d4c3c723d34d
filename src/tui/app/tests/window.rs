//! The list is a window on a long history: it follows the selection both ways, and nothing jumps.

use crossterm::event::{KeyCode, KeyModifiers};
use jiff::Timestamp;
use proptest::prelude::{ProptestConfig, proptest};

use crate::domain::exchange::Summary;
use crate::domain::id::ExchangeId;
use crate::tui::app::App;
use crate::tui::app::tests::world::{World, row};
use crate::tui::message::{Listed, Message, Searching};
use crate::tui::session::Selection;

const ROWS: usize = 3000;

/// Rows `e0`, the newest, to `e2999`.
fn long() -> World {
    let mut world = World::new(0);
    let named = |at: usize| Summary {
        started_at: Timestamp::from_second(90_000 - at as i64).expect("a time"),
        target: format!("/v1/rows/{at}"),
        ..row(at)
    };
    world.rows = (0..ROWS).map(named).collect();
    world
}

fn selected(app: &App) -> usize {
    let Selection::Exchange(id) = &app.session.selection else {
        panic!("no exchange is selected");
    };
    id.as_str()[1..].parse().expect("a number")
}

/// The rows on the screen, top to bottom.
fn on_screen(frame: &str) -> Vec<usize> {
    let number = |line: &str| {
        let at = line.find("/rows/").map(|at| at + 6).or_else(|| {
            let at = line.find("…/")?;
            Some(at + "…/".len())
        })?;
        let digits: String = line[at..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse().ok()
    };
    let inside = frame.lines().filter(|line| line.starts_with(['│', '▌']));
    let history = inside.map(|line| line.chars().take(54).collect::<String>());
    history.filter_map(|line| number(&line)).collect()
}

fn press(world: &mut World, app: &mut App, key: KeyCode) {
    world.press(app, key, KeyModifiers::NONE);
}

#[test]
fn every_row_is_passed_on_the_way_to_the_oldest_and_back() {
    let mut world = long();
    let mut app = world.app((150, 30));
    for (key, expected) in [
        (KeyCode::Down, Vec::from_iter(1..ROWS)),
        (KeyCode::Up, Vec::from_iter((0..ROWS - 1).rev())),
    ] {
        for at in expected {
            press(&mut world, &mut app, key);
            world.settle(&mut app);
            assert_eq!(selected(&app), at);
            assert!(app.session.list.rows.len() <= 400, "it is a window");
        }
    }
    assert!(!app.session.list.newer);
}

#[test]
fn the_screen_never_jumps_where_the_window_moves() {
    let mut world = long();
    let mut app = world.app((150, 30));
    let mut before = on_screen(&world.frame(&mut app));
    assert_eq!(before.first(), Some(&0));
    for _ in 0..900 {
        press(&mut world, &mut app, KeyCode::Down);
        // Drawn once before the answer, and once after it.
        for _ in 0..2 {
            let now = on_screen(&world.frame(&mut app));
            assert_eq!(now.len(), before.len());
            assert!(now[0] == before[0] || now[0] == before[0] + 1);
            assert!(now.windows(2).all(|two| two[1] == two[0] + 1), "{now:?}");
            before = now;
            world.settle(&mut app);
        }
    }
}

#[test]
fn keys_that_outrun_the_rows_are_done_when_those_come() {
    let mut world = long();
    let mut app = world.app((150, 30));
    let page = on_screen(&world.frame(&mut app)).len();
    for _ in 0..60 {
        press(&mut world, &mut app, KeyCode::PageDown);
    }
    assert!(selected(&app) < 400 && app.session.list.is_landing());
    world.settle(&mut app);
    assert_eq!(selected(&app), 60 * page);
    world.keys(&mut app, "Gkkg");
    world.settle(&mut app);
    assert_eq!(selected(&app), 0, "g came last");
    world.keys(&mut app, "Gkk");
    world.settle(&mut app);
    assert_eq!(selected(&app), ROWS - 3);
    let frame = world.frame(&mut app);
    assert!(on_screen(&frame).contains(&(ROWS - 3)), "{frame}");
    world.keys(&mut app, "r");
    assert_eq!(world.sends.len(), 1, "what is on show is replayed");
}

#[test]
fn nothing_is_replayed_while_the_selection_is_on_its_way() {
    let mut world = long();
    let mut app = world.app((150, 30));
    world.keys(&mut app, "Gr");
    assert!(world.sends.is_empty());
    assert!(world.frame(&mut app).contains("still being read"));
}

#[test]
fn what_comes_meanwhile_moves_nothing_and_is_counted() {
    let mut world = long();
    let mut app = world.app((150, 30));
    for (go, deep) in [("", 0), ("jjjjj", 5), ("G", ROWS - 1)] {
        world.keys(&mut app, go);
        world.settle(&mut app);
        let before = on_screen(&world.frame(&mut app));
        for id in ["n1", "n2"] {
            let newer = Summary {
                id: ExchangeId::known(format!("{id}{deep}")),
                target: "/v1/new".into(),
                ..world.rows[0].clone()
            };
            world.rows.insert(0, newer);
        }
        world.tell(&mut app, Message::HistoryChanged);
        world.settle(&mut app);
        assert_eq!(selected(&app), deep, "the selection is an exchange");
        let frame = world.frame(&mut app);
        match deep {
            // Not scrolled: what is new is seen, and the cursor goes down with its row.
            0 | 5 => assert!(frame.contains("/v1/new") && !frame.contains('▲'), "{frame}"),
            _ => {
                assert_eq!(on_screen(&frame), before);
                assert!(frame.contains("▲ 2 newer"), "{frame}");
            }
        }
    }
    world.keys(&mut app, "g");
    world.settle(&mut app);
    let frame = world.frame(&mut app);
    assert!(frame.contains("/v1/new") && !frame.contains('▲'), "{frame}");
}

#[test]
fn a_filter_keeps_what_is_selected_wherever_it_stands() {
    let mut world = long();
    let mut app = world.app((150, 30));
    world.keys(&mut app, "G");
    world.settle(&mut app);
    // e2999 is a 503.
    for (filter, hidden) in [("status:5xx", false), ("status:2xx", true)] {
        world.keys(&mut app, "/");
        world.keys(&mut app, filter);
        world.settle(&mut app);
        assert_eq!(selected(&app), ROWS - 1);
        let frame = world.frame(&mut app);
        assert_eq!(frame.contains("≠ hidden by the filter"), hidden, "{frame}");
        press(&mut world, &mut app, KeyCode::Esc);
        world.settle(&mut app);
        assert_eq!(selected(&app), ROWS - 1);
        assert!(!world.frame(&mut app).contains('≠'));
    }
    // With Enter the newest that fits is selected when what is selected does not.
    world.keys(&mut app, "/status:2xx");
    press(&mut world, &mut app, KeyCode::Enter);
    world.settle(&mut app);
    assert_eq!(selected(&app), 0);
}

/// What a search has found when it has come to row `to`.
fn so_far(world: &World, app: &mut App, to: usize, goes_on: bool) -> Listed {
    let stretch = match app.session.ask() {
        Some(crate::tui::message::effect::Effect::LoadHistory(stretch)) => stretch,
        other => panic!("nothing is asked: {other:?}"),
    };
    app.session.ask_again();
    let mut listed = world.list(stretch);
    listed.rows.retain(|row| {
        let at: usize = row.id.as_str()[1..].parse().expect("a number");
        at <= to
    });
    listed.older = goes_on;
    listed.searching = goes_on.then_some(Searching {
        to: Some(world.rows[to].started_at),
    });
    listed
}

#[test]
fn what_a_search_has_found_is_there_at_once_and_stays_when_it_is_stopped() {
    let mut world = long();
    let mut app = world.app((150, 30));
    world.keys(&mut app, "/status:5xx");
    press(&mut world, &mut app, KeyCode::Enter);
    world.coming.clear();
    app.session.ask_again();
    let first = so_far(&world, &mut app, 40, true);
    world.tell(&mut app, Message::HistoryLoaded(Box::new(first)));
    world.coming.clear();
    let frame = world.frame(&mut app);
    assert!(frame.contains("searching … back to 1970-01-02"), "{frame}");
    assert_eq!(selected(&app), 3, "the newest that fits is on show");
    world.keys(&mut app, "j");
    assert_eq!(selected(&app), 7);
    press(&mut world, &mut app, KeyCode::Esc);
    world.coming.clear();
    assert_eq!(app.session.list.query.to_string(), "status:5xx");
    assert_eq!(app.session.list.rows.len(), 10);
    let frame = world.frame(&mut app);
    assert!(
        !frame.contains("searching") && frame.contains("stopped"),
        "{frame}"
    );
    // A change of the history does not take it up again; a step beyond its end does.
    world.tell(&mut app, Message::HistoryChanged);
    world.settle(&mut app);
    assert_eq!(app.session.list.rows.len(), 10);
    world.keys(&mut app, "G");
    assert_eq!(selected(&app), 39);
    world.keys(&mut app, "j");
    world.settle(&mut app);
    assert_eq!(selected(&app), 43);
    press(&mut world, &mut app, KeyCode::Esc);
    assert!(app.session.list.query.is_empty());
}

#[test]
fn a_whole_window_stays_until_the_next_one_is_whole() {
    let mut world = long();
    let mut app = world.app((150, 30));
    world.tell(&mut app, Message::HistoryChanged);
    world.coming.clear();
    app.session.ask_again();
    let some = so_far(&world, &mut app, 3, true);
    world.tell(&mut app, Message::HistoryLoaded(Box::new(some)));
    assert_eq!(app.session.list.rows.len(), 400);
    assert!(world.frame(&mut app).contains("searching"));
    world.coming.clear();
    app.session.ask_again();
    let whole = so_far(&world, &mut app, 399, false);
    world.tell(&mut app, Message::HistoryLoaded(Box::new(whole)));
    assert!(!world.frame(&mut app).contains("searching"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// However the keys and the answers interleave, the selection ends where the keys lead.
    #[test]
    fn the_keys_alone_say_where_it_ends(steps in proptest::collection::vec((0..7u8, 0..8u8), 0..60)) {
        let mut world = long();
        let mut app = world.app((150, 30));
        let page = on_screen(&world.frame(&mut app)).len();
        let mut expected = 0_usize;
        for (what, answers) in steps {
            let (key, to) = match what {
                0 => (KeyCode::Down, expected + 1),
                1 => (KeyCode::Up, expected.saturating_sub(1)),
                2..=4 => (KeyCode::PageDown, expected + page),
                5 => (KeyCode::PageUp, expected.saturating_sub(page)),
                _ => (KeyCode::End, ROWS - 1),
            };
            expected = to.min(ROWS - 1);
            press(&mut world, &mut app, key);
            for _ in 5..answers {
                if let Some(message) = world.coming.pop_front() {
                    world.tell(&mut app, message);
                }
            }
            assert!(app.session.list.rows.len() <= 400);
        }
        world.settle(&mut app);
        assert_eq!(selected(&app), expected);
        assert!(!app.session.list.is_landing());
    }
}
