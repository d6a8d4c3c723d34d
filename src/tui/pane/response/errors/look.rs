//! How the entries of the error list look: a head by the columns there are, and under it, when open, the details.
//!
//! ```text
//!   wide     ▸ new      amount_not_positive  must be greater than zero         /amount
//!   middle   ▸ + amount_not_positive  must be gr… than zero   /amount      the message where there is room
//!   narrow   ▸ + amount_not_positive   /amount
//!                must be greater than zero
//! ```
//!
//! A head shortens in its middle; a detail is broken into rows. What the server wrote may be of any length: only as much
//! of it is looked at as can be shown.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::document::visible::visible;
use crate::domain::api_error::ApiError;
use crate::domain::field_path::Part;
use crate::tui::pane::response::errors::entry::{Entry, Group, Grouping, Listing, field};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{fits, middle, pad_right, width};
use crate::tui::widget::wrap::wrap_text;

/// From this width on everything stands in columns.
const WIDE: usize = 100;

/// Below this width the message stands under its code.
const NARROW: usize = 44;

/// A message that would have to be shorter than this says nothing, and is left to the details.
const LEAST: usize = 16;

/// The columns of a detail's name, and of the same where there is little room.
const NAME: usize = 13;
const SHORT_NAME: usize = 10;

/// A detail that is longer, and what comes after so many details, is cut: the body tab has it whole.
const MOST_ROWS: usize = 20;
const MOST_DETAILS: usize = 40;

/// How many bytes of a text are looked at for one line: no screen is wider.
const LINE: usize = 2048;

/// The widest code and field among the errors, as far as that matters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sizes {
    code: usize,
    field: usize,
}

impl Sizes {
    /// Of these errors.
    pub(crate) fn of(listing: Listing<'_>) -> Sizes {
        let all = || listing.errors.iter().chain(listing.gone());
        Sizes {
            code: all().map(|e| width(&code(e))).max().unwrap_or(0),
            field: all().map(|e| width(&place(e))).max().unwrap_or(0),
        }
    }
}

/// How the list is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    pub(crate) listing: Listing<'a>,
    pub(crate) groups: &'a [Group],
    pub(crate) grouping: Grouping,
    pub(crate) sizes: Sizes,
    pub(crate) columns: usize,
    pub(crate) theme: Theme,
}

/// Whether an error was listed before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    Remains,
    Gone,
}

impl Mark {
    fn word(self) -> &'static str {
        match self {
            Mark::New => "new",
            Mark::Remains => "remains",
            Mark::Gone => "gone",
        }
    }

    fn glyph(self) -> &'static str {
        match self {
            Mark::New => "+",
            Mark::Remains => "=",
            Mark::Gone => "−",
        }
    }
}

impl<'a> Look<'a> {
    fn style(&self, tone: Tone) -> Style {
        self.theme.style(tone)
    }

    fn error(&self, entry: Entry) -> Option<&'a ApiError> {
        match entry {
            Entry::Error(at) => self.listing.errors.get(at),
            Entry::Gone(at) => self.listing.gone().get(at),
            Entry::Group(_) | Entry::Unread(_) => None,
        }
    }

    fn mark(&self, entry: Entry) -> Option<Mark> {
        let correction = self.listing.correction?;
        match entry {
            Entry::Gone(_) => Some(Mark::Gone),
            Entry::Error(at) => Some(match correction.remains.get(at)? {
                true => Mark::Remains,
                false => Mark::New,
            }),
            Entry::Group(_) | Entry::Unread(_) => None,
        }
    }

    /// How many rows an entry's head takes.
    pub(crate) fn head_rows(&self, entry: Entry, open: bool) -> usize {
        let below = self.columns < NARROW && !open;
        let message = self.error(entry).and_then(|error| error.message.as_ref());
        1 + usize::from(below && message.is_some_and(|message| !message.is_empty()))
    }

    /// An entry's head.
    pub(crate) fn head(&self, entry: Entry, open: bool) -> Vec<Line<'static>> {
        let arrow = if open { "▾ " } else { "▸ " };
        let arrow = Span::styled(arrow, self.style(Tone::Accent));
        match (entry, self.error(entry)) {
            (_, Some(error)) => self.error_head(arrow, entry, error, open),
            (Entry::Group(at), _) => match self.groups.get(at) {
                Some(group) => vec![self.group_head(arrow, group, open)],
                None => Vec::new(),
            },
            (Entry::Unread(at), _) => {
                let text = self.listing.unread.get(at).map_or("", String::as_str);
                let text = format!("not understood: {}", clean(text));
                let text = middle(&text, self.columns.saturating_sub(2)).into_owned();
                vec![Line::from(vec![
                    arrow,
                    Span::styled(text, self.style(Tone::Faint)),
                ])]
            }
            (Entry::Error(_) | Entry::Gone(_), None) => Vec::new(),
        }
    }

    fn group_head(&self, arrow: Span<'static>, group: &Group, open: bool) -> Line<'static> {
        let count = match group.errors.len() {
            1 => "1 error".to_owned(),
            count => format!("{count} errors"),
        };
        let label = middle(&clean(&group.label), self.columns.saturating_sub(14)).into_owned();
        let taken = 2 + width(&label) + 2 + width(&count) + 2;
        let first = group.errors.first().map(|at| Entry::Error(*at));
        let first = first.and_then(|entry| self.error(entry));
        let told = first.and_then(|error| match self.grouping {
            Grouping::Field => error.code.as_deref(),
            Grouping::Code | Grouping::None => error.message.as_deref(),
        });
        let told = clean(told.filter(|_| !open).unwrap_or_default());
        let told = middle(&told, self.columns.saturating_sub(taken)).into_owned();
        let tone = match self.grouping {
            Grouping::Field => Tone::Notice,
            Grouping::Code | Grouping::None => Tone::Strong,
        };
        Line::from(vec![
            arrow,
            Span::styled(label, self.style(tone)),
            Span::raw(format!("  {count}  ")),
            Span::styled(told, self.style(Tone::Faint)),
        ])
    }

    fn is_grouped(&self, entry: Entry) -> bool {
        self.grouping != Grouping::None && matches!(entry, Entry::Error(_))
    }

    /// A tone, of which what is gone has none.
    fn tone(&self, entry: Entry, tone: Tone) -> Style {
        let gone = matches!(entry, Entry::Gone(_));
        self.style(if gone { Tone::Faint } else { tone })
    }

    /// What stands before an error: its indent, its arrow, and whether it is new.
    fn lead(&self, arrow: Span<'static>, entry: Entry) -> Vec<Span<'static>> {
        let indent = self.is_grouped(entry).then(|| Span::raw("  "));
        let mark = self.mark(entry).map(|mark| {
            let text = match self.columns >= WIDE {
                true => pad_right(mark.word(), 9),
                false => format!("{} ", mark.glyph()),
            };
            let tone = match mark {
                Mark::New => Tone::Notice,
                Mark::Remains | Mark::Gone => Tone::Faint,
            };
            Span::styled(text, self.style(tone))
        });
        indent.into_iter().chain([arrow]).chain(mark).collect()
    }

    fn error_head(
        &self,
        arrow: Span<'static>,
        entry: Entry,
        error: &ApiError,
        open: bool,
    ) -> Vec<Line<'static>> {
        let lead = self.lead(arrow, entry);
        let indent: usize = lead.iter().map(Span::width).sum();
        let room = self.columns.saturating_sub(indent);
        // What a group says is not said again, nor what the details say.
        let said = |by| self.is_grouped(entry) && self.grouping == by;
        let there = |text: Cow<'_, str>, said: bool| if said { String::new() } else { text.into() };
        let message = clean(error.message.as_deref().unwrap_or_default());
        let mut head = Head {
            code: there(code(error), said(Grouping::Code)),
            place: there(place(error).into(), said(Grouping::Field)),
            message: there(message, open),
            below: None,
        };
        self.fit(&mut head, room);
        let styled = |text: String, tone| Span::styled(text, self.tone(entry, tone));
        let line = lead.into_iter().chain([
            styled(head.code, Tone::Strong),
            styled(head.message, Tone::Plain),
            styled(head.place, Tone::Notice),
        ]);
        let below = head.below.map(|below| {
            let below = middle(&below, room).into_owned();
            Line::from(vec![
                Span::raw(" ".repeat(indent)),
                styled(below, Tone::Plain),
            ])
        });
        [Line::from_iter(line)].into_iter().chain(below).collect()
    }

    /// Gives each part of a head its columns, blanks included.
    fn fit(&self, head: &mut Head, room: usize) {
        let wide = self.columns >= WIDE;
        let gap = |text: &str| usize::from(!text.is_empty()) * 2;
        if self.columns < NARROW && !head.message.is_empty() {
            head.below = Some(std::mem::take(&mut head.message));
        }
        let place_room = if wide {
            self.sizes.field.min(room / 3)
        } else {
            room * 2 / 5
        };
        head.place = middle(&head.place, place_room).into_owned();
        let place_room = match (wide, head.place.is_empty()) {
            (_, true) => 0,
            (true, _) => place_room,
            (false, _) => width(&head.place),
        };
        let left = room.saturating_sub(place_room + 2);
        let most = match wide {
            true => self.sizes.code.min(left / 2),
            false => left,
        };
        let code = middle(&head.code, most).into_owned();
        let code_room = match (wide, code.is_empty()) {
            (_, true) => 0,
            (true, _) => most,
            (false, _) => width(&code),
        };
        head.code = format!("{}{}", pad_right(&code, code_room), " ".repeat(gap(&code)));
        let rest = room.saturating_sub(width(&head.code) + place_room + gap(&head.place));
        if rest < LEAST && !fits(&head.message, rest) {
            head.message.clear();
        }
        head.message = pad_right(&middle(&head.message, rest), rest);
        head.place = format!("{}{}", " ".repeat(gap(&head.place)), head.place);
    }

    /// The rows under an open entry's head.
    pub(crate) fn details(&self, entry: Entry) -> Vec<Line<'static>> {
        let (indent, name) = match self.columns < NARROW {
            true => (2, SHORT_NAME),
            false => (4, NAME),
        };
        if let Entry::Unread(at) = entry {
            let text = self.listing.unread.get(at).map_or("", String::as_str);
            return self.rows(indent, indent, "", text);
        }
        let Some(error) = self.error(entry) else {
            return Vec::new();
        };
        let details = details(error, self.since(entry));
        let left = details.len().saturating_sub(MOST_DETAILS);
        let shown = details.into_iter().take(MOST_DETAILS);
        let mut rows: Vec<_> = shown
            .flat_map(|(detail, text)| self.rows(indent, name, &detail, &text))
            .collect();
        if left > 0 {
            rows.extend(self.rows(indent, name, "…", &format!("{left} more: see Body")));
        }
        rows
    }

    fn since(&self, entry: Entry) -> Option<String> {
        let attempt = self.listing.correction?.attempt;
        Some(match self.mark(entry)? {
            Mark::New => format!("new since attempt {attempt}"),
            Mark::Remains => format!("remains from attempt {attempt}"),
            Mark::Gone => format!("was listed by attempt {attempt}, and is gone"),
        })
    }

    /// A detail: its name, and its text in as many rows as it takes.
    fn rows(&self, indent: usize, before: usize, name: &str, text: &str) -> Vec<Line<'static>> {
        let columns = self.columns.saturating_sub(before).max(1);
        // Four bytes a column, and as much again for what is dropped at breaks.
        let most = columns * MOST_ROWS * 8;
        let text = visible(&text[..text.floor_char_boundary(most)]).into_owned();
        let columns = u16::try_from(columns).unwrap_or(u16::MAX);
        let mut rows = wrap_text(&text, Style::new(), columns, MOST_ROWS);
        if rows.is_empty() {
            rows.push(Line::default());
        }
        let room = before.saturating_sub(indent + 1);
        let named = |(at, row): (usize, Line<'static>)| {
            let name = if at == 0 { clean(name) } else { "".into() };
            let name = pad_right(&middle(&name, room), before - indent);
            let name = format!("{}{name}", " ".repeat(indent));
            let name = Span::styled(name, self.style(Tone::Faint));
            Line::from_iter([name].into_iter().chain(row.spans))
        };
        rows.into_iter().enumerate().map(named).collect()
    }
}

/// The parts of an error's head.
struct Head {
    code: String,
    place: String,
    message: String,
    /// The message, where it stands in a row of its own.
    below: Option<String>,
}

fn code(error: &ApiError) -> Cow<'_, str> {
    clean(error.code.as_deref().unwrap_or("—"))
}

fn place(error: &ApiError) -> String {
    clean(&field(error)).into_owned()
}

/// A stranger's text for one line: what hides made visible, and of what is very long only the ends.
fn clean(text: &str) -> Cow<'_, str> {
    if text.len() <= LINE {
        return visible(text);
    }
    let start = &text[..text.floor_char_boundary(LINE / 2)];
    let end = &text[text.ceil_char_boundary(text.len() - LINE / 2)..];
    Cow::Owned(format!("{}…{}", visible(start), visible(end)))
}

fn details(error: &ApiError, since: Option<String>) -> Vec<(String, String)> {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".into());
    let mut list = vec![
        ("code".to_owned(), or_dash(&error.code)),
        ("message".to_owned(), or_dash(&error.message)),
        ("path".to_owned(), path_text(error)),
        ("place".to_owned(), place_text(error)),
    ];
    list.extend(since.map(|since| ("since".to_owned(), since)));
    list.extend(error.extra.iter().cloned());
    list
}

fn path_text(error: &ApiError) -> String {
    let quoted: Vec<_> = error.path.iter().map(|step| format!("{step:?}")).collect();
    format!("[{}]", quoted.join(", "))
}

fn place_text(error: &ApiError) -> String {
    let part = match error.place.part {
        Part::Body => "the body",
        Part::Query => "the query",
        Part::Header => "the headers",
        Part::Response => return "in the response, not in the request".into(),
        Part::Unknown => return "not said".into(),
    };
    let pointer = error
        .place
        .pointer
        .as_deref()
        .map(|p| format!("{p} in "))
        .unwrap_or_default();
    let missing = if error.place.found == Some(false) {
        ": missing there"
    } else {
        ""
    };
    format!("{pointer}{part}{missing}")
}
