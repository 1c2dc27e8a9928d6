//! A load generator for HTTP/2 by prior knowledge: prepared header blocks without compression, many streams under way on
//! a few connections. It reads frames and nothing in them but the status.

use std::io::{ErrorKind, Read};

use super::drawn::Drawn;
use super::load::{Connect, Driving, Patience, Stream, write_all};
use crate::harness::Fault;

/// Streams under way on each connection.
const STREAMS: usize = 16;
const CONNECTIONS: usize = 4;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEAD: usize = 9;
/// Types and flags (RFC 9113 sections 6 and 11.2).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;
/// `:status: 200` by its index (RFC 7541 appendix A).
const STATUS_200: u8 = 0x88;

/// Requests under way on connections that stay open for a turn.
pub(crate) struct Load2 {
    to: Connect,
    /// Header blocks.
    drawn: Drawn,
    per_turn: u64,
}

struct Connection {
    stream: Box<dyn Stream>,
    next_id: u32,
    unread: Vec<u8>,
    unsent: Vec<u8>,
}

impl Load2 {
    /// # Errors
    /// No connection.
    pub(crate) fn new(
        to: &Connect,
        requests: Vec<Vec<u8>>,
        order: Vec<u32>,
        per_turn: u64,
    ) -> Result<Self, Fault> {
        to.open()?;
        Ok(Self {
            to: to.clone(),
            drawn: Drawn::new(requests, order),
            per_turn,
        })
    }

    fn send(&mut self, count: u64) -> Result<(), Fault> {
        let (mut sent, mut done) = (0, 0);
        let mut connections = (0..CONNECTIONS)
            .map(|_| Connection::open(&self.to))
            .collect::<Result<Vec<_>, Fault>>()?;
        for connection in &mut connections {
            for _ in 0..STREAMS {
                if sent < count {
                    connection.begin(self.drawn.take()?);
                    sent += 1;
                }
            }
            connection.flush()?;
        }
        let mut patience = Patience::default();
        while done < count {
            let before = done;
            for connection in &mut connections {
                let ended = connection.read()?;
                done += ended;
                for _ in 0..ended {
                    if sent < count {
                        connection.begin(self.drawn.take()?);
                        sent += 1;
                    }
                }
                connection.flush()?;
            }
            patience.after(done > before)?;
        }
        Ok(())
    }
}

impl Driving for Load2 {
    /// Every request once, so that the server knows them all.
    fn prepare(&mut self) -> Result<(), Fault> {
        let next = self.drawn.one_by_one();
        self.send(self.drawn.count())?;
        self.drawn.go_on(next);
        Ok(())
    }

    fn drive(&mut self) -> Result<u64, Fault> {
        self.send(self.per_turn)?;
        Ok(self.per_turn)
    }
}

impl Connection {
    fn open(to: &Connect) -> Result<Self, Fault> {
        let mut unsent = PREFACE.to_vec();
        frame(&mut unsent, (SETTINGS, 0), 0, &[]);
        Ok(Self {
            stream: to.open()?,
            next_id: 1,
            unread: Vec::new(),
            unsent,
        })
    }

    fn begin(&mut self, block: &[u8]) {
        frame(
            &mut self.unsent,
            (HEADERS, END_STREAM | END_HEADERS),
            self.next_id,
            block,
        );
        self.next_id += 2;
    }

    fn flush(&mut self) -> Result<(), Fault> {
        write_all(self.stream.as_mut(), &self.unsent)?;
        self.unsent.clear();
        Ok(())
    }

    /// Reads what there is; how many answers are complete by it.
    fn read(&mut self) -> Result<u64, Fault> {
        let mut buffer = [0u8; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(Fault::new("the server closed a connection")),
            Ok(read) => {
                self.unread
                    .extend_from_slice(buffer.get(..read).unwrap_or_default());
                self.frames()
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(Fault::io("reading frames")(error)),
        }
    }

    fn frames(&mut self) -> Result<u64, Fault> {
        let (mut at, mut ended) = (0, 0);
        while let Some(head) = self.unread.get(at..at + HEAD) {
            let [a, b, c, kind, flags, ..] = *head else { break };
            let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
            let Some(payload) = self.unread.get(at + HEAD..at + HEAD + length) else {
                break;
            };
            match kind {
                HEADERS if payload.first() != Some(&STATUS_200) => {
                    return Err(Fault::new(format!("not 200: {:?}", payload.first())));
                }
                HEADERS | DATA => ended += u64::from(flags & END_STREAM),
                SETTINGS if flags & ACK == 0 => frame(&mut self.unsent, (SETTINGS, ACK), 0, &[]),
                PING if flags & ACK == 0 => frame(&mut self.unsent, (PING, ACK), 0, payload),
                RST_STREAM | GOAWAY => return Err(Fault::new("the server broke off")),
                _ => {}
            }
            at += HEAD + length;
        }
        self.unread.drain(..at);
        Ok(ended)
    }
}

fn frame(to: &mut Vec<u8>, (kind, flags): (u8, u8), stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
    to.extend_from_slice(length.get(1..).unwrap_or_default());
    to.extend_from_slice(&[kind, flags]);
    to.extend_from_slice(&stream.to_be_bytes());
    to.extend_from_slice(payload);
}

/// A header block: each field a literal without indexing and without Huffman's code (RFC 7541 section 6.2.2).
pub(crate) fn block<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in fields {
        out.push(0);
        for text in [name, value] {
            length(&mut out, text.len());
            out.extend_from_slice(text.as_bytes());
        }
    }
    out
}

/// An integer with a prefix of 7 bits (RFC 7541 section 5.1).
fn length(out: &mut Vec<u8>, value: usize) {
    let byte = |value: usize| u8::try_from(value).unwrap_or_default();
    let Some(mut rest) = value.checked_sub(127) else {
        return out.push(byte(value));
    };
    out.push(127);
    while rest >= 128 {
        out.push(byte(rest % 128) | 0x80);
        rest /= 128;
    }
    out.push(byte(rest));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_standard() {
        for (value, bytes) in [
            (10, vec![10]),
            (126, vec![126]),
            (127, vec![127, 0]),
            (1337, vec![127, 186, 9]),
        ] {
            let mut out = Vec::new();
            length(&mut out, value);
            assert_eq!(out, bytes, "{value}");
        }
        assert_eq!(block([("a", "bc")]), [0, 1, b'a', 2, b'b', b'c']);
    }

    #[test]
    fn a_frame_has_its_length_type_flags_and_stream() {
        let mut out = Vec::new();
        frame(&mut out, (HEADERS, END_STREAM | END_HEADERS), 3, b"xy");
        assert_eq!(out, [0, 0, 2, 1, 5, 0, 0, 0, 3, b'x', b'y']);
    }
}
