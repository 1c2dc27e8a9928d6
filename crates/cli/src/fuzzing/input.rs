//! What commands and listeners read: `admin.json`, tokens, keys, addresses, URLs and `Host`.

use std::net::IpAddr;

use domain::Timestamp;
use http::Request;
use http::header::HOST;
use url::Url;

use crate::admin_file::AdminFile;
use crate::client::origin::Origin;
use crate::listen::guard::judge;
use crate::listen::{AllowedHosts, Limits, ListenAddress};
use crate::serve::data_dir::parse_key;
use crate::token::{Unverified, explain};

/// The data are a text for each of them.
pub fn fuzz_cli_input(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    admin_file(text);
    token(text);
    addresses(text);
    host(text);
    if parse_key(text).is_some() {
        let bytes = jose::base64url::decode(text.trim().as_bytes()).unwrap();
        assert_eq!(
            (bytes.len(), jose::base64url::encode(&bytes).as_str()),
            (32, text.trim())
        );
    }
}

/// Two members, once each; and the token goes nowhere over plain http but to this machine.
fn admin_file(text: &str) {
    let Some(file) = AdminFile::parse(text) else {
        return;
    };
    let read: serde_json::Map<String, serde_json::Value> =
        jose::strict_json::object_from_slice(text.as_bytes(), 1).expect("laxer than strict");
    assert_eq!(read.len(), 2);
    assert_eq!(
        (read["url"].as_str(), read["token"].as_str()),
        (Some(file.url.as_str()), Some(file.token.as_str()))
    );
    origin(&file.url);
}

fn origin(text: &str) {
    let Ok(url) = Url::parse(text) else { return };
    let Ok(origin) = Origin::of(&url) else { return };
    assert!(url.username().is_empty() && url.password().is_none());
    let host = url.host_str().unwrap().trim_matches(['[', ']']).to_owned();
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    assert!(origin.is_https() || here, "{text}");
    assert_eq!(Url::parse(&origin.to_string()).unwrap().origin(), url.origin());
}

/// Laid open for people, in lines that cannot steer a terminal; whatever the strict reader takes apart, so does this.
fn token(text: &str) {
    let read = Unverified::decode(text);
    let strict = jose::Presented::parse(text.as_bytes(), &jose::Limits::default());
    assert!(
        read.is_ok() || strict.is_err() || text.starts_with("sy_") || !is_whole(text),
        "{text}"
    );
    let Ok(token) = read else { return };
    assert_eq!(text.matches('.').count(), 2);
    for line in explain(&token, Timestamp::from_ms(1_767_225_600_000)).lines {
        // The name is made printable where it is printed: programs read it as it is.
        assert!(!line.value.chars().any(char::is_control), "{line:?}");
    }
}

/// A signature may stand over anything, and is not looked at before its key is known; a JWT's payload is an object.
fn is_whole(text: &str) -> bool {
    let mut parts = text
        .split('.')
        .skip(1)
        .map(|part| jose::base64url::decode(part.as_bytes()));
    let payload = parts.next().and_then(Result::ok).unwrap_or_default();
    let claims =
        jose::strict_json::object_from_slice::<serde_json::Map<String, serde_json::Value>>(&payload, 8);
    claims.is_ok() && parts.all(|part| part.is_ok())
}

fn addresses(text: &str) {
    origin(text);
    let Ok(address) = text.parse::<ListenAddress>() else {
        return;
    };
    assert_eq!(address.to_string().parse(), Ok(address));
    let own = address.addresses();
    assert_eq!(
        address.is_loopback(),
        own.iter().all(|one| one.ip().is_loopback()) && !own.is_empty()
    );
}

/// What passes for a host of ours is one to a browser too.
fn host(text: &str) {
    let Ok(request) = Request::builder().uri("/").header(HOST, text).body(()) else {
        return;
    };
    let hosts = AllowedHosts::new(["id.example.org".parse().unwrap()], true);
    if judge(&request, &hosts, &Limits::default()).is_ok() {
        let url = Url::parse(&format!("http://{text}/")).unwrap();
        let host = url.host_str().unwrap().trim_matches(['[', ']']).to_owned();
        let here = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        assert!(here || host == "localhost" || host == "id.example.org", "{text}");
        assert!(
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b)),
            "{text}"
        );
        assert_eq!((url.path(), url.username(), url.query()), ("/", "", None));
    }
    let any = judge(&request, &AllowedHosts::any(), &Limits::default()).is_ok();
    assert!(!any || !text.contains(['@', '/', '\\', ' ', ',']), "{text}");
}
