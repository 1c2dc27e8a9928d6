//! How frameworks sign a cookie: what is under the signature, and which key they make of the secret.

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY as SHA1, SHA256};
use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY as HMAC_SHA1, HMAC_SHA256};
use jose::base64url;

/// One way to read a cookie as signed.
pub(super) struct Form {
    /// The framework.
    pub(super) kind: &'static str,
    algorithm: hmac::Algorithm,
    message: Vec<u8>,
    signature: Vec<u8>,
    key: Key,
}

/// What becomes of the secret.
enum Key {
    Plain,
    /// The MAC of a label under the secret.
    Mac(&'static [u8]),
    /// The digest of a label and the secret.
    Digest(&'static digest::Algorithm, &'static [u8]),
}

const SHA1_BYTES: usize = 20;
const SHA256_BYTES: usize = 32;

impl Form {
    /// Every way to read this value of a cookie.
    pub(super) fn all(name: &str, value: &str) -> Vec<Self> {
        let readings = [express, fastify, rack, django, tornado];
        let mut forms: Vec<Self> = readings.iter().filter_map(|read| read(value)).collect();
        forms.extend(itsdangerous(value));
        forms.extend(gorilla(name, value));
        forms
    }

    /// Where the signature is in a cookie of its own.
    pub(super) fn beside(name: &str, value: &str, signature: &str) -> Vec<Self> {
        let message = format!("{name}={value}");
        let form = unpacked(signature).map(|signature| Self {
            kind: "cookie-session or Koa",
            algorithm: HMAC_SHA1,
            message: message.into_bytes(),
            signature,
            key: Key::Plain,
        });
        form.into_iter().collect()
    }

    /// Whether this secret makes the signature.
    pub(super) fn fits(&self, secret: &[u8]) -> bool {
        let key = match self.key {
            Key::Plain => secret.to_vec(),
            Key::Mac(label) => {
                let key = hmac::Key::new(self.algorithm, secret);
                hmac::sign(&key, label).as_ref().to_vec()
            }
            Key::Digest(algorithm, label) => digest::digest(algorithm, &[label, secret].concat())
                .as_ref()
                .to_vec(),
        };
        let key = hmac::Key::new(self.algorithm, &key);
        hmac::verify(&key, &self.message, &self.signature).is_ok()
    }
}

/// `s:ID.SIGNATURE`.
fn express(value: &str) -> Option<Form> {
    let (id, signature) = value.strip_prefix("s:")?.rsplit_once('.')?;
    Some(Form {
        kind: "Express",
        algorithm: HMAC_SHA256,
        message: id.as_bytes().to_vec(),
        signature: unpacked(signature)?,
        key: Key::Plain,
    })
}

/// `ID.SIGNATURE`.
fn fastify(value: &str) -> Option<Form> {
    let (id, signature) = value.rsplit_once('.')?;
    let signature = unpacked(signature).filter(|bytes| bytes.len() == SHA256_BYTES)?;
    Some(Form {
        kind: "Fastify",
        algorithm: HMAC_SHA256,
        message: id.as_bytes().to_vec(),
        signature,
        key: Key::Plain,
    })
}

/// `DATA.TIME.SIGNATURE`: Flask and Starlette take the same package, and make other keys.
fn itsdangerous(value: &str) -> Vec<Form> {
    let Some((message, signature)) = value.rsplit_once('.') else {
        return Vec::new();
    };
    let signature = unpacked(signature).filter(|bytes| bytes.len() == SHA1_BYTES && message.contains('.'));
    let Some(signature) = signature else {
        return Vec::new();
    };
    let form = |kind, key| Form {
        kind,
        algorithm: HMAC_SHA1,
        message: message.as_bytes().to_vec(),
        signature: signature.clone(),
        key,
    };
    vec![
        form("Flask", Key::Mac(b"cookie-session")),
        form("Starlette", Key::Digest(&SHA1, b"itsdangerous.Signersigner")),
    ]
}

/// `DATA:TIME:SIGNATURE`, where sessions are kept in the cookie.
fn django(value: &str) -> Option<Form> {
    let (message, signature) = value.rsplit_once(':')?;
    let signature =
        unpacked(signature).filter(|bytes| bytes.len() == SHA256_BYTES && message.contains(':'))?;
    Some(Form {
        kind: "Django",
        algorithm: HMAC_SHA256,
        message: message.as_bytes().to_vec(),
        signature,
        key: Key::Digest(&SHA256, b"django.contrib.sessions.backends.signed_cookiessigner"),
    })
}

/// `2|1:KEY|TIME|NAME|VALUE|SIGNATURE`, each part with its length before it.
fn tornado(value: &str) -> Option<Form> {
    let value = value.trim_matches('"');
    let (message, signature) = value.rsplit_once('|')?;
    (message.starts_with("2|") && message.matches('|').count() == 4).then_some(())?;
    Some(Form {
        kind: "Tornado",
        algorithm: HMAC_SHA256,
        message: format!("{message}|").into_bytes(),
        signature: from_hex(signature)?,
        key: Key::Plain,
    })
}

/// Base64 of `TIME|DATA|SIGNATURE`, whose signature covers the cookie's name as well: gorilla/sessions, and with it Gin and Echo.
fn gorilla(name: &str, value: &str) -> Option<Form> {
    let bytes = unpacked(value)?;
    let mut bars = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'|')
        .map(|(at, _)| at);
    let (first, second) = (bars.next()?, bars.next()?);
    let (time, message, signature) = (
        bytes.get(..first)?,
        bytes.get(..second)?,
        bytes.get(second + 1..)?,
    );
    let is_it = !time.is_empty() && time.iter().all(u8::is_ascii_digit) && signature.len() == SHA256_BYTES;
    is_it.then(|| Form {
        kind: "gorilla",
        algorithm: HMAC_SHA256,
        message: [name.as_bytes(), b"|", message].concat(),
        signature: signature.to_vec(),
        key: Key::Plain,
    })
}

/// `DATA--SIGNATURE`.
fn rack(value: &str) -> Option<Form> {
    let (message, signature) = value.rsplit_once("--")?;
    let signature = from_hex(signature).filter(|bytes| bytes.len() == SHA1_BYTES)?;
    Some(Form {
        kind: "Rack",
        algorithm: HMAC_SHA1,
        message: message.as_bytes().to_vec(),
        signature,
        key: Key::Plain,
    })
}

/// Base64 of either alphabet.
fn unpacked(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    base64url::decode(text.as_bytes()).ok()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let pairs = digits.chunks_exact(2);
    pairs.remainder().is_empty().then_some(())?;
    pairs
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each made by the framework itself.
    const REAL: &[(&str, &str, &str)] = &[
        (
            "Express",
            "s:abc123.L3URH8qEUlRhbJErOXuJ/R5i21GJUY02kERb2c2p5w0",
            "keyboard cat",
        ),
        (
            "Fastify",
            "abc123.q7m5bKYVvPdYmHqCAVhrHjAfQ3BJR4VN3i3N6eHJEMQ",
            "a secret with minimum length of 32 characters",
        ),
        (
            "Flask",
            "eyJ1c2VyIjoiYWRhIn0.awgR3g.ctMX3S-zCXJ1-vU1nQ_F9eGYuDc",
            "dev",
        ),
        (
            "Starlette",
            "eyJ1c2VyIjogImFkYSJ9.awgR3Q.CPQrb-kOJh1boeqcUo3TW-mCER0",
            "some-random-string",
        ),
        (
            "Tornado",
            "2|1:0|10:1795690973|4:user|4:YWRh|1b69c32b88293f81cc11bd732b664c159fb2f368934e800ef7a4d594b7545416",
            "__TODO:_GENERATE_YOUR_OWN_RANDOM_VALUE_HERE__",
        ),
        (
            "Django",
            "eyJ1c2VyIjoiYWRhIn0:1xWXFd:AGBgTCae0Chf16M6Yh5KMJnSyyWN6vh7xS4oAfzGJk0",
            "secret",
        ),
        (
            "gorilla",
            "MTc5NTcwMDg3OHxEWDhFQVFMX2dBQUJFQUVRQUFBaF80QUFBUVp6ZEhKcGJtY01CZ0FFZFhObGNnWnpkSEpwYm1jTUJRQURZV1JofDR9PyxWvWtXG7dvzK9upaAyJTbsyEBa2qQRSYGDCnHj",
            "secret",
        ),
        // Encrypted as well.
        (
            "gorilla",
            "MTc5NTcwMDg3OHxrVWpCLTkzUVJ6T0hZSy10UmxZNWYyUWVZZnh2SWgzTXd1TWQ1NzZnMzc4STFNSjU3ekFnRGk3SW1lLU9TSkJfX1NzQUNsMjVFM01kTzdtMFdabEFIZz09fH9sb4B737inCpXZC1uHHP77_MrUwf5SKI_oWtPUwXdT",
            "secret",
        ),
        (
            "Rack",
            "BAh7BkkiCXVzZXI=--cd97cd4446517a3227c56f513c3f1f2ea10f89ff",
            "change_me",
        ),
    ];

    #[test]
    fn each_frameworks_own_cookie_is_read_and_no_other_secret_fits() {
        for (kind, value, secret) in REAL {
            let fits = |secret: &str| {
                let forms = Form::all("mysession", value);
                let form = forms.iter().find(|form| form.fits(secret.as_bytes()));
                form.map(|form| form.kind)
            };
            assert_eq!(fits(secret), Some(*kind), "{value}");
            assert_eq!(fits("3r8vWmZ0yQ1c9TtX2bKpLs7dHnJf4gAe"), None, "{kind}");
        }
        let beside = Form::beside("koa.sess", "eyJ4IjoxfQ==", "SoXQ-cwZVKEATkHibw4WQ4Fjkes");
        assert!(beside[0].fits(b"some secret hurr") && !beside[0].fits(b"another"));
    }

    #[test]
    fn what_is_not_signed_has_no_form() {
        for value in [
            "",
            "abc",
            "a.b",
            "a:b:c",
            "a--b",
            "2|1:0|x",
            "2|1:0|a|b|c|zz",
            "s:a",
            "é--é",
            "a.b.c",
        ] {
            assert!(Form::all("mysession", value).is_empty(), "{value}");
        }
        assert!(Form::beside("a", "b", "?").is_empty());
    }
}
