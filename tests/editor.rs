//! The editor as its user sees it: keys in, rows of the screen out.

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use reqscope::tui::theme::Theme;
use reqscope::tui::widget::anchor::{Notation, State};
use reqscope::tui::widget::editor::Editor;
use reqscope::tui::widget::glyph::{glyph_at, place_of_byte};
use reqscope::tui::widget::mark::Mark;
use reqscope::tui::widget::text::width;

const THEME: Theme = Theme { colour: true };

/// Presses keys written as text: letters as they are, others as `<left>`, `<S-right>`, `<C-z>`.
fn press(editor: &mut Editor, keys: &str, area: Rect) {
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let (code, modifiers, len) = match rest.find('>').filter(|_| first == '<') {
            Some(end) => {
                let (code, modifiers) = named(&rest[1..end]);
                (code, modifiers, end + 1)
            }
            None => (KeyCode::Char(first), KeyModifiers::NONE, first.len_utf8()),
        };
        editor.input(KeyEvent::new(code, modifiers));
        editor.follow(area);
        rest = &rest[len..];
    }
}

fn named(name: &str) -> (KeyCode, KeyModifiers) {
    let (modifiers, name) = match name.split_once('-') {
        Some(("S", name)) => (KeyModifiers::SHIFT, name),
        Some(("C", name)) => (KeyModifiers::CONTROL, name),
        _ => (KeyModifiers::NONE, name),
    };
    let code = match name {
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "bs" => KeyCode::Backspace,
        "del" => KeyCode::Delete,
        "enter" => KeyCode::Enter,
        "tab" => KeyCode::Tab,
        "esc" => KeyCode::Esc,
        letter => KeyCode::Char(letter.chars().next().expect("a letter")),
    };
    (code, modifiers)
}

fn draw(editor: &Editor, area: Rect) -> Buffer {
    let mut buffer = Buffer::empty(area);
    editor.draw(area, &mut buffer, THEME, true);
    buffer
}

/// The rows of a buffer, without the blanks at their ends; what a wide letter covers is left out.
fn rows(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    let row = |y| {
        let mut row = String::new();
        let mut covered = 0;
        for x in area.left()..area.right() {
            if covered == 0 {
                row.push_str(buffer[(x, y)].symbol());
                covered = width(buffer[(x, y)].symbol());
            }
            covered = covered.saturating_sub(1);
        }
        row.trim_end().to_owned()
    };
    (area.top()..area.bottom()).map(row).collect()
}

fn reversed(buffer: &Buffer) -> Vec<(u16, u16)> {
    buffer
        .area
        .positions()
        .filter(|at| buffer[*at].modifier.contains(Modifier::REVERSED))
        .map(|at| (at.x, at.y))
        .collect()
}

#[test]
fn a_body_is_typed_with_indentation() {
    let area = Rect::new(0, 0, 30, 6);
    let mut editor = Editor::new("");
    press(
        &mut editor,
        "{<enter>\"a\": [<enter>1,<enter>2<enter><bs><bs>]<enter><bs><bs>}",
        area,
    );
    assert_eq!(editor.text(), "{\n  \"a\": [\n    1,\n    2\n  ]\n}");
    assert_eq!(
        rows(&draw(&editor, area)),
        [
            "  1 {",
            "  2   \"a\": [",
            "  3     1,",
            "  4     2",
            "  5   ]",
            "  6 }",
        ]
    );
    press(&mut editor, "<tab>x", area);
    assert!(editor.text().ends_with("}  x"));
    let typed = editor.text();
    let mut steps = 0;
    while editor.undo() {
        steps += 1;
    }
    assert!(steps > 5 && editor.is_empty(), "{steps}");
    while editor.redo() {}
    assert_eq!(editor.text(), typed);
}

#[test]
fn reserved_keys_do_nothing() {
    let mut editor = Editor::new("text");
    press(&mut editor, "<esc><C-s><C-c><C-p>", Rect::new(0, 0, 20, 3));
    assert_eq!((editor.text().as_str(), editor.revision()), ("text", 0));
    assert_eq!(editor.cursor(), (0, 0));
}

#[test]
fn a_paste_is_text_with_line_feeds() {
    let mut editor = Editor::new("ab");
    editor.set_cursor(1);
    assert!(editor.paste("1\r\n2\r3\n"));
    assert_eq!(editor.text(), "a1\n2\n3\nb");
    assert_eq!(editor.cursor(), (3, 0));
    assert!(!editor.paste(""));
    assert!(editor.undo());
    assert_eq!(editor.text(), "ab");
}

const BODY: &str = "{\n  \"amount\": -5,\n  \"currency\": \"XXX\"\n}";

/// A mark of what stands first in a text like this, or, with a key, of that key missing in it.
fn mark(text: &str, of: usize, piece: &str, missing: Option<&str>, message: &str) -> Mark {
    let start = text.find(piece).expect(piece);
    Mark {
        of,
        span: start..start + piece.len(),
        missing: missing.map(ToOwned::to_owned),
        message: message.to_owned(),
        ..Mark::default()
    }
}

fn with_marks() -> Editor {
    let mut editor = Editor::new(BODY);
    editor.set_marks(vec![
        mark(
            BODY,
            0,
            "\"XXX\"",
            None,
            "unknown_currency: no such currency",
        ),
        mark(BODY, 1, "-5", None, "amount_not_positive: must be positive"),
    ]);
    editor
}

/// The lines that have a mark, each with its number and whether it stands.
fn told(editor: &Editor) -> Vec<(usize, usize, State)> {
    let marks = editor.marks().all().iter();
    marks.map(|m| (m.start().row, m.of(), m.state())).collect()
}

#[test]
fn messages_stand_beneath_their_lines() {
    let area = Rect::new(0, 0, 58, 7);
    let editor = with_marks();
    let buffer = draw(&editor, area);
    assert_eq!(
        rows(&buffer),
        [
            "  1 {",
            "✗ 2   \"amount\": -5,",
            "                ^^ amount_not_positive: must be positive",
            "✗ 3   \"currency\": \"XXX\"",
            "                  ^^^^^ unknown_currency: no such currency",
            "  4 }",
            "",
        ]
    );
    let marked = &buffer[(16, 1)];
    assert_eq!(marked.fg, Color::Yellow);
    assert!(marked.modifier.contains(Modifier::UNDERLINED));
    assert!(!buffer[(15, 1)].modifier.contains(Modifier::UNDERLINED));
    assert!(buffer[(6, 1)].modifier.contains(Modifier::BOLD));
    assert!(buffer[(14, 1)].modifier.contains(Modifier::DIM));
    assert_eq!(reversed(&buffer), [(4, 0)]);
}

#[test]
fn a_changed_field_fades_and_comes_back() {
    let area = Rect::new(0, 0, 70, 7);
    let mut editor = with_marks();
    editor.set_cursor(BODY.find("-5").expect("-5"));
    press(&mut editor, "<del>", area);
    let buffer = draw(&editor, area);
    assert_eq!(
        rows(&buffer)[1..4],
        [
            "~ 2   \"amount\": 5,",
            "                ~ changed since: amount_not_positive: must be positive",
            "✗ 3   \"currency\": \"XXX\"",
        ]
    );
    assert!(!buffer[(16, 1)].modifier.contains(Modifier::UNDERLINED));
    for at in [(0, 1), (20, 2)] {
        assert!(buffer[at].modifier.contains(Modifier::DIM));
    }
    let before = rows(&draw(&with_marks(), area));
    press(&mut editor, "<C-z>", area);
    assert_eq!(rows(&draw(&editor, area)), before);
    press(&mut editor, "<C-y>", area);
    assert_eq!(editor.marks().tally().changed, 1);
    // Typed again letter for letter it is the same field.
    press(&mut editor, "-", area);
    assert_eq!(rows(&draw(&editor, area)), before);
}

#[test]
fn a_mark_goes_with_its_line_and_is_still_counted() {
    let area = Rect::new(0, 0, 70, 7);
    let mut editor = with_marks();
    press(&mut editor, "<down><S-down><del>", area);
    assert_eq!(
        rows(&draw(&editor, area))[..3],
        [
            "  1 {",
            "✗ 2   \"currency\": \"XXX\"",
            "                  ^^^^^ unknown_currency: no such currency",
        ]
    );
    let tally = editor.marks().tally();
    assert_eq!((tally.standing, tally.changed), (1, 1));
    assert_eq!(editor.step_mark(true), Some((0, false)));
    assert_eq!(editor.step_mark(true), Some((0, true)));
    press(&mut editor, "<C-z>", area);
    assert_eq!(editor.marks().tally().standing, 2);
    assert_eq!(rows(&draw(&editor, area)), rows(&draw(&with_marks(), area)));
}

#[test]
fn marks_move_with_their_lines_and_keep_the_cursor_in_view() {
    let area = Rect::new(0, 0, 58, 3);
    let mut editor = with_marks();
    press(&mut editor, "<enter><down><down><down>", area);
    assert_eq!(
        rows(&draw(&editor, area)),
        [
            "✗ 4   \"currency\": \"XXX\"",
            "                  ^^^^^ unknown_currency: no such currency",
            "  5 }",
        ]
    );
    press(&mut editor, "<up>", area);
    assert_eq!(editor.cursor().0, 3);
    assert_eq!(editor.cursor_point(area), Some((4, 0).into()));
    let stands = State::Stands;
    assert_eq!(told(&editor), [(2, 1, stands), (3, 0, stands)]);
    press(&mut editor, "<C-z>", area);
    assert_eq!(told(&editor), [(1, 1, stands), (2, 0, stands)]);
}

#[test]
fn several_errors_stack_and_long_ones_take_rows() {
    let mut editor = Editor::new(BODY);
    let long = "not_a_currency: this is no currency that is used anywhere in the world today";
    editor.set_marks(vec![
        mark(BODY, 0, "\"XXX\"", None, "unknown: no such currency"),
        mark(BODY, 1, "\"XXX\"", None, long),
        mark(BODY, 2, BODY, Some("account"), "required"),
    ]);
    assert_eq!(
        rows(&draw(&editor, Rect::new(0, 0, 60, 10))),
        [
            "✗ 1 {",
            "    ^ 'account' is missing here: required",
            "  2   \"amount\": -5,",
            "✗ 3   \"currency\": \"XXX\"",
            "                  ^^^^^ unknown: no such currency",
            "                  ^^^^^ not_a_currency: this is no currency",
            "                        that is used anywhere in the world",
            "                        today",
            "  4 }",
            "",
        ]
    );
    assert_eq!(
        rows(&draw(&editor, Rect::new(0, 0, 30, 12))),
        [
            "✗ 1 {",
            "    ^ 'account' is missing",
            "      here: required",
            "  2   \"amount\": -5,",
            "✗ 3   \"currency\": \"XXX\"",
            "    ↑ unknown: no such",
            "      currency",
            "    ↑ not_a_currency: this is",
            "      no currency that is used",
            "      anywhere in the world…",
            "  4 }",
            "",
        ]
    );
}

#[test]
fn a_line_with_many_errors_counts_those_it_cannot_show() {
    let text = format!("[{}0]\n", "-1,".repeat(100));
    let mut editor = Editor::new(&text);
    let each = (0..100).map(|of| Mark {
        of,
        span: 1 + 3 * of..3 + 3 * of,
        message: format!("number {of}"),
        ..Mark::default()
    });
    editor.set_marks(each.collect());
    let area = Rect::new(0, 0, 40, 6);
    assert_eq!(
        rows(&draw(&editor, area)),
        [
            "✗ 1 [-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1",
            "     ^^ number 0",
            "        ^^ number 1",
            "           ^^ number 2",
            "              ^^ number 3",
            "    … 96 more in this line",
        ]
    );
    for expected in 0..100 {
        // The first step passes the mark that the cursor's line begins with.
        let (of, _) = editor.step_mark(true).expect("a mark");
        editor.follow(area);
        assert_eq!(of, expected);
        let shown = rows(&draw(&editor, area)).join("\n");
        assert!(shown.contains(&format!(" number {of}")), "{shown}");
    }
    assert_eq!(editor.step_mark(true), Some((0, true)));
    assert_eq!(editor.step_mark(false), Some((99, true)));
}

#[test]
fn a_selection_is_seen_and_replaced() {
    let area = Rect::new(0, 0, 9, 3);
    let mut editor = Editor::new("abc\nde\nf");
    press(&mut editor, "<right><S-down>", area);
    let buffer = draw(&editor, area);
    // The selected line feed is a selected blank; the cursor is what is not reversed.
    assert_eq!(reversed(&buffer), [(1, 0), (2, 0), (3, 0), (0, 1)]);
    assert!(buffer[(1, 1)].modifier.contains(Modifier::UNDERLINED));
    assert_eq!(editor.selected().as_deref(), Some("bc\nd"));
    press(&mut editor, "X", area);
    assert_eq!(editor.text(), "aXe\nf");
    assert_eq!(editor.selected(), None);
}

#[test]
fn a_long_line_is_scrolled_sideways() {
    let area = Rect::new(0, 0, 16, 2);
    let mut editor = Editor::new("0123456789abcdefghijklmnopqrstuvwxyz\nshort");
    press(&mut editor, "<end>", area);
    assert_eq!(rows(&draw(&editor, area)), ["  1 pqrstuvwxyz", "  2"]);
    assert_eq!(editor.cursor_point(area), Some((15, 0).into()));
    press(&mut editor, "<home>", area);
    assert_eq!(
        rows(&draw(&editor, area)),
        ["  1 0123456789ab", "  2 short"]
    );
}

#[test]
fn what_would_act_on_the_terminal_is_shown() {
    let area = Rect::new(0, 0, 40, 2);
    let editor = Editor::new("a\u{1b}[2J\u{202e}b\u{200b}\r\n\t漢e\u{301}|");
    assert_eq!(
        rows(&draw(&editor, area)),
        ["  1 a␛[2J⟨U+202E⟩b⟨U+200B⟩␍", "  2 → 漢e\u{301}|"]
    );
    assert_eq!(
        editor.text(),
        "a\u{1b}[2J\u{202e}b\u{200b}\r\n\t漢e\u{301}|"
    );
}

#[test]
fn pages_and_ends_move_through_a_long_text() {
    let area = Rect::new(0, 0, 20, 5);
    let text: Vec<String> = (1..=100).map(|line| format!("line {line}")).collect();
    let mut editor = Editor::new(&text.join("\n"));
    editor.follow(area);
    press(&mut editor, "<pgdn><pgdn>", area);
    assert_eq!(editor.cursor().0, 8);
    assert_eq!(rows(&draw(&editor, area))[4], "   9 line 9");
    press(&mut editor, "<C-end>", area);
    assert_eq!(rows(&draw(&editor, area))[4], " 100 line 100");
    press(&mut editor, "<pgup>", area);
    assert_eq!(editor.cursor(), (95, 7));
    editor.replace_all("one");
    editor.follow(area);
    assert_eq!(rows(&draw(&editor, area))[0], "  1 one");
    editor.undo();
    editor.follow(area);
    assert_eq!(editor.cursor(), (95, 7));
}

#[test]
fn no_size_is_too_small() {
    let mut editor = with_marks();
    press(&mut editor, "<down><end>", Rect::new(0, 0, 3, 1));
    for width in 0..=10 {
        for height in 0..=10 {
            let area = Rect::new(0, 0, width, height);
            draw(&editor, area);
            let seen = editor.cursor_point(area).is_some();
            assert_eq!(seen, width > 0 && height > 0, "{width}x{height}");
            // Also where the area is not within the buffer.
            editor.draw(
                Rect::new(width, height, 30, 30),
                &mut Buffer::empty(Rect::new(0, 0, 5, 5)),
                THEME,
                true,
            );
        }
    }
}

fn key() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("<left>"),
        Just("<right>"),
        Just("<up>"),
        Just("<down>"),
        Just("<home>"),
        Just("<end>"),
        Just("<C-left>"),
        Just("<C-right>"),
        Just("<pgdn>"),
        Just("<S-right>"),
        Just("<S-down>"),
        Just("<enter>"),
        Just("<bs>"),
        Just("<del>"),
        Just("<C-w>"),
        Just("<C-z>"),
        Just("<C-y>"),
        Just("x"),
        Just("\u{301}"),
        Just("漢"),
    ]
}

/// A mark somewhere, or nowhere, that says anything.
fn placed() -> impl Strategy<Value = Mark> {
    let notation = prop_oneof![Just(Notation::Json), Just(Notation::Form)];
    let missing = proptest::option::of("(x|a|\\PC)");
    let span = (0_usize..70, 0_usize..20);
    (any::<usize>(), span, missing, any::<String>(), notation).prop_map(
        |(of, (start, len), missing, message, notation)| Mark {
            of,
            span: start..start + len,
            missing,
            message,
            notation,
        },
    )
}

/// The numbers of the lines that are drawn, from the gutter.
fn numbers(buffer: &Buffer) -> Vec<usize> {
    let rows = rows(buffer);
    let gutter = rows
        .iter()
        .map(|row| row.chars().take(4).skip(1).collect::<String>());
    gutter
        .filter_map(|number| number.trim().parse().ok())
        .collect()
}

proptest! {
    /// Wherever the cursor is sent, its line is on the screen, and what is on the screen are lines without a gap; going
    /// from the first to the last, each is seen.
    #[test]
    fn no_line_is_lost_among_messages(
        text in "([a-z{}\":,]|-5|漢|\\n|\\n){0,60}",
        keys in proptest::collection::vec(key(), 0..30),
        marked in proptest::collection::vec(placed(), 0..8),
        (width, height) in (12_u16..40, 0_u16..9),
    ) {
        let area = Rect::new(0, 0, width, height);
        let mut editor = Editor::new(&text);
        editor.set_marks(marked);
        editor.follow(area);
        let count = editor.marks().all().len();
        for each in keys {
            press(&mut editor, each, area);
            let shown = numbers(&draw(&editor, area));
            let row = editor.cursor().0 + 1;
            assert!(height == 0 || shown.contains(&row), "{row} not in {shown:?}");
            assert!(shown.windows(2).all(|two| two[0] + 1 == two[1]), "{shown:?}");
            let tally = editor.marks().tally();
            assert_eq!(tally.standing + tally.changed, count);
        }
        for (there, far) in [("<C-end>", "<pgup>"), ("<C-home>", "<pgdn>")] {
            press(&mut editor, there, area);
            let mut seen = numbers(&draw(&editor, area));
            for _ in 0..editor.lines().len() {
                press(&mut editor, far, area);
                seen.extend(numbers(&draw(&editor, area)));
            }
            seen.sort_unstable();
            seen.dedup();
            let all = if height == 0 { 0 } else { editor.lines().len() };
            assert_eq!(seen, (1..=all).collect::<Vec<_>>(), "{there} {far}");
        }
        // All that was done is undone: each mark stands where it was set.
        while editor.undo() {}
        assert_eq!(editor.text(), text);
        assert_eq!(editor.marks().tally().changed, 0);
    }

    #[test]
    fn the_cursor_is_drawn_on_what_it_stands_on(
        text in "([a-z{}\":,]|\u{301}|漢|\u{202e}|\\t|\\n|🇩|\u{fe0f}|\\PC){0,60}",
        keys in proptest::collection::vec(key(), 0..20),
        (width, height) in (0_u16..30, 0_u16..6),
        marked in proptest::collection::vec(placed(), 0..6),
    ) {
        let area = Rect::new(0, 0, width, height);
        let mut editor = Editor::new(&text);
        editor.set_marks(marked);
        press(&mut editor, &keys.concat(), area);
        editor.deselect();
        let buffer = draw(&editor, area);
        let covered = reversed(&buffer);
        assert_eq!(covered.is_empty(), area.is_empty());
        let Some(first) = covered.first() else { return Ok(()) };
        assert_eq!(editor.cursor_point(area), Some((*first).into()));

        let (row, column) = editor.cursor();
        let line = &editor.lines()[row];
        let byte = editor.byte_offset_of(row, column) - editor.byte_offset_of(row, 0);
        let stands_on = glyph_at(line, place_of_byte(line, byte).byte);
        let glyph_width = stands_on.map_or(1, |glyph| glyph.width);
        assert!(covered.len() <= glyph_width);
        assert!(covered.iter().all(|(_, y)| *y == first.1));
        // Unless the edge cuts it, it is drawn whole.
        if covered.len() == glyph_width {
            let symbol = stands_on.map_or(" ".into(), |glyph| glyph.symbol());
            let drawn: String = covered.iter().map(|at| buffer[*at].symbol()).collect();
            assert!(drawn.starts_with(&*symbol), "{drawn:?} {symbol:?}");
        }
    }

    #[test]
    fn typed_text_comes_out_as_typed(text in "[ -~é漢]{0,40}") {
        let area = Rect::new(0, 0, 20, 5);
        let mut editor = Editor::new("");
        for c in text.chars() {
            editor.input(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
            editor.follow(area);
        }
        assert_eq!(editor.text(), text);
        while editor.undo() {}
        assert!(editor.is_empty());
        while editor.redo() {}
        assert_eq!(editor.text(), text);
    }

    #[test]
    fn any_text_is_kept_and_any_byte_can_be_gone_to(text in any::<String>(), byte in 0_usize..80) {
        let mut editor = Editor::new(&text);
        editor.set_cursor(byte);
        let (row, column) = editor.cursor();
        let at = editor.byte_offset_of(row, column);
        assert!(at <= byte && byte.min(text.len()) - at < 4);
        assert_eq!(editor.position_of_byte(at), (row, column));
        assert_eq!(editor.text(), text);
    }
}
