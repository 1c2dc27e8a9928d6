//! Names of headers that mean something to an upstream: who may set them is decided here and nowhere else.

/// The gateway's description of a request, first family.
pub(crate) const FORWARDED_FAMILY: [&str; 4] = [
    "x-forwarded-method",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-uri",
];
/// The second family.
pub(crate) const ORIGINAL_FAMILY: [&str; 2] = ["x-original-method", "x-original-url"];

/// Names that are ours, or that describe the request or the client to an upstream, by their first letter: most headers of
/// a request are dismissed by that letter.
struct Names {
    letter: u8,
    /// Beginnings of names.
    beginnings: &'static [&'static str],
    /// Whole names.
    whole: &'static [&'static str],
}

const PROTECTED: &[Names] = &[
    Names {
        letter: b's',
        beginnings: &["symbolon-", "ssl-client-"],
        whole: &["ssl-cert"],
    },
    Names {
        letter: b'x',
        beginnings: &[
            "x-symbolon-",
            "x-forwarded-",
            "x-original-",
            "x-auth-request-",
            "x-amzn-oidc-",
            "x-goog-authenticated-user-",
            "x-goog-iap-",
            "x-ms-client-principal",
            "x-ms-token-",
            "x-vouch-",
            "x-pomerium-",
            "x-consumer-",
            "x-jwt-",
            "x-remote-user-",
            "x-ssl-client-",
            "x-client-cert",
            "x-amzn-mtls-",
            "x-arr-clientcert",
        ],
        whole: &[
            "x-forwarded",
            "x-real-ip",
            "x-client-ip",
            "x-cluster-client-ip",
            "x-host",
            "x-rewrite-url",
            "x-http-method",
            "x-http-method-override",
            "x-method-override",
            "x-user",
            "x-userid",
            "x-user-id",
            "x-user-name",
            "x-username",
            "x-user-email",
            "x-email",
            "x-user-groups",
            "x-groups",
            "x-user-role",
            "x-user-roles",
            "x-roles",
            "x-role",
            "x-scopes",
            "x-tenant",
            "x-tenant-id",
            "x-subject",
            "x-identity",
            "x-principal",
            "x-account",
            "x-account-id",
            "x-auth-user",
            "x-auth-email",
            "x-auth-username",
            "x-authenticated-user",
            "x-authenticated-userid",
            "x-authenticated-groups",
            "x-credential-identifier",
            "x-anonymous-consumer",
            "x-access-token",
            "x-id-token",
            "x-userinfo",
            "x-webauth-user",
            "x-remote-user",
            "x-remote-group",
            "x-remote-groups",
            "x-remote-extra",
            "x-grafana-user",
            "x-proxy-user",
            "x-ssl-cert",
            "x-tls-client-cert",
        ],
    },
    Names {
        letter: b'a',
        beginnings: &[],
        whole: &["auth-user"],
    },
    Names {
        letter: b'c',
        beginnings: &["cf-access-"],
        whole: &["cf-connecting-ip", "client-cert", "client-cert-chain"],
    },
    Names {
        letter: b'f',
        beginnings: &[],
        whole: &["forwarded"],
    },
    Names {
        letter: b'r',
        beginnings: &["remote-user-"],
        whole: &["remote-user", "remote-name", "remote-email", "remote-groups"],
    },
    Names {
        letter: b't',
        beginnings: &["tailscale-user-"],
        whole: &["true-client-ip"],
    },
    Names {
        letter: b'u',
        beginnings: &[],
        whole: &["user"],
    },
];

/// Whether a name (as `http` keeps it: lower case) may reach an upstream only from our hand. An underscore counts as
/// a hyphen: CGI, WSGI and several gateways cannot tell them apart.
pub(crate) fn is_protected(name: &str) -> bool {
    let letter = name.bytes().next().map(plain);
    let Some(names) = PROTECTED.iter().find(|names| Some(names.letter) == letter) else {
        return false;
    };
    names.beginnings.iter().any(|prefix| starts_with(name, prefix))
        || names.whole.iter().any(|one| equal(name, one))
}

/// What gateways add by themselves beside the description of a request: where it came from. Names nobody.
const GATEWAYS_OWN: &[&str] = &[
    "x-forwarded-method",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-uri",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-forwarded-prefix",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-original-method",
    "x-original-url",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
];

/// A protected name that no gateway adds by itself: the client sent it, and a gateway that only asks us could pass it on.
pub(crate) fn is_smuggled(name: &str) -> bool {
    is_protected(name) && !GATEWAYS_OWN.contains(&name)
}

/// A protected name that is spelt with an underscore.
pub(crate) fn is_disguised(name: &str) -> bool {
    name.contains('_') && is_protected(name)
}

fn starts_with(name: &str, prefix: &str) -> bool {
    name.len() >= prefix.len() && equal_bytes(name.bytes().take(prefix.len()), prefix)
}

fn equal(name: &str, exact: &str) -> bool {
    name.len() == exact.len() && equal_bytes(name.bytes(), exact)
}

fn equal_bytes(name: impl Iterator<Item = u8>, wanted: &str) -> bool {
    name.map(plain).eq(wanted.bytes())
}

const fn plain(byte: u8) -> u8 {
    if byte == b'_' {
        b'-'
    } else {
        byte.to_ascii_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_under_its_letter() {
        for names in PROTECTED {
            for name in names.beginnings.iter().chain(names.whole) {
                assert_eq!(name.as_bytes().first(), Some(&names.letter), "{name}");
                assert!(is_protected(name) || names.beginnings.contains(name), "{name}");
            }
        }
        assert!(
            PROTECTED
                .iter()
                .map(|names| names.beginnings.len() + names.whole.len())
                .sum::<usize>()
                == 85
        );
    }

    #[test]
    fn every_spelling_of_a_protected_name_is_known() {
        for name in [
            "symbolon-subject",
            "symbolon_subject",
            "symbolon-anything",
            "x-forwarded-for",
            "x_forwarded_host",
            "x-user",
            "x_user",
            "x-user_id",
            "client_cert",
            "forwarded",
            "x-real_ip",
            "x-http-method-override",
        ] {
            assert!(is_protected(name), "{name}");
        }
        for name in [
            "accept",
            "x-request-id",
            "x-userland",
            "cookie",
            "x-forwarde",
            "user-agent",
            "x-csrf-token",
        ] {
            assert!(!is_protected(name), "{name}");
        }
        assert!(is_disguised("x_user") && !is_disguised("x-user") && !is_disguised("x_custom"));
    }
}
