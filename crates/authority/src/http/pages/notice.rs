//! What the page before has to say. A closed list: a link cannot make a page of ours say anything else.

use domain::password::Guess;

/// One message, carried by its word in the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    SignedOut,
    Credentials,
    WrongPassword,
    Limited,
    CapReached,
    Overtaken,
    FormExpired,
    Busy,
    SetUp,
    Code,
    NameTaken,
    BadName,
    TooShort,
    TooLong,
    Guessable(Guess),
    Breached,
    SamePassword,
    Different,
    PasswordChanged,
    SessionEnded,
    OthersEnded,
    EverywhereEnded,
    NoSuchSession,
}

impl Notice {
    const ALL: [(Self, &'static str, &'static str); 29] = [
        (Self::SignedOut, "signed_out", "You are signed out."),
        (
            Self::Credentials,
            "credentials",
            "User name and password do not fit.",
        ),
        (
            Self::WrongPassword,
            "wrong_password",
            "This is not your present password.",
        ),
        (
            Self::Limited,
            "limited",
            "Too many attempts. Try again in a few minutes.",
        ),
        (
            Self::CapReached,
            "session_cap",
            "You have as many sessions as you may. End one elsewhere first.",
        ),
        (
            Self::Overtaken,
            "overtaken",
            "Something changed in the meantime. Please try again.",
        ),
        (
            Self::FormExpired,
            "form_expired",
            "The form was out of date. Please send it again.",
        ),
        (
            Self::Busy,
            "busy",
            "Too many people sign in just now. Try again shortly.",
        ),
        (
            Self::SetUp,
            "set_up",
            "The administrator is made. Sign in with the new name and password.",
        ),
        (Self::Code, "code", "The set-up code is wrong, used or too old."),
        (
            Self::NameTaken,
            "name_taken",
            "This user name is taken. Choose another.",
        ),
        (
            Self::BadName,
            "bad_name",
            "Choose a user name of 1 to 128 plain characters.",
        ),
        (Self::TooShort, "too_short", "The new password is too short."),
        (
            Self::TooLong,
            "too_long",
            "The new password is too long: at most 1024 bytes.",
        ),
        (
            Self::Guessable(Guess::Simple),
            "guessable",
            "The new password is easily guessed. Avoid common words, repetitions and your own name; use several unrelated words.",
        ),
        (
            Self::Guessable(Guess::Common),
            "guessable_common",
            "The new password is among those that people use most, or close to one. Use several unrelated words.",
        ),
        (
            Self::Guessable(Guess::Word),
            "guessable_word",
            "A word or a name by itself is easily guessed. Use several unrelated words.",
        ),
        (
            Self::Guessable(Guess::Repeated),
            "guessable_repeated",
            "The new password repeats itself: that makes it longer, not harder to guess. Use several unrelated words.",
        ),
        (
            Self::Guessable(Guess::Sequence),
            "guessable_sequence",
            "Letters or digits in their order are easily guessed. Use several unrelated words.",
        ),
        (
            Self::Guessable(Guess::Keys),
            "guessable_keys",
            "The new password follows keys that lie side by side. Use several unrelated words.",
        ),
        (
            Self::Guessable(Guess::Date),
            "guessable_date",
            "Dates and years are easily guessed. Use several unrelated words.",
        ),
        (
            Self::Breached,
            "breached",
            "The new password is in a list of passwords that leaked somewhere: it is tried everywhere. Use one that you use nowhere else.",
        ),
        (
            Self::SamePassword,
            "same_password",
            "The new password is the present one. Choose another.",
        ),
        (
            Self::EverywhereEnded,
            "everywhere_ended",
            "You are signed out everywhere, and applications that stayed signed in for you ask again.",
        ),
        (Self::Different, "different", "The two new passwords differ."),
        (
            Self::PasswordChanged,
            "password_changed",
            "Your password is changed. All your other sessions have ended.",
        ),
        (Self::SessionEnded, "session_ended", "The session has ended."),
        (
            Self::OthersEnded,
            "others_ended",
            "All your other sessions have ended, and applications that stayed signed in for you ask again.",
        ),
        (
            Self::NoSuchSession,
            "no_such_session",
            "This session is over already.",
        ),
    ];

    /// From the query's word; anything else says nothing.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known, _)| *known == word)
            .map(|row| row.0)
    }

    /// For the query.
    pub(super) fn word(self) -> &'static str {
        self.row().1
    }

    /// For people.
    pub(super) fn text(self) -> &'static str {
        self.row().2
    }

    /// The class that gives its colour.
    pub(super) const fn tone(self) -> &'static str {
        match self {
            Self::SignedOut
            | Self::SetUp
            | Self::PasswordChanged
            | Self::SessionEnded
            | Self::OthersEnded
            | Self::EverywhereEnded => "good",
            _ => "bad",
        }
    }

    /// How it is read out.
    pub(super) fn role(self) -> &'static str {
        if self.tone() == "good" { "status" } else { "alert" }
    }

    fn row(self) -> (Self, &'static str, &'static str) {
        let found = Self::ALL.iter().find(|row| row.0 == self);
        found.copied().unwrap_or((self, "", ""))
    }
}

impl From<domain::password::WeakPassword> for Notice {
    fn from(weak: domain::password::WeakPassword) -> Self {
        use domain::password::WeakPassword;
        match weak {
            WeakPassword::TooShort(_) => Self::TooShort,
            WeakPassword::TooLong => Self::TooLong,
            WeakPassword::Guessable(why) => Self::Guessable(why),
            WeakPassword::Breached => Self::Breached,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_reads_back_and_no_other_text_is_shown() {
        for (notice, word, text) in Notice::ALL {
            assert_eq!(Notice::parse(word), Some(notice));
            assert!(!text.is_empty() && notice.text() == text && notice.word() == word);
        }
        assert_eq!(Notice::parse("<b>call 555</b>"), None);
    }
}
