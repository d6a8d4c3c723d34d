//! What a key costs in the editor, its frame included, for bodies of one mebibyte.

use divan::{Bencher, black_box};
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use reqscope::tui::theme::Theme;
use reqscope::tui::widget::editor::Editor;
use reqscope::tui::widget::mark::Mark;

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

/// A thousand errors, evenly over a pretty-printed body: wrong amounts, and in every tenth item a missing key.
fn thousand(text: &str) -> Vec<Mark> {
    let amounts: Vec<usize> = text.match_indices("1250").map(|(at, _)| at).collect();
    let each = amounts.iter().step_by(amounts.len() / 1000).take(1000);
    let marks = each.enumerate().map(|(of, at)| {
        let object = text[..*at].rfind('{').unwrap_or(0);
        let missing = of % 10 == 0;
        Mark {
            of,
            span: if missing {
                object..at + 30
            } else {
                *at..at + 4
            },
            missing: missing.then(|| "account".to_owned()),
            message: "amount_too_large: must not be more than 1000".to_owned(),
            ..Mark::default()
        }
    });
    let marks: Vec<Mark> = marks.collect();
    assert_eq!(marks.len(), 1000);
    marks
}

/// What a frame costs after `deed`, without errors and with a thousand.
fn deed_and_frame(bencher: Bencher<'_, '_>, errors: bool, mut deed: impl FnMut(&mut Editor)) {
    let text = pretty();
    let mut editor = Editor::new(&text);
    if errors {
        editor.set_marks(thousand(&text));
    }
    let mut buffer = Buffer::empty(AREA);
    editor.set_cursor(text.len() / 2);
    editor.follow(AREA);
    bencher.bench_local(|| {
        deed(&mut editor);
        editor.follow(AREA);
        buffer.reset();
        editor.draw(AREA, &mut buffer, Theme { colour: true }, true);
    });
}

fn press(editor: &mut Editor, code: KeyCode) {
    editor.input(KeyEvent::new(black_box(code), KeyModifiers::NONE));
}

/// 1 MiB, a thousand errors: placing them, the text itself not counted.
#[divan::bench]
fn errors_open(bencher: Bencher<'_, '_>) {
    let text = pretty();
    let mut editor = Editor::new(&text);
    bencher
        .with_inputs(|| thousand(&text))
        .bench_local_values(|marks| editor.set_marks(black_box(marks)));
}

#[divan::bench(args = [false, true])]
fn errors_letter(bencher: Bencher<'_, '_>, errors: bool) {
    deed_and_frame(bencher, errors, |editor| press(editor, KeyCode::Char('x')));
}

#[divan::bench(args = [false, true])]
fn errors_enter(bencher: Bencher<'_, '_>, errors: bool) {
    deed_and_frame(bencher, errors, |editor| press(editor, KeyCode::Enter));
}

#[divan::bench(args = [false, true])]
fn errors_undo(bencher: Bencher<'_, '_>, errors: bool) {
    deed_and_frame(bencher, errors, |editor| {
        press(editor, KeyCode::Enter);
        editor.undo();
    });
}

#[divan::bench(args = [false, true])]
fn errors_page(bencher: Bencher<'_, '_>, errors: bool) {
    deed_and_frame(bencher, errors, |editor| press(editor, KeyCode::PageDown));
}

#[divan::bench]
fn errors_next(bencher: Bencher<'_, '_>) {
    deed_and_frame(bencher, true, |editor| {
        black_box(editor.step_mark(true));
    });
}

/// The same body without line ends: all errors stand in one line.
#[divan::bench]
fn errors_in_one_line_right(bencher: Bencher<'_, '_>) {
    let text = single();
    let mut editor = Editor::new(&text);
    editor.set_marks(thousand(&text));
    let mut buffer = Buffer::empty(AREA);
    editor.set_cursor(text.len() / 2);
    bencher.bench_local(|| {
        press(&mut editor, KeyCode::Right);
        editor.follow(AREA);
        buffer.reset();
        editor.draw(AREA, &mut buffer, Theme { colour: true }, true);
    });
}

fn key_and_frame(bencher: Bencher<'_, '_>, text: &str, code: KeyCode) {
    let mut editor = Editor::new(text);
    let mut buffer = Buffer::empty(AREA);
    editor.set_cursor(text.len() / 2);
    bencher.bench_local(|| {
        press(&mut editor, code);
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
