//! The reference and the example, made from the settings.

use std::fmt::Write as _;

use domain::setting::Setting;
use serde_json::{Value, json};

use super::form;
use super::shape::section;

/// docs/TOPOLOGY.md.
pub(crate) fn topology_reference(settings: &[Setting]) -> String {
    let mut page = String::from(
        "# Topology\n\nMade by `symbolon config reference topology`. What `symbolon advise` reads: a TOML file, of which only `[[client]]` with its `kind` must be\n\
         there. Durations are a number and `ms`, `s`, `m`, `h` or `d`. Unknown keys are refused. Editors complete it with [the schema](topology.schema.json);\n\
         worked files are in [advice](advice/README.md).\n",
    );
    tables(settings, &mut page);
    page
}

/// docs/CONFIG.md.
pub(crate) fn reference(settings: &[Setting]) -> String {
    let mut page = String::from(
        "# Configuration\n\nMade by `symbolon config reference`. Everything has a default that is safe to try out; a file is needed for none of it.\n\n\
         Every key can also be set by a variable: `[session] cap` by `SYMBOLON_SESSION__CAP`. A secret is given as `{ file = \"..\" }` or `{ env = \"..\" }`,\n\
         never in the file itself. Durations are a number and `ms`, `s`, `m`, `h` or `d`. Unknown keys are refused.\n\n\
         A running server reads its configuration again on SIGHUP: `[[route]]` sections take effect at once and no request is dropped;\n\
         it names the other keys that changed, which wait for a restart; a configuration with problems changes nothing. TLS files are read again by themselves.\n",
    );
    tables(settings, &mut page);
    page
}

fn tables(settings: &[Setting], page: &mut String) {
    let mut last = None;
    for setting in settings {
        let here = section(setting.path);
        if last != Some(here) {
            let _ = write!(
                page,
                "\n## {}\n\n| key | form | default | bounds | what |\n|---|---|---|---|---|\n",
                heading(here)
            );
            last = Some(here);
        }
        let key = setting.path.rsplit('.').next().unwrap_or_default();
        let code = |text: &str| {
            if text.is_empty() {
                "-".to_owned()
            } else {
                format!("`{text}`")
            }
        };
        let plain = |text: &str| {
            if text.is_empty() {
                "-".to_owned()
            } else {
                text.replace('|', "\\|")
            }
        };
        let _ = writeln!(
            page,
            "| `{key}` | {} | {} | {} | {} |",
            plain(setting.form),
            code(&form::written_default(setting)),
            plain(setting.bounds),
            plain(setting.doc)
        );
    }
}

/// The same as data.
pub(crate) fn reference_json(settings: &[Setting]) -> Value {
    let rows = settings.iter().map(|setting| {
        json!({"path": setting.path, "form": setting.form, "default": setting.default,
            "bounds": setting.bounds, "doc": setting.doc})
    });
    json!({"items": rows.collect::<Vec<_>>()})
}

/// A first symbolon.toml: every key with its meaning and default, commented out.
pub(crate) fn template(settings: &[Setting]) -> String {
    let mut text = String::from(
        "# Symbolon. Everything below is as it is without a file: take away a # to change it.\n\
         # `symbolon config check` says what is wrong with it, `symbolon config reference` what there is.\n",
    );
    let mut last = None;
    for setting in settings {
        let here = section(setting.path);
        if last != Some(here) {
            let mark = if here.starts_with("[[") { "#" } else { "" };
            let _ = write!(text, "\n{mark}{}\n", heading(here));
            last = Some(here);
        }
        let key = setting.path.rsplit('.').next().unwrap_or_default();
        let bounds = if setting.bounds.is_empty() {
            String::new()
        } else {
            format!("; {}", setting.bounds)
        };
        let value = form::written_default(setting);
        let _ = writeln!(
            text,
            "# {} ({}{bounds})\n#{key} = {value}",
            setting.doc, setting.form
        );
    }
    text
}

/// `[server]`, `[[route]]`, `[[route.match]]` is never written: a table inside a repeated section is `[route.match]`.
fn heading(section: &str) -> String {
    match section.strip_prefix("[[").and_then(|rest| rest.split_once("]]")) {
        Some((name, "")) => format!("[[{name}]]"),
        Some((name, inner)) => format!("[{name}{inner}]"),
        None => format!("[{section}]"),
    }
}
