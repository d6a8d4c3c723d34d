//! Every outcome of a first send, every outcome of a second, every candidate: against all that a server can have done
//! so that a client saw the same.
//!
//! What a client sees does not tell what a server did: a 503 may stand for three things. So each pair of outcomes is
//! played in every way and on every server that shows it; a candidate must be asked about when one of them acts twice,
//! and must not be when none does, but for the places where the rules ask for more care ([`is_beyond_the_model`]).

use std::collections::BTreeMap;

use reqscope::domain::exchange::Summary;
use reqscope::domain::idempotency::{Question, question};

use crate::history::{acts_twice, choice, history, verdict};
use crate::server::{Answer, Fate, Finding, Flavour, INVALID, Request, Seen, play};

/// One way a send can go.
#[derive(Clone, Copy, Debug)]
struct Way {
    fate: Fate,
    finding: Finding,
    credential: u8,
    work: u64,
}

#[rustfmt::skip]
fn ways() -> Vec<Way> {
    use Fate::{
        Crash, Doubled, FaultAfter, FaultBefore, Forbidden, GaveUp, Limited, LostAfter, LostBefore, NotSent, Plain,
        Redirected, SeeOther, Unavailable, Unfinished,
    };
    use Finding::{Duplicate, Fine, Invalid, Missing, NoBalance, StateConflict};
    let way = |fate, finding| Way { fate, finding, credential: 0, work: 0 };
    let fine = [
        Plain, NotSent, LostBefore, LostAfter, Limited, Forbidden, Unavailable, Unfinished, Redirected, Crash,
        FaultBefore, FaultAfter, SeeOther, GaveUp, Doubled,
    ];
    let refused = [Invalid, Missing, NoBalance, StateConflict, Duplicate];
    let mut ways: Vec<Way> = fine.map(|fate| way(fate, Fine)).into();
    ways.extend(refused.map(|finding| way(Plain, finding)));
    ways.extend(refused.map(|finding| way(LostAfter, finding)));
    ways.push(Way { credential: INVALID, ..way(Plain, Fine) });
    // Longer than the client waits, and longer than until the second send.
    for fate in [Plain, Crash, FaultBefore, FaultAfter] {
        ways.push(Way { work: 100, ..way(fate, Fine) });
    }
    ways.push(Way { work: 100, ..way(Plain, Invalid) });
    ways
}

fn flavours() -> impl Iterator<Item = Flavour> {
    (0..16_u8).map(|bits| Flavour {
        saves_refusals: bits & 1 != 0,
        saves_faults: bits & 2 != 0,
        marks_replays: bits & 4 != 0,
        names_codes: bits & 8 != 0,
        keys_by_account: false,
        compares_payload: true,
        one_organization: true,
    })
}

fn send(at: u64, key: u8, way: Way) -> Request {
    let Way {
        fate,
        finding,
        credential,
        work,
    } = way;
    Request {
        fate,
        finding,
        credential,
        work,
        ..Request::plain(at, Some(key))
    }
}

/// What a client saw, and what it would send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Situation {
    first: Seen,
    second: Option<Seen>,
    second_key: u8,
    candidate_key: u8,
}

/// What that can stand for.
struct Meaning {
    before: Vec<Summary>,
    candidate: Request,
    /// How often it was played, and how often the candidate acted a second time.
    played: usize,
    twice: usize,
}

type Table = BTreeMap<Situation, Meaning>;

/// What cannot be told apart is one: which server of several said 5xx or 3xx, and what an unknown 409 means.
fn read(seen: Seen) -> Seen {
    let Seen::Answer(answer) = seen else {
        return seen;
    };
    let status = match answer.status {
        300..400 => 300,
        500.. => 500,
        status => status,
    };
    let code = answer.code.filter(|code| *code != "duplicate");
    Seen::Answer(Answer {
        status,
        code,
        ..answer
    })
}

fn note(table: &mut Table, flavour: Flavour, requests: &[Request]) {
    let seen = play(flavour, requests).seen;
    for candidate_key in [0, 1, 2] {
        for at in [40, 200] {
            let candidate = Request::plain(at, Some(candidate_key));
            let situation = Situation {
                first: read(seen[0].0),
                second: seen.get(1).map(|(seen, _)| read(*seen)),
                second_key: requests.last().and_then(|r| r.key).unwrap_or(0),
                candidate_key,
            };
            let meaning = table.entry(situation).or_insert_with(|| Meaning {
                before: history(flavour, requests, at),
                candidate,
                played: 0,
                twice: 0,
            });
            meaning.played += 1;
            meaning.twice += usize::from(acts_twice(flavour, requests, candidate));
        }
    }
}

fn table() -> Table {
    let mut table = Table::new();
    for flavour in flavours() {
        for first in ways() {
            let first = send(0, 0, first);
            note(&mut table, flavour, &[first]);
            for second in ways() {
                for key in [0, 1] {
                    note(&mut table, flavour, &[first, send(20, key, second)]);
                }
            }
        }
    }
    table
}

fn says(seen: Seen, status: u16) -> bool {
    matches!(seen, Seen::Answer(answer) if answer.status == status)
}

/// "acts_again" is the contract's word after a 3xx, whatever the redirect did; and no answer takes it back.
fn has_redirect(situation: &Situation) -> bool {
    says(situation.first, 300) || situation.second.is_some_and(|seen| says(seen, 300))
}

/// "Settled: … not 401, 429, 409, 5xx": a 409 under the same key leaves a doubt as it was, though no server of the
/// model would say one had it acted.
fn is_conflict_after_doubt(situation: &Situation) -> bool {
    situation.second_key == 0 && situation.second.is_some_and(|seen| says(seen, 409))
}

/// Where the rules ask for more care than the model.
fn is_beyond_the_model(situation: &Situation) -> bool {
    has_redirect(situation) || is_conflict_after_doubt(situation)
}

#[test]
fn every_pair_of_outcomes_is_asked_about_exactly_when_it_may_act_twice() {
    let table = table();
    assert!(table.len() > 1000, "only {} situations", table.len());
    let mut faults = Vec::new();
    for (situation, meaning) in &table {
        let (before, candidate) = (&meaning.before, &meaning.candidate);
        let advice = verdict(before, candidate);
        let asked = question(&advice, choice(before, candidate));
        let fault = match asked {
            None if meaning.twice > 0 => "may act twice, unasked",
            Some(_) if meaning.twice == 0 && !is_beyond_the_model(situation) => "asked for nothing",
            Some(Question::ActsAgain)
                if meaning.twice < meaning.played && !has_redirect(situation) =>
            {
                "acts again is not certain"
            }
            _ => continue,
        };
        faults.push(format!(
            "{fault}: {situation:?}\n    {:?} {:?} {}",
            advice.same_key, advice.new_key, advice.text
        ));
    }
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        table.len(),
        faults.join("\n")
    );
}
