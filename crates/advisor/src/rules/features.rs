//! What a decision may want and this version does not have. A feature moves out of this list in the change that builds it.

use crate::words::words;

words!(
    /// Something that is planned and not in this version.
    Feature {
        /// Proof of possession.
        Dpop = "dpop", "DPoP-bound tokens";
        /// Certificate-bound tokens.
        Mtls = "mtls", "certificate-bound tokens (mTLS)";
        /// Cookies in third-party frames.
        PartitionedCookie = "partitioned_cookie", "the partitioned cookie for third-party frames";
        /// PostgreSQL as the truth.
        Postgres = "postgres", "PostgreSQL as the store";
        /// A cache of sessions in Redis.
        HotTier = "hot_tier", "Redis or Valkey as a hot tier";
        /// Upstream identity providers.
        Federation = "federation", "sign-in at an upstream identity provider";
        /// More than a password.
        SecondFactor = "second_factor", "passkeys and TOTP, without which no login reaches AAL2 or AAL3";
        /// Tenants.
        Tenants = "tenants", "administration of tenants";
        /// RFC 8628.
        DeviceGrant = "device_grant", "the device authorization grant (RFC 8628)";
        /// Bound refresh tokens without rotation.
        NoRotation = "no_rotation", "bound refresh tokens without rotation";
        /// Lives per client.
        ClientLife = "client_life", "an access token life per client";
        /// A staleness below what edges can keep.
        LookUpEach = "look_up_each", "a route that asks the store at every request";
        /// Gateways that docs/gateways has no file for.
        OtherGateways = "other_gateways", "a tested set-up for this gateway";
    }
);
