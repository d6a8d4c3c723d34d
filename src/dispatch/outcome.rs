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

/// How much of it is held for that while it comes. The start of a larger one is read back when it is whole: new memory
/// is slower than a file just written, and nobody sees the body before it rests.
const HELD: usize = 256 << 10;

/// Where an answer's body goes: without secrets to its file in the history, and its start into memory,
/// to be read for errors. What came so far is told on the way.
pub(crate) struct Sink<'a> {
    writer: BodyWriter,
    start: Vec<u8>,
    /// What is to rest of the piece that comes.
    rests: Vec<u8>,
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
        self.rests.clear();
        self.cut.push(decoded, &mut self.rests);
        self.begin();
        let kept = self.writer.append(&self.rests).map_err(io::Error::other);
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
            rests: Vec::new(),
            cut: BodyCut::new(prepared, profile),
            prepared,
            profile,
            incoming,
        }
    }

    /// What is read for errors is what may rest: shortened text would hide a secret from whoever cuts it later.
    fn begin(&mut self) {
        let room = HELD.saturating_sub(self.start.len());
        let held = &self.rests[..room.min(self.rests.len())];
        self.start.extend_from_slice(held);
    }

    /// Nothing more comes: the last of it is written, and told.
    fn end(mut self) -> Ended {
        self.rests.clear();
        self.cut.finish(&mut self.rests);
        self.begin();
        let kept = self.writer.append(&self.rests);
        // Before it is on the disk: that takes a while, and whoever reads sees it already.
        self.incoming.rests(self.writer.written(), true);
        Ended {
            writer: self.writer,
            start: self.start,
            redacted: self.cut.count(),
            kept,
        }
    }
}

/// A body that has ended, and is not on the disk yet.
struct Ended {
    writer: BodyWriter,
    start: Vec<u8>,
    redacted: u32,
    kept: Result<(), StoreError>,
}

impl Ended {
    /// Brings it to rest on the disk, before the outcome that speaks of it is written. Blocks.
    fn close(mut self) -> Closed {
        let written = self.writer.written();
        if written > self.start.len() as u64 {
            // Where the disk does not give it back, what was held has to do.
            if let Ok(start) = self.writer.start(REPORT_CAP) {
                self.start = start;
            }
        }
        Closed {
            whole: self.kept.is_ok() && self.start.len() as u64 == written,
            start: self.start,
            redacted: self.redacted,
            kept: self.kept.and_then(|()| self.writer.finish().map(drop)),
        }
    }
}

/// What rests of a body that has ended.
struct Closed {
    /// Its start.
    start: Vec<u8>,
    /// Whether that is all of what rests.
    whole: bool,
    /// How many secrets were cut out of the whole.
    redacted: u32,
    /// Whether it is on the disk.
    kept: Result<(), StoreError>,
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
pub(crate) async fn ending(
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
            let ended = sink.end();
            // The disk must not hold up who tells of the end.
            let closed = match tokio::task::spawn_blocking(|| ended.close()).await {
                Ok(closed) => closed,
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            };
            Outcome::Response(Box::new(response(*received, closed, sent, profile)))
        }
    };
    Ending {
        outcome: redact::outcome(outcome, prepared, profile),
        quota,
    }
}

fn response(
    received: Received,
    closed: Closed,
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
    let Closed {
        start,
        whole,
        redacted,
        kept,
    } = closed;
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
        // What was cut out may have been an id, a list, or the word that there is more.
        complete: complete && whole && redacted == 0,
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
        body_redacted: redacted,
        report,
        objects: answered.objects(profile),
        timing,
        failure: failure.or(unkept),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::{ProptestConfig, any, proptest};
    use tempfile::TempDir;
    use tokio::sync::watch;

    use super::{HELD, REPORT_CAP, Sink, ending};
    use crate::client::answer::{Answer, BodySink, Head, Received};
    use crate::dispatch::arrival::{Arrivals, Incoming};
    use crate::domain::arrival::Arrival;
    use crate::domain::compose::{Compose, Prepared};
    use crate::domain::exchange::{Outcome, Timing};
    use crate::domain::header::Headers;
    use crate::domain::id::{ExchangeId, OperationId};
    use crate::domain::object::Named;
    use crate::domain::pointer::Pointer;
    use crate::domain::profile::Profile;
    use crate::domain::redact::Secret;
    use crate::domain::request::{KeyChoice, Method, Request};
    use crate::store::body::BodyWriter;

    const SECRET: &str = "sk_live_123456";

    fn prepared(profile: &Profile) -> Prepared {
        asked(profile, Method::post(), "/v1/payments")
    }

    fn asked(profile: &Profile, method: Method, target: &str) -> Prepared {
        let compose = Compose {
            operation: "op_1",
            account: None,
            key: None,
            key_choice: KeyChoice::None,
            credential: Some(&Secret::new(SECRET)),
        };
        let request = Request::new(method, target);
        compose.prepare(&request, profile).expect("a request")
    }

    fn head(fields: &[(&str, &str)]) -> Head {
        Head {
            status: 200,
            version: "HTTP/1.1".into(),
            headers: Headers::from_iter(fields.iter().copied()),
            remote: None,
        }
    }

    /// What is told of the exchange now.
    fn told(arrivals: &Arrivals, id: &ExchangeId) -> Option<watch::Receiver<Arrival>> {
        arrivals.of(id)
    }

    fn expect() -> (Arrivals, ExchangeId, Incoming) {
        let (arrivals, id) = (Arrivals::default(), ExchangeId::mint([7; 10]));
        let incoming = arrivals.expect(&id);
        (arrivals, id, incoming)
    }

    #[test]
    fn a_head_is_told_without_secrets_and_only_until_its_exchange_is_over() {
        let profile = Profile::sandbox("http://127.0.0.1:1");
        let (prepared, dir) = (prepared(&profile), TempDir::new().expect("a directory"));
        let (arrivals, id, mut incoming) = expect();
        let watched = arrivals.watch();
        let writer = BodyWriter::new(dir.path().join("b"));
        let mut sink = Sink::new(writer, (&prepared, &profile), &mut incoming);
        assert!(told(&arrivals, &id).is_none() && !watched.has_changed().expect("open"));
        let fields = [
            ("content-type", "application/json"),
            ("x-debug", "you sent Bearer sk_live_123456"),
            ("set-cookie", "sid=other-secret"),
            ("location", "/next?page=2&access_token=third-secret"),
            (&*profile.server_id_header, "req_1"),
        ];
        sink.head(&head(&fields)).expect("taken");
        let arrival = told(&arrivals, &id).expect("told");
        assert!(watched.has_changed().expect("open"));
        let first = arrival.borrow().clone();
        assert_eq!(
            (first.bytes, first.done, first.head.status),
            (0, false, 200)
        );
        assert_eq!(first.head.server_request_id.as_deref(), Some("req_1"));
        assert_eq!(first.head.headers.len(), fields.len());
        let text = format!("{first:?}");
        for secret in [SECRET, "other-secret", "third-secret"] {
            assert!(!text.contains(secret), "{text}");
        }
        sink.chunk(b"[1]").expect("taken");
        drop(sink);
        assert!(arrival.has_changed().is_ok(), "it is not over");
        drop(incoming);
        assert!(told(&arrivals, &id).is_none() && arrival.has_changed().is_err());
    }

    /// What can be read of the body by whoever opens its file now.
    fn readable(file: &Path) -> Vec<u8> {
        std::fs::read(file).unwrap_or_default()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn what_is_told_to_be_there_can_be_read(
            pieces in proptest::collection::vec((any::<u8>(), 0usize..40), 0..20)
        ) {
            let profile = Profile::sandbox("http://127.0.0.1:1");
            let (prepared, dir) = (prepared(&profile), TempDir::new().expect("a directory"));
            let file = dir.path().join("b");
            let (arrivals, id, mut incoming) = expect();
            let writer = BodyWriter::new(file.clone());
            let mut sink = Sink::new(writer, (&prepared, &profile), &mut incoming);
            sink.head(&head(&[("content-type", "text/plain")])).expect("taken");
            let arrival = told(&arrivals, &id).expect("told");
            let mut before = 0;
            for (kind, length) in pieces {
                // Whole secrets, halves of them, and what holds none.
                let piece = match kind % 4 {
                    0 => SECRET.to_owned(),
                    1 => SECRET[..length % SECRET.len()].to_owned(),
                    _ => "plain, ".repeat(length),
                };
                sink.chunk(piece.as_bytes()).expect("taken");
                let now = arrival.borrow().clone();
                let there = readable(&file);
                assert_eq!((now.bytes, now.done), (there.len() as u64, false));
                assert!(now.bytes >= before);
                assert!(!String::from_utf8_lossy(&there).contains(SECRET));
                before = now.bytes;
            }
            let closed = sink.end().close();
            closed.kept.expect("on the disk");
            let last = arrival.borrow().clone();
            assert!(closed.whole);
            assert_eq!((last.bytes, last.done), (closed.start.len() as u64, true));
            assert_eq!(readable(&file), closed.start);
        }
    }

    #[test]
    fn the_start_of_a_large_body_is_what_rests_of_it() {
        let profile = Profile::sandbox("http://127.0.0.1:1");
        let (prepared, dir) = (prepared(&profile), TempDir::new().expect("a directory"));
        for size in [100, HELD, HELD + 50, REPORT_CAP, REPORT_CAP + 50] {
            let file = dir.path().join(size.to_string());
            let (_arrivals, _id, mut incoming) = expect();
            let writer = BodyWriter::new(file.clone());
            let mut sink = Sink::new(writer, (&prepared, &profile), &mut incoming);
            let text = format!("{SECRET} {}", "plain, ".repeat(size / 7));
            for piece in text.as_bytes().chunks(50_000) {
                sink.chunk(piece).expect("taken");
            }
            let closed = sink.end().close();
            let rests = readable(&file);
            assert_eq!(closed.redacted, 1);
            assert_eq!(closed.whole, rests.len() <= REPORT_CAP, "{size}");
            assert!(rests.starts_with(&closed.start));
            assert_eq!(closed.start.len(), rests.len().min(REPORT_CAP));
            assert_eq!(closed.whole, size < REPORT_CAP, "{size}");
        }
    }

    /// What a look-up of this profile names when this comes back.
    async fn looked_up(profile: &Profile, body: &str) -> Option<Named> {
        let (operation, dir) = (
            OperationId::known("op_1"),
            TempDir::new().expect("a directory"),
        );
        let target = profile
            .look_up_target(&operation)
            .expect("the sandbox has one");
        let prepared = asked(profile, Method::get(), &target);
        let (_arrivals, _id, mut incoming) = expect();
        let writer = BodyWriter::new(dir.path().join("b"));
        let mut sink = Sink::new(writer, (&prepared, profile), &mut incoming);
        let head = head(&[("content-type", "application/json")]);
        sink.head(&head).expect("taken");
        sink.chunk(body.as_bytes()).expect("taken");
        let received = Received {
            head,
            body_bytes: body.len() as u64,
            wire_bytes: body.len() as u64,
            complete: true,
            failure: None,
            note: None,
            timing: Timing::default(),
        };
        let answer = Answer::Response(Box::new(received));
        let ending = ending(answer, sink, (&operation, &prepared), profile).await;
        match ending.outcome.into_inner() {
            Outcome::Response(response) => response.objects,
            other => panic!("{other:?}"),
        }
    }

    /// It may have been an id: two of them, cut out, would read as one.
    #[tokio::test]
    async fn a_look_up_of_which_something_was_cut_out_is_not_whole() {
        let mut profile = Profile::sandbox("http://127.0.0.1:1");
        let list = r#"{"data":[{"id":"pay_1","token":"a"},{"id":"pay_2","token":"bcd"}]}"#;
        let named = looked_up(&profile, list).await.expect("a list");
        assert_eq!((named.ids.len(), named.partial), (2, true));
        let plain = list.replace("token", "name");
        let named = looked_up(&profile, &plain).await.expect("a list");
        assert_eq!((named.ids.len(), named.partial), (2, false));
        profile.object_ids = vec![Pointer::parse("/token").expect("a pointer")];
        let named = looked_up(&profile, list).await;
        assert!(named.is_none_or(|named| named.partial));
    }

    #[test]
    fn what_the_disk_refuses_is_not_told_to_be_there() {
        let profile = Profile::sandbox("http://127.0.0.1:1");
        let (prepared, dir) = (prepared(&profile), TempDir::new().expect("a directory"));
        let (arrivals, id, mut incoming) = expect();
        // The folder is missing.
        let writer = BodyWriter::new(dir.path().join("gone").join("b"));
        let mut sink = Sink::new(writer, (&prepared, &profile), &mut incoming);
        sink.head(&head(&[])).expect("taken");
        assert!(sink.chunk(&[b'x'; 4096]).is_err());
        let arrival = told(&arrivals, &id).expect("told").borrow().clone();
        assert_eq!((arrival.bytes, arrival.done), (0, false));
    }
}
