//! How long after a revocation each way goes on accepting the credential, at one edge.

use super::Way;
use super::scenario::Scenario;
use super::world::Timers;

/// A credential at the moment of its revocation, and the edge where it will be tried.
#[derive(Debug, Clone, Copy)]
pub(super) struct Revoked {
    pub(super) at_s: f64,
    pub(super) is_cut: bool,
    pub(super) timers: Timers,
    /// When its self-contained token was issued.
    pub(super) jwt_issued_s: f64,
    /// When its token of ours was issued, where there are any.
    pub(super) ours_issued_s: Option<f64>,
    /// When the answer that the edge keeps was given; nothing: it keeps none.
    pub(super) answered_s: Option<f64>,
    /// How long the push takes.
    pub(super) push_s: f64,
}

impl Revoked {
    /// Until when the edge accepts it; never before the revocation.
    pub(super) fn accepted_until(&self, s: &Scenario, way: Way) -> f64 {
        let jwt = || self.timers.takes_until(s, (self.jwt_issued_s, s.jwt_life_s));
        let until = match way {
            Way::Sessions => self.at_s,
            Way::Jwt => jwt(),
            Way::Blocklist => jwt().min(self.timers.listed_at(s, self.is_cut, self.at_s)),
            Way::Introspection => self.answered_s.map_or(self.at_s, |answered| answered + s.ttl_s),
            Way::Ours => {
                let life = self.ours_issued_s.zip(s.ours_life_s);
                let token = life.map_or(f64::INFINITY, |token| self.timers.takes_until(s, token));
                token.min(self.timers.unaware_until(s, self.is_cut, self.at_s, self.push_s))
            }
        };
        until.max(self.at_s)
    }
}
