//! What somebody keeps of an exchange: a pin, a note.

use crate::domain::exchange::{Failure, Summary};
use crate::tui::app::App;
use crate::tui::message::effect::Effect;
use crate::tui::overlay::Overlay;
use crate::tui::overlay::note::NoteLine;
use crate::tui::session::Selection;

impl App {
    /// Pins what is selected, or takes its pin off. The row says so once it is written.
    pub(super) fn pin(&mut self) -> Vec<Effect> {
        let Some(row) = self.kept_row() else {
            return Vec::new();
        };
        let (id, pinned) = (row.id.clone(), !row.pinned);
        vec![Effect::Pin { id, pinned }]
    }

    /// Opens the line for a note on what is selected.
    pub(super) fn annotate(&mut self) {
        if let Some(line) = self.kept_row().map(NoteLine::on) {
            self.overlay = Some(Overlay::Note(Box::new(line)));
        }
    }

    /// The row of what was sent and is selected; says so when there is none.
    fn kept_row(&mut self) -> Option<&Summary> {
        let id = match &self.session.selection {
            Selection::Exchange(id) => Some(id.clone()),
            Selection::Draft | Selection::Nothing => None,
        };
        let row = id.and_then(|id| {
            let mut rows = self.session.list.known();
            rows.find(|row| row.id == id).map(|row| row.id.clone())
        });
        let Some(id) = row else {
            let hint = "select an exchange in the history (1)";
            self.tell(Failure::new("nothing that was sent is selected").hint(hint));
            return None;
        };
        self.session.list.known().find(|row| row.id == id)
    }
}
