//! One request, one answer, one connection: for what is not measured.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::harness::Fault;

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case, in the order in which they came.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a request to a port of this machine. `lines` are header lines without their ends; the body brings its length.
///
/// # Errors
/// No answer.
pub(crate) fn ask(port: u16, start: &str, lines: &[String], body: &str) -> Result<Answer, Fault> {
    let mut stream =
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(Fault::io("a connection to a server"))?;
    stream
        .set_read_timeout(Some(PATIENCE))
        .map_err(Fault::io("a connection"))?;
    let head: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    let text =
        format!("{start} HTTP/1.1\r\n{head}connection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream
        .write_all(text.as_bytes())
        .map_err(Fault::io("sending a request"))?;
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .map_err(Fault::io("reading an answer"))?;
    Answer::parse(&answer).ok_or_else(|| Fault::new(format!("{start}: no answer")))
}

impl Answer {
    fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        Some(Self {
            status,
            headers: lines.filter_map(header).collect(),
            body: body.to_owned(),
        })
    }

    /// The first of a name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// A text of a JSON body.
    ///
    /// # Errors
    /// Another status than 200, or no such text.
    pub(crate) fn text(&self, name: &str) -> Result<String, Fault> {
        let value: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        let text = value
            .get(name)
            .and_then(serde_json::Value::as_str)
            .filter(|_| self.status == 200);
        text.map(str::to_owned)
            .ok_or_else(|| Fault::new(format!("{}: {}", self.status, self.body)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let answer = Answer::parse("HTTP/1.1 200 OK\r\nX-A: b: c\r\n\r\n{\"t\":\"v\"}").unwrap();
        assert_eq!((answer.status, answer.header("x-a")), (200, Some("b: c")));
        assert_eq!(answer.text("t").unwrap(), "v");
        assert!(answer.text("u").is_err() && Answer::parse("nothing").is_none());
    }
}
