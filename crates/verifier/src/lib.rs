//! The embeddable check: credential + map + lease + route policy -> decision.
