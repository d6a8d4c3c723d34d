//! A simulated server: gateway, authentication, limiter, idempotency layer, validation, action; and the network before it.
//!
//! Time is in whole seconds. Nothing in here knows the code it is to judge.

use std::collections::{BTreeMap, BTreeSet};

/// How long the layer keeps a key, in seconds from the moment it first saw it.
pub const RETENTION: u64 = 3600;

/// The credential that no organization has.
pub const INVALID: u8 = 2;

/// What servers of the family differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flavour {
    /// Whether a 4xx is saved under its key.
    pub saves_refusals: bool,
    /// Whether a 500 that came before acting is saved under its key.
    pub saves_faults: bool,
    /// Whether a saved answer is marked as one.
    pub marks_replays: bool,
    /// Whether a key is another key for another account.
    pub keys_by_account: bool,
    /// Whether the layer rejects a key that comes with another payload, instead of giving the saved answer.
    pub compares_payload: bool,
    /// Whether both valid credentials are one organization's.
    pub one_organization: bool,
    /// Whether conflicts and reused keys have codes that a profile knows.
    pub names_codes: bool,
}

/// What happens to a request on its way and in the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
    /// Nothing.
    Plain,
    /// No connection: no byte leaves.
    NotSent,
    /// It is lost before it arrives.
    LostBefore,
    /// Its answer is lost.
    LostAfter,
    /// The limiter turns it down.
    Limited,
    /// The gateway turns it down: 403.
    Forbidden,
    /// The gateway has no server to give it to: 503.
    Unavailable,
    /// The gateway waits for the rest of it, in vain: 408.
    Unfinished,
    /// The gateway redirects it: 307.
    Redirected,
    /// The server stops before it acts; nothing is saved, and the gateway says 502.
    Crash,
    /// The server fails before it acts and says 500.
    FaultBefore,
    /// The server acts, then says 500.
    FaultAfter,
    /// The server acts, then answers with a redirect to the object.
    SeeOther,
    /// The server acts, and the gateway says 408.
    GaveUp,
    /// The gateway sends it twice to the server, which acts on the first and finds a duplicate in the second: 409.
    Doubled,
}

/// What validation finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Finding {
    /// Nothing to object to.
    Fine,
    /// 422.
    Invalid,
    /// 402.
    NoBalance,
    /// 404.
    Missing,
    /// 409 with the code of a state conflict, whatever the flavour.
    StateConflict,
    /// 409 without a known code: somebody else's object is in the way.
    Duplicate,
}

/// One send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// When it starts.
    pub at: u64,
    pub key: Option<u8>,
    pub payload: u8,
    pub credential: u8,
    pub account: u8,
    pub origin: u8,
    /// From start to arrival.
    pub lag: u64,
    /// From arrival to the action.
    pub work: u64,
    /// How long the client waits for an answer.
    pub patience: u64,
    pub fate: Fate,
    pub finding: Finding,
}

impl Request {
    /// A plain one, which arrives at once.
    pub fn plain(at: u64, key: Option<u8>) -> Request {
        Request {
            at,
            key,
            payload: 0,
            credential: 0,
            account: 0,
            origin: 0,
            lag: 0,
            work: 0,
            patience: 10,
            fate: Fate::Plain,
            finding: Finding::Fine,
        }
    }
}

/// What the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Answer {
    pub status: u16,
    pub code: Option<&'static str>,
    pub replayed: bool,
}

/// What the client sees of a send once it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Seen {
    NotSent,
    Nothing,
    Answer(Answer),
}

/// What became of all requests, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// What was seen of each, and when it was over.
    pub seen: Vec<(Seen, u64)>,
    /// How often the server acted.
    pub actions: usize,
}

/// Plays requests to their end.
pub fn play(flavour: Flavour, requests: &[Request]) -> Played {
    let mut play = Play {
        flavour,
        requests,
        records: BTreeMap::new(),
        agenda: BTreeSet::new(),
        seen: requests
            .iter()
            .map(|r| (Seen::Nothing, r.at + r.patience))
            .collect(),
        actions: 0,
    };
    play.depart();
    while let Some((now, step, of)) = play.agenda.pop_first() {
        match step {
            Step::Work => play.work(of, now),
            Step::Arrive => play.arrive(of, now),
        }
    }
    Played {
        seen: play.seen,
        actions: play.actions,
    }
}

/// Work that is done at a moment is done before what arrives at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Work,
    Arrive,
}

/// Origin, organization, account (where keys are kept by it), key.
type Slot = (u8, u8, u8, u8);

struct Record {
    payload: u8,
    since: u64,
    of: usize,
    answer: Option<Answer>,
}

struct Play<'a> {
    flavour: Flavour,
    requests: &'a [Request],
    records: BTreeMap<Slot, Record>,
    agenda: BTreeSet<(u64, Step, usize)>,
    seen: Vec<(Seen, u64)>,
    actions: usize,
}

impl Play<'_> {
    fn depart(&mut self) {
        for (of, request) in self.requests.iter().enumerate() {
            match request.fate {
                Fate::NotSent => self.seen[of] = (Seen::NotSent, request.at),
                Fate::LostBefore => {}
                _ => {
                    self.agenda
                        .insert((request.at + request.lag, Step::Arrive, of));
                }
            }
        }
    }

    fn arrive(&mut self, of: usize, now: u64) {
        if let Some(answer) = self.before_the_layer(of) {
            return self.answer(of, now, answer);
        }
        let request = self.requests[of];
        if let Some(slot) = self.slot(of) {
            if let Some(answer) = self.known(slot, request.payload, now) {
                return self.answer(of, now, answer);
            }
            let record = Record {
                payload: request.payload,
                since: now,
                of,
                answer: None,
            };
            self.records.insert(slot, record);
        }
        self.agenda.insert((now + request.work, Step::Work, of));
    }

    fn before_the_layer(&self, of: usize) -> Option<Answer> {
        let request = self.requests[of];
        let status = match request.fate {
            Fate::Forbidden => 403,
            Fate::Unavailable => 503,
            Fate::Unfinished => 408,
            Fate::Redirected => 307,
            _ if request.credential == INVALID => 401,
            Fate::Limited => 429,
            _ => return None,
        };
        Some(says(status, None))
    }

    fn slot(&self, of: usize) -> Option<Slot> {
        let request = self.requests[of];
        let organization = if self.flavour.one_organization {
            0
        } else {
            request.credential
        };
        let account = if self.flavour.keys_by_account {
            request.account
        } else {
            0
        };
        Some((request.origin, organization, account, request.key?))
    }

    /// What the idempotency layer says of a key by itself; `None` when the request may go on.
    fn known(&mut self, slot: Slot, payload: u8, now: u64) -> Option<Answer> {
        let named = |code| self.flavour.names_codes.then_some(code);
        let record = self.records.get(&slot)?;
        if now - record.since >= RETENTION {
            return None;
        }
        if self.flavour.compares_payload && record.payload != payload {
            return Some(says(422, named("key_reused")));
        }
        let replayed = self.flavour.marks_replays;
        match record.answer {
            None => Some(says(409, named("key_in_progress"))),
            Some(saved) => Some(Answer { replayed, ..saved }),
        }
    }

    fn work(&mut self, of: usize, now: u64) {
        let request = self.requests[of];
        let (answer, saved) = match (request.fate, request.finding) {
            (Fate::Crash, _) => (says(502, None), false),
            (Fate::FaultBefore, _) => (says(500, None), self.flavour.saves_faults),
            (_, Finding::Fine) => (self.act(request.fate), true),
            (_, finding) => (refusal(finding), self.flavour.saves_refusals),
        };
        self.keep(of, answer, saved);
        self.answer(of, now, answer);
    }

    fn act(&mut self, fate: Fate) -> Answer {
        self.actions += 1;
        match fate {
            Fate::FaultAfter => says(500, None),
            Fate::SeeOther => says(303, None),
            Fate::GaveUp => says(408, None),
            Fate::Doubled => says(409, None),
            _ => says(201, None),
        }
    }

    fn keep(&mut self, of: usize, answer: Answer, saved: bool) {
        let Some(slot) = self.slot(of) else { return };
        // Its record may have been given away meanwhile, when it was past its retention.
        let Some(record) = self.records.get_mut(&slot).filter(|record| record.of == of) else {
            return;
        };
        if saved {
            record.answer = Some(answer);
        } else {
            self.records.remove(&slot);
        }
    }

    fn answer(&mut self, of: usize, now: u64, answer: Answer) {
        let request = self.requests[of];
        if now > request.at + request.patience {
            return;
        }
        let lost = request.fate == Fate::LostAfter;
        let seen = if lost {
            Seen::Nothing
        } else {
            Seen::Answer(answer)
        };
        self.seen[of] = (seen, now);
    }
}

fn says(status: u16, code: Option<&'static str>) -> Answer {
    Answer {
        status,
        code,
        replayed: false,
    }
}

fn refusal(finding: Finding) -> Answer {
    match finding {
        Finding::Fine => unreachable!("what is fine is not refused"),
        Finding::Invalid => says(422, Some("amount_not_positive")),
        Finding::NoBalance => says(402, Some("insufficient_balance")),
        Finding::Missing => says(404, Some("not_found")),
        Finding::StateConflict => says(409, Some("already_active")),
        Finding::Duplicate => says(409, Some("duplicate")),
    }
}
