//! Discovery (RFC 8414, OpenID Connect Discovery 1.0): only what exists is listed.

use domain::client::GrantType;
use domain::grant::OFFLINE_ACCESS;
use serde::Serialize;

use super::scope::OPENID;
use super::signing;
use crate::authority::Authority;
use crate::status_list;

/// Paths of the endpoints, relative to the issuer.
pub(crate) mod path {
    pub(crate) const AUTHORIZE: &str = super::super::authorize::PATH;
    pub(crate) const TOKEN: &str = "/oauth2/token";
    pub(crate) const REVOKE: &str = "/oauth2/revoke";
    pub(crate) const INTROSPECT: &str = "/oauth2/introspect";
    pub(crate) const JWKS: &str = "/oauth2/jwks";
    pub(crate) const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
    pub(crate) const OPENID_METADATA: &str = "/.well-known/openid-configuration";
}

const WITH_SECRET: [&str; 2] = ["client_secret_basic", "client_secret_post"];

/// Authorization server metadata.
#[derive(Debug, Serialize)]
pub(crate) struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: String,
    introspection_endpoint: String,
    jwks_uri: String,
    scopes_supported: Vec<&'static str>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 3],
    code_challenge_methods_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 3],
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    authorization_response_iss_parameter_supported: bool,
    prompt_values_supported: [&'static str; 3],
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    claims_parameter_supported: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_list_aggregation_endpoint: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    openid: Option<OpenIdMetadata>,
}

/// What is there only where id tokens are.
#[derive(Debug, Serialize)]
struct OpenIdMetadata {
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
    acr_values_supported: [&'static str; 1],
    claims_supported: [&'static str; 10],
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
}

impl Metadata {
    pub(crate) fn of(authority: &Authority) -> Self {
        let at = |path: &str| format!("{}{path}", authority.issuer());
        let openid = signing::id_token_algorithm(&authority.config);
        let any = ["client_secret_basic", "client_secret_post", "none"];
        let mut scopes = vec![OFFLINE_ACCESS];
        scopes.extend(openid.map(|_| OPENID));
        Self {
            issuer: authority.issuer().to_owned(),
            authorization_endpoint: at(path::AUTHORIZE),
            token_endpoint: at(path::TOKEN),
            revocation_endpoint: at(path::REVOKE),
            introspection_endpoint: at(path::INTROSPECT),
            jwks_uri: at(path::JWKS),
            scopes_supported: scopes,
            response_types_supported: ["code"],
            response_modes_supported: ["query"],
            grant_types_supported: GrantType::ALL.map(GrantType::as_str),
            code_challenge_methods_supported: ["S256"],
            token_endpoint_auth_methods_supported: any,
            revocation_endpoint_auth_methods_supported: any,
            introspection_endpoint_auth_methods_supported: WITH_SECRET,
            authorization_response_iss_parameter_supported: true,
            prompt_values_supported: ["none", "login", "consent"],
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            claims_parameter_supported: false,
            status_list_aggregation_endpoint: authority.status_list.as_ref().map(|_| at(status_list::PATH)),
            openid: openid.map(|algorithm| OpenIdMetadata {
                subject_types_supported: ["public"],
                id_token_signing_alg_values_supported: [algorithm.as_str()],
                acr_values_supported: ["aal1"],
                claims_supported: [
                    "iss",
                    "sub",
                    "aud",
                    "exp",
                    "iat",
                    "auth_time",
                    "nonce",
                    "acr",
                    "amr",
                    "sid",
                ],
                backchannel_logout_supported: true,
                backchannel_logout_session_supported: true,
            }),
        }
    }
}
