//! What is known of an answer's codes and of its status, under the error list: the code's own explanation first.

use ratatui::text::{Line, Span};

use crate::document::visible::visible;
use crate::domain::catalogue::{Entry, Piece, of_answer};
use crate::tui::message::Loaded;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::wrap::wrap;

/// How many codes of one answer are explained; who wants more asks `reqscope explain`.
const CODES: usize = 3;

/// In how many errors of a list a code is looked for.
const LOOKED_AT: usize = 1000;

/// A piece that is longer is cut.
const MOST_ROWS: usize = 12;

/// What stands before what is to be done, and before what is easily overlooked.
const ADVICE: &str = "→ ";
const CAVEAT: &str = "! ";

/// The rows under the list; none for an answer that is no error.
pub(crate) fn lines(loaded: &Loaded, columns: u16, theme: Theme) -> Vec<Line<'static>> {
    let Some(response) = loaded.exchange.outcome.response() else {
        return Vec::new();
    };
    let report = response.report.as_ref();
    // The envelope's own code stands above the list and says the least: it comes last.
    let own = report.and_then(|report| report.code.as_deref());
    let listed = report
        .into_iter()
        .flat_map(|report| report.errors.iter().take(LOOKED_AT));
    let codes = listed.filter_map(|error| error.code.as_deref()).chain(own);
    let keyed = loaded.exchange.request.idempotency_key.is_some();
    let entries = of_answer(response.status, codes, CODES, &loaded.profile);
    entries
        .iter()
        .flat_map(|entry| of_entry(entry, keyed, columns, theme))
        .collect()
}

/// A blank row, its name, and its pieces with their signs in a column of their own.
fn of_entry(entry: &Entry, keyed: bool, columns: u16, theme: Theme) -> Vec<Line<'static>> {
    let name = Span::styled(visible(&entry.name).into_owned(), theme.style(Tone::Strong));
    let mut lines = vec![Line::default(), Line::from(name)];
    for piece in entry.pieces(keyed) {
        let (sign, text, tone) = match &piece {
            Piece::Remark(text) => ("", text.as_str(), Tone::Faint),
            Piece::Meaning(text) => ("", *text, Tone::Plain),
            Piece::Recommendation(text) => (ADVICE, *text, Tone::Plain),
            Piece::Caveat(text) => (CAVEAT, *text, Tone::Plain),
        };
        let room = columns.saturating_sub(2);
        let text = Line::styled(visible(text).into_owned(), theme.style(tone));
        let rows = wrap(&text, room, MOST_ROWS).into_iter().enumerate();
        lines.extend(rows.map(|(at, row)| {
            let sign = if at == 0 && !sign.is_empty() {
                sign
            } else {
                "  "
            };
            let sign = Span::styled(sign, theme.style(Tone::Notice));
            let style = row.style;
            let mut spans = vec![sign];
            spans.extend(row.spans.into_iter().map(|span| span.patch_style(style)));
            Line::from(spans)
        }));
    }
    lines
}
