//! Requests that two readers could take for two things. The part that would be a request of its own asks for
//! `/smuggled`, with everything that would let it in.

/// A shape's name, its bytes, and how many answers it may have: none but refusals, or one.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// Well-formed, so that its one request may be answered as such.
    pub(crate) may_pass: bool,
}

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// All of them, each aimed at a path.
#[allow(clippy::too_many_lines, reason = "a table, one row a shape")]
pub(crate) fn all(path: &str) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let mut add = |name, may_pass, bytes: String| {
        shapes.push(Shape {
            name,
            bytes: bytes.into_bytes(),
            may_pass,
        });
    };
    let post =
        |fields: &str, body: &str| format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{fields}\r\n{body}");
    let ends = format!("0\r\n\r\n{SMUGGLED}");
    add(
        "CL then TE",
        true,
        post("content-length: 5\r\ntransfer-encoding: chunked\r\n", &ends),
    );
    add(
        "TE then CL",
        true,
        post("transfer-encoding: chunked\r\ncontent-length: 5\r\n", &ends),
    );
    add(
        "two CLs that differ",
        false,
        post("content-length: 0\r\ncontent-length: 44\r\n", SMUGGLED),
    );
    add("CL as a list", false, post("content-length: 0, 44\r\n", SMUGGLED));
    for length in ["+0", "-1", "0x0", "", " ", "0 0", "99999999999999999999", "1e1"] {
        add(
            "CL that is no number",
            false,
            post(&format!("content-length: {length}\r\n"), SMUGGLED),
        );
    }
    for coding in [
        "xchunked",
        "chunked, identity",
        "identity",
        "chunked;q=1",
        "\"chunked\"",
        "\u{b}chunked",
        "gzip",
    ] {
        add(
            "TE of another make",
            false,
            post(&format!("transfer-encoding: {coding}\r\n"), &ends),
        );
    }
    add(
        "TE twice",
        true,
        post(
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
            &ends,
        ),
    );
    add(
        "TE twice, one unknown",
        false,
        post("transfer-encoding: chunked\r\ntransfer-encoding: x\r\n", &ends),
    );
    add(
        "TE with a blank before the colon",
        false,
        post("transfer-encoding : chunked\r\n", &ends),
    );
    add(
        "TE in a folded line",
        false,
        post("x-a: b\r\n transfer-encoding: chunked\r\n", &ends),
    );
    add(
        "TE in HTTP/1.0",
        false,
        format!(
            "POST {path} HTTP/1.0\r\nhost: localhost\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n{ends}"
        ),
    );
    for size in [
        "-1",
        "+5",
        "0x5",
        "5 5",
        "ffffffffffffffff",
        "fffffffffffffffff",
        "",
        "g",
    ] {
        add(
            "chunk size that is none",
            true,
            post(
                "transfer-encoding: chunked\r\n",
                &format!("{size}\r\nabcde\r\n{ends}"),
            ),
        );
    }
    add(
        "chunk longer than said",
        true,
        post("transfer-encoding: chunked\r\n", &format!("2\r\nabcde\r\n{ends}")),
    );
    add(
        "chunk ended by a bare LF",
        true,
        post("transfer-encoding: chunked\r\n", &format!("5\nabcde\n{ends}")),
    );
    add(
        "bare CR in a field",
        false,
        post("x-a: b\rtransfer-encoding: chunked\r\n", &ends),
    );
    add(
        "bare CR between lines",
        false,
        format!("POST {path} HTTP/1.1\rhost: localhost\r\r{SMUGGLED}"),
    );
    add("NUL in a field", false, post("x-a: b\0c\r\n", SMUGGLED));
    add("NUL in a name", false, post("x\0a: b\r\n", SMUGGLED));
    add("a field without a colon", false, post("nonsense\r\n", SMUGGLED));
    add("a field without a name", false, post(": x\r\n", SMUGGLED));
    add("HTTP/0.9", false, format!("GET {path}\r\n{SMUGGLED}"));
    add(
        "HTTP/1.2",
        false,
        format!("GET {path} HTTP/1.2\r\nhost: localhost\r\n\r\n"),
    );
    add(
        "lower-case version",
        false,
        format!("GET {path} http/1.1\r\nhost: localhost\r\n\r\n"),
    );
    add(
        "two blanks in the request line",
        false,
        format!("GET  {path}  HTTP/1.1\r\nhost: localhost\r\n\r\n"),
    );
    add(
        "a tab in the request line",
        false,
        format!("GET\t{path} HTTP/1.1\r\nhost: localhost\r\n\r\n"),
    );
    add(
        "authority-form",
        false,
        "GET localhost:80 HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
    );
    add(
        "CONNECT",
        false,
        "CONNECT localhost:80 HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
    );
    add(
        "absolute-form of another host",
        false,
        format!("GET http://evil.example{path} HTTP/1.1\r\nhost: localhost\r\n\r\n"),
    );
    add(
        "user in an absolute form",
        false,
        format!("GET http://localhost@evil.example{path} HTTP/1.1\r\nhost: localhost\r\n\r\n"),
    );
    add(
        "two Hosts",
        false,
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n\r\n"),
    );
    add("no Host", false, format!("GET {path} HTTP/1.1\r\n\r\n"));
    add(
        "h2c upgrade",
        true,
        format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        ),
    );
    add(
        "websocket upgrade with a smuggled request",
        true,
        format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\ncontent-length: {}\r\n\r\n{SMUGGLED}",
            SMUGGLED.len()
        ),
    );
    add(
        "a body on GET",
        true,
        format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{SMUGGLED}",
            SMUGGLED.len()
        ),
    );
    shapes
}

/// Statuses of the answers in what a server said.
pub(crate) fn statuses(said: &str) -> Vec<u16> {
    let heads = said.split("HTTP/1.1 ").skip(1);
    heads.filter_map(|head| head.get(..3)?.parse().ok()).collect()
}
