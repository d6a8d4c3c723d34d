//! The body of an answer, from the wire to the sink.
//!
//! ```text
//!   reqwest ──chunks──▶ meter ──▶ decoders, each metered ──64 KiB──▶ sink
//!      │ breaks                                            │
//!      └── is noted, and looks like an end to the decoders: what they hold still comes out
//! ```

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::coop::consume_budget;
use tokio::time::Sleep;
use tokio_util::io::StreamReader;
use tokio_util::sync::CancellationToken;

use crate::client::answer::{Answer, BodySink, Head, Received};
use crate::client::coding::{Coding, decoded, from_headers};
use crate::client::failure::{broken_body, cancelled_body, late_body, undecodable, untaken};
use crate::client::meter::Meter;
use crate::client::probe::Probe;
use crate::domain::exchange::Failure;
use crate::domain::profile::Limits;

/// The most that a sink gets at once.
const BLOCK: usize = 64 << 10;

/// Streams a body into the sink until it ends, breaks, or is stopped. The status stands whatever comes of it.
pub(crate) async fn receive(
    response: reqwest::Response,
    sink: &mut dyn BodySink,
    limits: Limits,
    total: Pin<&mut Sleep>,
    cancel: &CancellationToken,
    probe: &Probe,
) -> Answer {
    let head = Head::of(&response);
    let (codings, note) = match from_headers(&head.headers) {
        Ok(codings) => (codings, None),
        Err(note) => (Vec::new(), Some(note)),
    };
    let meter = Meter::new(limits.body_bytes, limits.ratio);
    let mut taken = 0;
    let failure = match sink.head(&head) {
        Err(error) => Some(untaken(&error)),
        Ok(()) => tokio::select! {
            biased;
            () = cancel.cancelled() => Some(cancelled_body(meter.wire())),
            () = total => Some(late_body(limits.total, meter.wire())),
            failure = pump(response, &codings, &meter, sink, &mut taken) => failure,
        },
    };
    Answer::Response(Box::new(Received {
        head,
        body_bytes: taken,
        wire_bytes: meter.wire(),
        complete: failure.is_none(),
        failure,
        note: note.filter(|_| meter.wire() > 0),
        timing: probe.timing(),
    }))
}

/// Moves the body; why it is not whole, when it is not.
async fn pump(
    response: reqwest::Response,
    codings: &[Coding],
    meter: &Arc<Meter>,
    sink: &mut dyn BodySink,
    taken: &mut u64,
) -> Option<Failure> {
    let stopped = |error: io::Error| {
        let undecodable = || undecodable(&error, codings, meter.ended());
        Some(meter.broken().unwrap_or_else(undecodable))
    };
    let mut source = match decoded(wire(response, Arc::clone(meter)), codings, meter).await {
        Ok(source) => source,
        Err(error) => return stopped(error),
    };
    let mut block = vec![0; BLOCK];
    loop {
        // A body that is always there would never give the deadline and the person a turn.
        consume_budget().await;
        match source.read(&mut block).await {
            Ok(0) => return meter.broken(),
            Ok(length) => match sink.chunk(&block[..length]) {
                Ok(()) => *taken += length as u64,
                Err(error) => return Some(untaken(&error)),
            },
            Err(error) => return stopped(error),
        }
    }
}

/// The bytes as they come off the wire, counted. A break is noted with the meter and ends the stream.
fn wire(response: reqwest::Response, meter: Arc<Meter>) -> impl AsyncRead + Send + Unpin + 'static {
    let chunks = stream::unfold((response, meter), |(mut response, meter)| async move {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                meter.arrived(chunk.len());
                Some((Ok::<Bytes, io::Error>(chunk), (response, meter)))
            }
            Ok(None) => {
                meter.end();
                None
            }
            Err(error) => {
                meter.broke(broken_body(error, meter.wire()));
                None
            }
        }
    });
    StreamReader::new(Box::pin(chunks.fuse()))
}
