//! From an error to its field, and from one field with an error to the next: in the draft, and in what was sent.
//!
//! Errors about the body are marks of its editor and go with its text; those about the query or a header are looked
//! for by name in the lines of their tab.

use ratatui::layout::Rect;

use crate::domain::api_error::ApiError;
use crate::domain::field_path::Part;
use crate::tui::message::Loaded;
use crate::tui::pane::request::draw::Rows;
use crate::tui::pane::request::marks::{marks, report};
use crate::tui::pane::request::{RequestPane, Spot, Tab};
use crate::tui::session::{Selection, Session};
use crate::tui::widget::editor::Editor;
use crate::tui::widget::mark::Tally;

/// Where a step from error to error led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stepped {
    /// The error, as its answer counts them.
    pub error: usize,
    /// Whether it was looked for round the end of the body.
    pub round: bool,
    /// Whether it is the only one left.
    pub alone: bool,
}

impl RequestPane {
    /// Puts the cursor on an error's field, or where it stood; `false` when the error is about no place in the request.
    pub fn go_to_field(&mut self, session: &Session, error: usize, area: Rect) -> bool {
        let Some(loaded) = session.on_show() else {
            return false;
        };
        let is_draft = session.selection == Selection::Draft;
        self.go_to_error(loaded, error, is_draft, Some(area))
    }

    pub(super) fn go_to_error(
        &mut self,
        loaded: &Loaded,
        error: usize,
        is_draft: bool,
        area: Option<Rect>,
    ) -> bool {
        let errors = report(&loaded.exchange).map(|report| report.errors.as_slice());
        let Some(error_there) = errors.and_then(|errors| errors.get(error)) else {
            return false;
        };
        let tab = match error_there.place.part {
            Part::Body => Tab::Body,
            Part::Query => Tab::Query,
            Part::Header => Tab::Headers,
            Part::Response | Part::Unknown => return false,
        };
        let Some(editor) = self.editor_on_show(tab, is_draft) else {
            return false;
        };
        if tab == Tab::Body && !editor.go_to_mark(error) {
            // An error about the whole body has no mark; one whose place could not be found has no field.
            if !error_there.path.is_empty() || error_there.place.span.is_none() {
                return false;
            }
            editor.set_cursor(0);
        }
        if tab != Tab::Body {
            // What was not sent has no line to go to.
            let Some(line) = line_of(editor, error_there) else {
                return false;
            };
            editor.set_cursor(editor.byte_offset_of(line, 0));
        }
        if let Some(area) = area {
            editor.follow(Rows::of(area).content);
        }
        (self.tab, self.spot) = (tab, Spot::Content);
        true
    }

    /// From the cursor of the body to the next field that is still as it was sent and has an error, or to the one
    /// before; nothing when there is none.
    pub fn step_error(&mut self, session: &Session, forward: bool, area: Rect) -> Option<Stepped> {
        let is_draft = session.selection == Selection::Draft;
        if !is_draft && session.on_show().is_none() {
            return None;
        }
        let editor = self.editor_on_show(Tab::Body, is_draft)?;
        let before = editor.cursor();
        let (error, round) = editor.step_mark(forward)?;
        let alone = round && editor.cursor() == before;
        editor.follow(Rows::of(area).content);
        (self.tab, self.spot) = (Tab::Body, Spot::Content);
        Some(Stepped {
            error,
            round,
            alone,
        })
    }

    /// How many errors are marked in the body on show.
    pub(super) fn tally(&self, is_draft: bool) -> Tally {
        let draft = self.draft.as_ref().map(|draft| &draft.body);
        let sent = self.sent.as_ref().map(|sent| &sent.body);
        let body = if is_draft { draft } else { sent };
        body.map(|body| body.marks().tally()).unwrap_or_default()
    }

    /// Marks the errors of the exchange that the draft was made from.
    pub(super) fn mark_draft(&mut self, loaded: &Loaded) {
        if let Some(draft) = &mut self.draft
            && draft.binary.is_none()
        {
            draft.body.set_marks(marks(&loaded.exchange, &draft.body));
        }
    }

    /// The first error that the draft's body has a mark for.
    pub(super) fn first_marked(&self) -> Option<usize> {
        let marks = self.draft.as_ref()?.body.marks().all();
        marks.iter().map(|mark| mark.of()).min()
    }

    fn editor_on_show(&mut self, tab: Tab, is_draft: bool) -> Option<&mut Editor> {
        match is_draft {
            true => self.draft.as_mut().map(|draft| draft.editor_mut(tab)),
            false => self.sent.as_mut().map(|sent| sent.editor_mut(tab)),
        }
    }
}

/// The line of the query or of the headers that has the name an error speaks of.
fn line_of(editor: &Editor, error: &ApiError) -> Option<usize> {
    let field = error.place.field.as_ref();
    let (path, ends) = match error.place.part {
        Part::Query => (error.path.join("."), '='),
        _ => (error.path.last().cloned().unwrap_or_default(), ':'),
    };
    let wanted = field.map_or(path.as_str(), |field| &field.name);
    let named = |line: &String| {
        let name = line.split(ends).next().unwrap_or("").trim();
        match error.place.part {
            Part::Header => name.eq_ignore_ascii_case(wanted),
            _ if field.is_some() => name == wanted,
            _ => name == wanted || error.path.last().is_some_and(|last| name == last),
        }
    };
    let lines = editor.lines();
    // Of several of one name the one that was meant, where the lines are still those that were sent.
    let sent = field.and_then(|field| field.at);
    let sent = sent.filter(|at| lines.get(*at).is_some_and(named));
    sent.or_else(|| lines.iter().position(named))
}

#[cfg(test)]
mod tests {
    use super::line_of;
    use crate::domain::api_error::ApiError;
    use crate::domain::field_path::{Part, Place};
    use crate::tui::widget::editor::Editor;

    #[test]
    fn an_error_leads_to_the_line_of_its_name() {
        let query = Editor::new("limit=5\n include = boxes\npage.size=3");
        let headers = Editor::new("Accept: */*\nx-account-id: acct");
        for (part, path, expected) in [
            (Part::Query, vec!["include"], Some(1)),
            (Part::Query, vec!["page", "size"], Some(2)),
            (Part::Query, vec!["query", "limit"], Some(0)),
            (Part::Query, vec!["Limit"], None),
            (Part::Header, vec!["X-Account-Id"], Some(1)),
            (Part::Header, vec!["host"], None),
            (Part::Header, vec![], None),
        ] {
            let error = ApiError {
                path: path.iter().map(|step| (*step).to_owned()).collect(),
                place: Place::outside(part),
                ..ApiError::default()
            };
            let editor = if part == Part::Query {
                &query
            } else {
                &headers
            };
            assert_eq!(line_of(editor, &error), expected, "{path:?}");
        }
    }
}
