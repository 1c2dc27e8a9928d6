//! Findings that somebody has decided to live with, for a time and for a reason.

use jiff::civil::Date;
use serde::Deserialize;

use crate::registry;

/// The silences of one file:
///
/// ```toml
/// [[silence]]
/// check = "cookies.missing-secure"
/// place = "development: theme"      # left out: every place
/// reason = "no TLS on laptops"
/// until = "2027-01-31"
/// ```
#[derive(Debug, Default)]
pub struct Silences {
    all: Vec<Silence>,
}

/// One of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silence {
    /// The check's id.
    pub check: String,
    /// The finding's place; every place if there is none.
    pub place: Option<String>,
    /// Why, for whoever reads the report.
    pub reason: String,
    /// The last day on which it holds.
    #[serde(deserialize_with = "day")]
    pub until: Date,
}

/// A file of silences that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SilenceError {
    /// Not TOML of this form.
    #[error("{0}")]
    Form(String),
    /// A check that does not exist.
    #[error("there is no check {0}: `symbolon audit checks` lists them")]
    NoCheck(String),
    /// No reason.
    #[error("the silence of {0} gives no reason")]
    NoReason(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    silence: Vec<Silence>,
}

impl Silences {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`SilenceError`].
    pub fn parse(text: &str) -> Result<Self, SilenceError> {
        let file: File = toml::from_str(text).map_err(|error| SilenceError::Form(error.to_string()))?;
        for silence in &file.silence {
            if registry::by_id(&silence.check).is_none() {
                return Err(SilenceError::NoCheck(silence.check.clone()));
            }
            if silence.reason.trim().is_empty() {
                return Err(SilenceError::NoReason(silence.check.clone()));
            }
        }
        Ok(Self { all: file.silence })
    }

    /// The silence that covers a finding on the day of `now_s`.
    #[must_use]
    pub fn covers(&self, check: &str, place: &str, now_s: i64) -> Option<&Silence> {
        let fits = |silence: &&Silence| {
            silence.check == check
                && silence.place.as_deref().is_none_or(|named| named == place)
                && !silence.is_over(now_s)
        };
        self.all.iter().find(fits)
    }

    /// Those whose time is over.
    pub fn over(&self, now_s: i64) -> impl Iterator<Item = &Silence> {
        self.all.iter().filter(move |silence| silence.is_over(now_s))
    }
}

impl Silence {
    fn is_over(&self, now_s: i64) -> bool {
        // A clock that cannot be read silences nothing.
        let today = jiff::Timestamp::from_second(now_s).ok();
        let today = today.map(|now| jiff::tz::Offset::UTC.to_datetime(now).date());
        today.is_none_or(|today| today > self.until)
    }
}

/// `2027-01-31`.
fn day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|_| serde::de::Error::custom(format!("{text} is not a day such as 2027-01-31")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_S: i64 = 86_400;

    fn file(place: &str) -> String {
        let id = registry::all().next().unwrap().id;
        format!("[[silence]]\ncheck = \"{id}\"\n{place}reason = \"known\"\nuntil = \"1970-01-03\"\n")
    }

    #[test]
    fn a_silence_holds_for_its_place_until_its_day_is_over() {
        let id = registry::all().next().unwrap().id;
        let silences = Silences::parse(&file("place = \"here\"\n")).unwrap();
        assert!(silences.covers(id, "here", 3 * DAY_S - 1).is_some());
        assert!(silences.covers(id, "here", 3 * DAY_S).is_none());
        assert!(silences.covers(id, "there", 0).is_none());
        assert!(silences.covers("other.check", "here", 0).is_none());
        assert_eq!(silences.over(3 * DAY_S).count(), 1);
        assert!(
            Silences::parse(&file(""))
                .unwrap()
                .covers(id, "anywhere", 0)
                .is_some()
        );
    }

    #[test]
    fn a_silence_without_reason_or_check_is_refused() {
        let refused = |text: &str| Silences::parse(text).unwrap_err();
        assert!(matches!(
            refused(&file("").replace("known", " ")),
            SilenceError::NoReason(_)
        ));
        assert!(matches!(
            refused("[[silence]]\ncheck = \"no.such\"\nreason = \"x\"\nuntil = \"2030-01-01\""),
            SilenceError::NoCheck(_)
        ));
        assert!(matches!(
            refused("[[silence]]\ncheck = \"no.such\"\nreason = \"x\""),
            SilenceError::Form(_)
        ));
        assert!(matches!(
            refused(&file("plaice = \"x\"\n")),
            SilenceError::Form(_)
        ));
    }
}
