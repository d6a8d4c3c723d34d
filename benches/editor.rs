//! What a key costs in the editor, its frame included, for bodies of one mebibyte.

use divan::{Bencher, black_box};
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use reqscope::tui::theme::Theme;
use reqscope::tui::widget::editor::Editor;

const MEBIBYTE: usize = 1 << 20;

const AREA: Rect = Rect {
    x: 0,
    y: 0,
    width: 120,
    height: 40,
};

fn main() {
    divan::main();
}

/// Pretty-printed JSON, some 50 000 lines.
fn pretty() -> String {
    let item = "  {\n    \"amount\": 1250,\n    \"currency\": \"EUR\"\n  },\n";
    format!("[\n{}]", item.repeat(MEBIBYTE / item.len()))
}

/// The same without a line end.
fn single() -> String {
    let item = "{\"amount\":1250,\"currency\":\"EUR\"},";
    format!("[{}]", item.repeat(MEBIBYTE / item.len()))
}

/// One line that is not ASCII.
fn wide() -> String {
    format!("\"{}\"", "漢字é".repeat(MEBIBYTE / "漢字é".len()))
}

fn key_and_frame(bencher: Bencher<'_, '_>, text: &str, code: KeyCode) {
    let mut editor = Editor::new(text);
    let mut buffer = Buffer::empty(AREA);
    editor.set_cursor(text.len() / 2);
    bencher.bench_local(|| {
        editor.input(KeyEvent::new(black_box(code), KeyModifiers::NONE));
        editor.follow(AREA);
        buffer.reset();
        editor.draw(AREA, &mut buffer, Theme { colour: true }, true);
    });
}

#[divan::bench]
fn pretty_letter(bencher: Bencher<'_, '_>) {
    key_and_frame(bencher, &pretty(), KeyCode::Char('x'));
}

#[divan::bench]
fn pretty_down(bencher: Bencher<'_, '_>) {
    key_and_frame(bencher, &pretty(), KeyCode::Down);
}

#[divan::bench]
fn single_letter(bencher: Bencher<'_, '_>) {
    key_and_frame(bencher, &single(), KeyCode::Char('x'));
}

#[divan::bench]
fn single_right(bencher: Bencher<'_, '_>) {
    key_and_frame(bencher, &single(), KeyCode::Right);
}

#[divan::bench]
fn wide_letter(bencher: Bencher<'_, '_>) {
    key_and_frame(bencher, &wide(), KeyCode::Char('x'));
}

#[divan::bench]
fn wide_right(bencher: Bencher<'_, '_>) {
    key_and_frame(bencher, &wide(), KeyCode::Right);
}
