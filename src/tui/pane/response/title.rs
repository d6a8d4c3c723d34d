//! The pane's title: what came of the exchange on show, or what has come of its answer so far.
//!
//! ```text
//!   ─ ✗ 422 Unprocessable Content ─ saved answer ─ 38 ms ─ 412 B ─ req_9xK2     its outcome is written
//!   ─ ✓ 200 OK ─ 1.4 s ─ 3.4 MiB, not whole                                     it broke off, or was cancelled
//!   ─ ⠋ 200 OK ─ 3.4 MiB so far ─ 1.2 s ─ req_9xK2                              it arrives: a status is no outcome yet
//! ```

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::document::visible::visible;
use crate::domain::arrival::Arrival;
use crate::domain::exchange::{Class, Exchange, Outcome};
use crate::tui::outcome_look::{glyph, reason, spinner, tone};
use crate::tui::session::{Selection, Session};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::piece::{first_fitting, fitting};
use crate::tui::widget::text::{human_bytes, human_ms, width};

/// Before that nobody wonders how long it takes already.
const SOON: Duration = Duration::from_secs(1);

/// Columns around what is told: a rule and two blanks.
const FRAME: usize = 3;

/// What a title says.
struct Told {
    glyph: &'static str,
    tone: Tone,
    status: Option<u16>,
    class: Class,
    replayed: bool,
    /// How big, how long, and by which name: as much of it as there is room for.
    rest: Vec<(String, Tone)>,
    /// What stands in the place of the first of these where there is no room for it.
    shorter: Option<String>,
}

impl Told {
    fn of(exchange: &Exchange) -> Told {
        let outcome = &exchange.outcome;
        let (class, response) = (outcome.class(), outcome.response());
        let took = outcome.timing().total_ms;
        let mut rest = Vec::from_iter(took.map(|ms| (human_ms(ms), Tone::Plain)));
        if let Some(response) = response {
            let bytes = human_bytes(response.body_bytes);
            rest.push(match response.body_complete {
                true => (bytes, Tone::Plain),
                // Its status looks like that of any other, and why it broke off stands behind its last row.
                false => (format!("{bytes}, not whole"), Tone::Doubt),
            });
            rest.extend(name_of(response.server_request_id.as_deref()));
        }
        Told {
            glyph: glyph(class),
            tone: tone(class),
            status: outcome.status(),
            class,
            replayed: response.is_some_and(|response| response.replayed),
            rest,
            shorter: None,
        }
    }

    /// In the look of what is in flight, whatever its status: that is how its row looks, and what its verdict goes by.
    fn so_far(arrival: &Arrival, session: &Session) -> Told {
        let flown = session.flown(&arrival.id);
        let spins = flown.map_or(glyph(Class::InFlight), |flown| spinner(flown.as_millis()));
        let bytes = human_bytes(arrival.bytes);
        let so_far = match arrival.done {
            true => bytes.clone(),
            false => format!("{bytes} so far"),
        };
        let mut rest = vec![(so_far, Tone::Plain)];
        let long = flown.filter(|flown| *flown >= SOON);
        rest.extend(long.map(|flown| (human_ms(flown.as_secs_f64() * 1e3), Tone::Plain)));
        rest.extend(name_of(arrival.head.server_request_id.as_deref()));
        Told {
            glyph: spins,
            tone: tone(Class::InFlight),
            status: Some(arrival.head.status),
            class: Class::InFlight,
            replayed: arrival.head.replayed,
            rest,
            shorter: Some(bytes),
        }
    }
}

fn name_of(server_id: Option<&str>) -> Option<(String, Tone)> {
    Some((visible(server_id?).into_owned(), Tone::Faint))
}

/// What has arrived for this exchange, while that is all that is known of its answer.
pub(super) fn arriving<'a>(exchange: &Exchange, session: &'a Session) -> Option<&'a Arrival> {
    let in_flight = matches!(exchange.outcome, Outcome::InFlight);
    session.arriving(&exchange.id).filter(|_| in_flight)
}

/// Told from what was read, like everything below it, so that title and content are never of two moments. The number,
/// and whose answer it is, are there whatever else has to go.
pub(super) fn title<'a>(session: &Session, theme: Theme, focused: bool, columns: u16) -> Line<'a> {
    let columns = usize::from(columns.saturating_sub(2));
    let name = Span::styled(" 3 Response ", theme.title(focused));
    let Some(exchange) = session.exchange() else {
        return Line::from(name);
    };
    let told = match arriving(exchange, session) {
        Some(arrival) => Told::so_far(arrival, session),
        None => Told::of(exchange),
    };
    let tell = |text: String, tone: Tone| Span::styled(format!("─ {text} "), theme.style(tone));
    let said = reason(told.class, told.status);
    let number = told.status.map(|status| status.to_string());
    let number = number.unwrap_or_else(|| said.clone());
    let mut notes = Vec::new();
    if session.selection == Selection::Draft {
        notes.push(tell("before your edits".into(), Tone::Strong));
    }
    if told.replayed {
        notes.push(tell("saved answer".into(), Tone::Strong));
    }
    let firsts = [said, number].map(|said| {
        let said = tell(format!("{} {said}", told.glyph), told.tone);
        Line::from_iter([name.clone(), said].into_iter().chain(notes.clone()))
    });
    let first = first_fitting(firsts, columns);
    let mut rest = told.rest;
    if let (Some(shorter), Some((long, _))) = (told.shorter, rest.first_mut())
        && first.width() + width(long) + FRAME > columns
    {
        *long = shorter;
    }
    let rest = rest.into_iter();
    let rest = rest.map(|(text, tone)| vec![tell(text, tone)]);
    fitting(std::iter::once(first.spans).chain(rest), columns)
}
