//! Bodies, bounded before and after unpacking.

use std::io::Read;

use bytes::{Buf, Bytes};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http_body_util::BodyExt;

use super::Stop;

/// A body and whether there was more.
pub(super) struct Taken {
    pub(super) bytes: Vec<u8>,
    pub(super) is_cut: bool,
}

/// Reads up to `limit` bytes, and no byte more.
pub(super) async fn take<B>(mut body: B, limit: usize) -> Result<Taken, Stop>
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Stop::Broken(error.to_string()))?;
        let Ok(mut data) = frame.into_data() else {
            continue;
        };
        let room = limit - bytes.len();
        let is_cut = data.len() > room;
        bytes.extend_from_slice(&data.copy_to_bytes(data.len().min(room)));
        if is_cut {
            return Ok(Taken { bytes, is_cut });
        }
    }
    Ok(Taken { bytes, is_cut: false })
}

/// Unpacks to at most `limit` bytes; `None` if the bytes are not what `encoding` says.
pub(super) fn unpack(taken: &Taken, encoding: &str, limit: usize) -> Option<Taken> {
    let bytes = taken.bytes.as_slice();
    let unpacked = match encoding.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => read(MultiGzDecoder::new(bytes), limit),
        // Some send the bare stream, some the one with a head.
        "deflate" => read(ZlibDecoder::new(bytes), limit).or_else(|| read(DeflateDecoder::new(bytes), limit)),
        _ => None,
    };
    // A body that was cut ends too early for the decoder: what was unpacked until then is as good.
    unpacked.map(|mut unpacked| {
        unpacked.is_cut |= taken.is_cut;
        unpacked
    })
}

fn read(decoder: impl Read, limit: usize) -> Option<Taken> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let ended = decoder.take(most).read_to_end(&mut bytes);
    if ended.is_err() && bytes.is_empty() {
        return None;
    }
    let is_cut = bytes.len() > limit || ended.is_err();
    bytes.truncate(limit);
    Some(Taken { bytes, is_cut })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn taken(bytes: Vec<u8>) -> Taken {
        Taken { bytes, is_cut: false }
    }

    #[test]
    fn a_bomb_is_unpacked_to_its_limit() {
        let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
        bomb.write_all(&vec![0; 8 * 1024 * 1024]).unwrap();
        let bomb = taken(bomb.finish().unwrap());
        assert!(bomb.bytes.len() < 20_000);
        let unpacked = unpack(&bomb, "gzip", 4096).unwrap();
        assert!(unpacked.is_cut && unpacked.bytes.len() == 4096);
    }

    #[test]
    fn each_encoding_is_unpacked_and_nonsense_is_not() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"hello").unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::fast());
        bare.write_all(b"hello").unwrap();
        for packed in [zlib.finish().unwrap(), bare.finish().unwrap()] {
            assert_eq!(unpack(&taken(packed), "deflate", 100).unwrap().bytes, b"hello");
        }
        assert!(unpack(&taken(b"hello".to_vec()), "gzip", 100).is_none());
        assert!(unpack(&taken(b"hello".to_vec()), "br", 100).is_none());
    }
}
