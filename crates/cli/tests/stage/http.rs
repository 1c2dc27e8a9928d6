//! A raw HTTP/1.1 client: says exactly what it is told, also what no honest client would.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// One request, as text lines.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// One response.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.into(),
            target: target.into(),
            headers: vec![],
            body: String::new(),
        }
    }
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut request = self.header("Content-Type", "application/x-www-form-urlencoded");
        request.body = body;
        request
    }
    pub fn json(self, value: &serde_json::Value) -> Self {
        let mut request = self.header("Content-Type", "application/json");
        request.body = value.to_string();
        request
    }

    /// Sends it to a loopback port with a Host header.
    pub fn send(&self, port: u16, host: &str) -> Response {
        self.try_send(port, host)
            .unwrap_or_else(|e| panic!("{} {} at {port}: {e}", self.method, self.target))
    }

    pub fn try_send(&self, port: u16, host: &str) -> std::io::Result<Response> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(90)))?;
        self.send_on(&mut stream, host, "close")
    }

    /// Sends it on a connection that is there; `keep-alive` or `close`, what becomes of that.
    pub fn send_on(
        &self,
        stream: &mut (impl Read + Write),
        host: &str,
        connection: &str,
    ) -> std::io::Result<Response> {
        let mut text = format!(
            "{} {} HTTP/1.1\r\nHost: {host}\r\nConnection: {connection}\r\n",
            self.method, self.target
        );
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() || self.method == "POST" {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str("\r\n");
        text.push_str(&self.body);
        stream.write_all(text.as_bytes())?;
        let bytes = read_response(stream)?;
        parse(&bytes).ok_or_else(|| std::io::Error::other("no HTTP response"))
    }
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
            .collect()
    }
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
    /// Where the page's form goes.
    pub fn action(&self) -> String {
        let rest = self.body.split("action=\"").nth(1).expect("a form");
        rest.split('"')
            .next()
            .unwrap()
            .replace("&amp;", "&")
            .replace("&#38;", "&")
    }
    /// The value of a hidden form field.
    pub fn field(&self, name: &str) -> Option<String> {
        let at = self.body.find(&format!("name=\"{name}\""))?;
        let tag_start = self.body[..at].rfind('<')?;
        let tag_end = at + self.body[at..].find('>')?;
        let tag = &self.body[tag_start..tag_end];
        let value = tag.split("value=\"").nth(1)?.split('"').next()?;
        Some(
            value
                .replace("&amp;", "&")
                .replace("&#38;", "&")
                .replace("&#x2f;", "/")
                .replace("&#61;", "="),
        )
    }
}

/// Up to the announced end, or to the end of the connection: some servers keep it open whatever they are told.
fn read_response(stream: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let (mut bytes, mut chunk) = (Vec::new(), [0u8; 16 * 1024]);
    loop {
        if complete(&bytes) {
            return Ok(bytes);
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(bytes),
            n => bytes.extend_from_slice(&chunk[..n]),
        }
    }
}

fn complete(bytes: &[u8]) -> bool {
    let Some(split) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&bytes[..split]).to_ascii_lowercase();
    let length = head
        .split("\r\n")
        .find_map(|l| l.strip_prefix("content-length:"))
        .and_then(|l| l.trim().parse().ok());
    length.is_some_and(|length: usize| bytes.len() >= split + 4 + length)
}

fn parse(bytes: &[u8]) -> Option<Response> {
    let split = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let mut body = bytes[split + 4..].to_vec();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|l| l.split_once(':'))
        .map(|(n, v)| (n.to_owned(), v.trim().to_owned()))
        .collect();
    let chunked = headers
        .iter()
        .any(|(n, v)| n.eq_ignore_ascii_case("transfer-encoding") && v.eq_ignore_ascii_case("chunked"));
    if chunked {
        body = unchunk(&body);
    }
    Some(Response {
        status,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = bytes.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(String::from_utf8_lossy(&bytes[..end]).trim(), 16).unwrap_or(0);
        if size == 0 || bytes.len() < end + 2 + size {
            break;
        }
        out.extend_from_slice(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[(end + 4 + size).min(bytes.len())..];
    }
    out
}

/// A cookie jar as a browser keeps it: by host, without ports.
#[derive(Clone, Debug, Default)]
pub struct Jar(BTreeMap<(String, String), String>);

impl Jar {
    pub fn store(&mut self, host: &str, response: &Response) {
        for cookie in response.all("set-cookie") {
            let mut parts = cookie.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|p| p.split_once('=')) else {
                continue;
            };
            let gone = parts.any(|p| p.eq_ignore_ascii_case("max-age=0")) || value.is_empty();
            let key = (strip_port(host), name.to_owned());
            if gone {
                self.0.remove(&key);
            } else {
                self.0.insert(key, value.to_owned());
            }
        }
    }
    pub fn header(&self, host: &str) -> Option<String> {
        let host = strip_port(host);
        let pairs: Vec<String> = self
            .0
            .iter()
            .filter(|((h, _), _)| *h == host)
            .map(|((_, n), v)| format!("{n}={v}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
    pub fn value(&self, host: &str, name: &str) -> Option<&str> {
        self.0
            .get(&(strip_port(host), name.to_owned()))
            .map(String::as_str)
    }
    pub fn set(&mut self, host: &str, name: &str, value: &str) {
        self.0
            .insert((strip_port(host), name.to_owned()), value.to_owned());
    }
}

fn strip_port(host: &str) -> String {
    host.split(':').next().unwrap_or(host).to_owned()
}
