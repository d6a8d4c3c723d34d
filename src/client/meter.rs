//! The caps on a body. Every layer of it, from the wire to the last decoder, is read through a [`Metered`] reader,
//! so that no layer, not even one in the middle, can become larger than the caps allow.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use crate::domain::exchange::Failure;

/// Below this many unpacked bytes no ratio is looked at: small bodies of repeats are ordinary.
pub(crate) const RATIO_FLOOR: u64 = 10 << 20;

/// What was read of one body, and the caps it is held to.
pub(crate) struct Meter {
    body_bytes: u64,
    ratio: u64,
    wire: AtomicU64,
    ended: AtomicBool,
    broken: Mutex<Option<Failure>>,
}

/// Which cap ended a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// There was more than the cap.
    Size {
        /// Bytes.
        cap: u64,
    },
    /// It unpacked to too many times its size.
    Ratio {
        /// Unpacked bytes so far.
        unpacked: u64,
        /// Unpacked bytes per byte on the wire so far.
        ratio: u64,
        /// The cap on that.
        cap: u64,
    },
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Over::Size { cap } => write!(
                f,
                "stopped at {}: the body is larger than the cap",
                Size(*cap)
            ),
            Over::Ratio {
                unpacked,
                ratio,
                cap,
            } => write!(
                f,
                "stopped at {}: ratio {ratio}:1 is over the cap of {cap}:1",
                Size(*unpacked)
            ),
        }
    }
}

impl std::error::Error for Over {}

/// A number of bytes as a person reads it.
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            0..0x400 => return write!(f, "{} B", self.0),
            0x400..0x10_0000 => (1 << 10, "KiB"),
            0x10_0000.. => (1 << 20, "MiB"),
        };
        // Tenths by integers: no rounding up to a size that was not reached.
        let (whole, tenth) = (self.0 / unit, self.0 % unit * 10 / unit);
        match tenth {
            0 => write!(f, "{whole} {name}"),
            _ => write!(f, "{whole}.{tenth} {name}"),
        }
    }
}

impl Meter {
    pub(crate) fn new(body_bytes: u64, ratio: u64) -> Arc<Meter> {
        Arc::new(Meter {
            body_bytes,
            ratio: ratio.max(1),
            wire: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            broken: Mutex::default(),
        })
    }

    /// So many bytes came off the wire.
    pub(crate) fn arrived(&self, bytes: usize) {
        self.wire.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Bytes that came off the wire.
    pub(crate) fn wire(&self) -> u64 {
        self.wire.load(Ordering::Relaxed)
    }

    /// The wire came to its proper end.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Whether it did.
    pub(crate) fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// The wire broke. The decoders see an end, so that what they hold comes out; the reason is told afterwards.
    pub(crate) fn broke(&self, failure: Failure) {
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
    }

    /// Why the wire broke, if it did.
    pub(crate) fn broken(&self) -> Option<Failure> {
        self.broken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn check_ratio(&self, unpacked: u64) -> Result<(), Over> {
        let wire = self.wire().max(1);
        if unpacked > RATIO_FLOOR && unpacked > wire.saturating_mul(self.ratio) {
            // Rounded up: a ratio over the cap never reads as the cap itself.
            let ratio = unpacked.div_ceil(wire);
            return Err(Over::Ratio {
                unpacked,
                ratio,
                cap: self.ratio,
            });
        }
        Ok(())
    }
}

/// One layer of a body under its caps. What is within them is delivered before the cap is reported.
pub(crate) struct Metered<R> {
    inner: R,
    seen: u64,
    meter: Arc<Meter>,
}

impl<R> Metered<R> {
    pub(crate) fn new(inner: R, meter: &Arc<Meter>) -> Metered<R> {
        Metered {
            inner,
            seen: 0,
            meter: Arc::clone(meter),
        }
    }
}

impl<R: AsyncRead + Unpin> Metered<R> {
    /// At the cap: whether there is more than it allows takes one byte to know.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut byte = [0];
        let mut more = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut more))?;
        match more.filled() {
            [] => Poll::Ready(Ok(())),
            _ => Poll::Ready(Err(io::Error::other(Over::Size {
                cap: self.meter.body_bytes,
            }))),
        }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Metered<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.meter
            .check_ratio(self.seen)
            .map_err(io::Error::other)?;
        let left = self.meter.body_bytes.saturating_sub(self.seen);
        let room = usize::try_from(left).map_or(out.remaining(), |left| left.min(out.remaining()));
        if room == 0 {
            return self.poll_end(cx);
        }
        let mut part = ReadBuf::new(out.initialize_unfilled_to(room));
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut part))?;
        let read = part.filled().len();
        out.advance(read);
        self.seen += read as u64;
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, repeat};

    use super::{Meter, Metered, Over, RATIO_FLOOR, Size};

    async fn drain(cap: u64, ratio: u64, length: u64, wire: usize) -> (u64, Option<Over>) {
        let meter = Meter::new(cap, ratio);
        meter.arrived(wire);
        let mut reader = Metered::new(repeat(7).take(length), &meter);
        let (mut read, mut block) = (0, vec![0; 65536]);
        loop {
            match reader.read(&mut block).await {
                Ok(0) => return (read, None),
                Ok(n) => read += n as u64,
                Err(error) => return (read, error.downcast::<Over>().ok()),
            }
        }
    }

    #[tokio::test]
    async fn a_body_of_exactly_the_cap_is_whole_and_one_byte_more_is_not() {
        assert_eq!(drain(1000, 1, 1000, 1000).await, (1000, None));
        assert_eq!(
            drain(1000, 1, 1001, 1001).await,
            (1000, Some(Over::Size { cap: 1000 }))
        );
        assert_eq!(drain(0, 1, 0, 0).await, (0, None));
    }

    #[tokio::test]
    async fn a_ratio_counts_from_the_floor_on() {
        assert_eq!(
            drain(u64::MAX, 200, RATIO_FLOOR, 10).await,
            (RATIO_FLOOR, None)
        );
        let (read, over) = drain(u64::MAX, 200, 1 << 40, 10_000).await;
        assert!(read > RATIO_FLOOR && read < RATIO_FLOOR + 131_072, "{read}");
        assert!(
            matches!(
                over,
                Some(Over::Ratio {
                    cap: 200,
                    ratio: 1048..,
                    ..
                })
            ),
            "{over:?}"
        );
        assert_eq!(drain(u64::MAX, 200, 20 << 20, 1 << 20).await.1, None);
    }

    #[test]
    fn sizes_and_caps_are_told_in_words() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1536, "1.5 KiB"),
            (64 << 20, "64 MiB"),
            ((10 << 20) + 200_000, "10.1 MiB"),
        ] {
            assert_eq!(Size(bytes).to_string(), text);
        }
        let over = Over::Ratio {
            unpacked: 64 << 20,
            ratio: 1000,
            cap: 200,
        };
        assert_eq!(
            over.to_string(),
            "stopped at 64 MiB: ratio 1000:1 is over the cap of 200:1"
        );
    }
}
