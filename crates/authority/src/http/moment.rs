//! Times as text: for machines (RFC 3339), and for people.

use domain::Timestamp;

/// RFC 3339 in UTC, such as `2026-01-01T00:00:00Z`.
#[must_use]
pub(crate) fn rfc3339(at: Timestamp) -> String {
    instant(at).to_string()
}

/// For people: how long ago within a day, else the date.
#[must_use]
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.since(at).as_secs() / 60;
    match minutes {
        0 => "just now".to_owned(),
        1 => "a minute ago".to_owned(),
        2..60 => format!("{minutes} minutes ago"),
        60..120 => "an hour ago".to_owned(),
        120..1440 => format!("{} hours ago", minutes / 60),
        _ => date(at),
    }
}

/// For people: date and time in UTC.
#[must_use]
pub(crate) fn date(at: Timestamp) -> String {
    instant(at).strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// Beyond year 9999 there is only its end.
fn instant(at: Timestamp) -> jiff::Timestamp {
    i64::try_from(at.as_ms())
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .unwrap_or(jiff::Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Span;

    #[test]
    fn times_read_as_people_write_them() {
        let now = Timestamp::from_secs(1_767_225_600);
        assert_eq!(rfc3339(now), "2026-01-01T00:00:00Z");
        assert_eq!(date(now), "1 Jan 2026, 00:00 UTC");
        for (past, text) in [
            (Span::from_secs(59), "just now"),
            (Span::from_mins(1), "a minute ago"),
            (Span::from_mins(59), "59 minutes ago"),
            (Span::from_hours(1), "an hour ago"),
            (Span::from_hours(23), "23 hours ago"),
            (Span::from_days(2), "30 Dec 2025, 00:00 UTC"),
        ] {
            assert_eq!(ago(now - past, now), text);
        }
    }
}
