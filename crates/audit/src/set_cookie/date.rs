//! Cookie dates, which browsers read leniently (RFC 6265bis section 5.1.1).

use jiff::civil::Date;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Seconds since 1970; `None` for what no browser takes for a date.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    let delimiter = |c: char| matches!(c, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~');
    for token in text.split(delimiter).filter(|token| !token.is_empty()) {
        if time.is_none()
            && let Some(found) = time_of(token)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = number(token, 1..=2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = month_of(token)
        {
            month = Some(found);
        } else if year.is_none()
            && let Some(found) = number(token, 2..=4)
        {
            year = Some(found);
        }
    }
    let year = match year? {
        short @ 70..=99 => short + 1900,
        short @ 0..=69 => short + 2000,
        full => full,
    };
    let (hour, minute, second) = time?;
    if year < 1601 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (year, day) = (i16::try_from(year).ok()?, i8::try_from(day?).ok()?);
    let date = Date::new(year, month?, day).ok()?;
    let epoch = Date::new(1970, 1, 1).ok()?;
    let days = i64::from(date.since(epoch).ok()?.get_days());
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// The digits that `token` begins with, if there are so many of them and no more follow.
fn number(token: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let end = token
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(token.len());
    if !digits.contains(&end) {
        return None;
    }
    token.get(..end)?.parse().ok()
}

fn time_of(token: &str) -> Option<(i64, i64, i64)> {
    let mut parts = token.splitn(3, ':');
    let hour = exact(parts.next()?)?;
    let minute = exact(parts.next()?)?;
    Some((hour, minute, number(parts.next()?, 1..=2)?))
}

fn exact(text: &str) -> Option<i64> {
    let is_short = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_short { text.parse().ok() } else { None }
}

fn month_of(token: &str) -> Option<i8> {
    let word = token.get(..3)?.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == word)?;
    i8::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn dates_are_read_as_browsers_do() {
        assert_eq!(parse("Thu, 01 Jan 1970 00:00:10 GMT"), Some(10));
        assert_eq!(parse("Wed, 09-Jun-2021 10:18:14 GMT"), Some(1_623_233_894));
        assert_eq!(parse("Wed, 09-Jun-21 10:18:14 GMT"), Some(1_623_233_894));
        assert_eq!(parse("Wed Jun  9 10:18:14 2021"), Some(1_623_233_894));
        for text in [
            "",
            "tomorrow",
            "Wed, 31 Jun 2021 10:18:14 GMT",
            "Wed, 09 Jun 2021 25:18:14 GMT",
            "Wed, 09 Jun 1500 10:18:14",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
