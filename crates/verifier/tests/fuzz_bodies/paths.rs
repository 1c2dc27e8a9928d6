//! Paths and authorities: one reading, which is that of browsers and of every decoder, or a refusal.

use url::Url;
use verifier::{RequestAuthority, normalise};

/// The data are a path; and, for its own sake, an authority.
pub(crate) fn fuzz_request_path(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    path(text);
    authority(text);
}

fn path(text: &str) {
    let Ok(read) = normalise(text) else { return };
    assert_eq!(
        normalise(&read).as_deref(),
        Ok(&*read),
        "{text}: not a fixed point"
    );
    let meaning = decoded(text);
    for reading in [&*read, &*meaning] {
        assert!(reading.starts_with('/') && !reading.contains("//"), "{text}");
        assert!(!reading.contains(['\\', ';', '\0', '\r', '\n']), "{text}");
        assert!(
            reading
                .split('/')
                .all(|segment| segment != "." && segment != ".."),
            "{text}"
        );
    }
    assert_eq!(decoded(&read), meaning, "{text}: another meaning");
    assert_eq!(
        meaning.matches('/').count(),
        text.matches('/').count(),
        "{text}: another depth"
    );
    // The readings of a browser, and of a client that escapes more than it must.
    let url = Url::parse(&format!("https://app.example{text}")).unwrap();
    assert_eq!((url.path(), url.query(), url.fragment()), (text, None, None));
    assert_eq!(normalise(&escaped(text)).as_deref(), Ok(&*read), "{text}");
}

/// A decoder that knows nothing of URLs.
fn decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        out.push(if byte == b'%' {
            let pair = [bytes.next().unwrap(), bytes.next().unwrap()];
            u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap()
        } else {
            byte
        });
    }
    String::from_utf8(out).unwrap()
}

/// Every letter and digit outside an escape, escaped.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut skip = 0;
    for c in text.chars() {
        if c == '%' {
            skip = 3;
        }
        if skip == 0 && c.is_ascii_alphanumeric() {
            out.push_str(&format!("%{:02x}", u32::from(c)));
        } else {
            out.push(c);
        }
        skip = u8::saturating_sub(skip, 1);
    }
    out
}

fn authority(text: &str) {
    for secure in [true, false] {
        let Some(read) = RequestAuthority::parse(text, secure) else {
            continue;
        };
        assert!(
            !read
                .host()
                .bytes()
                .any(|b| b.is_ascii_uppercase() || b"@/\\%#? ".contains(&b))
        );
        let origin = read.origin();
        assert!(read.is_origin(&origin), "{origin}");
        assert!(
            !read.is_origin(&format!("{origin}0")) || origin.contains(':'),
            "{origin}"
        );
        assert!(!read.is_origin(&origin.replacen("://", "://x", 1)));
        let again = origin.split_once("://").unwrap().1;
        assert_eq!(RequestAuthority::parse(again, secure).unwrap().origin(), origin);
        // A browser that takes it for a name takes it for the same one.
        if let Ok(url) = Url::parse(&format!("https://{text}/"))
            && let Some(url::Host::Domain(name)) = url.host()
        {
            assert_eq!(name, read.host(), "{text}");
        }
    }
}
