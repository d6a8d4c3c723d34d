//! A body that is markup: its names set apart, found across its parts, saved under a name of its own.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Modifier;

use crate::tui::app::tests::body::{document, has, show};
use crate::tui::app::tests::world::World;

#[test]
fn markup_is_told_apart_and_found_across_its_parts() {
    let mut world = World::new(2);
    let mut app = world.app((120, 40));
    let text = "<list>\n  <item id=\"7\">tea</item>\n</list>\n";
    show(&mut world, &mut app, document(text, "application/xml"));
    world.keys(&mut app, "3");
    has(
        &mut world,
        &mut app,
        &["XML  ", "<item id=\"7\">tea</item>"],
    );
    world.keys(&mut app, "/7\">t");
    world.settle(&mut app);
    world.press(&mut app, KeyCode::Enter, KeyModifiers::NONE);
    has(&mut world, &mut app, &["1 of 1 "]);
    let mut buffer = Buffer::empty(app.view.size);
    app.draw(app.view.size, &mut buffer);
    let with = |modifier: Modifier| -> String {
        let cells = buffer.content.iter();
        let with = cells.filter(|cell| cell.modifier.contains(modifier));
        with.map(Cell::symbol).collect()
    };
    let marked = with(Modifier::UNDERLINED);
    assert!(marked.contains("7\">t"), "{marked}");
    let strong = with(Modifier::BOLD);
    // What was found is strong too.
    assert!(strong.contains("││list││item7\">titem││list││"), "{strong}");
    world.keys(&mut app, "D");
    let frame = world.frame(&mut app);
    assert!(frame.contains(".xml"), "{frame}");
}
