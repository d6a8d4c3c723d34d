//! Everything beside the screen: a world that answers late, out of order and with refusals.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::document::Document;
use crate::document::find::search::Search;
use crate::document::indexing::Indexing;
use crate::document::source::Memory;
use crate::document::walk::Walk;
use crate::domain::api_error::{ApiError, ErrorReport};
use crate::domain::arrival::Arrival;
use crate::domain::compare::Comparison;
use crate::domain::exchange::{Class, Exchange, Failure, Outcome, Response, Summary, Unanswered};
use crate::domain::header::Headers;
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::idempotency::{Candidate, Choice, Question, advise};
use crate::domain::operation::Operation;
use crate::domain::operation::tests::summary;
use crate::domain::order::{Ask, Refusal};
use crate::domain::profile::Profile;
use crate::domain::query::saved::Filters;
use crate::domain::request::SentRequest;
use crate::domain::retry::Retry;
use crate::domain::unsettled::Unsettled;
use crate::tui::app::App;
use crate::tui::message::effect::Effect;
use crate::tui::message::{
    Lack, Lacking, Listed, Loaded, Message, Now, Opened, Place, Program, Revealed, Stretch, Ticket,
    Values, Work,
};
use crate::tui::scratch::Scratch;
use crate::tui::session::Selection;
use crate::tui::theme::Theme;

pub(super) const BODY: &str =
    "{\n  \"amount\": -5,\n  \"currency\": \"日本語\",\n  \"account\": \"acct_demo\"\n}";

/// Everything beside the screen: rows, and messages that are on their way.
pub(super) struct World {
    pub(super) now: Now,
    pub(super) rows: Vec<Summary>,
    pub(super) coming: VecDeque<Message>,
    /// What became of the sends: counted, and in turn answered, refused, failed.
    pub(super) sends: Vec<Ask>,
    /// How often each of them may be sent again by itself.
    pub(super) retries: Vec<Retry>,
    /// The search through a body that runs.
    pub(super) find: Option<(u64, Search)>,
    /// How many were begun.
    pub(super) searches: usize,
    /// What copies were made for, and whom the terminal was lent to.
    pub(super) copies: Vec<Program>,
    pub(super) lent: Vec<Program>,
    /// What was ever told to be left to find out: the rows have moved on when somebody replays one.
    pub(super) listed: Vec<ExchangeId>,
    /// How many pointers nobody waited for any more.
    pub(super) unfollowed: usize,
    /// The filter that runs over a body: which run, and what.
    pub(super) filter: Option<(u64, String)>,
}

pub(super) fn row(at: usize) -> Summary {
    let (class, status) = [
        (Class::Success, Some(201)),
        (Class::ClientError, Some(422)),
        (Class::Indeterminate, None),
        (Class::ServerError, Some(503)),
    ][at % 4];
    Summary {
        id: ExchangeId::known(format!("e{at}")),
        operation: OperationId::known(format!("op_{at}")),
        ..summary(Some("9b1e4f00-aaaa-04c7"), class, status)
    }
}

pub(super) fn loaded(row: &Summary) -> Loaded {
    let error = |code: &str, field: &str| ApiError {
        code: Some(code.into()),
        message: Some("must be greater than zero ".repeat(9)),
        path: vec![field.into()],
        ..ApiError::default()
    };
    let failure = Failure::new("the connection ended").because("reset".repeat(40));
    let outcome = match (row.class, row.status) {
        (Class::InFlight, _) => Outcome::InFlight,
        (Class::Held, _) => Outcome::Held,
        (_, None) => Outcome::Indeterminate(Unanswered {
            failure,
            timing: Default::default(),
        }),
        (class, Some(status)) => Outcome::Response(Box::new(Response {
            status,
            report: (class != Class::Success).then(|| ErrorReport {
                errors: vec![
                    error("amount_not_positive", "amount"),
                    error("unknown", "currency"),
                ],
                ..ErrorReport::default()
            }),
            ..Response::default()
        })),
    };
    // What was not answered has no body.
    let body = outcome.response().and_then(|_| {
        let source = Arc::new(Memory::new(BODY.repeat(30)));
        Indexing::whole(source, "").ok()
    });
    let request = SentRequest {
        method: row.method.clone(),
        base_url: row.base_url.clone(),
        target: row.target.clone(),
        headers: Headers::new(),
        body: BODY.as_bytes().to_vec(),
        idempotency_key: row.idempotency_key.clone(),
        key_choice: row.key_choice,
        slots: Vec::new(),
    };
    Loaded {
        exchange: Exchange {
            id: row.id.clone(),
            operation: row.operation.clone(),
            attempt: row.attempt,
            send: row.send,
            account: row.account.clone(),
            profile: row.profile.clone(),
            started_at: row.started_at,
            request,
            outcome,
            quota: None,
            pinned: row.pinned,
            note: row.note.clone(),
            facts: row.facts.clone(),
        },
        profile: Arc::new(Profile::new("sandbox")),
        operation: vec![row.clone()].into(),
        body,
        correction: None,
        errors_json: Vec::new(),
    }
}

/// How many values an order brings along.
fn supplied(ask: &Ask) -> usize {
    match ask {
        Ask::Compose { secrets, .. } | Ask::Replay { secrets, .. } => secrets.len(),
    }
}

impl World {
    pub(super) fn new(rows: usize) -> World {
        World {
            now: Now {
                steady: Instant::now(),
                wall: Timestamp::UNIX_EPOCH,
            },
            rows: (0..rows).map(row).collect(),
            coming: VecDeque::new(),
            sends: Vec::new(),
            retries: Vec::new(),
            find: None,
            searches: 0,
            listed: Vec::new(),
            unfollowed: 0,
            copies: Vec::new(),
            lent: Vec::new(),
            filter: None,
        }
    }

    /// A screen in this world, its history open.
    pub(super) fn app(&mut self, size: (u16, u16)) -> App {
        let screen = Rect::new(0, 0, size.0, size.1);
        let mut app = App::new(Theme { colour: true }, screen, self.now);
        self.tell(
            &mut app,
            Message::Opened(Box::new(Opened {
                profile: Arc::new(Profile::new("sandbox")),
                has_credential: true,
                credential: None,
                quota: None,
                filters: Filters::new([("late".to_owned(), "status:5xx".to_owned())]),
                notice: None,
            })),
        );
        self.settle(&mut app);
        app
    }

    pub(super) fn tell(&mut self, app: &mut App, message: Message) {
        for effect in app.update(message) {
            self.carry_out(app, effect);
        }
    }

    pub(super) fn carry_out(&mut self, app: &App, effect: Effect) {
        match effect {
            Effect::LoadHistory(stretch) => {
                let listed = self.list(stretch);
                self.coming
                    .push_back(Message::HistoryLoaded(Box::new(listed)));
            }
            Effect::LoadExchange(id) => {
                let row = self.rows.iter().find(|row| row.id == id);
                self.coming.push_back(match row {
                    Some(row) => Message::ExchangeLoaded(Box::new(loaded(row))),
                    None => Message::Failed(Failure::new("it is gone")),
                });
            }
            Effect::NameDraft => self.coming.push_back(Message::DraftNamed {
                operation: OperationId::known("op_draft"),
                key: "key_draft".into(),
            }),
            Effect::Send {
                ticket,
                order,
                retry,
            } => {
                self.retries.push(retry);
                let flight = app
                    .session
                    .flights
                    .iter()
                    .find(|flight| flight.ticket == ticket);
                if let (Ask::Replay { exchange, .. }, Some(flight)) = (&order.ask, flight) {
                    let was_on_show = match &flight.from {
                        Selection::Exchange(id) => id == exchange,
                        Selection::Draft => true,
                        Selection::Nothing => false,
                    };
                    let was_listed = self.listed.contains(exchange);
                    assert!(
                        was_on_show || was_listed,
                        "what is replayed is what was on show"
                    );
                }
                self.sends.push(order.ask.clone());
                let refused = order.agreed.verdict.is_none() && self.sends.len() % 3 == 1;
                match (refused, self.sends.len() % 5) {
                    (true, _) => {
                        let refusal = Box::new(refusal());
                        self.coming.push_back(Message::SendRefused {
                            ticket,
                            order,
                            refusal,
                        });
                    }
                    _ if self.sends.len() % 7 == 3 && supplied(&order.ask) == 0 => {
                        let place = "/card/number".parse().expect("a place");
                        self.coming.push_back(Message::SendLacks {
                            ticket,
                            order,
                            lacking: Lacking {
                                lacks: vec![Lack::Value(place)],
                                wrong: None,
                            },
                            failure: Failure::new("a value was not kept"),
                        });
                    }
                    (_, 0) => self.coming.push_back(Message::SendFailed {
                        ticket,
                        failure: Failure::new("nothing was sent"),
                    }),
                    _ => self.answer(ticket),
                }
            }
            Effect::LoadUnsettled | Effect::Settle(_) | Effect::Remark { .. } => {
                let items = self.left();
                let doubts = items.iter().flat_map(|item| item.doubts.iter().cloned());
                self.listed.extend(doubts);
                let count = items.len() as u64;
                self.coming
                    .push_back(Message::UnsettledLoaded { items, count });
            }
            Effect::LookUp(id) => {
                let row = self.rows.iter().find(|row| row.operation == id);
                let operation = Some(Box::new(Vec::from_iter(row.cloned()).into()));
                let failure =
                    (self.rows.len().is_multiple_of(2)).then(|| Failure::new("it told nothing"));
                self.coming.push_back(Message::LookedUp {
                    id,
                    operation,
                    failure,
                });
            }
            Effect::Batch { ticket, work } => {
                if let Work::SameKey(orders) = &work {
                    for order in orders {
                        let Ask::Replay { choice, .. } = order.ask else {
                            panic!("a batch only replays");
                        };
                        assert_eq!(choice, Choice::SameKey, "a batch never sends a new key");
                    }
                }
                self.coming
                    .push_back(Message::BatchMoved { ticket, done: 1 });
                let told = Failure::new("done");
                self.coming.push_back(Message::BatchEnded { ticket, told });
            }
            Effect::Compare { left, right } => {
                let row = |id: &ExchangeId| self.rows.iter().find(|row| row.id == *id).cloned();
                let result = match row(&left).zip(row(&right)) {
                    None => Err(Failure::new("one of them is gone")),
                    Some((left, right)) => Ok(Box::new(Comparison {
                        left,
                        right,
                        sections: Vec::new(),
                    })),
                };
                let told = Message::Compared {
                    left,
                    right,
                    result,
                };
                self.coming.push_back(told);
            }
            Effect::Reveal(id) => {
                let row = self.rows.iter().find(|row| row.id == id);
                let request = match row {
                    Some(row) => Ok(Box::new(Revealed(loaded(row).exchange.request))),
                    None => Err(Failure::new("it is gone")),
                };
                self.coming.push_back(Message::Revealed { id, request });
            }
            Effect::Find {
                search,
                document,
                needle,
            } => {
                self.searches += 1;
                self.find = Some((search, Search::new(*needle)));
                self.search(search, &document);
            }
            Effect::FilterBody { run, filter, .. } => self.filter = Some((run, filter)),
            Effect::StopFilter => self.filter = None,
            Effect::FindOn { search, document } => self.search(search, &document),
            Effect::StopFind => self.find = None,
            Effect::Follow {
                ask,
                document,
                pointer,
            } => {
                let led = Walk::new(&document).follow(&pointer);
                let led = led.expect("memory is readable").expect("a body");
                self.coming
                    .push_back(Message::Followed { ask, led: Ok(led) });
            }
            Effect::StopFollow => self.unfollowed += 1,
            Effect::CopyBody { ask, program, .. } => {
                self.copies.push(program);
                self.coming.push_back(Message::CopyMoved { ask, bytes: 9 });
                let made = Scratch::create("txt");
                let copy = made.map(|(scratch, _)| scratch);
                let copy = copy.map_err(|(_, error)| Failure::new(error.to_string()));
                self.coming.push_back(Message::CopyMade { ask, copy });
            }
            Effect::StopCopy => {}
            Effect::Lend { program, copy } => {
                assert!(copy.path().exists(), "it is there as long as it is shown");
                self.lent.push(program);
            }
            Effect::SaveBody {
                document,
                path,
                is_part,
            } => self.coming.push_back(Message::BodySaved {
                path,
                bytes: document.source().len(),
                is_part,
            }),
            Effect::GiveCredential { .. } => panic!("nobody asked for one"),
            Effect::LoadValues { of, prefix } => {
                let all = self
                    .rows
                    .iter()
                    .filter_map(|row| row.codes.first().cloned());
                let mut values: Vec<String> =
                    all.filter(|code| code.starts_with(&prefix)).collect();
                values.dedup();
                let values = Values { of, prefix, values };
                self.coming.push_back(Message::ValuesLoaded(values));
            }
            Effect::Pin { id, pinned } => {
                self.keep(&id, |row| row.pinned = pinned);
            }
            Effect::Note { id, note } => {
                self.keep(&id, |row| row.note = note);
            }
            Effect::CancelAll
            | Effect::StopSearch
            | Effect::Quit
            | Effect::Copy(_)
            | Effect::DropComparison => {}
        }
    }

    /// Searches all that is there.
    fn search(&mut self, search: u64, document: &Document) {
        let Some((_, searching)) = self.find.as_mut().filter(|find| find.0 == search) else {
            return;
        };
        let mut is_done = false;
        while !is_done {
            let step = searching.step(&document.shown_bytes());
            is_done = step.expect("memory is readable").is_done;
            self.coming.push_back(Message::BodySearched {
                search,
                hits: Box::new(searching.hits().clone()),
                is_done,
            });
        }
    }

    fn keep(&mut self, id: &ExchangeId, change: impl FnOnce(&mut Summary)) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == *id) {
            change(row);
        }
        self.coming.push_back(Message::HistoryChanged);
    }

    /// What is left to find out: each third row, its answer lost.
    pub(super) fn left(&self) -> Vec<Unsettled> {
        let lost = |row: &Summary| Summary {
            class: Class::Indeterminate,
            status: None,
            ..row.clone()
        };
        let items = self.rows.iter().step_by(3).map(lost).filter_map(|row| {
            Unsettled::of(&vec![row].into(), &Profile::new("sandbox"), self.now.wall)
        });
        items.collect()
    }

    pub(super) fn list(&self, stretch: Stretch) -> Listed {
        let query = &stretch.query;
        // The history knows what a row does not tell; here that is nothing.
        let now = self.now.wall;
        let fits = |row: &&Summary| query.judge(row, now, &mut |_| Some(false)) == Some(true);
        let (reach, len) = (stretch.reach, self.rows.len());
        // In places of all rows, newest first: where the window's two sides meet.
        let (newer, older) = match &stretch.place {
            Place::Newest => (0..0, 0..len),
            Place::Oldest => (0..len, len..len),
            Place::Around(id) => match self.rows.iter().position(|row| row.id == *id) {
                Some(at) => (0..at, at..len),
                None => (0..len, len..len),
            },
        };
        let is_end = !matches!(stretch.place, Place::Around(_));
        let most = if is_end { 2 * reach } else { reach };
        let before: Vec<&Summary> = self.rows[newer].iter().filter(fits).collect();
        let behind: Vec<&Summary> = self.rows[older].iter().filter(fits).collect();
        let cut = before.len().saturating_sub(most);
        let rows = before[cut..].iter().chain(behind.iter().take(most));
        Listed {
            rows: rows.map(|row| (*row).clone()).collect(),
            newer: cut > 0,
            older: behind.len() > most,
            searching: None,
            newest: match query.is_empty() && stretch.place == Place::Newest {
                true => Vec::new(),
                false => self.rows.iter().take(9).cloned().collect(),
            },
            stretch,
        }
    }

    pub(super) fn answer(&mut self, ticket: Ticket) {
        let mut answered = row(self.rows.len());
        let flying = Summary {
            class: Class::InFlight,
            status: None,
            ..answered.clone()
        };
        answered.class = Class::Success;
        answered.status = Some(201);
        let id = answered.id.clone();
        self.rows.insert(0, answered);
        let arrives = |bytes, done| {
            let arrival = Arrival {
                id: id.clone(),
                head: Default::default(),
                bytes,
                done,
            };
            Message::AnswerArriving(Box::new(arrival))
        };
        self.coming.extend([
            Message::SendStarted {
                ticket,
                summary: Box::new(flying),
            },
            arrives(0, false),
            Message::HistoryChanged,
            arrives(9, true),
            Message::ExchangeFinished {
                ticket,
                id: id.clone(),
                withheld: Vec::new(),
            },
            Message::AnswerArrived(id),
        ]);
    }

    /// Delivers everything that is on its way.
    pub(super) fn settle(&mut self, app: &mut App) {
        while let Some(message) = self.coming.pop_front() {
            self.tell(app, message);
        }
    }

    pub(super) fn press(&mut self, app: &mut App, code: KeyCode, modifiers: KeyModifiers) {
        self.pass(Duration::from_secs(1));
        let (event, at) = (Event::Key(KeyEvent::new(code, modifiers)), self.now);
        self.tell(app, Message::Input { event, at });
    }

    pub(super) fn keys(&mut self, app: &mut App, keys: &str) {
        for c in keys.chars() {
            self.press(app, KeyCode::Char(c), KeyModifiers::NONE);
        }
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now.steady += time;
        self.now.wall += time;
    }

    pub(super) fn frame(&mut self, app: &mut App) -> String {
        let size = app.view.size;
        let mut buffer = Buffer::empty(size);
        app.draw(size, &mut buffer);
        self.pass(Duration::from_millis(1));
        self.tell(app, Message::FrameDrawn(self.now));
        let rows = buffer.content.chunks(usize::from(size.width).max(1));
        let rows: Vec<String> = rows
            .map(|row| row.iter().map(|cell| cell.symbol()).collect())
            .collect();
        rows.join("\n")
    }
}

/// A send of before, so that the next one is not refused.
pub(super) fn world_send() -> Ask {
    Ask::Replay {
        exchange: ExchangeId::known("before"),
        choice: Choice::SameKey,
        secrets: Vec::new(),
    }
}

pub(super) fn refusal() -> Refusal {
    let before = vec![row(0)];
    let profile = Profile::new("sandbox");
    let before = Operation::from(before);
    let advice = advise(
        &before,
        &Candidate::again(&before.exchanges[0]),
        &profile,
        Timestamp::UNIX_EPOCH,
    );
    Refusal::Verdict {
        question: Question::ActsAgain,
        advice,
        operation: Box::new(before),
    }
}
