//! Two exchanges to compare: one is marked, the next one chosen.

use crate::domain::compare::Comparison;
use crate::domain::exchange::{Failure, Summary};
use crate::domain::id::ExchangeId;
use crate::tui::app::App;
use crate::tui::message::effect::Effect;
use crate::tui::overlay::Overlay;
use crate::tui::overlay::compare::CompareSheet;
use crate::tui::session::Selection;
use crate::tui::widget::text::middle;

impl App {
    /// Marks what is selected; or compares it with what was marked, or with the send before it.
    pub(super) fn compare(&mut self) -> Vec<Effect> {
        let Selection::Exchange(id) = self.session.selection.clone() else {
            let hint = "select an exchange in the history (1)";
            self.tell(Failure::new("nothing that was sent is on show").hint(hint));
            return Vec::new();
        };
        match self.session.marked.take() {
            None => self.mark(id),
            Some(marked) if marked != id => return self.open_comparison(marked, id),
            Some(marked) => match self.earlier(&marked) {
                Some(earlier) => return self.open_comparison(earlier, marked),
                None => {
                    let what = "nothing was sent before it in its operation";
                    self.tell(Failure::new(what).hint("select another exchange, then = again"));
                    self.session.marked = Some(marked);
                }
            },
        }
        Vec::new()
    }

    fn mark(&mut self, id: ExchangeId) {
        let short = middle(id.as_str(), 9).into_owned();
        let hint = match self.earlier(&id) {
            Some(_) => "= here compares it with the send before it; Esc drops it",
            None => "Esc drops it",
        };
        let what = format!("comparing with {short}: select another, = again");
        self.tell(Failure::new(what).hint(hint));
        self.session.marked = Some(id);
    }

    /// The exchange of the same operation that was sent before this one.
    fn earlier(&self, id: &ExchangeId) -> Option<ExchangeId> {
        let shown = self
            .session
            .on_show()
            .filter(|shown| shown.exchange.id == *id);
        let operation = shown
            .into_iter()
            .flat_map(|shown| shown.operation.attempts());
        let known: Vec<&Summary> = operation.chain(self.session.list.known()).collect();
        let this = known.iter().find(|row| row.id == *id)?;
        let before = known.iter().filter(|row| {
            row.operation == this.operation && row.id != *id && row.started_at <= this.started_at
        });
        let last = before.max_by_key(|row| (row.started_at, row.attempt, row.send));
        last.map(|row| row.id.clone())
    }

    fn open_comparison(&mut self, left: ExchangeId, right: ExchangeId) -> Vec<Effect> {
        let sheet = CompareSheet::new(left.clone(), right.clone());
        self.overlay = Some(Overlay::Compare(Box::new(sheet)));
        vec![Effect::Compare { left, right }]
    }

    /// Two were compared, for whoever still looks.
    pub(super) fn compared(
        &mut self,
        left: &ExchangeId,
        right: &ExchangeId,
        result: Result<Box<Comparison>, Failure>,
    ) {
        if let Some(Overlay::Compare(sheet)) = &mut self.overlay
            && sheet.is_of(left, right)
        {
            sheet.compared(result);
        }
    }
}
