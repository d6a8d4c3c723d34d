//! The body on show: gone through, folded, searched, asked about; and what else its keys mean meanwhile.

use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyModifiers};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Modifier;

use crate::document::Document;
use crate::document::indexing::Indexing;
use crate::document::source::Memory;
use crate::domain::exchange::{Failure, Summary};
use crate::domain::id::ExchangeId;
use crate::tui::app::App;
use crate::tui::app::tests::world::{World, world_send};
use crate::tui::layout::Pane;
use crate::tui::message::effect::Effect;
use crate::tui::message::{Message, Program};

mod growing;
mod markup;

pub(super) fn recordings(count: usize) -> String {
    let each =
        |n| format!("{{\"id\":\"rec_{n}\",\"channel\":{{\"name\":\"Arte {n}\",\"hd\":true}}}}");
    let items: Vec<String> = (0..count).map(each).collect();
    format!("{{\"items\":[{}],\"end\":null}}", items.join(","))
}

pub(super) fn document(text: &str, content_type: &str) -> Box<Document> {
    let source = Arc::new(Memory::new(text));
    Box::new(Indexing::whole(source, content_type).expect("memory is readable"))
}

/// A screen whose newest exchange has this body, the response in the focus.
pub(super) fn reading(world: &mut World, text: &str, size: (u16, u16)) -> App {
    let mut app = world.app(size);
    show(world, &mut app, document(text, ""));
    world.keys(&mut app, "3");
    app
}

fn show(world: &mut World, app: &mut App, document: Box<Document>) {
    let id = world.rows[0].id.clone();
    world.tell(app, Message::BodyRead { id, document });
}

/// The frame's lines of the response, without what is left of them.
pub(super) fn lines(world: &mut World, app: &mut App) -> Vec<String> {
    let frame = world.frame(app);
    let inside = frame
        .lines()
        .skip_while(|line| !line.contains("3 Response"));
    let right = |line: &str| {
        line.rsplit_once("││")
            .map(|(_, right)| right.trim_end_matches('│').trim_end().to_owned())
    };
    inside.filter_map(right).collect()
}

pub(super) fn has(world: &mut World, app: &mut App, wanted: &[&str]) {
    let lines = lines(world, app);
    for wanted in wanted {
        assert!(
            lines.iter().any(|line| line.contains(wanted)),
            "{wanted}: {lines:#?}"
        );
    }
}

pub(super) fn lacks(world: &mut World, app: &mut App, unwanted: &str) {
    let lines = lines(world, app);
    assert!(
        !lines.iter().any(|line| line.contains(unwanted)),
        "{unwanted}: {lines:#?}"
    );
}

#[test]
fn it_is_gone_through_by_lines_siblings_and_parents() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(5000), (120, 40));
    has(
        &mut world,
        &mut app,
        &[
            "1 ▾ {",
            "2 ▾   \"items\": [",
            "\"id\": \"rec_0\"",
            "line 1 of",
        ],
    );
    world.keys(&mut app, "jjj");
    has(&mut world, &mut app, &["/items/0/id"]);
    world.keys(&mut app, "uJJ");
    has(&mut world, &mut app, &["/items/2 "]);
    world.keys(&mut app, "K");
    has(&mut world, &mut app, &["/items/1 "]);
    world.keys(&mut app, "uu");
    has(&mut world, &mut app, &["line 1 of"]);
    world.keys(&mut app, "G");
    has(&mut world, &mut app, &["\"end\": null", "end"]);
    world.keys(&mut app, "k");
    has(&mut world, &mut app, &["/end "]);
    world.press(&mut app, KeyCode::Char('u'), KeyModifiers::CONTROL);
    has(&mut world, &mut app, &["/items/499"]);
    world.keys(&mut app, "g");
    has(&mut world, &mut app, &["line 1 of", "top"]);
}

#[test]
fn folds_hide_and_tell_how_much() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(5000), (120, 40));
    world.keys(&mut app, "z");
    has(
        &mut world,
        &mut app,
        &["▸   \"items\": [ 5,000 items ],", "\"end\": null"],
    );
    world.keys(&mut app, "+");
    has(
        &mut world,
        &mut app,
        &["▾   \"items\": [", "▸     { 2 items },"],
    );
    world.keys(&mut app, "jj ");
    has(
        &mut world,
        &mut app,
        &["\"id\": \"rec_0\"", "\"channel\": { 2 items }", "/items/0 "],
    );
    world.keys(&mut app, "j ");
    has(&mut world, &mut app, &["▸     { 2 items },"]);
    lacks(&mut world, &mut app, "rec_0");
    world.keys(&mut app, "-");
    has(&mut world, &mut app, &["5,000 items"]);
    world.keys(&mut app, "z");
    has(&mut world, &mut app, &["\"name\": \"Arte 0\""]);
}

#[test]
fn what_is_looked_for_is_found_in_folds_too() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(5000), (120, 40));
    world.keys(&mut app, "z/rec_49");
    world.settle(&mut app);
    has(
        &mut world,
        &mut app,
        &["1 of 111", "Tab: anywhere", "/ rec_49"],
    );
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    has(&mut world, &mut app, &["/items/49/id"]);
    world.keys(&mut app, "n");
    has(&mut world, &mut app, &["2 of 111", "/items/490/id"]);
    world.keys(&mut app, "NN");
    has(
        &mut world,
        &mut app,
        &["111 of 111, past the end", "/items/4999/id"],
    );
    // Keys and values apart, and a mistake told where it is written.
    world.keys(&mut app, "/name");
    world.press(&mut app, KeyCode::Tab, KeyModifiers::NONE);
    world.press(&mut app, KeyCode::Tab, KeyModifiers::NONE);
    world.settle(&mut app);
    has(&mut world, &mut app, &["nothing found", "in values"]);
    world.press(&mut app, KeyCode::Char('r'), KeyModifiers::CONTROL);
    world.keys(&mut app, "(");
    has(&mut world, &mut app, &["column 5"]);
    // Esc leaves what is written, and the cursor is where it was.
    world.press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    has(&mut world, &mut app, &["/items/4999/id"]);
    assert_eq!(app.view.focus, Pane::Response);
    world.press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    assert_eq!(app.view.focus, Pane::History, "nothing was left to leave");
}

#[test]
fn places_are_gone_to() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(5000), (120, 40));
    world.keys(&mut app, "@/items/4321/channel/hd");
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    has(
        &mut world,
        &mut app,
        &["/items/4321/channel/hd", "\"hd\": true"],
    );
    world.keys(&mut app, "@/items/9999");
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    assert!(world.frame(&mut app).contains("9999 is missing here"));
    world.keys(&mut app, "@12");
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    has(&mut world, &mut app, &["line 12 of"]);
}

/// An object of this many members, each with one of its own.
fn members(count: usize) -> String {
    let each = |n| format!("\"key_{n}\":{{\"n\":{n}}}");
    let members: Vec<String> = (0..count).map(each).collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn a_pointer_through_a_large_object_is_followed_beside_the_loop() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &members(5000), (120, 40));
    let ask = |world: &mut World, app: &mut App| {
        world.keys(app, "@/key_4321/n");
        world.press(app, KeyCode::Enter, KeyModifiers::NONE);
    };
    ask(&mut world, &mut app);
    has(&mut world, &mut app, &["looking for /key_4321/n …  1  top"]);
    // How it is looked at is no other place.
    world.keys(&mut app, "WW");
    world.settle(&mut app);
    has(&mut world, &mut app, &["/key_4321/n ", "\"n\": 4321"]);
    lacks(&mut world, &mut app, "looking for");
    assert_eq!(world.unfollowed, 0);
    // Whoever moves, asks or goes back meanwhile stays there, whatever is told later.
    world.keys(&mut app, "g");
    for (stops, key) in [
        (1, KeyCode::Char('j')),
        (2, KeyCode::Char('@')),
        (3, KeyCode::Esc),
    ] {
        ask(&mut world, &mut app);
        world.press(&mut app, key, KeyModifiers::NONE);
        if key == KeyCode::Char('@') {
            world.press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
        }
        assert_eq!(world.unfollowed, stops, "{key:?}");
        world.settle(&mut app);
        has(&mut world, &mut app, &["line 2 of", "/key_0 "]);
        lacks(&mut world, &mut app, "looking for");
    }
    ask(&mut world, &mut app);
    world.keys(&mut app, "1j");
    world.settle(&mut app);
    assert_eq!(world.unfollowed, 4, "another body");
    world.keys(&mut app, "3");
    lacks(&mut world, &mut app, "looking for");
}

#[test]
fn what_is_missing_in_a_large_object_is_told() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &members(5000), (120, 40));
    world.keys(&mut app, "@/key_9999/n");
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    world.settle(&mut app);
    assert!(world.frame(&mut app).contains("key_9999 is missing here"));
}

#[test]
fn what_is_no_json_says_where() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, "{\"a\": 1,\n \"b\": oops}\nmore", (120, 40));
    has(
        &mut world,
        &mut app,
        &[
            "{\"a\": 1,",
            "✗ not JSON: expected a value at line 2, column 7",
        ],
    );
    world.keys(&mut app, "@");
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    has(&mut world, &mut app, &["line 2 of 3"]);
    let mut app = reading(&mut world, "{\"a\": [1", (120, 40));
    has(
        &mut world,
        &mut app,
        &["\"a\": [", "✗ not whole: the text ends too early"],
    );
}

#[test]
fn long_lines_are_wrapped_or_moved_along() {
    let mut world = World::new(2);
    let long = format!("{{\"t\":\"{}END\"}}", "wide 日本 ".repeat(60));
    let mut app = reading(&mut world, &long, (120, 40));
    lacks(&mut world, &mut app, "END");
    world.keys(&mut app, "W");
    has(&mut world, &mut app, &["END"]);
    world.keys(&mut app, "jjj");
    has(&mut world, &mut app, &["/t "]);
    world.keys(&mut app, "W#");
    lacks(&mut world, &mut app, "1 ▾ {");
    for _ in 0..45 {
        world.press(&mut app, KeyCode::Right, KeyModifiers::NONE);
    }
    has(&mut world, &mut app, &["END"]);
}

#[test]
fn it_is_copied_saved_and_shown_elsewhere() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(3), (120, 40));
    world.keys(&mut app, "jjjy");
    let frame = world.frame(&mut app);
    assert!(frame.contains("value at the cursor \"rec_0\""), "{frame}");
    assert!(frame.contains("pointer to it       /items/0/id"), "{frame}");
    assert!(frame.contains("body of the answer"), "{frame}");
    world.press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    world.keys(&mut app, "D");
    has(&mut world, &mut app, &["save to "]);
    world.keys(&mut app, "/tmp/x.json");
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    world.settle(&mut app);
    assert!(world.frame(&mut app).contains("saved to /tmp/x.json"));
    for (keys, wanted) in [('V', Program::Pager), ('X', Program::Editor)] {
        world.keys(&mut app, &keys.to_string());
        // What is typed meanwhile is not for this screen.
        world.keys(&mut app, "qrGz");
        assert!(world.lent.is_empty() && world.sends.is_empty());
        world.settle(&mut app);
        assert_eq!(std::mem::take(&mut world.lent), [wanted]);
        has(&mut world, &mut app, &["/items/0/id"]);
    }
}

#[test]
fn a_copy_that_takes_long_is_told_of_and_can_be_ended() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(3), (120, 40));
    world.keys(&mut app, "V");
    let moved = world.coming.pop_front().expect("it tells");
    world.tell(&mut app, moved);
    let frame = world.frame(&mut app);
    assert!(
        frame.contains("a copy for the pager: 9 B of 181 B"),
        "{frame}"
    );
    // Something else that has to be told stands above it, and stays.
    world.tell(&mut app, Message::Failed(Failure::new("it was not sent")));
    assert!(world.frame(&mut app).contains("it was not sent"));
    world.press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    world.settle(&mut app);
    assert!(world.lent.is_empty(), "nobody waited any more");
    world.keys(&mut app, "j");
    has(&mut world, &mut app, &["line 2 of"]);
    assert_eq!(world.copies, [Program::Pager]);
}

/// The document grows under the reader, and turns out to be no JSON at its end.
#[test]
fn it_may_become_another_document_under_the_cursor() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(5000), (120, 40));
    world.keys(&mut app, "@/items/100/id");
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    let broken = format!("{}x", recordings(5000).replace("},{", "},\n{"));
    show(&mut world, &mut app, document(&broken, "application/json"));
    has(&mut world, &mut app, &["rec_100", "✗ not JSON"]);
    show(&mut world, &mut app, document("", ""));
    show(&mut world, &mut app, document("plain", ""));
    world.keys(&mut app, "jkGg");
    has(&mut world, &mut app, &["plain"]);
}

#[test]
fn no_size_breaks_it() {
    let mut world = World::new(2);
    for size in [(20, 5), (40, 12), (80, 24), (200, 60)] {
        for text in [recordings(50), "x".repeat(9000), "\u{0}\u{1}".repeat(500)] {
            let mut app = reading(&mut world, &text, size);
            for keys in ["jjGkgzW-+", "#J", "K", "u", "zjj", "/a", "b"] {
                world.keys(&mut app, keys);
                world.settle(&mut app);
                world.frame(&mut app);
            }
            world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
            world.keys(&mut app, "nNn");
            world.frame(&mut app);
        }
    }
}

/// The body is still being read when its keys are typed: none of the letters behind them may act.
#[test]
fn keys_typed_ahead_of_a_body_wait_for_it() {
    for (keys, wanted) in [
        ("jDrep", "save to rep"),
        ("jVrR", ""),
        ("j3/rep", "/ rep"),
        ("j3@rep", "@ rep"),
    ] {
        let mut world = World::new(3);
        world.rows[1] = world.rows[0].clone();
        world.rows[1].id = ExchangeId::known("other");
        let mut app = world.app((120, 40));
        world.keys(&mut app, keys);
        world.settle(&mut app);
        assert!(world.sends.is_empty(), "{keys}");
        let frame = world.frame(&mut app);
        assert!(frame.contains(wanted), "{keys}: {frame}");
        assert!(!frame.contains("no body is on show"), "{keys}: {frame}");
    }
}

/// A send goes on by itself, or is refused, while somebody writes below the body.
#[test]
fn who_writes_below_a_body_is_neither_taken_away_nor_asked() {
    let mut world = World::new(3);
    let mut app = world.app((120, 40));
    world.keys(&mut app, "r3/");
    world.settle(&mut app);
    assert!(app.overlay.is_none(), "a question came between two letters");
    world.keys(&mut app, "re");
    assert_eq!(world.sends.len(), 1, "a letter acted");

    let mut world = World::new(3);
    world.sends.push(world_send());
    let mut app = world.app((120, 40));
    world.keys(&mut app, "r3/");
    world.settle(&mut app);
    world.keys(&mut app, "re");
    assert_eq!(world.sends.len(), 2, "a letter acted");
    has(&mut world, &mut app, &["/ re"]);
    let listed = |row: &Summary| row.id == ExchangeId::known("e3");
    assert!(app.session.list.rows.iter().any(listed), "it went on");
}

/// What a search tells late, when something else is looked for or at.
#[test]
fn a_search_that_nobody_waits_for_any_more_tells_nothing() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(5000), (120, 40));
    world.keys(&mut app, "/r");
    let late = std::mem::take(&mut world.coming);
    world.press(&mut app, KeyCode::Backspace, KeyModifiers::NONE);
    for message in late {
        world.tell(&mut app, message);
    }
    lacks(&mut world, &mut app, " of 10000");
    assert!(!app.response.is_finding(&app.session));

    world.keys(&mut app, "rec");
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    let late = std::mem::take(&mut world.coming);
    world.keys(&mut app, "1j");
    world.settle(&mut app);
    world.keys(&mut app, "3]");
    for message in late {
        world.tell(&mut app, message);
    }
    assert!(!app.response.is_finding(&app.session), "of another body");
}

/// Asking for another exchange ends the reading of this body; coming back before that one came takes it up again.
#[test]
fn a_body_left_half_read_is_read_on() {
    let mut world = World::new(3);
    let mut app = world.app((120, 40));
    let id = world.rows[0].id.clone();
    let mut indexing = Indexing::new(Arc::new(Memory::new(recordings(90_000))), "");
    indexing.step(1 << 20).expect("memory is readable");
    let document = Box::new(indexing.document());
    assert!(!document.is_whole());
    // In place of the world's own, which is whole.
    if let Some(shown) = &mut app.session.shown {
        shown.body = Some(*document);
    }
    let mut asked = Vec::new();
    for letter in "jk".chars() {
        let key = KeyCode::Char(letter);
        let event = Event::Key(crossterm::event::KeyEvent::new(key, KeyModifiers::NONE));
        let effects = app.update(Message::Input {
            event,
            at: world.now,
        });
        let loads = effects.into_iter().filter_map(|effect| match effect {
            Effect::LoadExchange(id) => Some(id),
            _ => None,
        });
        asked.extend(loads);
    }
    assert_eq!(asked, [world.rows[1].id.clone(), id]);
}

/// What is marked on the screen, in whichever row and stretch.
#[test]
fn each_row_has_its_own_marks() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(9000), (120, 40));
    world.keys(&mut app, "/\"name\"");
    world.settle(&mut app);
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    for keys in ["", "@40000", "G", "z+"] {
        world.keys(&mut app, keys);
        if keys.starts_with('@') {
            world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
        }
        let size = app.view.size;
        let mut buffer = Buffer::empty(size);
        app.draw(size, &mut buffer);
        let (mut shown, mut marked) = (0, 0);
        for row in buffer.content.chunks(usize::from(size.width)) {
            let line: String = row.iter().map(|cell| cell.symbol()).collect();
            shown += usize::from(line.contains("│") && line.contains("  \"name\": "));
            let underlined = |cell: &&Cell| cell.modifier.contains(Modifier::UNDERLINED);
            let text: String = row.iter().filter(underlined).map(Cell::symbol).collect();
            marked += usize::from(text == "\"name\"");
        }
        assert_eq!(shown, marked, "{keys}");
        assert!(shown > 0 || keys.starts_with('z'), "{keys}");
    }
}

#[test]
fn the_help_is_hinted_where_the_screen_is_narrow() {
    let mut world = World::new(2);
    let mut app = reading(&mut world, &recordings(9), (80, 24));
    let frame = world.frame(&mut app);
    let hints = frame.lines().last().expect("a last line");
    assert!(hints.contains("/ find  z fold  ? help"), "{hints}");
}
