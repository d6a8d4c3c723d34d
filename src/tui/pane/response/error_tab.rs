//! The Errors tab as a whole: what the answer says of itself, the list, and what is known of codes and status.
//!
//! ```text
//!   request_errors  the request is not right        envelope: at most a quarter of the rows
//!   ▾ amount_not_positive  …               /amount  the list, which scrolls by itself
//!   422 Unprocessable Content                       catalogue: what the list leaves, and at least a third where there
//!     → correct it …                                is room for both and no error is open
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::tui::message::Loaded;
use crate::tui::pane::response::errors::ErrorList;
use crate::tui::pane::response::errors::entry::Listing;
use crate::tui::pane::response::{catalogue, envelope, errors, report};
use crate::tui::theme::{Theme, Tone};

/// From this height on the catalogue has its share, however long the list is.
const ROOMY: u16 = 9;
/// Of the rows that list and catalogue share, one in so many is the catalogue's.
const SHARE: u16 = 3;

/// A look that only rows are counted with.
const PLAIN: Theme = Theme { colour: false };

/// What stands where.
struct Parts {
    above: Vec<Line<'static>>,
    list: Rect,
    below: Vec<Line<'static>>,
}

/// Where the list stands in the tab.
pub(crate) fn list_area(loaded: &Loaded, list: &ErrorList, area: Rect) -> Rect {
    Listing::of(loaded).map_or(area, |listing| {
        parts(loaded, listing, list, area, PLAIN).list
    })
}

fn parts(
    loaded: &Loaded,
    listing: Listing<'_>,
    list: &ErrorList,
    area: Rect,
    theme: Theme,
) -> Parts {
    let above = match report(&loaded.exchange) {
        Some(report) => envelope::lines(report, area.width, area.height, theme),
        None => Vec::new(),
    };
    let taken = u16::try_from(above.len()).unwrap_or(area.height);
    let rest = area.height.saturating_sub(taken);
    let rows = list.rows_up_to(listing, area.width, rest);
    // Who opened an error reads that.
    let has_share = rest >= ROOMY && !list.shows_details();
    let share = if has_share { rest / SHARE } else { 0 };
    let room = (rest - rows).max(share);
    let below = cut(
        catalogue::lines(loaded, area.width, theme),
        room,
        loaded,
        theme,
    );
    let below_rows = u16::try_from(below.len()).unwrap_or(room);
    let list = Rect {
        y: area.y + taken,
        height: rest - below_rows,
        ..area
    };
    Parts { above, list, below }
}

/// As many rows as there is room for; the last one says where the others are.
fn cut(
    mut lines: Vec<Line<'static>>,
    room: u16,
    loaded: &Loaded,
    theme: Theme,
) -> Vec<Line<'static>> {
    let room = usize::from(room);
    // Less than a blank row, its name, a line of it and where the rest is says nothing.
    if room < 4 && lines.len() > room {
        return Vec::new();
    }
    if lines.len() > room {
        lines.truncate(room - 1);
        let status = loaded.exchange.outcome.status().unwrap_or(0);
        let more = format!("  … reqscope explain {status}");
        lines.push(Line::styled(more, theme.style(Tone::Faint)));
    }
    lines
}

/// What is told where there is no list, row by row.
pub(crate) fn without_list(loaded: &Loaded, columns: u16, theme: Theme) -> Vec<Line<'static>> {
    let Some(response) = loaded.exchange.outcome.response() else {
        return Vec::new();
    };
    let envelope = report(&loaded.exchange);
    let envelope = envelope.map(|report| envelope::lines(report, columns, u16::MAX, theme));
    let mut lines = envelope.unwrap_or_default();
    lines.extend(errors::none(response, columns, theme));
    lines.extend(catalogue::lines(loaded, columns, theme));
    lines
}

/// How many rows it has that scroll with the pane: the list scrolls by itself.
pub(crate) fn rows(loaded: &Loaded, columns: u16) -> usize {
    match Listing::of(loaded) {
        Some(_) => 0,
        None => without_list(loaded, columns, PLAIN).len(),
    }
}

/// Draws it; without a list from row `top` on.
pub(crate) fn draw(
    loaded: &Loaded,
    list: &ErrorList,
    top: usize,
    (theme, focused): (Theme, bool),
    area: Rect,
    buffer: &mut Buffer,
) {
    let Some(listing) = Listing::of(loaded) else {
        let lines = without_list(loaded, area.width, theme);
        return render(lines.into_iter().skip(top), area, buffer);
    };
    let parts = parts(loaded, listing, list, area, theme);
    render(parts.above.into_iter(), area, buffer);
    list.draw(listing, theme, focused, parts.list, buffer);
    let below = Rect {
        y: parts.list.bottom(),
        height: area.bottom().saturating_sub(parts.list.bottom()),
        ..area
    };
    render(parts.below.into_iter(), below, buffer);
}

fn render(lines: impl Iterator<Item = Line<'static>>, area: Rect, buffer: &mut Buffer) {
    for (line, row) in lines.zip(area.rows()) {
        line.render(row, buffer);
    }
}
