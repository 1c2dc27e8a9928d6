//! Cookies: flags, names, lifetime, what is inside, and how they differ between environments.

mod drift;
mod flags;
pub mod matrix;
#[cfg(any(test, feature = "testing"))]
mod proofs;
mod randomness;
mod signed;
mod values;

use crate::check::{Check, Fix, Judge, Need, Severity, Snippet};
use crate::probe::Probe;
use crate::set_cookie::SetCookie;
use crate::site::Site;
use crate::verdict::{Finding, Judgement};
#[cfg(any(test, feature = "testing"))]
pub(crate) use proofs::proofs;

/// The checks of this suite.
pub(crate) const GROUPS: &[&[Check]] = &[
    flags::CHECKS,
    values::CHECKS,
    signed::CHECKS,
    randomness::CHECKS,
    drift::CHECKS,
];

/// What every check has that only reads the cookies that were set.
const READS: Check = Check {
    id: "",
    title: "",
    claim: "",
    why: "",
    severity: Severity::Low,
    asvs: &[],
    rfc: &[],
    needs: &[Need::Pages],
    active: false,
    sends: "Nothing of its own: it reads the cookies that the fetched pages set.",
    fix: Fix {
        text: "",
        snippets: &[],
    },
    judge: Judge::Look(|_| Judgement::NotTested(String::new())),
};

const fn fix(text: &'static str) -> Fix {
    Fix {
        text,
        snippets: SESSION_COOKIE,
    }
}

/// A session cookie as it should be, in common stacks.
const SESSION_COOKIE: &[Snippet] = &[
    Snippet {
        stack: "Set-Cookie",
        code: "Set-Cookie: __Host-sid=...; Path=/; Secure; HttpOnly; SameSite=Lax",
    },
    Snippet {
        stack: "Express (express-session)",
        code: "app.use(session({ name: '__Host-sid', secret, resave: false, saveUninitialized: false,\n  cookie: { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } }));",
    },
    Snippet {
        stack: "Django",
        code: "SESSION_COOKIE_NAME = '__Host-sid'\nSESSION_COOKIE_SECURE = True\nSESSION_COOKIE_HTTPONLY = True\nSESSION_COOKIE_SAMESITE = 'Lax'",
    },
    Snippet {
        stack: "Spring Boot",
        code: "server.servlet.session.cookie.name=__Host-sid\nserver.servlet.session.cookie.secure=true\nserver.servlet.session.cookie.http-only=true\nserver.servlet.session.cookie.same-site=lax",
    },
    Snippet {
        stack: "PHP",
        code: "session.name = __Host-sid\nsession.cookie_secure = 1\nsession.cookie_httponly = 1\nsession.cookie_samesite = Lax\nsession.use_strict_mode = 1",
    },
];

pub(crate) use signed::is_signed_state;
pub(crate) use values::percent_decoded;

/// What is wrong with a cookie; `None` for what is well.
type Eye = fn(&Site, &SetCookie, i64) -> Option<String>;

/// Looks at each cookie of each site.
fn look(probe: &Probe<'_>, judge: Eye) -> Judgement {
    look_at(probe, |_, _| true, judge, "no page set a cookie")
}

/// Looks at cookies that stand for a session.
fn look_at_sessions(probe: &Probe<'_>, judge: Eye) -> Judgement {
    let none =
        "no page set a session cookie: name it in the inventory (session_cookie), and say how to sign in";
    look_at(probe, Site::is_session, judge, none)
}

fn look_at(probe: &Probe<'_>, wanted: fn(&Site, &SetCookie) -> bool, judge: Eye, none: &str) -> Judgement {
    let (mut findings, mut seen) = (Vec::new(), 0);
    for site in &probe.target.sites {
        for (page, cookie) in site.cookies(probe.now_s) {
            if !wanted(site, &cookie) {
                continue;
            }
            seen += 1;
            if let Some(detail) = judge(site, &cookie, probe.now_s) {
                findings.push(Finding::at(
                    format!("{}: {}", site.environment, cookie.name),
                    detail,
                ));
                probe.show(&page.exchange);
            }
        }
    }
    if seen == 0 {
        return Judgement::not_tested(none);
    }
    Judgement::of(findings, format!("read {seen} cookies"))
}
