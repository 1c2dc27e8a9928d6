//! The constants of the model: each with its value, unit and where it comes from. To argue with a figure, argue with
//! its formula or with one of these.

use serde::Serialize;

/// One constant as documented.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Constant {
    /// `C-01`.
    pub id: &'static str,
    /// Its name in [`Constants`] and in formulas.
    pub name: &'static str,
    /// The value in use.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// `measured: ..` (how and where), `built: ..` (a property of this version), `assumed: ..`, or `given` by whoever asks.
    pub source: &'static str,
}

macro_rules! constants {
    ($($id:literal $name:ident = $value:literal, $unit:literal, $source:literal;)*) => {
        /// Every constant of the model, with its unit in the name.
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[allow(missing_docs, reason = "each is documented by its row in Constants::list")]
        pub struct Constants { $(pub $name: f64,)* }

        impl Default for Constants {
            fn default() -> Self {
                Self { $($name: $value,)* }
            }
        }

        impl Constants {
            /// The rows: what each is, and where its default comes from.
            #[must_use]
            pub fn list(&self) -> Vec<Constant> {
                let said = |value: f64, default: f64, source| if value == default { source } else { "given" };
                vec![$(Constant {
                    id: $id,
                    name: stringify!($name),
                    value: self.$name,
                    unit: $unit,
                    source: said(self.$name, $value, $source),
                },)*]
            }

            /// Puts a value of your own in place of a default.
            ///
            /// # Errors
            /// A name that is none, or a value out of bounds: beyond them figures are no numbers any more.
            pub fn set(&mut self, name: &str, value: f64) -> Result<(), &'static str> {
                if !(1e-6..=1e9).contains(&value) {
                    return Err("is not a number from 0.000001 to 1000000000");
                }
                match name {
                    $(stringify!($name) => self.$name = value,)*
                    _ => return Err("is no constant that exists"),
                }
                Ok(())
            }
        }
    };
}

constants! {
    "C-01" verify_us = 63.0, "us", "measured: openssl speed ecdsap256, 15950 verifications/s on one core of a 2-core EPYC";
    "C-02" sign_us = 20.0, "us", "measured: openssl speed ecdsap256, 50583 signatures/s on the same core";
    "C-03" warm_check_us = 2.0, "us", "assumed: a remembered credential judged against map, lease, time and route";
    "C-04" unseal_us = 46.0, "us", "measured: cargo xtask bench constants, a first check of a cookie less a later one, on the same machine";
    "C-05" ask_edge_p50_ms = 0.15, "ms", "assumed: a gateway's sub-request to an edge on the same host";
    "C-06" ask_edge_p99_ms = 0.8, "ms", "assumed: the same under load";
    "C-07" redis_p50_ms = 0.3, "ms", "assumed: GET in the same region, pooled connection";
    "C-08" redis_p99_ms = 1.5, "ms", "assumed: the same under load";
    "C-09" sql_p50_ms = 0.6, "ms", "assumed: primary-key SELECT in the same region, pooled connection";
    "C-10" sql_p99_ms = 4.0, "ms", "assumed: the same under load";
    "C-11" embedded_p50_ms = 0.05, "ms", "assumed: SQLite read in the same process";
    "C-12" embedded_p99_ms = 0.5, "ms", "assumed: the same beside a committing writer";
    "C-13" redis_lookups_per_s = 80000.0, "1/s", "assumed: one primary, small values, before pipelining";
    "C-14" sql_lookups_per_s = 20000.0, "1/s", "assumed: one PostgreSQL primary on 8 cores";
    "C-15" embedded_lookups_per_s = 50000.0, "1/s", "assumed: SQLite readers of one process";
    "C-16" usable_share = 0.6, "", "assumed: of a store's look-ups per second, what may be planned with";
    "C-17" propagation_p50_ms = 3.0, "ms", "assumed: commit, wake, frame, apply, without travel";
    "C-18" propagation_p99_ms = 25.0, "ms", "assumed: the same under load";
    "C-19" cookie_bytes = 145.0, "bytes", "built: `cookie: __Host-symbolon=` and 89 sealed bytes as base64url";
    "C-20" token_bytes = 745.0, "bytes", "built: `authorization: Bearer` and an ES256 at+jwt with the claims of a user's token";
    "C-21" opaque_bytes = 75.0, "bytes", "assumed: `authorization: Bearer` and 256 bits with a prefix";
    "C-22" record_bytes = 600.0, "bytes", "assumed: a session or token family with its indexes";
    "C-23" entry_bytes = 96.0, "bytes", "assumed: one revocation as edges get it";
    "C-24" renewal_bytes = 220.0, "bytes", "assumed: a lease's question and answer";
    "C-25" activity_batch_s = 5.0, "s", "built: an edge reports a session's activity once a batch";
    "C-26" leeway_s = 5.0, "s", "built: what a verifier grants the issuer's clock";
    "C-27" hash_ms = 40.0, "ms", "assumed: Argon2id with 19 MiB and 2 passes on one core";
    "C-28" hashing_places = 2.0, "", "built: default of [login] hashing_places";
    "C-29" blocklist_poll_s = 30.0, "s", "assumed: how often validators fetch a blocklist";
    "C-30" introspection_ttl_s = 60.0, "s", "assumed: how long an introspection answer is kept";
    "C-31" edge_memory_s = 3600.0, "s", "assumed: how long an edge remembers a cookie that is in use";
    "C-32" month_s = 2592000.0, "s", "30 days";
    "C-33" verify_eddsa_us = 109.0, "us", "measured: openssl speed ed25519, 9139 verifications/s on the same core";
    "C-34" verify_rs256_us = 39.0, "us", "measured: openssl speed rsa3072, 25882 verifications/s on the same core";
    "C-35" commit_p50_ms = 0.2, "ms", "assumed: one durable write of the embedded store on an SSD";
    "C-36" commit_p99_ms = 5.0, "ms", "assumed: the same under load";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_your_own_takes_the_place_of_a_default() {
        let mut constants = Constants::default();
        assert_eq!(constants.set("redis_p99_ms", 0.7), Ok(()));
        let given: Vec<Constant> = constants
            .list()
            .into_iter()
            .filter(|c| c.source == "given")
            .collect();
        assert_eq!(
            (given.len(), given[0].name, given[0].value),
            (1, "redis_p99_ms", 0.7)
        );
        for (name, value) in [
            ("redis_p98_ms", 1.0),
            ("verify_us", 0.0),
            ("verify_us", -1.0),
            ("verify_us", f64::NAN),
            ("verify_us", f64::INFINITY),
            ("verify_us", 9e-7),
            ("verify_us", 1.1e9),
        ] {
            assert!(constants.set(name, value).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn every_constant_says_where_it_comes_from() {
        let list = Constants::default().list();
        for (at, constant) in list.iter().enumerate() {
            assert_eq!(constant.id, format!("C-{:02}", at + 1));
            assert!(constant.value > 0.0);
            let known = ["measured: ", "built: ", "assumed: ", "30 days"];
            assert!(
                known.iter().any(|word| constant.source.starts_with(word)),
                "{constant:?}"
            );
        }
    }
}
