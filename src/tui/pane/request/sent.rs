//! A sent request as it is looked at: read-only, its errors marked in its body.

use crate::domain::exchange::Exchange;
use crate::domain::id::ExchangeId;
use crate::tui::pane::request::Tab;
use crate::tui::pane::request::marks::{body_of_sent, marks};
use crate::tui::widget::editor::Editor;

/// A sent request as it is looked at.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The exchange.
    pub(crate) id: ExchangeId,
    /// Whether its outcome was known: then its errors are marked.
    pub(crate) final_outcome: bool,
    /// Its body, as sent.
    pub(crate) body: Editor,
    /// Its header fields.
    pub(crate) headers: Editor,
    /// Its parameters.
    pub(crate) query: Editor,
}

impl Sent {
    pub(crate) fn of(exchange: &Exchange) -> Sent {
        let request = &exchange.request;
        let list = |pairs: &mut dyn Iterator<Item = (String, String)>, joint: &str| {
            let lines: Vec<_> = pairs
                .map(|(name, value)| format!("{name}{joint}{value}"))
                .collect();
            Editor::new(&lines.join("\n"))
        };
        let query = request
            .target
            .split_once('?')
            .map_or("", |(_, query)| query);
        let mut body = Editor::new(&body_of_sent(exchange));
        body.set_marks(marks(exchange, &body));
        Sent {
            id: exchange.id.clone(),
            final_outcome: exchange.outcome.is_final(),
            body,
            headers: list(
                &mut request
                    .headers
                    .iter()
                    .map(|(n, v)| (n.to_owned(), v.to_owned())),
                ": ",
            ),
            query: list(
                &mut url::form_urlencoded::parse(query.as_bytes()).into_owned(),
                " = ",
            ),
        }
    }

    pub(crate) fn editor(&self, tab: Tab) -> &Editor {
        match tab {
            Tab::Body => &self.body,
            Tab::Headers => &self.headers,
            Tab::Query => &self.query,
        }
    }

    pub(crate) fn editor_mut(&mut self, tab: Tab) -> &mut Editor {
        match tab {
            Tab::Body => &mut self.body,
            Tab::Headers => &mut self.headers,
            Tab::Query => &mut self.query,
        }
    }
}
