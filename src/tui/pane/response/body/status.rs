//! The line below a body: the way to the cursor, which line that is, how much there is; and the words for a fault.

use std::io;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::document::place::Place;
use crate::document::syntax::Syntax;
use crate::document::visible::visible;
use crate::document::walk::Walk;
use crate::document::{Document, Form};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::text::{cut, human_bytes, middle, width};

/// What it tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    /// The way to the cursor; empty where there is none.
    pub(super) path: &'a str,
    /// Why the body is no JSON, though it began like it.
    pub(super) fault: Option<&'a str>,
    /// Where the cursor is.
    pub(super) place: Place,
    /// How a search went; empty when there was none.
    pub(super) found: &'a str,
}

/// Draws it.
pub(super) fn draw(
    document: &Document,
    told: Told<'_>,
    theme: Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    if area.is_empty() {
        return;
    }
    let faint = theme.style(Tone::Faint);
    let room = usize::from(area.width);
    let place = told.place;
    let right = [position(document, place), short_position(document, place)];
    let found = match told.found {
        "" => String::new(),
        found => format!("{found}  "),
    };
    let right = right.into_iter().map(|right| format!("{found}{right}"));
    // A fault is worth more than how many lines there are.
    let share = if told.fault.is_some() { 3 } else { 6 };
    let right = right
        .into_iter()
        .find(|right| width(right) <= room * share / 9);
    let right = right.unwrap_or_default();
    // At most the width, which is a u16.
    let taken = u16::try_from(width(&right)).unwrap_or(area.width);
    buffer.set_string(area.right().saturating_sub(taken), area.y, &right, faint);
    let left = usize::from(area.width.saturating_sub(taken + 2));
    let (text, tone) = match (told.path, told.fault) {
        ("", Some(fault)) if document.form() != Form::Json => (fault.to_owned(), Tone::Refused),
        ("", _) => (kind(document), Tone::Strong),
        (path, _) => (path.to_owned(), Tone::Strong),
    };
    let text = match tone {
        Tone::Refused => cut(&visible(&text), left).into_owned(),
        _ => middle(&visible(&text), left).into_owned(),
    };
    buffer.set_stringn(area.x, area.y, text, left, theme.style(tone));
}

/// Draws what runs in its place.
pub(super) fn draw_running(
    filter: &str,
    (theme, focused): (Theme, bool),
    area: Rect,
    buffer: &mut Buffer,
) {
    // Elsewhere Esc leads back from what is there.
    let stops = match focused {
        true => "Esc stops it",
        false => "Ctrl-C stops it",
    };
    let room = usize::from(area.width);
    // At most the width, which is a u16.
    let taken = u16::try_from(stops.len()).unwrap_or(0).min(area.width);
    let right = area.right() - taken;
    buffer.set_stringn(right, area.y, stops, room, theme.style(Tone::Faint));
    let left = usize::from(area.width.saturating_sub(taken + 2));
    let told = format!("jq … {}", visible(filter));
    let told = cut(&told, left).into_owned();
    buffer.set_stringn(area.x, area.y, told, left, theme.style(Tone::Notice));
}

/// What the document is, where there is no way to tell.
fn kind(document: &Document) -> String {
    match document.form() {
        Form::Json if document.values() > 1 => format!("{} JSON documents", document.values()),
        Form::Json => "JSON".to_owned(),
        Form::Text => {
            let (name, charset) = (document.syntax().name(), document.charset());
            match (document.syntax(), charset.is_utf_8()) {
                (_, true) => name.to_owned(),
                (Syntax::Plain, false) => charset.name().to_owned(),
                (_, false) => format!("{name}, {}", charset.name()),
            }
        }
        Form::Binary => "binary".to_owned(),
    }
}

fn position(document: &Document, place: Place) -> String {
    let so_far = if document.is_whole() { "" } else { " so far" };
    let lines = document.lines();
    format!(
        "line {} of {lines}  {}{so_far}  {}",
        (place.line + 1).min(lines),
        human_bytes(document.indexed() as u64),
        percent(document, place)
    )
}

fn short_position(document: &Document, place: Place) -> String {
    format!("{}  {}", place.line + 1, percent(document, place))
}

fn percent(document: &Document, place: Place) -> String {
    let last = document.lines().saturating_sub(1);
    match place.line {
        _ if last == 0 => "all".to_owned(),
        0 => "top".to_owned(),
        line if line >= last => "end".to_owned(),
        line => format!("{}%", line * 100 / last),
    }
}

/// Where a body that began like JSON stops being it, in words; the place is told by line and column.
pub(super) fn fault(document: &Document) -> io::Result<Option<String>> {
    let Some(fault) = document.fault() else {
        return Ok(None);
    };
    if fault.cut {
        return Ok(None);
    }
    let mut walk = Walk::new(document);
    let place = walk.at_offset(fault.offset)?;
    let Some(place) = place.filter(|_| fault.offset <= document.indexed()) else {
        return Ok(Some(format!("✗ not JSON: {}", fault.what)));
    };
    let within = fault.offset.saturating_sub(place.at);
    let column = if within <= FAR {
        let bytes = walk.bytes(place.at..fault.offset)?;
        document.charset().decode(bytes).chars().count() + 1
    } else {
        within + 1
    };
    Ok(Some(format!(
        "✗ not JSON: {} at line {}, column {column}",
        fault.what,
        place.line + 1
    )))
}

/// Behind so many bytes of a line columns are counted in bytes: nobody counts characters to there.
const FAR: usize = 64 << 10;

/// The line of a fault, as somebody would write it.
pub(super) fn fault_line(document: &Document) -> Option<String> {
    let fault = document.fault().filter(|fault| !fault.cut)?;
    let place = Walk::new(document).at_offset(fault.offset).ok()??;
    Some((place.line + 1).to_string())
}

/// The bytes of the value at a place, as text, when they are not more than `most`: a container from bracket to
/// bracket; of text the line.
pub(super) fn value(document: &Document, place: Place, most: usize) -> io::Result<Option<String>> {
    let mut walk = Walk::new(document);
    let span = match document.form() {
        Form::Json => walk.value_at(place)?,
        Form::Text => {
            let line = walk.line(place)?;
            line.and_then(|line| line.value())
        }
        Form::Binary => None,
    };
    let Some(span) = span.filter(|span| span.len() <= most) else {
        return Ok(None);
    };
    let bytes = walk.bytes(span)?;
    Ok(Some(document.charset().decode(bytes).into_owned()))
}
