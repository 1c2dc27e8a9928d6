//! What an answer tells of the inside: traces, paths, versions of libraries.

/// Texts that stand in traces and messages of common stacks, and what each tells.
const TRACES: &[(&str, &str)] = &[
    ("Traceback (most recent call last)", "a Python trace"),
    ("\n    at ", "a trace of JavaScript, Java or .NET"),
    ("&nbsp; at ", "a trace of JavaScript"),
    ("Exception in thread", "a Java trace"),
    ("java.lang.", "a Java class"),
    ("org.springframework", "a Java class"),
    ("io.jsonwebtoken", "a Java class"),
    ("System.Web.", "a .NET class"),
    ("Microsoft.IdentityModel", "a .NET class"),
    ("panicked at", "a Rust panic"),
    ("goroutine ", "a Go trace"),
    ("Fatal error</b>", "a PHP error"),
    ("Stack trace:", "a trace"),
    ("node_modules/", "a path of the inside"),
    ("site-packages/", "a path of the inside"),
    ("/usr/lib/", "a path of the inside"),
    ("SQLSTATE[", "a database's error"),
    ("syntax error at or near", "a database's error"),
    ("SQLITE_ERROR", "a database's error"),
    ("ORA-0", "a database's error"),
    ("jwt.exceptions", "a library's class"),
    ("JsonWebTokenError:", "a library's class"),
    ("Werkzeug Debugger", "a debugger"),
    ("DEBUG = True", "debug mode"),
];

/// What `text` tells, if it does.
pub(crate) fn leaks(text: &str) -> Option<&'static str> {
    TRACES
        .iter()
        .find(|(trace, _)| text.contains(trace))
        .map(|(_, what)| *what)
}
