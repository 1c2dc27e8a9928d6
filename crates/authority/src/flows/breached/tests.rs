use super::*;
use std::fmt::Write as _;
use std::sync::atomic::AtomicU32;

const WORDS: usize = 3_000;

fn digest_of(word: &str) -> String {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, word.as_bytes());
    String::from_utf8(hex(digest.as_ref()).to_vec()).unwrap()
}

fn word(number: usize) -> String {
    format!("a word that leaked {number}")
}

/// As it is given out: lines of another length each.
fn list(words: usize, end: &str) -> String {
    let mut digests: Vec<_> = (0..words).map(|number| digest_of(&word(number))).collect();
    digests.sort();
    digests
        .iter()
        .enumerate()
        .fold(String::new(), |mut text, (at, digest)| {
            let _ = write!(text, "{digest}:{}{end}", 10_u64.pow(at as u32 % 8));
            text
        })
}

fn opened(text: &str) -> Result<Breached, String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "symbolon-breached-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    );
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, text).unwrap();
    let opened = Breached::open(Some(&path)).map_err(|fault| fault.to_string());
    // What is open stays readable when its name is gone.
    std::fs::remove_file(&path).unwrap();
    opened
}

#[test]
fn the_digest_is_that_of_the_lists() {
    // RFC 3174 section 7.3, TEST1.
    assert_eq!(digest_of("abc"), "A9993E364706816ABA3E25717850C26C9CD0D89D");
}

#[test]
fn our_own_list_is_sorted_and_is_used() {
    let (entries, rest) = OWN.as_chunks::<OWN_ENTRY>();
    assert!(rest.is_empty() && entries.len() > 40_000);
    assert!(entries.is_sorted_by(|a, b| a < b));
    let own = Breached::open(None).unwrap();
    for leaked in ["correcthorsebatterystaple", "zQjphsyf6ctifgu", "polniypizdec0211"] {
        assert!(own.holds(leaked).unwrap(), "{leaked}");
    }
    assert!(!own.holds("quiet marble under seven lanterns").unwrap());
}

#[test]
fn every_line_of_a_long_list_is_found_and_nothing_else() {
    for end in ["\n", "\r\n"] {
        let list = opened(&list(WORDS, end)).unwrap();
        for number in 0..WORDS {
            assert!(list.holds(&word(number)).unwrap(), "{number}");
        }
        for number in WORDS..2 * WORDS {
            assert!(!list.holds(&word(number)).unwrap(), "{number}");
        }
    }
}

#[test]
fn short_lists_are_lists() {
    for words in 1..200 {
        let text = list(words, "\n");
        for text in [text.trim_end().to_owned(), text.to_lowercase(), text] {
            let list = opened(&text).unwrap();
            let found = (0..words + 20)
                .filter(|number| list.holds(&word(*number)).unwrap())
                .count();
            assert_eq!(found, words);
        }
    }
    let bare = format!("{}\n", digest_of("only one"));
    assert!(opened(&bare).unwrap().holds("only one").unwrap());
}

#[test]
fn what_is_no_such_list_is_refused_at_the_start() {
    let mut by_count: Vec<_> = list(WORDS, "\n").lines().map(str::to_owned).collect();
    by_count.sort_by_key(|line| line.rsplit(':').next().unwrap().len());
    for (text, why) in [
        (String::new(), "empty"),
        ("password\n123456\n".to_owned(), "no SHA-1"),
        (by_count.join("\n"), "not sorted"),
        ("A".repeat(4_000), "no SHA-1"),
        (format!("{}{}", digest_of("x"), " ".repeat(10_000)), "too long"),
        (format!("{}0\n", digest_of("x")), "no SHA-1"),
    ] {
        let problem = opened(&text).unwrap_err();
        assert!(
            problem.contains(why) && problem.contains("login.breached_passwords"),
            "{problem}"
        );
    }
    let missing = Breached::open(Some(Path::new("/nowhere/at/all"))).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/at/all"));
}
