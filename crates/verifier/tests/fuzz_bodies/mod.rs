//! The bodies of the fuzz targets, as plain functions: `fuzz/` runs them under libFuzzer, `fuzz_smoke.rs` for a
//! moment in every test run. Each panics when a property of its parser does not hold.

pub(crate) mod cookies;
pub(crate) mod forwarded;
pub(crate) mod paths;
pub(crate) mod routes;

use http::{HeaderMap, HeaderName, HeaderValue};

/// Headers from lines of `name: value`; what is no header is left out, as hyper would have refused it.
pub(crate) fn headers(data: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n').take(100) {
        let at = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (name, value) = line.split_at(at);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    headers
}
