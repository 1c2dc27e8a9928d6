//! The one home of printing: data on standard output, everything else on standard error.

use std::future::Future;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use owo_colors::{OwoColorize, Style};
use serde_json::{Value, json};

use crate::failure::Failure;

/// Where a command writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out {
    json: bool,
    color: bool,
}

/// A wait shorter than this needs no words.
const PATIENCE: Duration = Duration::from_secs(1);

impl Out {
    /// `json`: data as JSON; `color`: colours on standard error.
    pub(crate) const fn new(json: bool, color: bool) -> Self {
        Self { json, color }
    }

    /// Whether data goes out as JSON.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// From now on the program's own log goes to standard error: for people, or as JSON.
    pub(crate) fn log(self) {
        let log = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::INFO)
            .with_target(false)
            .with_ansi(self.color)
            .with_writer(std::io::stderr);
        // A second call changes nothing: the first one holds.
        let _ = if self.json {
            log.json().try_init()
        } else {
            log.try_init()
        };
    }

    /// One line of data, for people.
    pub(crate) fn line(self, text: &str) {
        to_stdout(&format!("{text}\n"));
    }

    /// Data that must go out byte for byte, such as a generated page.
    pub(crate) fn verbatim(self, text: &str) {
        to_stdout(text);
    }

    /// One JSON document on one line.
    pub(crate) fn json(self, value: &Value) {
        to_stdout(&format!("{value}\n"));
    }

    /// An object: JSON, or one `name  value` line per member.
    pub(crate) fn object(self, value: &Value) {
        if self.json {
            return self.json(value);
        }
        let Value::Object(members) = value else {
            return self.line(&cell(value));
        };
        let width = members.keys().map(String::len).max().unwrap_or_default();
        for (name, member) in members {
            self.line(&format!("{name:width$}  {}", cell(member)));
        }
    }

    /// A list: JSON as it came, or a table of those named members (`HEADING`, member) that any row has.
    pub(crate) fn list(self, page: &Value, columns: &[(&str, &str)]) {
        if self.json {
            return self.json(page);
        }
        let rows: Vec<&Value> = items(page).collect();
        let told = |member: &str| rows.iter().any(|row| row.get(member).is_some());
        let columns: Vec<_> = columns.iter().filter(|(_, member)| told(member)).collect();
        let headings: Vec<&str> = columns.iter().map(|(heading, _)| *heading).collect();
        let cells = rows.iter().map(|row| {
            let texts = columns.iter().map(|(_, member)| row.get(member).map(cell));
            texts.map(Option::unwrap_or_default).collect::<Vec<_>>()
        });
        self.table(&headings, cells);
        if rows.is_empty() {
            self.note("none");
        }
        if let Some(next) = page.get("next").filter(|next| !next.is_null()) {
            self.note(&format!("there is more: --after {}", cell(next)));
        }
    }

    /// The list once more, in place of the `lines` that it had before, if this is a terminal. Says how many it has now.
    pub(crate) fn list_again(self, page: &Value, columns: &[(&str, &str)], lines: usize) -> usize {
        if lines > 0 && !self.json && std::io::stdout().is_terminal() {
            to_stdout(&format!("\x1b[{lines}A\x1b[J"));
        }
        self.list(page, columns);
        match items(page).count() {
            0 => 0,
            rows => rows + 1,
        }
    }

    /// A table for people.
    pub(crate) fn table(self, headings: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        let mut table = Table::new();
        table.load_style(NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(headings);
        let mut empty = true;
        for row in rows {
            table.add_row(row);
            empty = false;
        }
        if !empty {
            let text = table.to_string();
            let lines = text.lines().map(|line| format!("{}\n", line.trim()));
            to_stdout(&lines.collect::<String>());
        }
    }

    /// Something to know, which is not data.
    pub(crate) fn note(self, text: &str) {
        to_stderr(&format!("{text}\n"));
    }

    /// A question, without a line's end.
    pub(crate) fn question(self, text: &str) {
        to_stderr(text);
    }

    /// `error:`, the causes, `hint:`. With `--json` one object, on standard error as well.
    pub(crate) fn failure(self, failure: &Failure) {
        if self.json {
            let value = json!({"error": failure.message, "code": failure.code, "causes": failure.causes,
                "hint": failure.hint});
            return to_stderr(&format!("{value}\n"));
        }
        let message = match &failure.code {
            Some(code) => format!("{} ({code})", failure.message),
            None => failure.message.clone(),
        };
        self.labelled("error:", Style::new().red().bold(), &message);
        for cause in &failure.causes {
            to_stderr(&format!("  because: {cause}\n"));
        }
        if let Some(hint) = &failure.hint {
            self.labelled("hint:", Style::new().cyan().bold(), hint);
        }
    }

    /// Waits for something; after a second it says for what.
    pub(crate) async fn while_waiting<F: Future>(self, what: &str, work: F) -> F::Output {
        let mut work = std::pin::pin!(work);
        tokio::select! {
            result = &mut work => return result,
            () = tokio::time::sleep(PATIENCE) => {}
        }
        // indicatif draws on standard error only, and only on a terminal.
        let spinner = indicatif::ProgressBar::new_spinner().with_message(what.to_owned());
        if spinner.is_hidden() {
            self.note(&format!("{what} ..."));
        }
        spinner.enable_steady_tick(Duration::from_millis(120));
        let result = work.await;
        spinner.finish_and_clear();
        result
    }

    fn labelled(self, label: &str, style: Style, text: &str) {
        if self.color {
            to_stderr(&format!("{} {text}\n", label.style(style)));
        } else {
            to_stderr(&format!("{label} {text}\n"));
        }
    }
}

/// A copy that says how far it is, once it takes longer than a second. Draws on standard error, on a terminal only.
pub(crate) struct Copying {
    bar: Option<indicatif::ProgressBar>,
    out: Out,
    what: &'static str,
    steps: u64,
}

impl Copying {
    /// A copy that begins.
    pub(crate) const fn new(out: Out, what: &'static str) -> Self {
        Self {
            bar: None,
            out,
            what,
            steps: 0,
        }
    }

    /// So much is done. The first steps are silent: a small store is copied in them.
    pub(crate) fn at(&mut self, done: u64, total: u64) {
        self.steps += 1;
        if self.steps < SILENT_STEPS {
            return;
        }
        let (out, what) = (self.out, self.what);
        let bar = self.bar.get_or_insert_with(|| {
            let bar = indicatif::ProgressBar::new(total).with_message(what);
            if bar.is_hidden() {
                out.note(&format!("{what} ..."));
            }
            bar
        });
        bar.set_position(done);
        if done == total {
            bar.finish_and_clear();
        }
    }
}

/// Of a megabyte each: well below a second.
const SILENT_STEPS: u64 = 100;

/// A calculation that says how far it is. Draws on standard error; where that is no terminal, a line a quarter.
pub(crate) struct Simulating {
    bar: indicatif::ProgressBar,
    out: Out,
    quarters: u64,
}

impl Simulating {
    /// One that begins.
    pub(crate) fn new(out: Out) -> Self {
        let bar = indicatif::ProgressBar::new(100).with_message("simulating");
        Self {
            bar,
            out,
            quarters: 0,
        }
    }

    /// So much is done, of 1.
    pub(crate) fn at(&mut self, part: f64) {
        let percent = (part.clamp(0.0, 1.0) * 100.0) as u64;
        if !self.bar.is_hidden() {
            self.bar.set_position(percent);
            if percent == 100 {
                self.bar.finish_and_clear();
            }
        } else if percent / 25 > self.quarters {
            self.quarters = percent / 25;
            self.out.note(&format!("simulated {percent} %"));
        }
    }
}

/// The rows of `{items: [..]}`.
pub(crate) fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page.get("items").and_then(Value::as_array).into_iter().flatten()
}

/// A value as people read it: texts bare, lists joined, nothing as nothing. Times of the API (`*_ms`) stay numbers.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => printable(text),
        Value::Array(list) if list.is_empty() => "-".to_owned(),
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join(", "),
        // JSON escapes some control characters and leaves others.
        other => printable(&other.to_string()),
    }
}

/// Names come from other people: a control character could rewrite the terminal.
pub(crate) fn printable(text: &str) -> String {
    let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(visible).collect()
}

/// A closed pipe ends the output, not the program: the command's work is done by then.
fn to_stdout(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

fn to_stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_read_well_and_cannot_steer_a_terminal() {
        assert_eq!(cell(&json!(["a", "b"])), "a, b");
        assert_eq!(cell(&json!(null)), "-");
        assert_eq!(cell(&json!(true)), "true");
        assert_eq!(cell(&json!("ada\u{1b}[2J\n")), "ada\u{fffd}[2J\u{fffd}");
        assert_eq!(
            cell(&json!({"a\u{9b}2J": "\u{7f}"})),
            "{\"a\u{fffd}2J\":\"\u{fffd}\"}"
        );
    }

    #[tokio::test]
    async fn waiting_gives_the_result_through() {
        assert_eq!(Out::new(false, false).while_waiting("x", async { 7 }).await, 7);
    }
}
