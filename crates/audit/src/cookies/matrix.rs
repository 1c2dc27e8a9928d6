//! Every cookie of every environment in one table.

use std::fmt::Write as _;

use crate::report::html::escape;
use crate::set_cookie::SetCookie;
use crate::site::Site;

/// One cookie of one environment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Row {
    /// The environment.
    pub environment: String,
    /// The cookie's name.
    pub name: String,
    /// Whether it stands for a session.
    pub session: bool,
    /// `Secure`.
    pub secure: bool,
    /// `HttpOnly`.
    pub http_only: bool,
    /// `SameSite`, or `-`.
    pub same_site: String,
    /// `Domain`, or `-`.
    pub domain: String,
    /// `Path`, or `-`.
    pub path: String,
    /// Seconds that it lives, or `session`.
    pub lifetime: String,
    /// Bytes of name and value.
    pub bytes: usize,
}

/// The columns' headings, in the order of [`Row::cells`].
pub const HEADINGS: [&str; 9] = [
    "ENVIRONMENT",
    "COOKIE",
    "SECURE",
    "HTTPONLY",
    "SAMESITE",
    "DOMAIN",
    "PATH",
    "LIFETIME",
    "BYTES",
];

/// The table.
#[must_use]
pub fn rows(sites: &[Site], now_s: i64) -> Vec<Row> {
    let row = |site: &Site, cookie: &SetCookie| Row {
        environment: site.environment.clone(),
        name: cookie.name.clone(),
        session: site.is_session(cookie),
        secure: cookie.is_secure,
        http_only: cookie.is_http_only,
        same_site: cookie
            .same_site
            .map_or("-".to_owned(), |value| format!("{value:?}")),
        domain: cookie.domain.clone().unwrap_or_else(|| "-".to_owned()),
        path: cookie.path.clone().unwrap_or_else(|| "-".to_owned()),
        lifetime: cookie
            .lifetime_s(now_s)
            .map_or("session".to_owned(), |lifetime_s| format!("{lifetime_s} s")),
        bytes: cookie.pair_bytes(),
    };
    let mut rows: Vec<Row> = sites
        .iter()
        .flat_map(|site| {
            site.cookies(now_s)
                .into_iter()
                .map(|(_, cookie)| row(site, &cookie))
                .collect::<Vec<_>>()
        })
        .collect();
    // The same cookie of all environments stands together.
    rows.sort_by(|one, other| (&one.name, &one.environment).cmp(&(&other.name, &other.environment)));
    rows
}

impl Row {
    /// As texts.
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let word = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let name = if self.session {
            format!("{} (session)", self.name)
        } else {
            self.name.clone()
        };
        vec![
            self.environment.clone(),
            name,
            word(self.secure),
            word(self.http_only),
            self.same_site.clone(),
            self.domain.clone(),
            self.path.clone(),
            self.lifetime.clone(),
            self.bytes.to_string(),
        ]
    }
}

/// The table for the HTML report; nothing if there is no cookie.
#[must_use]
pub fn html(rows: &[Row]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut page = String::from("<section>\n<h2>Cookies</h2>\n<div class=\"wide\"><table>\n<thead><tr>");
    for heading in HEADINGS {
        let _ = write!(page, "<th>{}", heading.to_ascii_lowercase());
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        page.push_str("<tr>");
        for cell in row.cells() {
            let class = if cell == "no" { " class=\"failed\"" } else { "" };
            let _ = write!(page, "<td{class}>{}", escape(&cell));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n</section>\n");
    page
}
