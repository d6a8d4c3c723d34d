//! Content codings (RFC 9110 8.4): which a body carries, and the readers that take them off again.
//!
//! ```text
//!   Content-Encoding: gzip, br      wire ─▶ br ─▶ gzip ─▶ body      the last applied comes off first
//! ```
//!
//! A coding that is not known leaves the whole body as it is.

use std::io::{self, Cursor};
use std::sync::Arc;

use async_compression::codecs::zstd::params::DParameter;
use async_compression::tokio::bufread::{
    BrotliDecoder, DeflateDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder,
};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncReadExt, BufReader};

use crate::client::meter::{Meter, Metered};
use crate::domain::header::Headers;

/// A layer of a body, as it is read.
pub(crate) type Source = Box<dyn AsyncBufRead + Send + Unpin>;

/// How much of each layer is held at once.
const BUFFER: usize = 32 << 10;

/// More layers than any server has a reason for; each costs a decoder's memory.
const MOST: usize = 3;

/// The largest zstd window to be found in HTTP: 8 MiB (RFC 9659 3). The format itself allows gigabytes.
const ZSTD_WINDOW_LOG: u32 = 23;

/// A content coding that can be taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Brotli,
    Zstd,
    Deflate,
}

/// Reads the codings of an answer, in the order in which they were applied.
///
/// # Errors
/// With a note, when one is not known or there are too many: then the body stays as it is.
pub(crate) fn from_headers(headers: &Headers) -> Result<Vec<Coding>, String> {
    let mut codings = Vec::new();
    let names = headers
        .get_all("content-encoding")
        .flat_map(|value| value.split(','));
    for name in names.map(|name| name.trim().to_ascii_lowercase()) {
        match name.as_str() {
            "" | "identity" => {}
            "gzip" | "x-gzip" => codings.push(Coding::Gzip),
            "br" => codings.push(Coding::Brotli),
            "zstd" => codings.push(Coding::Zstd),
            "deflate" => codings.push(Coding::Deflate),
            other => {
                let name: String = other.chars().filter(|c| !c.is_control()).take(40).collect();
                return Err(format!(
                    "the body is shown as sent: the content coding {name:?} is not known"
                ));
            }
        }
        if codings.len() > MOST {
            return Err(format!(
                "the body is shown as sent: it has more than {MOST} content codings"
            ));
        }
    }
    Ok(codings)
}

/// Takes the codings off, the last applied first. A body without any byte has none, whatever its head says.
///
/// # Errors
/// When the first bytes of a layer cannot be read or decoded.
pub(crate) async fn decoded(
    wire: impl AsyncRead + Send + Unpin + 'static,
    codings: &[Coding],
    meter: &Arc<Meter>,
) -> io::Result<Source> {
    let mut source = metered(wire, meter);
    for coding in codings.iter().rev() {
        let (first, rest) = peek(source).await?;
        if first.is_empty() {
            return Ok(rest);
        }
        source = take_off(*coding, &first, rest, meter);
    }
    Ok(source)
}

fn metered(layer: impl AsyncRead + Send + Unpin + 'static, meter: &Arc<Meter>) -> Source {
    Box::new(BufReader::with_capacity(BUFFER, Metered::new(layer, meter)))
}

/// The first two bytes, where there are so many, and the whole source again.
async fn peek(mut source: Source) -> io::Result<(Vec<u8>, Source)> {
    let mut first = Vec::with_capacity(2);
    (&mut source).take(2).read_to_end(&mut first).await?;
    let whole = Cursor::new(first.clone()).chain(source);
    Ok((first, Box::new(whole)))
}

fn take_off(coding: Coding, first: &[u8], source: Source, meter: &Arc<Meter>) -> Source {
    match coding {
        // A gzip file may have several members (RFC 1952 2.2), a zstd body several frames (RFC 8878 3).
        Coding::Gzip => {
            let mut decoder = GzipDecoder::new(source);
            decoder.multiple_members(true);
            metered(decoder, meter)
        }
        Coding::Zstd => {
            let window = [DParameter::window_log_max(ZSTD_WINDOW_LOG)];
            let mut decoder = ZstdDecoder::with_params(source, &window);
            decoder.multiple_members(true);
            metered(decoder, meter)
        }
        Coding::Brotli => metered(BrotliDecoder::new(source), meter),
        Coding::Deflate if is_zlib(first) => metered(ZlibDecoder::new(source), meter),
        Coding::Deflate => metered(DeflateDecoder::new(source), meter),
    }
}

/// "deflate" means zlib (RFC 9110 8.4.1.2), and some servers send it raw. A zlib header has method 8 and a checksum
/// (RFC 1950 2.2); a raw stream that began so would begin with a stored block with padding that is not zero.
fn is_zlib(first: &[u8]) -> bool {
    match first {
        [method, flags] => {
            method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use async_compression::tokio::bufread::{
        BrotliEncoder, DeflateEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder,
    };
    use tokio::io::AsyncReadExt;

    use super::{Coding, decoded, from_headers};
    use crate::client::meter::Meter;
    use crate::domain::header::Headers;

    fn codings(values: &[&str]) -> Result<Vec<Coding>, String> {
        let headers: Headers = values.iter().map(|v| ("Content-Encoding", *v)).collect();
        from_headers(&headers)
    }

    #[test]
    fn codings_are_read_in_order_and_strangers_leave_the_body_alone() {
        assert_eq!(codings(&[]), Ok(vec![]));
        assert_eq!(codings(&["identity", ""]), Ok(vec![]));
        assert_eq!(
            codings(&["GZIP, br", "zstd"]),
            Ok(vec![Coding::Gzip, Coding::Brotli, Coding::Zstd])
        );
        assert_eq!(codings(&["x-gzip"]), Ok(vec![Coding::Gzip]));
        assert!(
            codings(&["gzip, aws-chunked"])
                .unwrap_err()
                .contains("aws-chunked")
        );
        assert!(
            codings(&["gzip,gzip,gzip,gzip"])
                .unwrap_err()
                .contains("more than 3")
        );
    }

    async fn packed(coding: &str, plain: &[u8]) -> Vec<u8> {
        let (mut out, plain) = (Vec::new(), Cursor::new(plain.to_vec()));
        match coding {
            "gzip" => GzipEncoder::new(plain).read_to_end(&mut out).await,
            "br" => BrotliEncoder::new(plain).read_to_end(&mut out).await,
            "zstd" => ZstdEncoder::new(plain).read_to_end(&mut out).await,
            "zlib" => ZlibEncoder::new(plain).read_to_end(&mut out).await,
            _ => DeflateEncoder::new(plain).read_to_end(&mut out).await,
        }
        .unwrap();
        out
    }

    /// Decodes as far as it goes: the bytes, and whether it ended well.
    async fn unpacked(wire: Vec<u8>, codings: &[Coding]) -> (Vec<u8>, bool) {
        let meter = Meter::new(u64::MAX, u64::MAX);
        let mut out = Vec::new();
        let mut source = match decoded(Cursor::new(wire), codings, &meter).await {
            Ok(source) => source,
            Err(_) => return (out, false),
        };
        let mut block = [0; 1000];
        loop {
            match source.read(&mut block).await {
                Ok(0) => return (out, true),
                Ok(n) => out.extend_from_slice(&block[..n]),
                Err(_) => return (out, false),
            }
        }
    }

    const CODINGS: [(&str, Coding); 5] = [
        ("gzip", Coding::Gzip),
        ("br", Coding::Brotli),
        ("zstd", Coding::Zstd),
        ("zlib", Coding::Deflate),
        ("raw deflate", Coding::Deflate),
    ];

    /// Text that does not shrink to nothing, so that a cut falls into it.
    fn text() -> Vec<u8> {
        let mut seed = 1u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        };
        (0..200_000).map(|_| b'a' + next() % 26).collect()
    }

    #[tokio::test]
    async fn every_coding_comes_off() {
        let plain = text();
        for (name, coding) in CODINGS {
            let wire = packed(name, &plain).await;
            assert_eq!(
                unpacked(wire, &[coding]).await,
                (plain.clone(), true),
                "{name}"
            );
            assert_eq!(
                unpacked(Vec::new(), &[coding]).await,
                (Vec::new(), true),
                "{name}"
            );
        }
        let twice = packed("br", &packed("gzip", &plain).await).await;
        assert_eq!(
            unpacked(twice, &[Coding::Gzip, Coding::Brotli]).await,
            (plain, true)
        );
    }

    #[tokio::test]
    async fn what_is_cut_off_gives_what_came_and_says_so() {
        let plain = text();
        for (name, coding) in CODINGS {
            let mut wire = packed(name, &plain).await;
            wire.truncate(wire.len() - 10);
            let (out, whole) = unpacked(wire, &[coding]).await;
            assert!(!whole, "{name}");
            // zstd unpacks by whole blocks of 128 KiB.
            assert!(
                out.len() > 100_000 && plain.starts_with(&out),
                "{name}: {}",
                out.len()
            );
        }
    }

    #[tokio::test]
    async fn what_is_no_such_coding_is_an_error_and_never_a_panic() {
        for (name, coding) in CODINGS {
            for garbage in [
                &b"\xff"[..],
                b"\x78",
                b"<html>not at all</html>",
                b"\x1f\x8b\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            ] {
                assert!(
                    !unpacked(garbage.to_vec(), &[coding]).await.1,
                    "{name}: {garbage:?}"
                );
            }
        }
    }

    #[tokio::test]
    async fn a_damaged_body_never_panics_nor_runs_on() {
        let plain = &text()[..3000];
        for (name, coding) in CODINGS {
            let wire = packed(name, plain).await;
            for at in (0..wire.len()).step_by(7) {
                let mut damaged = wire.clone();
                damaged[at] ^= 0x55;
                let (out, _) = unpacked(damaged, &[coding]).await;
                assert!(out.len() < 10 << 20, "{name} at {at}: {}", out.len());
            }
        }
    }

    #[tokio::test]
    async fn members_and_frames_follow_one_another() {
        for (name, coding) in [&CODINGS[0], &CODINGS[2]] {
            let mut wire = packed(name, b"one ").await;
            wire.extend(packed(name, b"two").await);
            assert_eq!(
                unpacked(wire, &[*coding]).await,
                (b"one two".to_vec(), true),
                "{name}"
            );
        }
    }

    #[tokio::test]
    async fn a_zstd_window_beyond_the_one_of_http_is_refused() {
        // A frame whose header asks for a 2 GiB window (RFC 8878 3.1.1.1.2).
        let frame = b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00";
        assert_eq!(
            unpacked(frame.to_vec(), &[Coding::Zstd]).await,
            (Vec::new(), false)
        );
    }
}
