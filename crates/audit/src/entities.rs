//! Character references of HTML, as they stand in attributes.

/// Names that frameworks write; other characters come as numbers.
const NAMES: &[(&str, char)] = &[
    ("quot", '"'),
    ("apos", '\''),
    ("lt", '<'),
    ("gt", '>'),
    ("amp", '&'),
    ("nbsp", '\u{a0}'),
    ("plus", '+'),
    ("equals", '='),
    ("sol", '/'),
    ("colon", ':'),
    ("period", '.'),
    ("lowbar", '_'),
    ("grave", '`'),
];

/// No reference is longer.
const MOST: usize = 12;

/// `text` with its references resolved. What is none stays as it stands.
pub(crate) fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference = after.split_once(';').filter(|(inside, _)| inside.len() <= MOST);
        match reference.and_then(|(inside, behind)| Some((character(inside)?, behind))) {
            Some((found, behind)) => {
                out.push(found);
                rest = behind;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(inside: &str) -> Option<char> {
    let Some(number) = inside.strip_prefix('#') else {
        let known = NAMES.iter().find(|(name, _)| *name == inside);
        return known.map(|(_, found)| *found);
    };
    let hex = number.strip_prefix(['x', 'X']);
    let (digits, radix) = hex.map_or((number, 10), |digits| (digits, 16));
    u32::from_str_radix(digits, radix).ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_once_and_the_rest_stays() {
        for (text, read) in [
            // As Go, Razor, Handlebars and React write them.
            ("a&#43;b&#x2B;c&#x3D;&#61;", "a+b+c=="),
            ("&quot;&#39;&#x27;&apos;&lt;&gt;", "\"'''<>"),
            ("a=1&amp;b=2", "a=1&b=2"),
            ("&amp;lt;", "&lt;"),
            ("a=1&b=2;c", "a=1&b=2;c"),
            ("&", "&"),
            ("&;&#;&#x;&#xffffffff;&#55296;", "&;&#;&#x;&#xffffffff;&#55296;"),
            ("é&#xe9;&#233;", "ééé"),
            ("", ""),
        ] {
            assert_eq!(decoded(text), read, "{text}");
        }
    }
}
