//! Two exchanges beside each other: sections that fold, and in them what differs.
//!
//! ```text
//!   ╭ Compare ─────────────────────────────────────────────────────────────╮
//!   │ attempts 1 and 2 of operation op_… : different: 2 in request body    │  draw
//!   │                     7f2c9b1e ✗ 422        │ a01b33cd ✓ 201           │
//!   │ ▾ Request body  JSON, 2 differences       │                          │  Item::Section
//!   │ ~ /amount           -5                    │ 5                        │  Item::Row, laid out by `cell`
//!   ╰──────────────────────────── n N differences, Enter folds, … closes ──╯
//! ```
//!
//! What is listed is worked out when it changes; drawing lays out no more rows than are seen, whatever the number.

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

use crate::domain::compare::Comparison;
use crate::domain::compare::row::{Part, RowKind, Section};
use crate::domain::exchange::Failure;
use crate::domain::id::ExchangeId;
use crate::tui::action::Action;
use crate::tui::keymap::resolve;
use crate::tui::overlay::Answer;

mod cell;
mod draw;

/// From this many columns of the screen on the two stand side by side.
const ROOMY: u16 = 100;

/// One thing that is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// A section's head.
    Section(usize),
    /// A note of a section.
    Note(usize, usize),
    /// A row of a section.
    Row(usize, usize),
}

/// The overlay.
#[derive(Debug)]
pub struct CompareSheet {
    left: ExchangeId,
    right: ExchangeId,
    /// What came of it, once it came.
    compared: Option<Result<Box<Comparison>, Failure>>,
    items: Vec<Item>,
    /// Which sections are folded.
    folded: Vec<bool>,
    /// Whether what is the same is listed too.
    all: bool,
    /// Side by side or not, when somebody chose.
    beside: Option<bool>,
    cursor: usize,
    /// The first item that is seen, as it was last.
    top: usize,
}

impl CompareSheet {
    /// Two that are being compared.
    pub fn new(left: ExchangeId, right: ExchangeId) -> CompareSheet {
        CompareSheet {
            left,
            right,
            compared: None,
            items: Vec::new(),
            folded: Vec::new(),
            all: false,
            beside: None,
            cursor: 0,
            top: 0,
        }
    }

    /// Whether it is about these two.
    pub fn is_of(&self, left: &ExchangeId, right: &ExchangeId) -> bool {
        (&self.left, &self.right) == (left, right)
    }

    /// They were compared. What holds nothing that counts is folded, but for the times.
    pub fn compared(&mut self, result: Result<Box<Comparison>, Failure>) {
        let folded = |section: &Section| {
            section.differences(false) == 0
                && section.part != Part::Timing
                && section.notes.is_empty()
        };
        let sections = result.as_ref().map(|comparison| comparison.sections.iter());
        self.folded = sections.into_iter().flatten().map(folded).collect();
        self.compared = Some(result);
        self.list();
        if let Some(first) = self.difference(true) {
            self.show(first);
        }
    }

    fn sections(&self) -> &[Section] {
        match &self.compared {
            Some(Ok(comparison)) => &comparison.sections,
            _ => &[],
        }
    }

    fn section(&self, at: usize) -> Option<&Section> {
        self.sections().get(at)
    }

    /// Works out what is listed.
    fn list(&mut self) {
        let mut items = Vec::new();
        for (at, section) in self.sections().iter().enumerate() {
            items.push(Item::Section(at));
            if self.folded[at] {
                continue;
            }
            items.extend((0..section.notes.len()).map(|note| Item::Note(at, note)));
            let rows = section.rows.iter().enumerate();
            let seen = rows.filter(|(_, row)| self.all || row.kind != RowKind::Same);
            items.extend(seen.map(|(row, _)| Item::Row(at, row)));
        }
        self.items = items;
        self.cursor = self.cursor.min(self.items.len().saturating_sub(1));
    }

    /// A key for it.
    pub fn update(&mut self, key: &KeyEvent, screen: Rect) -> Answer {
        if key.modifiers.is_empty() {
            match key.code {
                KeyCode::Char('a') => self.turn_all(),
                KeyCode::Char('t') => self.beside = Some(!self.is_beside(screen)),
                _ => {}
            }
        }
        let last = self.items.len().saturating_sub(1);
        match resolve(key, false) {
            Some(Action::Back | Action::Quit | Action::Compare) => return Answer::Close,
            Some(Action::Down) => self.cursor = (self.cursor + 1).min(last),
            Some(Action::Up) => self.cursor = self.cursor.saturating_sub(1),
            Some(Action::PageDown) => self.cursor = self.page_down(screen),
            Some(Action::PageUp) => self.cursor = self.page_up(screen),
            Some(Action::Top) => self.cursor = 0,
            Some(Action::Bottom) => self.cursor = last,
            Some(Action::Toggle) => self.fold(),
            Some(Action::Next) => self.step(true),
            Some(Action::Previous) => self.step(false),
            _ => {}
        }
        self.top = self.first_seen(screen);
        Answer::Stay
    }

    fn is_beside(&self, screen: Rect) -> bool {
        self.beside.unwrap_or(screen.width >= ROOMY)
    }

    fn item(&self) -> Option<Item> {
        self.items.get(self.cursor).copied()
    }

    /// Folds or unfolds the section under the cursor, which stays on its head.
    fn fold(&mut self) {
        let Some(Item::Section(at) | Item::Note(at, _) | Item::Row(at, _)) = self.item() else {
            return;
        };
        self.folded[at] = !self.folded[at];
        self.list();
        self.show(Item::Section(at));
    }

    /// Lists what is the same, or no longer; the cursor stays where it was, or goes to the head above.
    fn turn_all(&mut self) {
        let here = self.item();
        self.all = !self.all;
        self.list();
        let head = here.map(|item| match item {
            Item::Section(at) | Item::Note(at, _) | Item::Row(at, _) => Item::Section(at),
        });
        for item in [head, here].into_iter().flatten() {
            self.show(item);
        }
    }

    fn show(&mut self, item: Item) {
        if let Some(at) = self.items.iter().position(|there| *there == item) {
            self.cursor = at;
        }
    }

    /// The next difference that counts from the cursor on, or the one before it.
    fn difference(&self, next: bool) -> Option<Item> {
        let here = match self.item()? {
            Item::Section(at) => (at, None),
            Item::Note(at, _) => (at, None),
            Item::Row(at, row) => (at, Some(row)),
        };
        let sections = self.sections().iter().enumerate();
        let places = sections.flat_map(|(at, section)| {
            let rows = section.rows.iter().enumerate();
            rows.filter(|(_, row)| row.counts(false))
                .map(move |(row, _)| (at, Some(row)))
        });
        let found = match next {
            true => places.into_iter().find(|place| *place > here),
            false => places.into_iter().take_while(|place| *place < here).last(),
        };
        found.and_then(|(at, row)| Some(Item::Row(at, row?)))
    }

    /// To the next difference or the one before, unfolding what hides it.
    fn step(&mut self, next: bool) {
        let Some(item) = self.difference(next) else {
            return;
        };
        if let Item::Row(at, _) = item
            && std::mem::take(&mut self.folded[at])
        {
            self.list();
        }
        self.show(item);
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use proptest::collection::vec;
    use proptest::prelude::{prop_assert, proptest};
    use proptest::sample::select;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::{CompareSheet, Item};
    use crate::document::visible::is_hidden;
    use crate::domain::compare::Comparison;
    use crate::domain::compare::row::{Form, Part, Row, RowKind, Section, Weight};
    use crate::domain::exchange::{Class, Failure};
    use crate::domain::id::ExchangeId;
    use crate::domain::operation::tests::summary;
    use crate::tui::overlay::Answer;
    use crate::tui::overlay::compare::draw::LAID_OUT;
    use crate::tui::theme::Theme;

    fn section(part: Part, form: Form, rows: Vec<Option<Row>>) -> Section {
        Section {
            part,
            form,
            notes: Vec::new(),
            rows: rows.into_iter().flatten().collect(),
        }
    }

    /// A sheet on a JSON body of so many rows, each tenth of which is another.
    fn sheet(rows: usize) -> CompareSheet {
        let row = |at: usize| {
            let right = if at.is_multiple_of(10) { "2" } else { "1" };
            Row::of(format!("/rows/{at}"), Some("1"), Some(right))
        };
        let date = Row::of("date", Some("\u{1b}[2J now"), Some("then \u{202e}"));
        let long = format!("[{}1]", "{\"a\":\"\u{9b}漢\"},".repeat(5000));
        let moved = Row::of("/long", Some(&long), Some(&long)).map(|row| Row {
            kind: RowKind::Moved,
            from: Some("/else".into()),
            ..row
        });
        let sections = vec![
            section(
                Part::Query,
                Form::Fields,
                vec![Row::of("a", Some("1"), Some("1"))],
            ),
            section(
                Part::RequestHeaders,
                Form::Fields,
                vec![date.map(|row| row.weighing(Weight::Varies))],
            ),
            section(
                Part::RequestBody,
                Form::Json,
                (0..rows).map(row).chain([moved]).collect(),
            ),
            section(
                Part::ResponseBody,
                Form::Text,
                vec![Row::of("1", None, Some(&"word ".repeat(9999)))],
            ),
        ];
        let comparison = Comparison {
            left: summary(Some("k"), Class::ClientError, Some(422)),
            right: summary(Some("k"), Class::Success, Some(201)),
            sections,
        };
        let mut sheet = CompareSheet::new(ExchangeId::known("one"), ExchangeId::known("other"));
        sheet.compared(Ok(Box::new(comparison)));
        sheet
    }

    fn press(sheet: &mut CompareSheet, c: char, screen: Rect) -> Answer {
        sheet.update(&KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE), screen)
    }

    fn drawn(sheet: &CompareSheet, screen: Rect) -> Vec<String> {
        let mut buffer = Buffer::empty(screen);
        sheet.draw(Theme { colour: true }, screen, &mut buffer);
        let row = |y: u16| (0..screen.width).map(|x| buffer[(x, y)].symbol()).collect();
        (0..screen.height).map(row).collect()
    }

    #[test]
    fn differences_are_stepped_through_and_unfolded() {
        let screen = Rect::new(0, 0, 120, 40);
        let mut sheet = sheet(30);
        // Folded where nothing counts; the cursor stands on the first difference.
        assert_eq!(
            (sheet.folded.clone(), sheet.item()),
            (vec![true, true, false, false], Some(Item::Row(2, 0)))
        );
        for (key, expected) in [
            ('n', Item::Row(2, 10)),
            ('n', Item::Row(2, 20)),
            ('N', Item::Row(2, 10)),
            (' ', Item::Section(2)),
            ('n', Item::Row(2, 0)),
            ('G', Item::Row(3, 0)),
            ('n', Item::Row(3, 0)),
            ('g', Item::Section(0)),
            ('N', Item::Section(0)),
            ('j', Item::Section(1)),
            ('j', Item::Section(2)),
            ('j', Item::Row(2, 0)),
            ('j', Item::Row(2, 10)),
            ('a', Item::Row(2, 10)),
            ('j', Item::Row(2, 11)),
            // What is under the cursor goes: its head stays.
            ('a', Item::Section(2)),
        ] {
            assert!(matches!(press(&mut sheet, key, screen), Answer::Stay));
            assert_eq!(sheet.item(), Some(expected), "{key}");
        }
        for key in ['=', 'q'] {
            assert!(
                matches!(press(&mut sheet, key, screen), Answer::Close),
                "{key}"
            );
        }
    }

    #[test]
    fn what_could_not_be_compared_says_so() {
        let screen = Rect::new(0, 0, 80, 24);
        let mut sheet = CompareSheet::new(ExchangeId::known("one"), ExchangeId::known("other"));
        assert!(drawn(&sheet, screen).concat().contains("comparing …"));
        sheet.compared(Err(
            Failure::new("the two cannot be compared").because("it is gone")
        ));
        assert!(
            drawn(&sheet, screen)
                .concat()
                .contains("the two cannot be compared: it is gone")
        );
        for key in ['n', 'N', 'j', 'a', 't', ' ', 'G'] {
            press(&mut sheet, key, screen);
        }
        drawn(&sheet, screen);
    }

    #[test]
    fn no_key_lays_out_more_than_is_seen() {
        let screen = Rect::new(0, 0, 160, 40);
        let mut sheet = sheet(20_000);
        for key in "aGgnnNNjjkk GgaGgnN".chars() {
            LAID_OUT.set(0);
            press(&mut sheet, key, screen);
            drawn(&sheet, screen);
            let (laid_out, height) = (LAID_OUT.get(), usize::from(screen.height));
            assert!((1..=4 * height).contains(&laid_out), "{key}: {laid_out}");
        }
    }

    proptest! {
        #[test]
        fn the_cursor_is_seen_on_every_screen(
            keys in vec(select("jkgGnNat ]".chars().collect::<Vec<_>>()), 0..20),
            (width, height) in (0_u16..130, 0_u16..40),
        ) {
            let screen = Rect::new(0, 0, width, height);
            let mut sheet = sheet(40);
            for key in keys {
                press(&mut sheet, key, screen);
                let page = if key == ']' { KeyCode::PageDown } else { KeyCode::PageUp };
                sheet.update(&KeyEvent::new(page, KeyModifiers::NONE), screen);
            }
            let rows = drawn(&sheet, screen);
            prop_assert!(!rows.concat().contains(is_hidden));
            let first = sheet.first_seen(screen);
            prop_assert!(first <= sheet.cursor);
            let above: usize = (first..sheet.cursor).map(|at| sheet.height(at, screen)).sum();
            prop_assert!(above < usize::from(sheet.list_area(screen).height).max(1));
        }
    }
}
