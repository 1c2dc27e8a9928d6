//! What a new password must be: long enough, not easily guessed, and not among those that leaked. Judged where the dictionary is, off the event loop.

use std::sync::Arc;

use domain::password::{Guess, WeakPassword, check_length};
use zeroize::Zeroizing;
use zxcvbn::Score;
use zxcvbn::feedback::Warning;

use super::password::{PasswordPool, normal};
use crate::error::Fault;

/// Judges a password that somebody wants to set, in one of the pool's places, for a text made to be hard to judge takes
/// long; `own` are words that an attacker tries first: name, e-mail, service.
pub(crate) async fn judge(
    pool: &PasswordPool,
    password: &Zeroizing<String>,
    least: usize,
    own: &[&str],
) -> Result<Result<(), WeakPassword>, Fault> {
    // As it will be compared: what shrinks or grows is measured after that.
    let Some(password) = normal(password) else {
        return Ok(Err(WeakPassword::TooLong));
    };
    if let Err(weak) = check_length(&password, least) {
        return Ok(Err(weak));
    }
    let mut own: Vec<String> = own.iter().map(|word| (*word).to_owned()).collect();
    own.push("symbolon".to_owned());
    let breached = Arc::clone(&pool.breached);
    pool.run(move |_| {
        let words: Vec<&str> = own.iter().map(String::as_str).collect();
        let judged = zxcvbn::zxcvbn(&password, &words);
        if judged.score() < Score::Three {
            let warning = judged.feedback().and_then(zxcvbn::feedback::Feedback::warning);
            return Ok(Err(WeakPassword::Guessable(warning.map_or(Guess::Simple, guess))));
        }
        if breached.holds(&password)? {
            return Ok(Err(WeakPassword::Breached));
        }
        Ok(Ok(()))
    })
    .await
}

/// What the dictionary warns of, in our words.
fn guess(warning: Warning) -> Guess {
    use Warning as W;
    match warning {
        W::StraightRowsOfKeysAreEasyToGuess | W::ShortKeyboardPatternsAreEasyToGuess => Guess::Keys,
        W::RepeatsLikeAaaAreEasyToGuess | W::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => Guess::Repeated,
        W::SequencesLikeAbcAreEasyToGuess => Guess::Sequence,
        W::RecentYearsAreEasyToGuess | W::DatesAreOftenEasyToGuess => Guess::Date,
        W::ThisIsATop10Password
        | W::ThisIsATop100Password
        | W::ThisIsACommonPassword
        | W::ThisIsSimilarToACommonlyUsedPassword => Guess::Common,
        W::AWordByItselfIsEasyToGuess
        | W::NamesAndSurnamesByThemselvesAreEasyToGuess
        | W::CommonNamesAndSurnamesAreEasyToGuess => Guess::Word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn judged(password: &str) -> Result<(), WeakPassword> {
        let entropy = domain::testing::SeededEntropy::new(1);
        let pool = PasswordPool::new(&crate::testing::config().login, &entropy).unwrap();
        judge(&pool, &Zeroizing::new(password.to_owned()), 15, &["ada.lovelace"])
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn length_is_not_enough() {
        assert_eq!(judged("short").await, Err(WeakPassword::TooShort(15)));
        for (password, why) in [
            ("passwordpassword", Guess::Repeated),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", Guess::Repeated),
            ("ada.lovelaceada.lovelace", Guess::Repeated),
            ("abcdefghijklmnopq", Guess::Sequence),
            ("qwertyuiopasdfgh", Guess::Common),
            ("ada.lovelace.1999", Guess::Simple),
        ] {
            assert_eq!(
                judged(password).await,
                Err(WeakPassword::Guessable(why)),
                "{password}"
            );
        }
        assert_eq!(judged(&"x".repeat(2000)).await, Err(WeakPassword::TooLong));
        assert_eq!(
            judged("correct horse battery staple").await,
            Err(WeakPassword::Breached)
        );
        assert_eq!(judged("quiet marble under seven lanterns").await, Ok(()));
    }

    #[tokio::test]
    async fn a_password_is_judged_in_the_form_in_which_it_is_compared() {
        // Sixteen characters as typed, eight as compared; and a common word in wide letters.
        assert_eq!(
            judged(&"e\u{301}".repeat(8)).await,
            Err(WeakPassword::TooShort(15))
        );
        let wide: String = "passwordpassword"
            .chars()
            .filter_map(|c| char::from_u32(u32::from(c) + 0xfee0))
            .collect();
        assert_eq!(judged(&wide).await, Err(WeakPassword::Guessable(Guess::Repeated)));
        assert_eq!(judged(&"\u{fdfa}".repeat(100)).await, Err(WeakPassword::TooLong));
    }
}
