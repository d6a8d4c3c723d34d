//! Two exchanges beside each other: what is the same, what changed, what is only on one side, what moved.
//!
//! ```text
//!   Exchange, Body ┐              ┌ fact: exchange, request line, outcome, timing
//!                  ├──compare────▶┼ field: query, headers       ─▶ Section of Rows, drawn by the screen and by `diff`
//!   Exchange, Body ┘              └ body: JSON by structure, text by lines, bytes
//! ```
//!
//! What makes two exchanges different ([`Comparison::differs`]) is what a person means by it. Three kinds of rows are
//! shown and weigh less:
//! - what is another at each send, whatever was sent: `Date`, `Request-Id`, `RateLimit-*`, the exchange's id, its time,
//!   the marks of a saved answer, and what only repeats the body (`Content-Length`) or the way ([`Weight::Varies`]);
//! - so is any place, in headers, query or bodies, where each side has its own id: its operation (requestId), its
//!   idempotency key, the server's id;
//! - what is measured, times and sizes, never counts ([`Weight::Measured`]).
//!
//! JSON is the same when its values are: members in any order, `1.0` and `1`, `\u0061` and `a`; no digit of a number is
//! lost. Where only the spelling of a request's body differs that is said, since an idempotency layer compares bytes.
//! A body of a server never costs more than a bounded time and memory: each file here says how.

use crate::domain::compare::body::Body;
use crate::domain::compare::row::{Form, Part, Row, RowKind, Section, Weight};
use crate::domain::exchange::{Exchange, Summary};
use crate::domain::header::{Headers, media_type};

mod align;
pub mod body;
mod fact;
mod field;
mod json;
pub mod pretty;
pub mod row;
mod text;
mod tree;
mod word;

/// One exchange with its answer's body.
#[derive(Clone, Debug)]
pub struct Side<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// What its answer said.
    pub body: Body<'a>,
}

/// How two exchanges belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They are one.
    Itself,
    /// Two sends of one attempt: one idempotency key.
    Sends,
    /// Two attempts of one operation.
    Attempts,
    /// Two operations.
    Operations,
}

/// Two exchanges, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The left one in short.
    pub left: Summary,
    /// The right one in short.
    pub right: Summary,
    /// The parts, each of them always there.
    pub sections: Vec<Section>,
}

impl Comparison {
    /// Whether the two are different; `all`: also by what is another at each send.
    pub fn differs(&self, all: bool) -> bool {
        self.sections
            .iter()
            .any(|section| section.differences(all) > 0)
    }

    /// How they belong together.
    pub fn relation(&self) -> Relation {
        let (left, right) = (&self.left, &self.right);
        match (left.id == right.id, left.operation == right.operation) {
            (true, _) => Relation::Itself,
            (_, false) => Relation::Operations,
            _ if left.attempt == right.attempt => Relation::Sends,
            _ => Relation::Attempts,
        }
    }

    /// How they belong together, in words.
    pub fn relation_text(&self) -> String {
        let (left, right) = (&self.left, &self.right);
        let operation = &left.operation;
        match self.relation() {
            Relation::Itself => "one exchange, compared with itself".to_owned(),
            Relation::Sends => {
                let (attempt, one, other) = (left.attempt, left.send, right.send);
                format!(
                    "sends {one} and {other} of attempt {attempt} of operation {operation}: one key"
                )
            }
            Relation::Attempts => {
                let (one, other) = (left.attempt, right.attempt);
                format!("attempts {one} and {other} of operation {operation}")
            }
            Relation::Operations => "two operations".to_owned(),
        }
    }
}

/// Compares two exchanges. `None`: `wanted` said meanwhile that nobody waits for it any more.
pub fn compare(left: &Side<'_>, right: &Side<'_>, wanted: &dyn Fn() -> bool) -> Option<Comparison> {
    let (one, other) = (left.exchange, right.exchange);
    let fields = |part, rows| Section {
        part,
        form: Form::Fields,
        notes: Vec::new(),
        rows,
    };
    let query = |exchange: &Exchange| fact::parts(&exchange.request.target).1.to_owned();
    let mut sections = vec![
        fields(Part::Exchange, fact::exchange(one, other)),
        fields(Part::RequestLine, fact::request_line(one, other)),
        fields(Part::Query, field::query(&query(one), &query(other))),
        fields(
            Part::RequestHeaders,
            field::headers(&one.request.headers, &other.request.headers),
        ),
        request_body(one, other),
    ];
    if !wanted() {
        return None;
    }
    let headers = |exchange: &Exchange| {
        let response = exchange.outcome.response();
        response
            .map(|response| response.headers.clone())
            .unwrap_or_default()
    };
    sections.extend([
        fields(Part::Outcome, fact::outcome(one, other)),
        fields(
            Part::ResponseHeaders,
            field::headers(&headers(one), &headers(other)),
        ),
        response_body(left, right),
        fields(Part::Timing, fact::timing(one, other)),
    ]);
    if !wanted() {
        return None;
    }
    weigh_ids(one, other, &mut sections);
    Some(Comparison {
        left: one.summary(),
        right: other.summary(),
        sections,
    })
}

fn request_body(left: &Exchange, right: &Exchange) -> Section {
    let (one, other) = (&left.request, &right.request);
    let of_form = |headers: &Headers| {
        let content_type = headers.get("content-type").map(media_type);
        content_type.as_deref() == Some("application/x-www-form-urlencoded")
    };
    let form = of_form(&one.headers) && of_form(&other.headers);
    let bodies = [&one.body, &other.body].map(|body| Body::whole(body.as_slice()));
    let mut section = body::section(Part::RequestBody, &bodies[0], &bodies[1], form);
    if one.body != other.body && section.differences(true) == 0 {
        let note = "the same, spelled with other bytes: an idempotency layer that compares bytes takes it for another payload";
        section.notes.push(note.to_owned());
    }
    section
}

fn response_body(left: &Side<'_>, right: &Side<'_>) -> Section {
    let mut section = body::section(Part::ResponseBody, &left.body, &right.body, false);
    for (side, exchange) in [("left", left.exchange), ("right", right.exchange)] {
        let redacted = exchange
            .outcome
            .response()
            .map_or(0, |response| response.body_redacted);
        if redacted > 0 {
            let note = format!(
                "{redacted} secret values were cut out on the {side}: what stood there is not compared"
            );
            section.notes.push(note);
        }
        if !exchange.outcome.is_final() {
            section
                .notes
                .push(format!("the answer on the {side} is not there yet"));
        }
    }
    section
}

/// Where each side has its own id, the difference is that of the sends, not of what was sent.
fn weigh_ids(left: &Exchange, right: &Exchange, sections: &mut [Section]) {
    let ids = |exchange: &Exchange| {
        let response = exchange.outcome.response();
        [
            Some(exchange.operation.to_string()),
            exchange.request.idempotency_key.clone(),
            response.and_then(|response| response.server_request_id.clone()),
        ]
    };
    let pairs = ids(left).into_iter().zip(ids(right));
    let pairs: Vec<(String, String)> = pairs.filter_map(|(left, right)| left.zip(right)).collect();
    let bare = |text: &str| text.trim_matches('"').to_owned();
    let own = |row: &Row| match (&row.left, &row.right) {
        (Some(left), Some(right)) => pairs.contains(&(bare(left), bare(right))),
        _ => false,
    };
    let rows = sections.iter_mut().flat_map(|section| &mut section.rows);
    for row in rows.filter(|row| row.kind == RowKind::Changed && row.weight == Weight::Counts) {
        if own(row) {
            row.weight = Weight::Varies;
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Comparison, Side, compare};
    use crate::domain::compare::body::Body;
    use crate::domain::compare::row::{Part, Row, RowKind, Weight};
    use crate::domain::exchange::{Exchange, Facts, Outcome, Response, Timing};
    use crate::domain::header::Headers;
    use crate::domain::id::{ExchangeId, OperationId};
    use crate::domain::redact::Fingerprint;
    use crate::domain::request::{KeyChoice, Method, SentRequest};
    use crate::domain::slot::{Slot, SlotSource};

    /// A payment that was made at this second, with ids of its own.
    fn payment(number: u8, body: &str) -> Exchange {
        let operation = format!("op_{number}");
        let key = format!("key-{number}");
        Exchange {
            id: ExchangeId::known(format!("id{number}")),
            operation: OperationId::known(&operation),
            attempt: 1,
            send: 1,
            account: Some("acct_demo".into()),
            profile: "sandbox".into(),
            started_at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(number.into()),
            request: SentRequest {
                method: Method::post(),
                base_url: format!("http://127.0.0.1:{number}"),
                target: "/v1/payments?page=1".into(),
                headers: Headers::from_iter([
                    ("content-type", "application/json"),
                    ("X-Operation", &operation),
                    ("idempotency-key", &format!("\"{key}\"")),
                    ("authorization", "[redacted]"),
                ]),
                body: body.into(),
                idempotency_key: Some(key),
                key_choice: KeyChoice::Fresh,
                slots: Vec::new(),
            },
            outcome: Outcome::Response(Box::new(Response {
                status: 201,
                version: "HTTP/1.1".into(),
                headers: Headers::from_iter([
                    ("My-Id", format!("req_{number}")),
                    ("Date", number.to_string()),
                ]),
                server_request_id: Some(format!("req_{number}")),
                body_complete: true,
                timing: Timing {
                    total_ms: Some(number.into()),
                    ..Timing::default()
                },
                ..Response::default()
            })),
            quota: None,
            pinned: false,
            note: None,
            facts: Facts {
                origin: "sandbox".into(),
                payload: Fingerprint([0; 32]),
                credential: Some(Fingerprint([1; 32])),
            },
        }
    }

    fn compared(left: (&Exchange, &str), right: (&Exchange, &str)) -> Comparison {
        let (one, other) = (left.1.to_owned(), right.1.to_owned());
        let left = Side {
            exchange: left.0,
            body: Body::whole(one.into_bytes()),
        };
        let right = Side {
            exchange: right.0,
            body: Body::whole(other.into_bytes()),
        };
        compare(&left, &right, &|| true).expect("it is wanted")
    }

    fn row<'a>(comparison: &'a Comparison, part: Part, name: &str) -> &'a Row {
        let mut sections = comparison.sections.iter();
        let section = sections
            .find(|section| section.part == part)
            .expect("each part is there");
        let found = section.rows.iter().find(|row| row.name == name);
        found.unwrap_or_else(|| panic!("{name} in {section:?}"))
    }

    #[test]
    fn another_secret_differs_and_is_not_told() {
        let slot = |place: &str, mac: u8| Slot {
            place: place.parse().expect(place),
            at: Some(9),
            source: SlotSource::Given,
            mac: Some(Fingerprint([mac; 32])),
            sealed: None,
        };
        let of = |number, macs: [u8; 2]| {
            let mut payment = payment(number, r#"{"pin":"[redacted]","pin":"[redacted]"}"#);
            payment.request.slots = macs.map(|mac| slot("/pin", mac)).into();
            payment
        };
        let same = compared((&of(1, [1, 2]), ""), (&of(2, [1, 2]), ""));
        assert!(!same.differs(false));
        let other = compared((&of(1, [1, 2]), ""), (&of(2, [1, 3]), ""));
        assert!(other.differs(false));
        let row = row(&other, Part::Exchange, "secret /pin");
        let told = (row.left.as_deref(), row.right.as_deref());
        assert_eq!(told, (Some("one"), Some("another")));
    }

    #[test]
    fn the_same_sent_twice_is_the_same() {
        let (one, other) = (payment(1, r#"{"a":1}"#), payment(2, r#"{"a":1}"#));
        let answer = [
            r#"{"requestId":"op_1","n":1}"#,
            r#"{"n":1.0,"requestId":"op_2"}"#,
        ];
        let both = compared((&one, answer[0]), (&other, answer[1]));
        assert!(!both.differs(false) && both.differs(true), "{both:#?}");
        for (part, name) in [
            (Part::Exchange, "exchange"),
            (Part::Exchange, "server"),
            (Part::RequestHeaders, "X-Operation"),
            (Part::RequestHeaders, "idempotency-key"),
            (Part::ResponseHeaders, "My-Id"),
            (Part::ResponseHeaders, "Date"),
            (Part::ResponseBody, "/requestId"),
        ] {
            let row = row(&both, part, name);
            assert_eq!(
                (row.kind, row.weight),
                (RowKind::Changed, Weight::Varies),
                "{name}"
            );
        }
        let total = row(&both, Part::Timing, "total");
        assert_eq!(
            (total.weight, total.note.as_deref()),
            (Weight::Measured, Some("+1.0 ms"))
        );
        assert_eq!(both.relation_text(), "two operations");
        // Times alone are no difference, whatever is asked for.
        let mut later = one.clone();
        if let Outcome::Response(response) = &mut later.outcome {
            response.timing.total_ms = Some(99.0);
        }
        let both = compared((&one, ""), (&later, ""));
        assert!(!both.differs(true));
        assert_eq!(both.relation_text(), "one exchange, compared with itself");
    }

    type Edit = fn(&mut Exchange);

    #[test]
    fn what_a_person_would_call_a_difference_is_one() {
        let first = payment(1, r#"{"a":1}"#);
        let edits: [(&str, Part, Edit); 8] = [
            ("account", Part::Exchange, |e| e.account = None),
            ("profile", Part::Exchange, |e| e.profile = "live".into()),
            ("server", Part::Exchange, |e| {
                e.facts.origin = "https://other".into()
            }),
            ("credential", Part::Exchange, |e| {
                e.facts.credential = Some(Fingerprint([2; 32]))
            }),
            ("method", Part::RequestLine, |e| {
                e.request.method = Method::parse("PUT").expect("a method")
            }),
            ("path", Part::RequestLine, |e| {
                e.request.target = "/v1/boxes?page=1".into()
            }),
            ("page", Part::Query, |e| {
                e.request.target = "/v1/payments?page=2".into()
            }),
            ("/a", Part::RequestBody, |e| {
                e.request.body = br#"{"a":2}"#.to_vec()
            }),
        ];
        for (name, part, edit) in edits {
            let mut other = payment(2, r#"{"a":1}"#);
            edit(&mut other);
            let both = compared((&first, "{}"), (&other, "{}"));
            let counting: Vec<(Part, &str)> = both
                .sections
                .iter()
                .flat_map(|section| section.rows.iter().map(move |row| (section.part, row)))
                .filter(|(_, row)| row.counts(false))
                .map(|(part, row)| (part, row.name.as_str()))
                .collect();
            assert_eq!(counting, [(part, name)]);
            let back = compared((&other, "{}"), (&first, "{}"));
            assert!(back.differs(false), "{name}");
        }
        let mut keyless = payment(2, r#"{"a":1}"#);
        keyless.request.idempotency_key = None;
        let both = compared((&first, "{}"), (&keyless, "{}"));
        assert!(row(&both, Part::Exchange, "idempotency key").counts(false));
        let mut refused = payment(2, r#"{"a":1}"#);
        if let Outcome::Response(response) = &mut refused.outcome {
            response.status = 422;
        }
        let both = compared((&first, "{}"), (&refused, "{}"));
        assert!(row(&both, Part::Outcome, "status").counts(false));
    }

    #[test]
    fn a_request_that_is_only_spelled_otherwise_is_told() {
        let (one, other) = (
            payment(1, r#"{"a":1,"b":2}"#),
            payment(1, r#"{"b":2,"a":1}"#),
        );
        let both = compared((&one, ""), (&other, ""));
        let body = both
            .sections
            .iter()
            .find(|section| section.part == Part::RequestBody);
        let notes = &body.expect("each part is there").notes;
        assert!(
            !both.differs(true) && notes[0].contains("other bytes"),
            "{notes:?}"
        );
    }

    #[test]
    fn how_they_belong_together() {
        let first = payment(1, "");
        let mut again = payment(1, "");
        again.id = ExchangeId::known("id9");
        again.send = 2;
        let both = compared((&first, ""), (&again, ""));
        assert_eq!(
            both.relation_text(),
            "sends 1 and 2 of attempt 1 of operation op_1: one key"
        );
        again.attempt = 2;
        let both = compared((&first, ""), (&again, ""));
        assert_eq!(both.relation_text(), "attempts 1 and 2 of operation op_1");
    }

    #[test]
    fn nobody_waits_for_what_is_not_wanted() {
        let exchange = payment(1, "");
        let side = Side {
            exchange: &exchange,
            body: Body::default(),
        };
        assert!(compare(&side, &side, &|| false).is_none());
    }
}
