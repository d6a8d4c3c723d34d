//! The three facts about an attempt: account, key, requestId.

use ratatui::text::{Line, Span};

use crate::document::visible::visible;
use crate::domain::exchange::Exchange;
use crate::domain::request::KeyChoice;
use crate::tui::pane::request::Spot;
use crate::tui::pane::request::draft::{Draft, DraftKey};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::piece::fitting;
use crate::tui::widget::text::{middle, pad_right};

/// One of the three, as the pane tells it.
pub(crate) struct Fact {
    label: &'static str,
    value: String,
    note: &'static str,
}

/// The columns of a fact's label.
pub(crate) const LABEL: u16 = 11;

/// Which field stands behind each fact: the requestId has none.
pub(crate) const FIELDS: [Option<Spot>; 3] = [Some(Spot::Account), Some(Spot::Key), None];

impl Fact {
    /// Its label, as wide as all labels.
    pub(crate) fn label_line(&self, theme: Theme) -> Line<'static> {
        Line::styled(
            pad_right(self.label, usize::from(LABEL)),
            theme.style(Tone::Faint),
        )
    }

    /// Its value and what is to be said of it.
    pub(crate) fn value_line(&self, theme: Theme) -> Line<'static> {
        let mut spans = vec![Span::raw(visible(&self.value).into_owned())];
        if !self.note.is_empty() {
            let gap = if self.value.is_empty() { "" } else { "  " };
            spans.push(Span::styled(
                format!("{gap}{}", self.note),
                theme.style(Tone::Strong),
            ));
        }
        Line::from(spans)
    }
}

/// All in one line, the one that decides a replay first; what does not fit whole is left out.
pub(crate) fn short_line(
    [account, key, operation]: &[Fact; 3],
    columns: u16,
    theme: Theme,
) -> Line<'static> {
    let label = Span::styled(format!("{} ", key.label), theme.style(Tone::Faint));
    let mut first = vec![label];
    first.extend(key.value_line(theme).spans);
    let others = [operation, account].map(|fact| {
        let mut piece = vec![Span::raw("  ")];
        piece.extend(fact.value_line(theme).spans);
        piece
    });
    fitting([first].into_iter().chain(others), usize::from(columns))
}

/// Those of a draft: what it would be sent with.
pub(crate) fn of_draft(draft: &Draft) -> [Fact; 3] {
    let (key, note) = match draft.key() {
        DraftKey::None => (None, "no key"),
        DraftKey::Same(key) => (Some(key), "same"),
        DraftKey::Fresh(key) => (Some(key.unwrap_or("…".into())), "fresh"),
        DraftKey::New(key) => (Some(key.unwrap_or("…".into())), "NEW"),
        DraftKey::Given(key) => (Some(key), "given"),
    };
    let (operation, continued) = draft.operation();
    let operation = operation.map_or("…".to_owned(), |id| middle(id.as_str(), 19).into_owned());
    let account = draft.account().unwrap_or("none");
    let continued = if continued { "continued" } else { "new" };
    [
        Fact {
            label: "account",
            value: account.to_owned(),
            note: "",
        },
        Fact {
            label: "key",
            value: short_key(key.as_deref()),
            note,
        },
        Fact {
            label: "requestId",
            value: operation,
            note: continued,
        },
    ]
}

/// Those of a sent request.
pub(crate) fn of_sent(exchange: &Exchange) -> [Fact; 3] {
    let note = match exchange.request.key_choice {
        KeyChoice::Fresh => "fresh",
        KeyChoice::Same => "same",
        KeyChoice::New => "NEW",
        KeyChoice::Given => "given",
        KeyChoice::None => "no key",
    };
    let account = exchange.account.as_deref().unwrap_or("none").to_owned();
    let operation = middle(exchange.operation.as_str(), 19).into_owned();
    [
        Fact {
            label: "account",
            value: account,
            note: "",
        },
        Fact {
            label: "key",
            value: short_key(exchange.request.idempotency_key.as_deref()),
            note,
        },
        Fact {
            label: "requestId",
            value: operation,
            note: "",
        },
    ]
}

fn short_key(key: Option<&str>) -> String {
    key.map(|key| middle(key, 13).into_owned())
        .unwrap_or_default()
}
