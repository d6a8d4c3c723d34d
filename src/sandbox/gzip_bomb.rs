//! A gzip stream that grows a thousandfold when it is read: `[`, so many MiB of blanks, `]`.
//!
//! One MiB of blanks is packed once, ended on a byte boundary (a full flush), and repeated: deflate blocks that refer to
//! nothing before them may be chained at will (RFC 1951 3.2), so the stream costs about a kilobyte a MiB and no time.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

const MIB: usize = 1 << 20;
/// RFC 1952 2.3.1: magic, deflate, no flags, no time, no hint, unknown system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// The stream that unpacks to `mib` MiB and two bytes.
pub fn pieces(mib: u32) -> impl Iterator<Item = Bytes> + Send {
    let blanks = vec![b' '; MIB];
    let unit = Bytes::from(pack(&blanks, FlushCompress::Full));
    let mut crc = Crc::new();
    crc.update(b"[");
    let mut blank_crc = Crc::new();
    blank_crc.update(&blanks);

    let mut head = HEAD.to_vec();
    head.extend(pack(b"[", FlushCompress::Full));
    let middle = (0..mib).map(move |_| unit.clone());
    let tail = std::iter::once_with(move || {
        // Checksums are joined arithmetically, so the blanks are not read again.
        (0..mib).for_each(|_| crc.combine(&blank_crc));
        crc.update(b"]");
        let mut tail = pack(b"]", FlushCompress::Finish);
        tail.extend(crc.sum().to_le_bytes());
        tail.extend(crc.amount().to_le_bytes());
        Bytes::from(tail)
    });
    std::iter::once(Bytes::from(head)).chain(middle).chain(tail)
}

/// One raw deflate block or more, ended on a byte boundary.
fn pack(bytes: &[u8], flush: FlushCompress) -> Vec<u8> {
    // Deflate never grows its input by more than a few bytes per 16 KiB, and ours shrinks: this is space enough.
    let mut packed = Vec::with_capacity(bytes.len() / 64 + 128);
    // An error means that the stream was used after its end: this one is used once.
    let _ = Compress::new(Compression::best(), false).compress_vec(bytes, &mut packed, flush);
    packed
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::{MIB, pieces};

    #[test]
    fn it_unpacks_to_its_size_and_its_checksum_holds() {
        for mib in [1, 5] {
            let packed: Vec<u8> = pieces(mib).flatten().collect();
            assert!(
                packed.len() < (mib as usize) * 2048 + 256,
                "{} bytes for {mib} MiB",
                packed.len()
            );
            let mut document = Vec::new();
            GzDecoder::new(&packed[..])
                .read_to_end(&mut document)
                .unwrap();
            assert_eq!(document.len(), mib as usize * MIB + 2);
            assert_eq!(serde_json::from_slice::<Vec<()>>(&document).unwrap(), []);
        }
    }
}
