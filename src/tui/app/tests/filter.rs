//! Filtering and folding the history: what is typed, what comes back late, and what stays selected meanwhile.

use crossterm::event::{Event, KeyCode, KeyModifiers};
use jiff::Timestamp;

use crate::domain::exchange::{Class, Summary};
use crate::domain::id::{ExchangeId, OperationId};
use crate::tui::app::App;
use crate::tui::app::tests::world::{World, row, world_send};
use crate::tui::message::Message;
use crate::tui::session::Selection;

impl World {
    /// Types keys, `\n` for Enter, and delivers what comes of them.
    fn type_in(&mut self, app: &mut App, keys: &str) {
        for c in keys.chars() {
            let code = match c {
                '\n' => KeyCode::Enter,
                '\x1b' => KeyCode::Esc,
                c => KeyCode::Char(c),
            };
            self.press(app, code, KeyModifiers::NONE);
            self.settle(app);
        }
    }
}

fn listed(app: &App) -> Vec<&str> {
    app.session
        .list
        .rows
        .iter()
        .map(|row| row.id.as_str())
        .collect()
}

fn exchange(id: &str) -> Selection {
    Selection::Exchange(ExchangeId::known(id))
}

/// Rows of these operations, newest first, as `e0`, `e1` and so on; 201, 422, no answer and 503 in turn.
fn world(operations: &[&str]) -> World {
    let mut world = World::new(0);
    let named = |(at, operation): (usize, &&str)| Summary {
        operation: OperationId::known(*operation),
        send: (operations.len() - at) as u32,
        started_at: Timestamp::from_second(9000 - at as i64).expect("a time"),
        ..row(at)
    };
    world.rows = operations.iter().enumerate().map(named).collect();
    world
}

#[test]
fn letters_are_text_and_filter_as_they_come() {
    let mut world = World::new(8);
    let mut app = world.app((100, 30));
    world.type_in(&mut app, "/rRsqc");
    assert!(world.sends.is_empty() && app.session.draft.is_none());
    assert_eq!(app.session.list.query.to_string(), "rRsqc");
    assert!(world.frame(&mut app).contains("Nothing fits the filter"));
    world.type_in(&mut app, "\x1b/status");
    world.type_in(&mut app, ":4");
    assert_eq!(listed(&app).len(), 8, "the name was no text after all");
    let frame = world.frame(&mut app);
    assert!(frame.contains("'4' is no status"), "{frame}");
    world.type_in(&mut app, "\n");
    assert!(app.history.is_filtering(), "a mistake is not kept");
    world.type_in(&mut app, "xx");
    assert_eq!(listed(&app), ["e1", "e5"]);
    world.type_in(&mut app, "\n");
    assert!(!app.history.is_filtering());
    assert!(world.frame(&mut app).contains("─ status:4xx "));
    // What was selected is hidden now: the newest that fits is selected.
    assert_eq!(app.session.selection, exchange("e1"));
    world.type_in(&mut app, "\x1b");
    assert_eq!(
        (listed(&app).len(), &app.session.selection),
        (8, &exchange("e1"))
    );
}

#[test]
fn what_was_selected_stays_when_the_filter_is_given_up() {
    let mut world = World::new(8);
    let mut app = world.app((100, 30));
    world.type_in(&mut app, "jj/status:5xx");
    let frame = world.frame(&mut app);
    assert!(frame.contains("≠ hidden by the filter"), "{frame}");
    assert_eq!(app.session.selection, exchange("e2"));
    world.type_in(&mut app, "\x1b");
    assert_eq!(app.session.selection, exchange("e2"));
    assert!(!world.frame(&mut app).contains('≠'));
    assert!(app.session.list.query.is_empty() && !app.history.is_filtering());
}

#[test]
fn an_answer_to_an_earlier_filter_changes_nothing() {
    let mut world = World::new(8);
    let mut app = world.app((100, 30));
    world.type_in(&mut app, "/status:4xx");
    world.press(&mut app, KeyCode::Backspace, KeyModifiers::NONE);
    world.type_in(&mut app, "x");
    world.keys(&mut app, " e1");
    world.keys(&mut app, "9");
    let mut late: Vec<Message> = world.coming.drain(..).collect();
    assert!(late.len() >= 2, "one for each change: {late:?}");
    late.reverse();
    world.coming.extend(late);
    world.settle(&mut app);
    assert_eq!(app.session.list.query.to_string(), "status:4xx e19");
    assert_eq!(listed(&app), [""; 0]);
}

#[test]
fn nothing_is_replayed_between_a_filter_and_its_answer() {
    let mut world = World::new(8);
    world.sends.push(world_send());
    let mut app = world.app((100, 30));
    world.keys(&mut app, "/status:5xx");
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    world.keys(&mut app, "r");
    assert_eq!(world.sends.len(), 1, "what was on show is about to go");
    assert!(world.frame(&mut app).contains("still being read"));
    world.settle(&mut app);
    assert_eq!(app.session.selection, exchange("e3"));
    world.keys(&mut app, "r");
    assert_eq!(world.sends.len(), 2);
}

#[test]
fn what_is_sent_while_the_filter_hides_it_stays_on_show() {
    let mut world = World::new(8);
    world.sends.push(world_send());
    let mut app = world.app((100, 30));
    world.type_in(&mut app, "/status:5xx\nr");
    assert_eq!(world.sends.len(), 2);
    assert_eq!(app.session.selection, exchange("e8"));
    assert!(!listed(&app).contains(&"e8"));
    let frame = world.frame(&mut app);
    assert!(frame.contains("≠ hidden by the filter"), "{frame}");
    // Whoever goes on leaves it behind.
    world.type_in(&mut app, "G");
    assert_eq!(app.session.selection, exchange("e7"));
    assert!(!world.frame(&mut app).contains('≠'));
}

#[test]
fn a_question_does_not_come_while_a_filter_is_typed() {
    let mut world = World::new(8);
    let mut app = world.app((100, 30));
    world.keys(&mut app, "R/");
    world.settle(&mut app);
    world.type_in(&mut app, "yyy");
    assert!(app.overlay.is_none() && world.sends.len() == 1);
    assert_eq!(app.session.list.query.to_string(), "yyy");
}

#[test]
fn a_paste_is_text_and_reserved_keys_keep_their_meaning() {
    let mut world = World::new(8);
    let mut app = world.app((100, 30));
    world.keys(&mut app, "/");
    let (event, at) = (Event::Paste("status:2xx\n\r\ne\n".into()), world.now);
    world.tell(&mut app, Message::Input { event, at });
    world.settle(&mut app);
    assert_eq!(app.session.list.query.to_string(), "status:2xx e");
    assert!(app.history.is_filtering() && world.sends.is_empty());
    world.press(&mut app, KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert!(world.frame(&mut app).contains("nothing is in flight"));
    world.press(&mut app, KeyCode::Char('s'), KeyModifiers::CONTROL);
    assert!(world.frame(&mut app).contains("no draft on screen"));
    assert!(world.sends.is_empty());
}

#[test]
fn one_operation_is_shown_alone_and_everything_again() {
    let mut world = world(&["a", "b", "a", "c", "a", "b"]);
    let mut app = world.app((100, 30));
    world.type_in(&mut app, "/status:2xx\njo");
    // e0 and e4 fitted; now all three of operation a do.
    assert_eq!(listed(&app), ["e0", "e2", "e4"]);
    assert_eq!(app.session.selection, exchange("e4"));
    world.type_in(&mut app, "ko");
    assert_eq!(app.session.list.query.to_string(), "status:2xx");
    // e2 would be hidden there.
    assert_eq!(app.session.selection, exchange("e4"));
    world.type_in(&mut app, "o\x1b");
    assert_eq!(app.session.list.query.to_string(), "status:2xx");
    world.type_in(&mut app, "\x1b");
    assert_eq!(listed(&app).len(), 6);
}

#[test]
fn folded_the_keys_go_from_operation_to_operation() {
    let mut world = world(&["a", "b", "a", "c", "a", "b"]);
    let mut app = world.app((100, 30));
    world.type_in(&mut app, "jjz");
    assert_eq!(app.session.selection, exchange("e2"), "it stays selected");
    let frame = world.frame(&mut app);
    assert!(
        frame.contains('▸') && frame.contains("×3") && frame.contains("×2"),
        "{frame}"
    );
    world.type_in(&mut app, "jj");
    assert_eq!(app.session.selection, exchange("e3"));
    world.type_in(&mut app, "kk\n");
    assert_eq!(app.session.selection, exchange("e0"));
    let unfolded = |frame: String| {
        frame
            .lines()
            .any(|line| line.starts_with("│▾") || line.starts_with("▌▾"))
    };
    let frame = world.frame(&mut app);
    assert!(unfolded(frame.clone()), "{frame}");
    world.type_in(&mut app, "jj");
    assert_eq!(
        app.session.selection,
        exchange("e4"),
        "newest first, inside too"
    );
    world.type_in(&mut app, " ");
    assert!(!unfolded(world.frame(&mut app)));
    // An exchange alone in its operation is opened instead.
    world.type_in(&mut app, "jj\n");
    assert_eq!(app.view.focus, crate::tui::layout::Pane::Response);
}

#[test]
fn folding_reads_on_until_the_room_is_filled() {
    let operations: Vec<String> = (0..900).map(|at| format!("op_{}", at / 100)).collect();
    let operations: Vec<&str> = operations.iter().map(String::as_str).collect();
    let mut world = world(&operations);
    let mut app = world.app((100, 30));
    assert_eq!(listed(&app).len(), 400);
    world.type_in(&mut app, "z");
    assert_eq!(listed(&app).len(), 900);
    assert!(world.frame(&mut app).contains("×99+"));
    world.type_in(&mut app, "G");
    assert_eq!(app.session.selection, exchange("e800"));
}

#[test]
fn news_that_the_filter_hides_are_news_all_the_same() {
    let mut world = world(&["a", "b"]);
    let mut app = world.app((100, 30));
    world.type_in(&mut app, "/status:2xx\n");
    let newer = Summary {
        class: Class::ClientError,
        status: Some(422),
        operation: OperationId::known("a"),
        ..row(9)
    };
    world.rows.insert(0, newer);
    world.tell(&mut app, Message::HistoryChanged);
    let (page, rest) = (world.coming.pop_front(), world.coming.len());
    assert_eq!(rest, 0);
    let effects = app.update(page.expect("a page"));
    assert!(
        format!("{effects:?}").contains("LoadExchange"),
        "the verdict on what is on show may be another one: {effects:?}"
    );
}
