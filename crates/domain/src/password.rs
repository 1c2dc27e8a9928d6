//! What a password must be (NIST SP 800-63B-4 section 3.1.1.2): long enough, not too long, never composed by rule.

/// Shortest password where it is the only factor, in characters.
pub const MIN_CHARS: usize = 15;
/// Shortest password where a second factor is required.
pub const MIN_CHARS_WITH_SECOND_FACTOR: usize = 8;
/// Longest password, in bytes: bounds the work of hashing; far above the 64 characters that must be permitted.
pub const MAX_BYTES: usize = 1024;

/// Why a password was refused when it was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Fewer characters than the policy asks for.
    #[error("the password is too short: use at least {0} characters")]
    TooShort(usize),
    /// Longer than any field of ours.
    #[error("the password is too long: use at most 1024 bytes")]
    TooLong,
    /// Easily guessed, and what it is made of.
    #[error("the password is easily guessed: {0}")]
    Guessable(Guess),
    /// In a list of passwords that leaked.
    #[error("the password is in a list of passwords that leaked: use one that is used nowhere else")]
    Breached,
}

/// What makes a password easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// In lists of passwords that people use, or close to one.
    Common,
    /// A word or a name by itself.
    Word,
    /// The same again and again.
    Repeated,
    /// Letters or digits in their order.
    Sequence,
    /// Keys that lie side by side.
    Keys,
    /// A date or a year.
    Date,
    /// Its parts are few, or the user's own name.
    Simple,
}

impl std::fmt::Display for Guess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Common => "it is among the passwords that people use most, or close to one",
            Self::Word => "a word or a name by itself is tried first",
            Self::Repeated => "it repeats itself",
            Self::Sequence => "letters or digits in their order are tried first",
            Self::Keys => "it follows keys that lie side by side",
            Self::Date => "dates and years are tried first",
            Self::Simple => "avoid common words, repetitions and your own name",
        })
    }
}

/// Checks the length alone; guessing strength is judged where the dictionary is.
///
/// # Errors
/// [`WeakPassword::TooShort`] or [`WeakPassword::TooLong`].
pub fn check_length(password: &str, least: usize) -> Result<(), WeakPassword> {
    if password.len() > MAX_BYTES {
        return Err(WeakPassword::TooLong);
    }
    if password.chars().count() < least {
        Err(WeakPassword::TooShort(least))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters_and_bounded_in_bytes() {
        assert_eq!(check_length("äöüäöüäöüäöüäöü", MIN_CHARS), Ok(()));
        assert_eq!(
            check_length("fourteen chars", MIN_CHARS),
            Err(WeakPassword::TooShort(15))
        );
        assert_eq!(
            check_length(&"x".repeat(1025), MIN_CHARS),
            Err(WeakPassword::TooLong)
        );
    }
}
