//! The secrets themselves. Looking a text through takes a few steps for each of its bytes, however many secrets there are.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

use zeroize::Zeroizing;

use super::mark;

/// Shorter texts would be found everywhere.
const SHORTEST: usize = 6;
/// A target cannot make us remember without end.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Texts that are secret, and what each is.
#[derive(Default)]
pub(super) struct Known {
    /// In the order of their bytes.
    all: BTreeMap<Text, &'static str>,
    /// How they begin.
    starts: HashSet<[u8; SHORTEST]>,
    bytes: usize,
}

/// Wiped when it is dropped. Ordered as its bytes are.
struct Text(Zeroizing<Vec<u8>>);

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice() == other.0.as_slice()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.as_slice().cmp(other.0.as_slice())
    }
}

impl Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl Known {
    pub(super) fn add(&mut self, text: &str, kind: &'static str) {
        let Some(start) = text.as_bytes().first_chunk::<SHORTEST>() else {
            return;
        };
        if self.is_full() || self.all.contains_key(text.as_bytes()) {
            return;
        }
        self.starts.insert(*start);
        self.bytes += text.len();
        let text = Text(Zeroizing::new(text.as_bytes().to_vec()));
        self.all.insert(text, kind);
    }

    /// Whether there are more than can be kept. Nobody knows then what is in a text.
    pub(super) const fn is_full(&self) -> bool {
        self.bytes > MOST_BYTES
    }

    /// The longest secret that `text` begins with: its length and what it is.
    fn at_start(&self, text: &[u8]) -> Option<(usize, &'static str)> {
        if !self.starts.contains(text.first_chunk::<SHORTEST>()?) {
            return None;
        }
        let mut part = text;
        loop {
            let up_to = (Bound::Unbounded, Bound::Included(part));
            let (known, kind) = self.all.range::<[u8], _>(up_to).next_back()?;
            let known: &[u8] = known.borrow();
            if part.starts_with(known) {
                return Some((known.len(), *kind));
            }
            // Whatever else it begins with is no longer than what the two have in common.
            let common = known.iter().zip(part).take_while(|(a, b)| a == b).count();
            part = part.get(..common)?;
            if common < SHORTEST {
                return None;
            }
        }
    }

    /// Takes every secret out. Where two overlap, no part of either is left.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let (mut at, mut done) = (0, 0);
        while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
            if let Some((length, kind)) = self.at_start(rest) {
                if at >= done {
                    out.push_str(text.get(done..at).unwrap_or_default());
                    out.push_str(&format!("[{kind}]"));
                }
                done = done.max(at + length);
                at += 1;
            } else {
                // What stands for a secret already is not looked into: some secrets are words.
                at += text.get(at..).and_then(mark).unwrap_or(1);
            }
        }
        out.push_str(text.get(done..).unwrap_or_default());
        out
    }
}

/// How a text comes back: as it is, and as forms, addresses, JSON and HTML have it.
pub(super) fn spellings(text: &str) -> Vec<Zeroizing<String>> {
    let form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let percent = form.replace('+', "%20");
    let json = serde_json::to_string(text).unwrap_or_default();
    let json = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'))
        .unwrap_or_default()
        .to_owned();
    let ascii: String = json
        .chars()
        .map(|c| if c.is_ascii() { c.to_string() } else { escaped(c) })
        .collect();
    let tags = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let quotes = |double: &str, single: &str| tags.replace('"', double).replace('\'', single);
    let mut all = vec![
        text.to_owned(),
        form.to_ascii_lowercase(),
        percent.to_ascii_lowercase(),
        form,
        percent,
        json.replace('/', "\\/"),
        ascii.replace('/', "\\/"),
        json,
        ascii,
        quotes("&quot;", "&#39;"),
        quotes("&quot;", "&#x27;"),
        quotes("&quot;", "&#039;"),
        quotes("&quot;", "'"),
        quotes("&#34;", "&#39;"),
        tags,
    ];
    // As it stands in an address that was made of it.
    if let Ok(mut url) = url::Url::parse("http://host/") {
        url.set_query(Some(text));
        url.set_fragment(Some(text));
        url.set_path(text);
        all.extend(
            [url.query(), url.fragment()]
                .into_iter()
                .flatten()
                .map(str::to_owned),
        );
        all.push(url.path().trim_start_matches('/').to_owned());
    }
    all.into_iter().map(Zeroizing::new).collect()
}

/// `\u00e9`, in two halves where one does not do.
fn escaped(c: char) -> String {
    let mut halves = [0; 2];
    let halves = c.encode_utf16(&mut halves);
    halves.iter().map(|half| format!("\\u{half:04x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(secrets: &[&str], text: &str) -> String {
        let mut known = Known::default();
        for secret in secrets {
            known.add(secret, "it");
        }
        known.hide(text)
    }

    #[test]
    fn the_longest_is_taken_and_nothing_is_left_of_two_that_overlap() {
        assert_eq!(hidden(&["abcdef", "abcdefgh"], "xabcdefghij"), "x[it]ij");
        assert_eq!(hidden(&["abcdef", "defghi"], "abcdefghi."), "[it].");
        assert_eq!(hidden(&["abcdefzz", "abcdef"], "abcdefzy"), "[it]zy");
        assert_eq!(hidden(&["abcdefzz", "abcdxx"], "abcdefzy"), "abcdefzy");
        assert_eq!(hidden(&["short"], "short"), "short");
        assert_eq!(
            hidden(&["gr\u{fc}\u{df}e"], "viele gr\u{fc}\u{df}e!"),
            "viele [it]!"
        );
    }

    #[test]
    fn a_secret_that_is_a_word_of_ours_is_taken_out_once() {
        let mut known = Known::default();
        known.add("password", "password");
        known.add("characters", "secret");
        let once = known.hide("my password has 8 characters: [8 characters]");
        assert_eq!(once, "my [password] has 8 [secret]: [8 characters]");
        assert_eq!(known.hide(&once), once);
    }

    #[test]
    fn many_secrets_are_all_known() {
        let mut known = Known::default();
        for at in 0..5000 {
            known.add(&format!("session-{at:05}"), "it");
        }
        assert_eq!(known.hide("a session-04999 b session-00000"), "a [it] b [it]");
    }
}
