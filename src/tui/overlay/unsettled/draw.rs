//! How the list of what is unsettled looks: a line each, and below it all that is known of the one under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::document::visible::visible;
use crate::domain::unsettled::{Looked, Unsettled, Worth};
use crate::tui::outcome_look::{glyph, same_key_look, status_text, tone};
use crate::tui::overlay::unsettled::UnsettledList;
use crate::tui::session::Session;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::piece::fitting;
use crate::tui::widget::popup::Popup;
use crate::tui::widget::text::{cut, middle, pad_left, pad_right, relative, url_middle, width};
use crate::tui::widget::wrap::wrap;

/// Rows about the one under the cursor, the rule above them and the keys below included.
const DETAIL: u16 = 8;

/// Rows of the list at least, so that the box does not jump while the last ones are settled.
const LEAST: u16 = 6;

/// No wider than this: a line is read across.
const WIDEST: u16 = 132;

/// From this width of the box on ids are whole, and the account stands in the line.
const WIDE: usize = 108;

const TITLE: &str = "Unsettled";

/// Below this height of the box the list itself needs all the room.
const ROOMY: u16 = 14;

fn popup<'a>(title: &'a str, hint: &'a str) -> Popup<'a> {
    Popup { title, hint }
}

/// As wide as the screen allows, since it is worked in, and no higher than it has to be.
fn size(len: usize) -> (u16, u16) {
    let rows = u16::try_from(len).unwrap_or(u16::MAX).max(LEAST);
    (WIDEST - 4, rows.saturating_add(DETAIL))
}

fn inner(screen: Rect, len: usize) -> Rect {
    let popup = popup(TITLE, "");
    popup.inner(popup.area(screen, size(len)))
}

/// The rows of the list, and those of the detail.
fn split(inner: Rect) -> (Rect, Rect) {
    let below = if inner.height >= ROOMY {
        DETAIL
    } else {
        1.min(inner.height)
    };
    let list = Rect {
        height: inner.height - below,
        ..inner
    };
    let detail = Rect {
        y: inner.y + list.height,
        height: below,
        ..inner
    };
    (list, detail)
}

/// How many operations are seen at once.
pub(super) fn list_height(screen: Rect, len: usize) -> usize {
    usize::from(split(inner(screen, len)).0.height)
}

impl UnsettledList {
    /// What of it depends on the time alone.
    pub fn face(&self, session: &Session) -> String {
        let lines = self
            .items
            .iter()
            .map(|item| row(item, session, Theme { colour: false }, 200));
        let details = self.items.get(self.window.cursor);
        let details = details
            .into_iter()
            .flat_map(|item| detail(item, session, Theme { colour: false }));
        lines.chain(details).map(|line| line.to_string()).collect()
    }

    /// Draws it; says where the text cursor belongs while a note is written.
    pub fn draw(
        &self,
        session: &Session,
        theme: Theme,
        screen: Rect,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let title = self.title(session);
        let hint = if self.note.is_some() {
            "Enter keeps the note, Esc drops it"
        } else {
            "Enter shows it, Esc closes"
        };
        let size = size(self.items.len());
        let inner = popup(&title, hint).draw(screen, size, buffer, theme);
        let mut cursor = None;
        if self.items.is_empty() {
            self.draw_empty(theme, inner, buffer);
        } else {
            let (list, below) = split(inner);
            self.draw_list(session, theme, list, buffer);
            cursor = self.draw_detail(session, theme, below, buffer);
        }
        if let Some(question) = &self.question {
            question.draw(session, theme, screen, buffer);
            return None;
        }
        cursor
    }

    fn title(&self, session: &Session) -> String {
        let count = if self.known {
            format!(" {}", self.count)
        } else {
            String::new()
        };
        match &session.batch {
            Some(batch) => format!(
                "{TITLE}{count} ─ {} {} of {}",
                batch.name, batch.done, batch.of
            ),
            None if self.items.is_empty() => TITLE.to_owned(),
            None if self.count > self.items.len() as u64 => {
                format!("{TITLE}{count} ─ the oldest {}", self.items.len())
            }
            None => format!("{TITLE}{count} ─ may have acted, and nothing tells"),
        }
    }

    fn draw_empty(&self, theme: Theme, area: Rect, buffer: &mut Buffer) {
        let text = if self.known && self.count > 0 {
            "What is left cannot be read: see reqscope history is:unsettled."
        } else if self.known {
            "Nothing is unsettled. An operation that came back 5xx, or whose answer was lost, stands here until the \
             same key, a look-up or you tell what became of it."
        } else {
            "reading …"
        };
        let line = Line::styled(text, theme.style(Tone::Faint));
        draw_lines(
            wrap(&line, area.width, usize::from(area.height)),
            area,
            buffer,
        );
    }

    fn draw_list(&self, session: &Session, theme: Theme, area: Rect, buffer: &mut Buffer) {
        let rows = self.window.rows(self.items.len(), usize::from(area.height));
        for (at, y) in rows.zip(area.y..area.bottom()) {
            let line = Rect {
                y,
                height: 1,
                ..area
            };
            row(&self.items[at], session, theme, usize::from(area.width)).render(line, buffer);
            if at == self.window.cursor {
                buffer.set_style(line, theme.cursor(true));
            }
        }
    }

    fn draw_detail(
        &self,
        session: &Session,
        theme: Theme,
        area: Rect,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let item = self.items.get(self.window.cursor)?;
        if area.height < DETAIL {
            let keys = keys(item, theme);
            draw_lines(vec![fitting(keys, usize::from(area.width))], area, buffer);
            return None;
        }
        buffer.set_string(
            area.x,
            area.y,
            "─".repeat(usize::from(area.width)),
            theme.style(Tone::Faint),
        );
        let text = Rect {
            y: area.y + 1,
            height: area.height - 2,
            ..area
        };
        let mut lines = detail(item, session, theme);
        let note = self.note.as_ref().map(|_| lines.pop());
        let lines = lines
            .iter()
            .flat_map(|line| wrap(line, text.width, 2))
            .collect();
        draw_lines(lines, text, buffer);
        let last = Rect {
            y: area.bottom() - 1,
            height: 1,
            ..area
        };
        match (&self.note, note) {
            (Some((_, field)), Some(_)) => {
                let label = "note ";
                buffer.set_string(last.x, last.y, label, theme.style(Tone::Accent));
                let room = Rect {
                    x: last.x + 5,
                    width: last.width.saturating_sub(5),
                    ..last
                };
                field.draw(room, buffer, theme, true, "what you know of it");
                field.cursor_point(room)
            }
            _ => {
                draw_lines(
                    vec![fitting(keys(item, theme), usize::from(last.width))],
                    last,
                    buffer,
                );
                None
            }
        }
    }
}

fn draw_lines(lines: Vec<Line<'_>>, area: Rect, buffer: &mut Buffer) {
    for (line, y) in lines.into_iter().zip(area.y..area.bottom()) {
        line.render(
            Rect {
                y,
                height: 1,
                ..area
            },
            buffer,
        );
    }
}

/// One operation in one line. Where there is little room the account goes first, then the method.
fn row<'a>(item: &Unsettled, session: &Session, theme: Theme, columns: usize) -> Line<'a> {
    let status = format!(
        "{} {} ",
        glyph(item.class),
        status_text(item.class, item.status)
    );
    let wide = columns >= WIDE;
    let (id, ids) = if wide { (19, 20) } else { (13, 12) };
    let mut right = vec![
        (
            pad_right(&middle(&visible(item.operation.as_str()), id), id),
            Tone::Plain,
        ),
        (pad_left(&age(item, session), 5), Tone::Faint),
        (pad_left(&life(item, session), 10), Tone::Plain),
        (pad_right(&found(item, ids), ids), Tone::Plain),
    ];
    if wide {
        let account = item.account.as_deref().unwrap_or("no account");
        right.insert(
            1,
            (pad_right(&middle(&visible(account), 16), 16), Tone::Plain),
        );
    }
    let method = if columns >= 70 {
        format!("{} ", item.method)
    } else {
        String::new()
    };
    let taken: usize = right.iter().map(|(text, _)| width(text) + 2).sum();
    let room = columns.saturating_sub(width(&status) + width(&method) + taken);
    let mut spans = vec![
        Span::styled(status, theme.style(tone(item.class))),
        Span::raw(method),
        Span::raw(pad_right(&url_middle(&visible(&item.target), room), room)),
    ];
    spans.extend(
        right
            .into_iter()
            .map(|(text, tone)| Span::styled(format!("  {text}"), theme.style(tone))),
    );
    Line::from(spans)
}

fn age(item: &Unsettled, session: &Session) -> String {
    let minute = |second: i64| second.div_euclid(60) * 60;
    relative(
        minute(session.now.wall.as_second()),
        minute(item.since.as_second()),
    )
}

/// How long the server still knows the key.
fn life(item: &Unsettled, session: &Session) -> String {
    match (&item.key, item.key_until) {
        (None, _) => "no key".to_owned(),
        (Some(_), None) => "key fresh".to_owned(),
        (Some(_), Some(until)) => {
            let left = until.as_second() - session.now.wall.as_second();
            match left {
                ..=0 => "key OLD".to_owned(),
                1..3600 => format!("key {} m", left.div_euclid(60)),
                _ => format!("key {} h", left.div_euclid(3600)),
            }
        }
    }
}

fn found(item: &Unsettled, columns: usize) -> String {
    match &item.looked {
        None => "—".to_owned(),
        Some(looked) => match &looked.objects[..] {
            [] => "none yet".to_owned(),
            [one] => cut(&visible(one), columns).into_owned(),
            many => format!("{} objects", many.len()),
        },
    }
}

/// All that is known of one; the last line is its note.
fn detail<'a>(item: &Unsettled, session: &Session, theme: Theme) -> Vec<Line<'a>> {
    let faint = |text: &'static str| Span::styled(text, theme.style(Tone::Faint));
    let account = item.account.as_deref().unwrap_or("none");
    let names = Line::from(vec![
        faint("requestId "),
        Span::raw(visible(item.operation.as_str()).into_owned()),
        faint("  account "),
        Span::raw(visible(account).into_owned()),
        faint("  profile "),
        Span::raw(item.profile.clone()),
    ]);
    let key = item.key.as_deref();
    let key = key.map_or("none was sent".into(), |key| visible(key).into_owned());
    let key = Line::from(vec![
        faint("key       "),
        Span::raw(key),
        Span::raw(kept(item, session)),
    ]);
    let verdict = match item.advice.same_key {
        Some(same) => same_key_look(same),
        None => ("no key was sent: look first", Tone::Doubt),
    };
    let verdict = Line::from(vec![
        faint("same key  "),
        Span::styled(verdict.0, theme.style(verdict.1)),
        faint("   a new key: on the exchange itself (Enter)"),
    ]);
    let looked = Line::from(vec![
        faint("looked up "),
        Span::raw(looked(item.looked.as_ref(), session)),
    ]);
    let looked = match &item.made[..] {
        [_, _, ..] if item.is_recreated => {
            let text = format!("   RE-CREATED: {}", visible(&item.made.join(", ")));
            let mut line = looked;
            line.push_span(Span::styled(text, theme.style(Tone::Broken)));
            line
        }
        _ => looked,
    };
    let note = item.remark.as_ref();
    let note = note.map_or("—".into(), |remark| visible(&remark.text).into_owned());
    let note = Line::from(vec![faint("note      "), Span::raw(note)]);
    vec![names, key, verdict, looked, note]
}

fn kept(item: &Unsettled, session: &Session) -> String {
    match item.key_until {
        Some(until) if until > session.now.wall => {
            let seconds = until.as_second() - session.now.wall.as_second();
            format!("   kept for {} min more", seconds.div_euclid(60))
        }
        Some(_) => "   the server may have forgotten it".to_owned(),
        None => String::new(),
    }
}

fn looked(looked: Option<&Looked>, session: &Session) -> String {
    let Some(looked) = looked else {
        return "never".to_owned();
    };
    let minute = |second: i64| second.div_euclid(60) * 60;
    let ago = relative(
        minute(session.now.wall.as_second()),
        minute(looked.at.as_second()),
    );
    let ago = if ago == "now" {
        "just now".to_owned()
    } else {
        format!("{ago} ago")
    };
    match &looked.objects[..] {
        [] => format!("{ago}: none found yet, which settles nothing"),
        found => {
            let but = match looked.worth {
                Worth::Tells(_) | Worth::NoneYet => "",
                Worth::Before => ", before the last send",
                Worth::Elsewhere => ", elsewhere",
                Worth::Partial => ", and maybe more",
                Worth::Known => ", which another attempt made",
                Worth::TooMany => ", more than was tried",
            };
            format!("{ago}: found {}{but}", visible(&found.join(", ")))
        }
    }
}

/// The keys, those that matter most first.
fn keys<'a>(item: &Unsettled, theme: Theme) -> Vec<Vec<Span<'a>>> {
    let settle = if item.evidence().is_some() {
        "settle: done"
    } else {
        "settle"
    };
    let key = |key: &'static str, what: &'static str| {
        vec![
            Span::styled(key, theme.style(Tone::Accent)),
            Span::raw(format!(" {what}  ")),
        ]
    };
    vec![
        key("l", "look up"),
        key("L", "all"),
        key("r", "same key"),
        key("A", "all"),
        key("m", settle),
        key("M", "all"),
        key("n", "note"),
        key("x", "not done"),
    ]
}
