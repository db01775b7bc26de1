//! What stands around the content of a message: version, flags, compression.
//!
//! ```text
//! version 1   1 | 0 | content
//! version 2   2 | 0 | content
//!             2 | 1 | length v | Zstandard frame      of a content of that length
//! ```

use std::io::Read;

use ruzstd::{
    decoding::{FrameDecoder, StreamingDecoder},
    encoding::{CompressionLevel, compress_to_vec},
};

use super::wire::{Reader, WireError, Writer};

/// A version of the messages. A server answers in the version in which it was asked; a device
/// asks in the newest, and again in version 1 when the server does not know it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// The first.
    V1 = 1,
    /// Compression; a reply tells about backups.
    #[default]
    V2 = 2,
}

impl Protocol {
    /// The newest that this build speaks.
    pub const NEWEST: Self = Self::V2;
}

const COMPRESSED: u8 = 1;
/// Less than this gains nothing.
const LEAST_BYTES: usize = 256;
/// The window of a frame is memory that the sender decides about.
const MAX_WINDOW_BYTES: u64 = 8 * 1024 * 1024;

/// A message without its frame.
#[derive(Debug)]
pub(super) struct Opened<'a> {
    pub(super) protocol: Protocol,
    pub(super) content: std::borrow::Cow<'a, [u8]>,
}

/// Puts version and flags before a content, compressed where the version has that and it is shorter.
pub(super) fn close(protocol: Protocol, content: &[u8]) -> Vec<u8> {
    if protocol >= Protocol::V2 && content.len() >= LEAST_BYTES {
        let mut out = Writer::new();
        out.byte(protocol as u8);
        out.byte(COMPRESSED);
        out.number(content.len() as u64);
        out.bytes(&compress_to_vec(content, CompressionLevel::Fastest));
        let out = out.finish();
        if out.len() < content.len() {
            return out;
        }
    }
    [&[protocol as u8, 0], content].concat()
}

/// Takes the frame off. `limit` bounds the content, inflated or not.
pub(super) fn open(bytes: &[u8], limit: usize) -> Result<Opened<'_>, WireError> {
    let mut reader = Reader::new(bytes);
    let [version, flags] = reader.array("version")?;
    let protocol = match (version, flags) {
        (1, 0) => Protocol::V1,
        (2, 0 | COMPRESSED) => Protocol::V2,
        _ => return Err(WireError::Version { version, flags }),
    };
    let compressed = flags == COMPRESSED;
    let length = if compressed { reader.number("content length")? } else { reader.rest().len() as u64 };
    if length > limit as u64 {
        return Err(WireError::OverLimit { what: "message bytes", got: length, limit: limit as u64 });
    }
    let content = if compressed { inflate(reader.rest(), length)?.into() } else { reader.rest().into() };
    Ok(Opened { protocol, content })
}

/// Inflates exactly `length` bytes; memory is bounded by them and by [`MAX_WINDOW_BYTES`],
/// whatever the frame says of itself.
fn inflate(mut frame: &[u8], length: u64) -> Result<Vec<u8>, WireError> {
    let failed = |reason: String| WireError::Inflate { reason };
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(MAX_WINDOW_BYTES);
    let decoder =
        StreamingDecoder::new_with_decoder(&mut frame, decoder).map_err(|error| failed(error.to_string()))?;
    let mut content = Vec::new();
    let read =
        decoder.take(length + 1).read_to_end(&mut content).map_err(|error| failed(error.to_string()))?;
    match (read as u64 == length, frame.len()) {
        (true, 0) => Ok(content),
        (true, extra) => Err(WireError::Trailing { extra }),
        (false, _) => Err(failed("its length is another".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_comes_back_whatever_the_frame() {
        let long = b"section/question".repeat(1000);
        for content in [&b""[..], b"short", &long] {
            for protocol in [Protocol::V1, Protocol::V2] {
                let bytes = close(protocol, content);
                let opened = open(&bytes, 20_000).expect("a frame");
                assert_eq!((opened.protocol, &*opened.content), (protocol, content));
            }
        }
        assert!(close(Protocol::V2, &long).len() < 200);
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_inflated() {
        let bomb = close(Protocol::V2, &vec![0; 4 << 20]);
        assert!(bomb.len() < 2000, "{}", bomb.len());
        assert!(matches!(open(&bomb, 1 << 20), Err(WireError::OverLimit { .. })));
        // A frame that says less of itself than it holds.
        let mut lying = Writer::new();
        lying.bytes(&[2, 1]);
        lying.number(1000);
        lying.bytes(&compress_to_vec(&vec![0_u8; 4 << 20][..], CompressionLevel::Fastest));
        assert!(matches!(open(&lying.finish(), 1 << 20), Err(WireError::Inflate { .. })));
    }

    #[test]
    fn a_window_of_gigabytes_is_refused() {
        // Magic number, no checksum and no size, a window of 1 GiB, an empty last block.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 20 << 3, 0x01, 0x00, 0x00];
        let bytes = [&[2, 1, 1][..], &frame].concat();
        assert!(matches!(open(&bytes, 1 << 20), Err(WireError::Inflate { .. })));
    }

    #[test]
    fn what_is_cut_or_of_another_version_is_refused() {
        let bytes = close(Protocol::V2, &b"section/question".repeat(100));
        for length in 0..bytes.len() {
            assert!(open(&bytes[..length], 1 << 20).is_err(), "{length}");
        }
        for head in [[0, 0], [1, 1], [2, 2], [3, 0]] {
            assert!(matches!(open(&head, 100), Err(WireError::Version { .. })));
        }
    }
}
