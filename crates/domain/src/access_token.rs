//! The access token: an RFC 9068 JWT of at most 15 minutes, without personal data and without roles.

mod claims;
mod extra;

pub use claims::{
    ACCESS_TOKEN_TYPE, AccessClaims, Audience, Confirmation, MAX_LIFE, StatusClaim, StatusListClaim,
    has_scope,
};
pub use extra::{ForbiddenClaim, check_extra_claims};
