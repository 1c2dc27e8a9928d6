//! What makes a process an edge of an authority: one text, shown once, kept in one file.

use std::fmt;

use zeroize::Zeroizing;

use super::message::EdgeName;

/// An edge's credential. Whoever has its text is that edge.
#[derive(Clone)]
pub struct EdgeCredential {
    /// The edge's name, as in its certificate.
    pub edge: EdgeName,
    /// Where the authority's feed is: `https://host:port`.
    pub authority: String,
    /// The issuer whose credentials the edge judges.
    pub issuer: String,
    /// The name in the authority's certificate.
    pub server_name: String,
    /// The edge's certificate, DER.
    pub certificate: Vec<u8>,
    /// Its private key, PKCS #8 DER.
    pub private_key: Zeroizing<Vec<u8>>,
    /// The certificate that both sides trust, DER.
    pub trust: Vec<u8>,
}

/// The text is no edge credential. Says nothing of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an edge credential: expected the text that `symbolon edge add` printed, whole")]
pub struct InvalidCredential;

const TITLE: &str = "symbolon edge credential 1";
const NAMES: [&str; 7] = [
    "edge",
    "authority",
    "issuer",
    "server-name",
    "certificate",
    "private-key",
    "trust",
];
/// No text of ours is longer.
const MAX_LEN: usize = 16 * 1024;

impl EdgeCredential {
    /// The text: a title, then one value a line.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let key = Zeroizing::new(jose::base64url::encode(&self.private_key));
        let (certificate, trust) = (
            jose::base64url::encode(&self.certificate),
            jose::base64url::encode(&self.trust),
        );
        let values = [
            self.edge.as_str(),
            &self.authority,
            &self.issuer,
            &self.server_name,
            &certificate,
            &key,
            &trust,
        ];
        // Room for all of it at once: no half of a key is left behind where a text grew.
        let length = values.iter().map(|value| value.len() + 16).sum::<usize>() + TITLE.len();
        let mut text = Zeroizing::new(String::with_capacity(length));
        text.push_str(TITLE);
        for (name, value) in NAMES.iter().zip(values) {
            for part in ["\n", name, ": ", value] {
                text.push_str(part);
            }
        }
        text
    }

    /// From its text.
    ///
    /// # Errors
    /// [`InvalidCredential`].
    pub fn parse(text: &str) -> Result<Self, InvalidCredential> {
        if text.len() > MAX_LEN {
            return Err(InvalidCredential);
        }
        let mut lines = text.trim().lines();
        if lines.next() != Some(TITLE) {
            return Err(InvalidCredential);
        }
        let mut value = |name: &str| {
            let line = lines.next().and_then(|line| line.strip_prefix(name));
            let value = line.and_then(|rest| rest.strip_prefix(": "));
            value.filter(|value| !value.is_empty()).ok_or(InvalidCredential)
        };
        let bytes = |text: &str| jose::base64url::decode(text.as_bytes()).map_err(|_| InvalidCredential);
        let read = Self {
            edge: value("edge")?.parse().map_err(|_| InvalidCredential)?,
            authority: value("authority")?.to_owned(),
            issuer: value("issuer")?.to_owned(),
            server_name: value("server-name")?.to_owned(),
            certificate: bytes(value("certificate")?)?,
            private_key: Zeroizing::new(bytes(value("private-key")?)?),
            trust: bytes(value("trust")?)?,
        };
        if lines.next().is_some() {
            return Err(InvalidCredential);
        }
        Ok(read)
    }
}

impl fmt::Debug for EdgeCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EdgeCredential({}, {})", self.edge, self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential() -> EdgeCredential {
        EdgeCredential {
            edge: "fra-1".parse().unwrap(),
            authority: "https://id.example:8702".into(),
            issuer: "https://id.example".into(),
            server_name: "authority.symbolon.internal".into(),
            certificate: vec![1; 400],
            private_key: Zeroizing::new(vec![2; 138]),
            trust: vec![3; 400],
        }
    }

    #[test]
    fn its_text_reads_back_whole_or_not_at_all() {
        let text = credential().reveal();
        for spelling in [text.to_string(), format!("{}\n", text.as_str())] {
            let read = EdgeCredential::parse(&spelling).unwrap();
            assert_eq!(read.reveal(), text);
        }
        for end in 0..text.len() {
            let short = &text[..end];
            // Cut inside the last value it may still be base64url, of another certificate.
            let same = EdgeCredential::parse(short).is_ok_and(|read| read.trust == credential().trust);
            assert!(!same, "{end}");
        }
        for line in 0..text.lines().count() {
            let rest: Vec<&str> = text
                .lines()
                .enumerate()
                .filter(|(n, _)| *n != line)
                .map(|(_, l)| l)
                .collect();
            assert!(
                EdgeCredential::parse(&rest.join("\n")).is_err(),
                "without line {line}"
            );
        }
        let longer = format!("{}\nmore: x", text.as_str());
        assert!(EdgeCredential::parse(&longer).is_err());
        let padded = |length: usize| format!("{}{}", text.as_str(), "\n".repeat(length - text.len()));
        assert!(EdgeCredential::parse(&padded(MAX_LEN)).is_ok());
        for too_long in [MAX_LEN + 1, MAX_LEN + 2] {
            assert!(EdgeCredential::parse(&padded(too_long)).is_err(), "{too_long}");
        }
    }

    /// A text that grows leaves a copy of the key behind; one that is far too large costs whoever reads it.
    #[test]
    fn its_text_is_made_in_one_place_of_the_right_size() {
        let text = credential().reveal();
        let of_values: usize = text
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(_, value)| value.len() + 16)
            .sum();
        assert_eq!(text.capacity(), TITLE.len() + of_values);
    }

    #[test]
    fn nothing_secret_is_in_its_debug_text() {
        let (shown, text) = (format!("{:?}", credential()), credential().reveal());
        let key = text
            .lines()
            .find_map(|line| line.strip_prefix("private-key: "))
            .unwrap();
        assert!(!shown.contains(key) && shown.contains("fra-1"));
    }
}
