//! Times as people and other programs read them: RFC 3339, UTC, milliseconds.

use domain::Timestamp;

/// `2026-01-01T00:00:00.000Z`.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let ms = i64::try_from(at.as_ms()).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) => format!("{time:.3}"),
        // Beyond the year 9999, which no clock of ours shows: the end of the calendar.
        Err(_) => format!("{:.3}", jiff::Timestamp::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_answer_and_the_far_end() {
        assert_eq!(
            rfc3339(Timestamp::from_ms(1_767_225_600_000)),
            "2026-01-01T00:00:00.000Z"
        );
        assert_eq!(
            rfc3339(Timestamp::from_ms(1_767_225_600_007)),
            "2026-01-01T00:00:00.007Z"
        );
        assert!(rfc3339(Timestamp::from_ms(u64::MAX)).starts_with("9999-"));
    }
}
