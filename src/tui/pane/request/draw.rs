//! How the request pane looks.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Widget, Wrap};

use crate::document::visible::visible;
use crate::domain::profile::is_loopback;
use crate::tui::message::Loaded;
use crate::tui::outcome_look::choice_word;
use crate::tui::pane::request::draft::Draft;
use crate::tui::pane::request::fact::{self, FIELDS, LABEL};
use crate::tui::pane::request::{RequestPane, Spot, TABS, Tab};
use crate::tui::session::{Selection, Session};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::editor::Editor;
use crate::tui::widget::field::Field;
use crate::tui::widget::mark::Tally;
use crate::tui::widget::piece::first_fitting;
use crate::tui::widget::text::{middle, url_middle, width};
use crate::tui::widget::{note, tabs};

/// Where the rows of the pane stand.
pub(crate) struct Rows {
    line: Rect,
    /// Three rows, one that they share, or none.
    facts: Vec<Rect>,
    tabs: Rect,
    /// The body, the headers or the query.
    pub(crate) content: Rect,
}

impl Rows {
    /// Those of a pane in this area, its border included.
    pub(crate) fn of(area: Rect) -> Rows {
        let inner = Block::bordered().inner(area);
        let facts = match inner.height {
            0..4 => 0,
            4..12 => 1,
            _ => 3,
        };
        let mut at = inner.y;
        let mut take = |height: u16| {
            let row = Rect {
                y: at,
                height: height.min(inner.bottom().saturating_sub(at)),
                ..inner
            };
            at += row.height;
            row
        };
        let line = take(1);
        let facts = (0..facts).map(|_| take(1)).collect();
        Rows {
            line,
            facts,
            tabs: take(1),
            content: take(u16::MAX),
        }
    }
}

/// What drawing needs to know beside what it draws.
#[derive(Clone, Copy)]
struct Look {
    theme: Theme,
    focused: bool,
}

impl RequestPane {
    /// Draws it; says where the text cursor belongs.
    pub fn draw(
        &self,
        session: &Session,
        theme: Theme,
        focused: bool,
        area: Rect,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let look = Look { theme, focused };
        let draft = self
            .draft
            .as_ref()
            .filter(|_| session.selection == Selection::Draft);
        let title = draft.map_or_else(
            || sent_title(session, self.revealed.is_some(), look),
            |draft| draft_title(draft, look),
        );
        Block::bordered()
            .border_style(theme.border(focused))
            .title_style(Style::reset())
            .title(title)
            .render(area, buffer);
        let rows = Rows::of(area);
        match (draft, session.on_show()) {
            (Some(draft), _) => return self.draw_draft(draft, look, &rows, buffer),
            (None, Some(loaded)) => self.draw_sent(loaded, look, &rows, buffer),
            (None, None) => {
                let text = match session.selection {
                    Selection::Nothing => "c composes a request; what was sent will stand here.",
                    _ => "reading …",
                };
                let inner = Block::bordered().inner(area);
                let faint = Paragraph::new(text).style(theme.style(Tone::Faint));
                faint.wrap(Wrap { trim: true }).render(inner, buffer);
            }
        }
        None
    }

    fn edits(&self, spot: Spot, look: Look) -> bool {
        look.focused && self.editing && self.spot == spot
    }

    fn draw_draft(
        &self,
        draft: &Draft,
        look: Look,
        rows: &Rows,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let mut cursor = draw_field(
            &draft.line,
            "POST /v1/payments",
            rows.line,
            self.edits(Spot::Line, look),
            look,
            buffer,
        );
        let mut under_cursor = vec![(Spot::Line, rows.line), (Spot::Content, rows.tabs)];
        if let [one] = rows.facts.as_slice() {
            cursor = cursor.or(self.draw_facts_short(draft, *one, look, buffer));
            under_cursor.extend([(Spot::Account, *one), (Spot::Key, *one)]);
        } else {
            cursor = cursor.or(self.draw_facts(draft, &rows.facts, look, buffer));
            under_cursor.extend(
                FIELDS
                    .iter()
                    .zip(&rows.facts)
                    .filter_map(|(spot, area)| Some(((*spot)?, *area))),
            );
        }
        strip(
            &draft.headers,
            &draft.query,
            self.tab,
            rows.tabs.width,
            look,
        )
        .render(rows.tabs, buffer);
        draw_tally(self.tally(true), rows.tabs, look, buffer);
        for (_, area) in under_cursor
            .into_iter()
            .filter(|(spot, _)| *spot == self.spot && look.focused && !self.editing)
        {
            buffer.set_style(area, look.theme.cursor(true));
        }
        if let (Tab::Body, Some(binary)) = (self.tab, &draft.binary) {
            let text = format!(
                "{} bytes that are no plain text: kept as they are.",
                binary.len()
            );
            Line::styled(text, look.theme.style(Tone::Faint)).render(rows.content, buffer);
            return cursor;
        }
        let (editor, edits) = (draft.editor(self.tab), self.edits(Spot::Content, look));
        if editor.is_empty() && !edits {
            let text = match self.tab {
                Tab::Body => "No body yet: Enter here writes one.",
                Tab::Headers => "Name: value, a line each. The profile adds its own.",
                Tab::Query => "name=value, a line each.",
            };
            Line::styled(text, look.theme.style(Tone::Faint)).render(rows.content, buffer);
        } else {
            // Also where nothing is typed the cursor says where n and f have led.
            let shows = look.focused && self.spot == Spot::Content;
            editor.draw(rows.content, buffer, look.theme, shows);
        }
        if edits {
            editor.cursor_point(rows.content)
        } else {
            cursor
        }
    }

    fn draw_facts(
        &self,
        draft: &Draft,
        areas: &[Rect],
        look: Look,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let mut cursor = None;
        for (fact, (area, spot)) in fact::of_draft(draft).iter().zip(areas.iter().zip(FIELDS)) {
            let (label, value) = split(*area);
            fact.label_line(look.theme).render(label, buffer);
            match spot
                .filter(|spot| self.edits(*spot, look))
                .and_then(|spot| draft.fact_field(spot))
            {
                Some(field) => cursor = draw_field(field, "none", value, true, look, buffer),
                None => fact.value_line(look.theme).render(value, buffer),
            }
        }
        cursor
    }

    /// The facts in one line; the one that is edited has the line to itself.
    fn draw_facts_short(
        &self,
        draft: &Draft,
        area: Rect,
        look: Look,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let facts = fact::of_draft(draft);
        let edited = FIELDS
            .iter()
            .zip(&facts)
            .find(|(spot, _)| spot.is_some_and(|spot| self.edits(spot, look)));
        let field = edited.and_then(|(spot, fact)| Some((draft.fact_field((*spot)?)?, fact)));
        let Some((field, fact)) = field else {
            fact::short_line(&facts, area.width, look.theme).render(area, buffer);
            return None;
        };
        let (label, value) = split(area);
        fact.label_line(look.theme).render(label, buffer);
        draw_field(field, "none", value, true, look, buffer)
    }

    fn draw_sent(&self, loaded: &Loaded, look: Look, rows: &Rows, buffer: &mut Buffer) {
        let Some(sent) = self.shown() else { return };
        let (exchange, theme) = (&loaded.exchange, look.theme);
        let request = &exchange.request;
        let method = format!("{} ", request.method);
        let room = usize::from(rows.line.width).saturating_sub(width(&method));
        let target = visible(&request.target);
        let line = Line::from(vec![
            Span::styled(method, theme.style(Tone::Strong)),
            Span::raw(url_middle(&target, room)),
        ]);
        line.render(rows.line, buffer);
        let facts = fact::of_sent(exchange);
        if let [one] = rows.facts.as_slice() {
            fact::short_line(&facts, one.width, theme).render(*one, buffer);
        } else {
            for (fact, area) in facts.iter().zip(&rows.facts) {
                let (label, value) = split(*area);
                fact.label_line(theme).render(label, buffer);
                fact.value_line(theme).render(value, buffer);
            }
        }
        strip(&sent.headers, &sent.query, self.tab, rows.tabs.width, look)
            .render(rows.tabs, buffer);
        draw_tally(self.tally(false), rows.tabs, look, buffer);
        let editor = sent.editor(self.tab);
        if editor.is_empty() {
            let text = match self.tab {
                Tab::Body => "No body was sent.",
                Tab::Headers => "No headers were sent.",
                Tab::Query => "No query was sent.",
            };
            return Line::styled(text, theme.style(Tone::Faint)).render(rows.content, buffer);
        }
        editor.draw(rows.content, buffer, theme, look.focused);
    }
}

/// A fact's row: its label's part and its value's.
fn split(area: Rect) -> (Rect, Rect) {
    let label = Rect {
        width: area.width.min(LABEL),
        ..area
    };
    (
        label,
        Rect {
            x: area.x + label.width,
            width: area.width - label.width,
            ..area
        },
    )
}

fn strip(headers: &Editor, query: &Editor, active: Tab, width: u16, look: Look) -> Line<'static> {
    let written = |editor: &Editor| {
        editor
            .lines()
            .iter()
            .filter(|line| !line.trim().is_empty())
            .count()
    };
    let counted = |editor: &Editor| Some(written(editor)).filter(|count| *count > 0);
    let tabs = [
        tabs::Tab {
            label: "Body",
            short: "Body",
            count: None,
        },
        tabs::Tab {
            label: "Headers",
            short: "Head",
            count: counted(headers),
        },
        tabs::Tab {
            label: "Query",
            short: "Query",
            count: counted(query),
        },
    ];
    let active = TABS.iter().position(|tab| *tab == active).unwrap_or(0);
    tabs::line(&tabs, active, width, look.theme, look.focused)
}

/// How many errors the body is marked with, at the right end of the tabs' row, as far as there is room beside them.
fn draw_tally(tally: Tally, area: Rect, look: Look, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let free = (area.left()..area.right()).rev();
    let free = free.take_while(|x| buffer[(*x, area.y)].symbol() == " ");
    let room = free.count().saturating_sub(2);
    let Tally { standing, changed } = tally;
    let errors = if standing == 1 { "error" } else { "errors" };
    let line = |standing_text: String, changed_text: String| {
        let mut spans = Vec::new();
        if standing > 0 {
            spans.push(Span::styled(standing_text, note::style(false, look.theme)));
        }
        if changed > 0 {
            let gap = if standing > 0 { "  " } else { "" };
            spans.push(Span::raw(gap));
            spans.push(Span::styled(changed_text, note::style(true, look.theme)));
        }
        Line::from(spans)
    };
    let lines = [
        line(
            format!("✗ {standing} {errors}"),
            format!("~ {changed} changed since"),
        ),
        line(format!("✗{standing}"), format!("~{changed}")),
    ];
    let line = first_fitting(lines, room);
    if line.width() <= room {
        line.right_aligned().render(area, buffer);
    }
}

fn draw_field(
    field: &Field,
    placeholder: &str,
    area: Rect,
    editing: bool,
    look: Look,
    buffer: &mut Buffer,
) -> Option<Position> {
    field.draw(area, buffer, look.theme, editing, placeholder);
    field.cursor_point(area).filter(|_| editing)
}

fn draft_title<'a>(draft: &Draft, look: Look) -> Line<'a> {
    let (operation, continued) = draft.operation();
    let name = operation
        .map(|operation| middle(operation.as_str(), 11).into_owned())
        .unwrap_or_default();
    let text = if continued {
        format!("─ continues {name} ")
    } else {
        "─ new operation ".to_owned()
    };
    Line::from(vec![
        Span::styled(" 2 Draft ", look.theme.title(look.focused)),
        Span::raw(text),
    ])
}

/// Under which profile it was sent, when another one is open: that is where a replay goes. A server that is not this
/// machine's is unmistakable here too.
fn other_profile<'a>(session: &Session, loaded: &Loaded, look: Look) -> Option<Span<'a>> {
    let (open, sent) = (session.profile.as_ref()?, &loaded.exchange.profile);
    let name = middle(&visible(sent), 16).into_owned();
    let base = loaded.profile.base_url.as_ref();
    let live = loaded.profile.name == *sent && base.is_some_and(|base| !is_loopback(base));
    let (word, tone) = match live {
        true => (" LIVE", Tone::Broken),
        false => ("", Tone::Strong),
    };
    (open.name != *sent)
        .then(|| Span::styled(format!("─ profile {name}{word} "), look.theme.style(tone)))
}

fn sent_title<'a>(session: &Session, revealed: bool, look: Look) -> Line<'a> {
    let mut spans = vec![Span::styled(" 2 Request ", look.theme.title(look.focused))];
    if revealed {
        let told = "─ SECRETS REVEALED, v hides them ";
        spans.push(Span::styled(told, look.theme.style(Tone::Refused)));
    }
    if let Some(loaded) = session.on_show() {
        let exchange = &loaded.exchange;
        spans.extend(other_profile(session, loaded, look));
        let send = if exchange.send > 1 {
            format!(" send {}", exchange.send)
        } else {
            String::new()
        };
        spans.push(Span::raw(format!("─ attempt {}{send} ", exchange.attempt)));
        let word = choice_word(exchange.request.key_choice);
        if !word.is_empty() {
            spans.push(Span::styled(
                format!("─ {word} key "),
                look.theme.style(Tone::Strong),
            ));
        }
    }
    Line::from(spans)
}
