//! A filter over the body on show: asked for, corrected, its result read, and left again.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyModifiers};

use crate::document::indexing::Indexing;
use crate::document::source::Memory;
use crate::domain::exchange::Outcome;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::app::tests::body::{document, has, lacks, reading, recordings};
use crate::tui::app::tests::world::World;
use crate::tui::layout::Pane;
use crate::tui::message::effect::Effect;
use crate::tui::message::{FilterFailure, Filtered, Message, Program};

const NAMES: &str = "[.items[] | .channel.name]";

fn press(world: &mut World, app: &mut App, code: KeyCode) {
    world.press(app, code, KeyModifiers::NONE);
}

/// Writes a filter below the body and runs it; which run that is.
fn run(world: &mut World, app: &mut App, filter: &str) -> u64 {
    world.keys(app, "|");
    // What stands there is selected.
    world.keys(app, filter);
    press(world, app, KeyCode::Enter);
    let (run, running) = world.filter.clone().expect("it runs");
    assert_eq!(running, filter);
    run
}

fn results(text: &str) -> Filtered {
    Filtered {
        document: Some(*document(text, "application/json")),
        failure: None,
    }
}

fn failure(what: &str, place: Option<std::ops::Range<usize>>) -> FilterFailure {
    FilterFailure {
        what: what.to_owned(),
        place,
    }
}

fn end(world: &mut World, app: &mut App, run: u64, filtered: Filtered) {
    let filtered = Box::new(filtered);
    world.tell(app, Message::BodyFiltered { run, filtered });
    world.settle(app);
}

fn fail(world: &mut World, app: &mut App, run: u64, failure: FilterFailure) {
    let filtered = Filtered {
        document: None,
        failure: Some(failure),
    };
    end(world, app, run, filtered);
}

/// A screen on whose body a filter has given these results.
fn filtered(world: &mut World, text: &str) -> App {
    let mut app = reading(world, &recordings(50), (120, 40));
    let run = run(world, &mut app, NAMES);
    end(world, &mut app, run, results(text));
    app
}

#[test]
fn a_result_is_a_document_like_any_other_and_the_body_stays_as_it_was_left() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(50), (120, 40));
    world.keys(&mut app, "jjJJJ ");
    has(&mut world, &mut app, &["/items/3 ", "▸     { 2 items },"]);
    let this = run(&mut world, &mut app, NAMES);
    has(&mut world, &mut app, &["jq … [.items[]", "Esc stops it"]);
    // Keys go on meanwhile.
    world.keys(&mut app, "J");
    end(
        &mut world,
        &mut app,
        this,
        results("[\"Arte\", {\"b\": [1]}]"),
    );
    has(
        &mut world,
        &mut app,
        &[
            "jq [.items[] | .channel.name]",
            "Esc: the body",
            "1 ▾ [",
            "\"Arte\"",
            "line 1 of 8",
        ],
    );
    lacks(&mut world, &mut app, "rec_0");
    world.keys(&mut app, "jj ");
    has(&mut world, &mut app, &["▸   { 1 item }", "/1 "]);
    world.keys(&mut app, "/rte");
    world.settle(&mut app);
    press(&mut world, &mut app, KeyCode::Enter);
    has(&mut world, &mut app, &["1 of 1", "/0 "]);
    world.keys(&mut app, "y");
    let frame = world.frame(&mut app);
    for wanted in ["value at the cursor \"Arte\"", "result of jq"] {
        assert!(frame.contains(wanted), "{frame}");
    }
    press(&mut world, &mut app, KeyCode::Esc);
    world.keys(&mut app, "D");
    has(&mut world, &mut app, &[".jq.json"]);
    press(&mut world, &mut app, KeyCode::Esc);
    world.keys(&mut app, "@/1/b/0");
    press(&mut world, &mut app, KeyCode::Enter);
    has(&mut world, &mut app, &["/1/b/0 ", "▾   {"]);
    // From the search to the result, from there to the body.
    press(&mut world, &mut app, KeyCode::Esc);
    has(&mut world, &mut app, &["Esc: the body"]);
    press(&mut world, &mut app, KeyCode::Esc);
    assert_eq!(app.view.focus, Pane::Response);
    has(&mut world, &mut app, &["/items/4 ", "▸     { 2 items },"]);
    lacks(&mut world, &mut app, "Esc: the body");
    press(&mut world, &mut app, KeyCode::Esc);
    assert_eq!(app.view.focus, Pane::History, "nothing was left to leave");
}

#[test]
fn a_program_of_ones_own_and_a_file_get_the_result() {
    let mut world = World::new(2);
    let mut app = filtered(&mut world, "[1]");
    let effects = app.open_body(Program::Pager);
    let [Effect::CopyBody { document, .. }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(document.source().len(), 3);
    for effect in effects {
        world.carry_out(&app, effect);
    }
    world.settle(&mut app);
    world.keys(&mut app, "D/tmp/x.json");
    press(&mut world, &mut app, KeyCode::Enter);
    world.settle(&mut app);
    assert!(world.frame(&mut app).contains("3 B saved to /tmp/x.json"));
}

#[test]
fn a_mistake_brings_the_filter_back_and_is_marked_in_it() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(5), (120, 40));
    let this = run(&mut world, &mut app, ".items | oops | .b");
    lacks(&mut world, &mut app, "Enter, or Esc");
    let what = "there is no function 'oops'";
    fail(&mut world, &mut app, this, failure(what, Some(9..13)));
    has(&mut world, &mut app, &["jq .items | oops | .b", what]);
    let lines = super::body::lines(&mut world, &mut app);
    let at = |wanted: &str| {
        let line = lines.iter().find_map(|line| line.find(wanted));
        line.unwrap_or_else(|| panic!("{wanted}: {lines:#?}"))
    };
    assert_eq!(at("^^^^"), at("oops | .b"), "{lines:#?}");
    // The cursor is on the mistake, and what is written otherwise is none any more.
    for _ in 0..4 {
        press(&mut world, &mut app, KeyCode::Delete);
    }
    lacks(&mut world, &mut app, what);
    world.keys(&mut app, "length");
    press(&mut world, &mut app, KeyCode::Enter);
    let (this, filter) = world.filter.clone().expect("it runs");
    assert_eq!(filter, ".items | length | .b");
    fail(
        &mut world,
        &mut app,
        this,
        failure("the filter failed: cannot index 5", None),
    );
    // What the body does not take is told, and asked for by nobody who does not want to.
    assert!(!app.response.is_writing());
    let frame = world.frame(&mut app);
    assert!(frame.contains("cannot index 5 → | corrects it"), "{frame}");
    world.keys(&mut app, "|");
    has(
        &mut world,
        &mut app,
        &["jq .items | length | .b", "cannot index 5"],
    );
}

#[test]
fn who_is_at_something_else_is_not_made_to_write() {
    for keys in ["1", "?", "]", "/re"] {
        let mut world = World::new(3);
        let mut app = reading(&mut world, &recordings(5), (120, 40));
        let this = run(&mut world, &mut app, "oops");
        world.keys(&mut app, keys);
        let wrote = app.editing();
        fail(&mut world, &mut app, this, failure("no such", Some(0..4)));
        assert_eq!(app.editing(), wrote, "{keys}");
        if keys == "/re" {
            has(&mut world, &mut app, &["/ re"]);
        }
    }
}

#[test]
fn a_result_waits_for_whoever_writes() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(5), (120, 40));
    let this = run(&mut world, &mut app, NAMES);
    world.keys(&mut app, "D");
    end(&mut world, &mut app, this, results("[7]"));
    world.keys(&mut app, "s");
    has(&mut world, &mut app, &["save to s", "rec_0"]);
    press(&mut world, &mut app, KeyCode::Esc);
    has(&mut world, &mut app, &["Esc: the body", "line 1 of 3"]);
}

#[test]
fn what_gives_nothing_and_what_gives_too_much_says_so() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(5), (120, 40));
    let this = run(&mut world, &mut app, "empty");
    end(&mut world, &mut app, this, Filtered::default());
    has(&mut world, &mut app, &["The filter gave no result."]);
    // Nothing of it is there to be read; the body is one step back.
    for keys in ["jkGzD", "/", "@", "y"] {
        world.keys(&mut app, keys);
        press(&mut world, &mut app, KeyCode::Esc);
        if !world.frame(&mut app).contains("Esc: the body") {
            world.keys(&mut app, "3");
            let this = run(&mut world, &mut app, "empty");
            end(&mut world, &mut app, this, Filtered::default());
        }
    }
    let this = run(&mut world, &mut app, ".items[]");
    let some = Filtered {
        failure: Some(failure("the filter was stopped: more than 64 MiB", None)),
        ..results("[1]\n[2")
    };
    end(&mut world, &mut app, this, some);
    has(
        &mut world,
        &mut app,
        &["! the filter was stopped: more than 64 MiB", "jq .items[]"],
    );
}

#[test]
fn a_result_goes_with_its_exchange_and_what_comes_late_is_nobodys() {
    let mut world = World::new(6);
    world.rows[4].class = world.rows[0].class;
    let mut app = filtered(&mut world, "[\"Arte\"]");
    has(&mut world, &mut app, &["Esc: the body"]);
    let late = run(&mut world, &mut app, ".items");
    world.keys(&mut app, "1jjjj");
    world.settle(&mut app);
    assert_eq!(world.filter, None, "it is stopped");
    end(&mut world, &mut app, late, results("[7]"));
    let frame = world.frame(&mut app);
    assert!(!frame.contains("Esc: the body"), "{frame}");
    // What was written is at hand over another body, too.
    world.keys(&mut app, "3|");
    has(&mut world, &mut app, &["jq .items"]);
    press(&mut world, &mut app, KeyCode::Up);
    has(&mut world, &mut app, &["jq [.items[]"]);
    press(&mut world, &mut app, KeyCode::Down);
    has(&mut world, &mut app, &["jq .items "]);
    press(&mut world, &mut app, KeyCode::Esc);
    world.keys(&mut app, "1g");
    world.settle(&mut app);
    let frame = world.frame(&mut app);
    assert!(!frame.contains("Esc: the body"), "{frame}");
}

#[test]
fn it_is_stopped_and_another_takes_its_place() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(5), (120, 40));
    let first = run(&mut world, &mut app, "def f: f; f");
    press(&mut world, &mut app, KeyCode::Esc);
    assert_eq!(world.filter, None);
    assert!(world.frame(&mut app).contains("the filter was stopped"));
    end(&mut world, &mut app, first, results("[7]"));
    lacks(&mut world, &mut app, "Esc: the body");

    let second = run(&mut world, &mut app, "def f: f; f");
    let third = run(&mut world, &mut app, ".end");
    end(&mut world, &mut app, second, results("[7]"));
    lacks(&mut world, &mut app, "Esc: the body");
    world.press(&mut app, KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(world.filter, None);
    end(&mut world, &mut app, third, results("[7]"));
    lacks(&mut world, &mut app, "Esc: the body");
}

/// From result to result the body stays one step back, and it is what is filtered.
#[test]
fn a_filter_over_a_result_takes_the_body() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(50), (120, 40));
    world.keys(&mut app, "jjJJJW");
    let this = run(&mut world, &mut app, NAMES);
    end(&mut world, &mut app, this, results("[1, 2]"));
    world.keys(&mut app, "jjW");
    let this = run(&mut world, &mut app, ".end");
    end(&mut world, &mut app, this, results("null"));
    has(&mut world, &mut app, &["jq .end", "line 1 of 1"]);
    press(&mut world, &mut app, KeyCode::Esc);
    has(&mut world, &mut app, &["/items/3 "]);
}

#[test]
fn a_body_that_still_arrives_is_not_filtered() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(5), (120, 40));
    let text = recordings(5);
    let mut indexing = Indexing::new(Arc::new(Memory::new(text)), "application/json");
    indexing.read_all().expect("memory is readable");
    let so_far = indexing.document();
    indexing.finish().expect("memory is readable");
    let whole = indexing.document();
    let shown = app.session.shown.as_mut().expect("it is on show");
    shown.exchange.outcome = Outcome::InFlight;
    shown.body = Some(so_far);
    world.keys(&mut app, "|");
    assert!(!app.response.is_writing());
    let frame = world.frame(&mut app);
    assert!(frame.contains("the body still arrives"), "{frame}");
    // Its last byte is there before its outcome is written.
    let shown = app.session.shown.as_mut().expect("it is on show");
    shown.body = Some(whole);
    world.keys(&mut app, "|");
    assert!(app.response.is_writing());
}

#[test]
fn no_size_breaks_it() {
    let mut world = World::new(2);
    for size in [(1, 1), (20, 5), (40, 12), (80, 24), (200, 60)] {
        let mut app = reading(&mut world, &recordings(9), size);
        let long = format!("{NAMES} | {}", ".a | ".repeat(60));
        let this = run(&mut world, &mut app, long.trim());
        world.frame(&mut app);
        let what = "there is no such thing ".repeat(9);
        let place = Some(long.len() - 5..long.len() - 2);
        fail(&mut world, &mut app, this, failure(&what, place));
        world.frame(&mut app);
        press(&mut world, &mut app, KeyCode::Esc);
        let this = run(&mut world, &mut app, ".x");
        end(&mut world, &mut app, this, results(&recordings(4)));
        for keys in ["jG", "z+", "W#", "|"] {
            world.keys(&mut app, keys);
            world.frame(&mut app);
        }
    }
}

/// What is typed ahead of a body is written below it.
#[test]
fn a_filter_typed_ahead_waits_for_its_body() {
    let row = crate::tui::action::row_of(Action::FilterBody).expect("it has a row");
    assert_eq!(row.keys[0].to_string(), "|");
    let mut world = World::new(3);
    world.rows[1] = world.rows[0].clone();
    world.rows[1].id = crate::domain::id::ExchangeId::known("other");
    let mut app = world.app((120, 40));
    world.keys(&mut app, "j|.rep");
    world.settle(&mut app);
    assert!(world.sends.is_empty());
    has(&mut world, &mut app, &["jq .rep"]);
}

/// An object of so many members that a pointer through it is followed beside the loop.
fn many() -> String {
    let members: Vec<String> = (0..400).map(|n| format!("\"k{n}\":[{n}]")).collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn a_pointer_does_not_lead_into_a_result_that_came_before_it() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &many(), (120, 40));
    let this = run(&mut world, &mut app, NAMES);
    world.keys(&mut app, "@/k399");
    press(&mut world, &mut app, KeyCode::Enter);
    let led = world.coming.pop_front().expect("it is followed");
    end(&mut world, &mut app, this, results("[1, 2]"));
    assert_eq!(world.unfollowed, 1);
    world.tell(&mut app, led);
    has(&mut world, &mut app, &["Esc: the body", "line 1 of 4"]);
}

#[test]
fn what_the_line_below_tells_of_is_left_first() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &many(), (120, 40));
    run(&mut world, &mut app, NAMES);
    world.keys(&mut app, "@/k399");
    press(&mut world, &mut app, KeyCode::Enter);
    world.coming.clear();
    has(&mut world, &mut app, &["jq … ", "Esc stops it"]);
    press(&mut world, &mut app, KeyCode::Esc);
    assert_eq!((world.filter.clone(), world.unfollowed), (None, 0));
    has(&mut world, &mut app, &["looking for /k399"]);
    press(&mut world, &mut app, KeyCode::Esc);
    assert_eq!(world.unfollowed, 1);
    // From another pane it is not Esc that stops it.
    run(&mut world, &mut app, NAMES);
    world.keys(&mut app, "1");
    has(&mut world, &mut app, &["jq … ", "Ctrl-C stops it"]);
}
