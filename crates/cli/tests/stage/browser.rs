//! A browser's manners on top of the raw client: cookies by host, redirects, Sec-Fetch headers, meta refresh.

use super::http::{Jar, Request, Response};

/// Follows links between hosts that all listen on loopback; `ports` maps `host:port` to the port to connect to.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    pub jar: Jar,
    pub trail: Vec<String>,
}

impl Browser {
    /// Navigates like an address bar, through redirects and meta refresh; returns the last URL with its response.
    pub fn visit(&mut self, url: &str) -> (String, Response) {
        let mut url = url.to_owned();
        for _ in 0..12 {
            let response = self.request(Request::get("").header("Accept", "text/html"), &url, "none", true);
            match next(&url, &response) {
                Some(onward) => url = onward,
                None => return (url, response),
            }
        }
        panic!("too many redirects: {:?}", self.trail);
    }

    /// Submits the form on a page that was fetched from `page`.
    pub fn submit(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> (String, Response) {
        let target = url::Url::parse(page).unwrap().join(action).unwrap().to_string();
        let origin = url::Url::parse(page).unwrap().origin().ascii_serialization();
        let request = Request::new("POST", "")
            .form(fields)
            .header("Origin", origin)
            .header("Accept", "text/html");
        let response = self.request(request, &target, "same-origin", true);
        match next(&target, &response) {
            Some(onward) => self.visit(&onward),
            None => (target, response),
        }
    }

    /// One request with cookies, no redirects.
    pub fn request(&mut self, request: Request, url: &str, site: &str, navigate: bool) -> Response {
        let parsed = url::Url::parse(url).unwrap();
        let port = parsed.port_or_known_default().unwrap();
        let host = format!("{}:{port}", parsed.host_str().unwrap());
        let mut request = request.header("Sec-Fetch-Site", site);
        if navigate {
            request = request.header("Sec-Fetch-Mode", "navigate");
        }
        request.target = match parsed.query() {
            Some(query) => format!("{}?{query}", parsed.path()),
            None => parsed.path().to_owned(),
        };
        if let Some(cookies) = self.jar.header(&host) {
            request = request.header("Cookie", cookies);
        }
        self.trail.push(format!("{} {url}", request.method));
        let response = request.send(port, &host);
        self.jar.store(&host, &response);
        response
    }
}

fn next(url: &str, response: &Response) -> Option<String> {
    let base = url::Url::parse(url).unwrap();
    if matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return Some(base.join(response.header("location")?).unwrap().to_string());
    }
    let lower = response.body.to_ascii_lowercase();
    let at = lower.find("http-equiv=\"refresh\"")?;
    let content = &response.body[at..];
    let target = content
        .split("url=")
        .nth(1)?
        .split(['"', '\''])
        .find(|s| !s.is_empty())?;
    let target = target
        .replace("&amp;", "&")
        .replace("&#38;", "&")
        .replace("&#x2f;", "/")
        .replace("&#61;", "=");
    Some(base.join(&target).unwrap().to_string())
}
