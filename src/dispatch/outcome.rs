//! From an answer on the wire to an outcome that may rest: its body on disk, its errors and its quota read, its secrets
//! cut out.

use std::io;

use jiff::Timestamp;

use crate::client::answer::{Answer, BodySink, Head, Received};
use crate::dispatch::arrival::Incoming;
use crate::domain::api_error;
use crate::domain::api_error::asked::Asked;
use crate::domain::arrival::AnswerHead;
use crate::domain::compose::Prepared;
use crate::domain::exchange::{Ending, Failure, Outcome, Response, Unanswered};
use crate::domain::id::OperationId;
use crate::domain::idempotency::is_replayed;
use crate::domain::object::Answered;
use crate::domain::profile::Profile;
use crate::domain::rate_limit::Quota;
use crate::domain::redact;
use crate::domain::redact_stream::BodyCut;
use crate::store::body::BodyWriter;
use crate::store::error::StoreError;

/// How much of an answer is read for errors: an error list longer than this is read as far as it goes.
const REPORT_CAP: usize = 4 << 20;

/// Where an answer's body goes: without secrets to its file in the history, and its start into memory,
/// to be read for errors. What came so far is told on the way.
pub(crate) struct Sink<'a> {
    writer: BodyWriter,
    start: Vec<u8>,
    cut: BodyCut,
    prepared: &'a Prepared,
    profile: &'a Profile,
    incoming: &'a mut Incoming,
}

impl BodySink for Sink<'_> {
    fn head(&mut self, head: &Head) -> io::Result<()> {
        let content_type = head.headers.get("content-type").unwrap_or("");
        self.cut.content_type(content_type);
        let head = answer_head(head.clone(), self.profile);
        let head = redact::head(head, self.prepared, self.profile);
        self.incoming.head(head);
        Ok(())
    }

    fn chunk(&mut self, decoded: &[u8]) -> io::Result<()> {
        let mut rests = Vec::with_capacity(decoded.len());
        self.cut.push(decoded, &mut rests);
        self.begin(&rests);
        let kept = self.writer.append(&rests).map_err(io::Error::other);
        // After a failure too: a full disk takes back what was there before.
        self.incoming.rests(self.writer.written(), false);
        kept
    }
}

impl<'a> Sink<'a> {
    /// Into this file, without secrets: those of the answer, and those of this request.
    pub(crate) fn new(
        writer: BodyWriter,
        (prepared, profile): (&'a Prepared, &'a Profile),
        incoming: &'a mut Incoming,
    ) -> Sink<'a> {
        Sink {
            writer,
            start: Vec::new(),
            cut: BodyCut::new(prepared, profile),
            prepared,
            profile,
            incoming,
        }
    }

    /// What is read for errors is what may rest: shortened text would hide a secret from whoever cuts it later.
    fn begin(&mut self, rests: &[u8]) {
        let room = REPORT_CAP.saturating_sub(self.start.len());
        self.start
            .extend_from_slice(&rests[..room.min(rests.len())]);
    }

    /// Brings what came to rest on the disk, before the outcome that speaks of it is written. Answers the body's start
    /// and how many secrets were cut out of the whole.
    fn close(mut self) -> (Vec<u8>, u32, Result<(), StoreError>) {
        let mut rests = Vec::new();
        self.cut.finish(&mut rests);
        self.begin(&rests);
        let kept = self.writer.append(&rests);
        // Before it is on the disk: that takes a while, and whoever reads sees it already.
        self.incoming.rests(self.writer.written(), true);
        let kept = kept.and_then(|()| self.writer.finish().map(drop));
        (self.start, self.cut.count(), kept)
    }
}

/// A head by the profile's names. It is not redacted yet.
fn answer_head(head: Head, profile: &Profile) -> AnswerHead {
    let id = head.headers.get(&profile.server_id_header);
    AnswerHead {
        status: head.status,
        version: head.version,
        server_request_id: id.map(ToOwned::to_owned),
        replayed: is_replayed(&head.headers),
        headers: head.headers,
    }
}

/// The outcome that an answer means, as it may rest, and the quota it spoke of.
pub(crate) fn ending(
    answer: Answer,
    sink: Sink<'_>,
    (operation, prepared): (&OperationId, &Prepared),
    profile: &Profile,
) -> Ending {
    let mut quota = None;
    let outcome = match answer {
        Answer::Failed { failure, timing } => Outcome::Failed(Unanswered { failure, timing }),
        Answer::Indeterminate { failure, timing } => {
            Outcome::Indeterminate(Unanswered { failure, timing })
        }
        Answer::Response(received) => {
            quota = Quota::from_headers(&received.head.headers, Timestamp::now());
            let sent = (operation, prepared);
            Outcome::Response(Box::new(response(*received, sink, sent, profile)))
        }
    };
    Ending {
        outcome: redact::outcome(outcome, prepared, profile),
        quota,
    }
}

fn response(
    received: Received,
    sink: Sink<'_>,
    (operation, prepared): (&OperationId, &Prepared),
    profile: &Profile,
) -> Response {
    let Received {
        head,
        body_bytes,
        wire_bytes,
        complete,
        failure,
        note: _,
        timing,
    } = received;
    let (start, body_redacted, kept) = sink.close();
    let answered_with = api_error::Answered {
        status: head.status,
        content_type: head.headers.get("content-type").unwrap_or(""),
        body: &start,
    };
    let rests = redact::rests(prepared);
    let asked = Asked::of(prepared, &rests);
    let report = api_error::read(&answered_with, &asked, profile.error_dialect);
    let answered = Answered {
        operation,
        method: &prepared.method,
        target: &prepared.target,
        status: head.status,
        body: &start,
        complete: complete && start.len() as u64 == body_bytes,
    };
    let unkept = kept.err().map(|error| {
        Failure::new("the body could not be written to the history")
            .because(error.to_string())
            .hint("is the disk full?")
    });
    let head = answer_head(head, profile);
    Response {
        status: head.status,
        version: head.version,
        server_request_id: head.server_request_id,
        replayed: head.replayed,
        headers: head.headers,
        body_bytes,
        wire_bytes,
        body_complete: complete && unkept.is_none(),
        body_redacted,
        report,
        objects: answered.objects(profile),
        timing,
        failure: failure.or(unkept),
    }
}
