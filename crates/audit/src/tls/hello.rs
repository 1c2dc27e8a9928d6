//! The first message of a handshake, made by hand: for what no library offers any more (RFC 5246 section 7.4.1).

/// What is offered.
pub(super) struct Hello {
    version: [u8; 2],
    suites: &'static [u16],
}

/// What a server says to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// It goes on with the handshake.
    Agreed,
    /// It sends an alert, or hangs up.
    Refused,
    /// Neither.
    Nonsense,
}

/// Suites that servers of the time of TLS 1.0 and 1.1 have: with forward secrecy and without.
pub(super) const COMMON: &[u16] = &[
    0xc009, 0xc00a, 0xc013, 0xc014, 0x0033, 0x0039, 0x002f, 0x0035, 0x000a, 0xc012,
];

/// Kinds of suites that nobody should agree to.
pub(super) const WEAK: &[(&str, &[u16])] = &[
    (
        "no forward secrecy",
        &[0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035],
    ),
    (
        "3DES or RC4",
        &[0x000a, 0xc008, 0xc012, 0x0016, 0x0005, 0x0004, 0xc007, 0xc011],
    ),
    ("no encryption", &[0x0001, 0x0002, 0x003b, 0xc006, 0xc010]),
    (
        "no certificate",
        &[0x0018, 0x0034, 0x003a, 0x006c, 0x00a6, 0xc017, 0xc018, 0xc019],
    ),
    (
        "export keys",
        &[0x0003, 0x0006, 0x0008, 0x0011, 0x0014, 0x0017, 0x0019],
    ),
];

const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;
const SERVER_HELLO: u8 = 2;

impl Hello {
    pub(super) const fn of(version: [u8; 2], suites: &'static [u16]) -> Self {
        Self { version, suites }
    }

    /// As it goes onto the wire. `name` is the host's, if it has one.
    pub(super) fn bytes(&self, name: Option<&str>) -> Vec<u8> {
        let suites: Vec<u8> = self.suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
        let mut extensions = Vec::new();
        if let Some(name) = name {
            let entry = [&[0][..], &sized(name.as_bytes())].concat();
            extensions.extend(extension(0, &sized(&entry)));
        }
        // x25519, P-256, P-384; points as they are; signatures of then and of now; no renegotiation yet.
        extensions.extend(extension(10, &sized(&[0, 0x1d, 0, 0x17, 0, 0x18])));
        extensions.extend(extension(11, &[1, 0]));
        extensions.extend(extension(13, &sized(&[4, 3, 8, 4, 4, 1, 2, 3, 2, 1])));
        extensions.extend(extension(0xff01, &[0]));
        let body = [
            &self.version[..],
            // Nobody goes on with this handshake: what is drawn at random need not be.
            &[0x5a; 32],
            &[0],
            &sized(&suites),
            &[1, 0],
            &sized(&extensions),
        ]
        .concat();
        let message = [&[1, 0][..], &sized(&body)].concat();
        [&[HANDSHAKE, 3, 1][..], &sized(&message)].concat()
    }
}

/// Bytes behind their length in two bytes.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes()[..], bytes].concat()
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &sized(body)].concat()
}

/// What the first bytes of an answer say.
pub(super) fn said(words: &[u8]) -> Said {
    match (words.first(), words.get(5)) {
        (None, _) | (Some(&ALERT), _) => Said::Refused,
        (Some(&HANDSHAKE), Some(&SERVER_HELLO)) => Said::Agreed,
        _ => Said::Nonsense,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library reads it as a first message, and refuses what it offers.
    #[test]
    fn it_is_one_and_a_library_of_today_refuses_it() {
        for (version, suites) in [([3, 1], COMMON), ([3, 2], COMMON), ([3, 3], WEAK[0].1)] {
            let bytes = Hello::of(version, suites).bytes(Some("app.example"));
            let mut acceptor = rustls::server::Acceptor::default();
            acceptor.read_tls(&mut bytes.as_slice()).unwrap();
            match acceptor.accept() {
                Ok(accepted) => {
                    let accepted = accepted.expect("a whole message");
                    assert_eq!(accepted.client_hello().server_name(), Some("app.example"));
                }
                Err((error, _)) => assert!(!error.to_string().contains("corrupt"), "{error}"),
            }
        }
    }

    #[test]
    fn alerts_and_silence_refuse() {
        assert_eq!(said(&[21, 3, 3, 0, 2, 2, 70]), Said::Refused);
        assert_eq!(said(&[]), Said::Refused);
        assert_eq!(said(&[22, 3, 3, 0, 40, 2, 0]), Said::Agreed);
        assert_eq!(said(b"HTTP/1.1 400"), Said::Nonsense);
    }
}
