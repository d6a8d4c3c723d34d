//! Whose turn it is at a used-up quota, across processes: the rows of `hold`, and the rows that wait.
//!
//! ```text
//!   admit   BEGIN IMMEDIATE ▶ the hold says: go   ▶ the gate ▶ (held row away) intent, in flight ▶ COMMIT
//!                                          wait ▶ the gate ▶ held row, once                    ▶ COMMIT
//!   finish  BEGIN IMMEDIATE ▶ outcome ▶ what it says of the limiter, into the hold             ▶ COMMIT
//! ```
//!
//! A turn is taken in the transaction that writes the intent, and told in the one that writes the outcome: there is no
//! moment at which a process that is killed could keep a turn. A probe whose exchange has an outcome, or whose process
//! is gone, keeps nobody back. The rules themselves are `domain/retry/hold.rs`.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::domain::exchange::{Class, Facts, Intent, Summary};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::operation::Operation;
use crate::domain::retry::hold::{Hold, Probe, Signal, Turn, Window};
use crate::store::doubt;
use crate::store::error::StoreError;
use crate::store::history::{History, check};
use crate::store::mark;
use crate::store::row::{self, Gone};

/// A request that asks for its turn.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The operation it belongs to.
    pub operation: OperationId,
    /// Whose quota it takes from: its origin and its credential.
    pub facts: Facts,
    /// Its held row, when it has been announced.
    pub announced: Option<ExchangeId>,
    /// What the server told this very request: never earlier.
    pub not_before: Timestamp,
    /// A wait beyond this moment is not begun.
    pub latest: Timestamp,
    /// The time.
    pub now: Timestamp,
}

/// What a request may do.
#[derive(Clone, Debug, PartialEq)]
pub enum Admitted<E> {
    /// Its intent is on the disk: go.
    Goes(Box<Summary>),
    /// It waits, and is announced as held; until then, or (`None`) for the answer of the one that went first.
    Waits(ExchangeId, Option<Timestamp>),
    /// It would have to wait until then, which is too late. Nothing was written.
    TooLate(Timestamp),
    /// The gate's refusal. Nothing was written; a row that was announced is still held.
    Refused(E),
}

impl History {
    /// See `Store::admit`.
    pub fn admit<E>(
        &mut self,
        claim: &Claim,
        decide: impl FnOnce(&Operation) -> Result<Intent, E>,
    ) -> Result<Admitted<E>, StoreError> {
        self.write(|connection, gone, owner| {
            let (hold, turn) = turn(connection, gone, claim)?;
            let waits_until = match turn {
                Turn::Wait(until) if until > claim.latest => {
                    return Ok(Ok(Admitted::TooLate(until)));
                }
                Turn::Wait(until) => Some(Some(until)),
                Turn::InLine => Some(None),
                Turn::Free | Turn::Probe | Turn::Left => None,
            };
            if let (Some(until), Some(id)) = (waits_until, &claim.announced) {
                return Ok(Ok(Admitted::Waits(id.clone(), until)));
            }
            let mut so_far = doubt::read(connection, &claim.operation, gone)?;
            so_far
                .exchanges
                .retain(|e| Some(&e.id) != claim.announced.as_ref());
            let intent = match decide(&so_far) {
                Ok(intent) => intent,
                Err(refusal) => return Ok(Ok(Admitted::Refused(refusal))),
            };
            if let Err(error) = check(&intent, &claim.operation) {
                return Ok(Err(error));
            }
            if let Some(until) = waits_until {
                row::insert(connection, &intent, owner, Class::Held)?;
                return Ok(Ok(Admitted::Waits(intent.id, until)));
            }
            let marked = match &claim.announced {
                Some(id) => mark::of(connection, id)?,
                None => None,
            };
            if let Some(id) = &claim.announced
                && !row::withdraw(connection, id, owner)?
            {
                return Ok(Err(StoreError::NotOurs(id.clone())));
            }
            row::insert(connection, &intent, owner, Class::InFlight)?;
            if let Some(marked) = marked {
                mark::put(connection, &intent.id, &marked)?;
            }
            if let (Some(mut hold), Turn::Probe | Turn::Left) = (hold, turn) {
                hold.goes(turn, &intent.id, claim.now);
                write(connection, &claim.facts, Some(&hold))?;
            }
            let entry = row::read(connection, &intent.id, gone)?;
            let entry = entry.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            Ok(Ok(Admitted::Goes(Box::new(entry.exchange.summary()))))
        })?
    }

    /// See `Store::turn`.
    pub fn turn(&self, claim: &Claim) -> Result<Turn, StoreError> {
        self.read(|connection, gone| Ok(turn(connection, gone, claim)?.1))
    }

    /// See `Store::held_until`.
    pub fn held_until(
        &self,
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection, gone| {
            let hold = read(connection, facts)?;
            let turn = hold.map(|hold| of(connection, gone, &hold, now));
            Ok(match turn.transpose()? {
                Some(Turn::Wait(until)) => Some(until),
                _ => None,
            })
        })
    }
}

/// The hold, and what it lets this request do.
fn turn(
    connection: &Connection,
    gone: &Gone,
    claim: &Claim,
) -> rusqlite::Result<(Option<Hold>, Turn)> {
    let hold = read(connection, &claim.facts)?;
    let turn = match &hold {
        Some(hold) => of(connection, gone, hold, claim.now)?,
        None => Turn::Free,
    };
    let turn = match turn {
        Turn::Wait(until) => Turn::Wait(until.max(claim.not_before)),
        _ if claim.now < claim.not_before => Turn::Wait(claim.not_before),
        turn => turn,
    };
    Ok((hold, turn))
}

fn of(connection: &Connection, gone: &Gone, hold: &Hold, now: Timestamp) -> rusqlite::Result<Turn> {
    let lives = match &hold.probe {
        Some(probe) => row::is_in_flight(connection, &probe.exchange, gone)?,
        None => false,
    };
    Ok(hold.turn(now, lives))
}

/// Brings what an answer at `at` says of the limiter into the hold of its origin and credential.
pub fn tell(
    connection: &Connection,
    exchange: &Summary,
    signal: Signal,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let facts = &exchange.facts;
    let before = read(connection, facts)?;
    let went = exchange.started_at;
    let after = Hold::after(before.clone(), signal, &exchange.id, went, at);
    if before == after {
        return Ok(());
    }
    write(connection, facts, after.as_ref())
}

const READ: &str = "SELECT told_at, until, window_left, window_ends, probe, probe_since FROM hold
     WHERE origin = :origin AND credential = :credential";

fn read(connection: &Connection, facts: &Facts) -> rusqlite::Result<Option<Hold>> {
    let parameters = named_params! { ":origin": facts.origin, ":credential": credential(facts) };
    let mut statement = connection.prepare_cached(READ)?;
    statement.query_row(parameters, hold).optional()
}

fn hold(row: &Row) -> rusqlite::Result<Hold> {
    let window = match row.get::<_, Option<i64>>(2)? {
        Some(left) => Some(Window {
            left: u64::try_from(left).unwrap_or(0),
            ends: row::time_column(row, 3)?,
        }),
        None => None,
    };
    let probe = match row.get::<_, Option<String>>(4)? {
        Some(id) => Some(Probe {
            exchange: ExchangeId::known(id),
            since: row::time_column(row, 5)?,
        }),
        None => None,
    };
    Ok(Hold {
        told_at: row::time_column(row, 0)?,
        until: row::time_column(row, 1)?,
        window,
        probe,
    })
}

const WRITE: &str = "INSERT OR REPLACE INTO hold
     (origin, credential, told_at, until, window_left, window_ends, probe, probe_since)
   VALUES (:origin, :credential, :told_at, :until, :window_left, :window_ends, :probe, :probe_since)";

const CLEAR: &str = "DELETE FROM hold WHERE origin = :origin AND credential = :credential";

fn write(connection: &Connection, facts: &Facts, hold: Option<&Hold>) -> rusqlite::Result<()> {
    let (origin, credential) = (&facts.origin, credential(facts));
    let Some(hold) = hold else {
        let parameters = named_params! { ":origin": origin, ":credential": credential };
        connection.prepare_cached(CLEAR)?.execute(parameters)?;
        return Ok(());
    };
    connection.prepare_cached(WRITE)?.execute(named_params! {
        ":origin": origin,
        ":credential": credential,
        ":told_at": row::time(hold.told_at),
        ":until": row::time(hold.until),
        ":window_left": hold.window.map(|w| i64::try_from(w.left).unwrap_or(i64::MAX)),
        ":window_ends": hold.window.map(|w| row::time(w.ends)),
        ":probe": hold.probe.as_ref().map(|p| p.exchange.as_str()),
        ":probe_since": hold.probe.as_ref().map(|p| row::time(p.since)),
    })?;
    Ok(())
}

/// A primary key takes no NULL.
fn credential(facts: &Facts) -> &[u8] {
    facts.credential.as_ref().map_or(&[], |f| &f.0)
}
