//! A short dialogue in place of a file: questions with sensible defaults, a way back, and a summary. It makes the text of
//! a topology file, which is then read like any other.

use crate::topology::{Compliance, Gateway, Kind, StoreDown};

/// A question.
struct Question {
    ask: &'static str,
    /// What may be answered, where that is a choice.
    choices: fn() -> Vec<&'static str>,
    /// Whether several may be chosen.
    several: bool,
    default: &'static str,
    /// Where the answer stands in the file.
    place: Place,
}

/// Where an answer stands.
enum Place {
    /// `section.key`, as a number or a word.
    Number(&'static str, &'static str),
    Text(&'static str, &'static str),
    List(&'static str, &'static str),
    /// Each word is a key that is true.
    Flags(&'static str),
    /// Each word is a client of that kind.
    Clients,
    /// One duration for every class of operations.
    Revocation,
}

const QUESTIONS: &[Question] = &[
    question(
        "Who sends requests?",
        || Kind::ALL.iter().map(|kind| kind.as_str()).collect(),
        true,
        "browser_same_site",
        Place::Clients,
    ),
    question(
        "In how many places are credentials checked (gateways, or instances)?",
        Vec::new,
        false,
        "1",
        Place::Number("deployment", "edges"),
    ),
    question(
        "In how many regions?",
        Vec::new,
        false,
        "1",
        Place::Number("deployment", "regions"),
    ),
    question(
        "What stands in front?",
        || Gateway::ALL.iter().map(|gateway| gateway.as_str()).collect(),
        false,
        "nginx",
        Place::Text("deployment", "gateway"),
    ),
    question(
        "What do you run already?",
        || vec!["redis", "postgresql"],
        true,
        "",
        Place::Flags("existing"),
    ),
    question(
        "How many sessions live at the busiest time?",
        Vec::new,
        false,
        "2000",
        Place::Number("scale", "sessions"),
    ),
    question(
        "How many requests a second, as a mean?",
        Vec::new,
        false,
        "100",
        Place::Number("scale", "requests_per_second"),
    ),
    question(
        "How long after a logout may a request still pass, at worst?",
        Vec::new,
        false,
        "10s",
        Place::Revocation,
    ),
    question(
        "Which rule books apply?",
        || Compliance::ALL.iter().map(|book| book.as_str()).collect(),
        true,
        "",
        Place::List("requirements", "compliance"),
    ),
    question(
        "What must go on while the store is down?",
        || StoreDown::ALL.iter().map(|down| down.as_str()).collect(),
        false,
        "refuse",
        Place::Text("requirements", "store_down"),
    ),
];

const fn question(
    ask: &'static str,
    choices: fn() -> Vec<&'static str>,
    several: bool,
    default: &'static str,
    place: Place,
) -> Question {
    Question {
        ask,
        choices,
        several,
        default,
        place,
    }
}

/// The dialogue as it stands.
#[derive(Debug, Default)]
pub struct Dialogue {
    answers: Vec<String>,
    confirmed: bool,
}

impl Dialogue {
    /// What to ask next; nothing once the summary was confirmed.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        if self.confirmed {
            return None;
        }
        let Some(question) = QUESTIONS.get(self.answers.len()) else {
            return Some(format!(
                "\n{}\nEnter to go on, b for the last question again: ",
                self.topology()
            ));
        };
        let mut prompt = String::new();
        if self.answers.is_empty() {
            prompt
                .push_str("Enter takes what stands in brackets, b goes back. Choices by number or word.\n\n");
        }
        prompt.push_str(question.ask);
        let choices = (question.choices)();
        if question.several {
            prompt.push_str(" (several: 1,2)");
        }
        for (at, choice) in choices.iter().enumerate() {
            prompt.push_str(&format!("\n  {}  {choice}", at + 1));
        }
        let default = if question.default.is_empty() {
            "none"
        } else {
            question.default
        };
        prompt.push_str(&format!(
            "{}[{default}] ",
            if choices.is_empty() { " " } else { "\n" }
        ));
        Some(prompt)
    }

    /// Takes an answer in. `check` says what is wrong with a topology's text.
    ///
    /// # Errors
    /// What is wrong with the answer; the question stays.
    pub fn hear(&mut self, line: &str, check: impl Fn(&str) -> Vec<String>) -> Result<(), String> {
        let line = line.trim();
        if line == "b" {
            self.answers.pop();
            return Ok(());
        }
        let Some(question) = QUESTIONS.get(self.answers.len()) else {
            self.confirmed = line.is_empty();
            return if self.confirmed {
                Ok(())
            } else {
                Err("Enter, or b".to_owned())
            };
        };
        let answer = if line.is_empty() {
            question.default.to_owned()
        } else {
            chosen(question, line)?
        };
        self.answers.push(answer);
        let problems = check(&self.topology());
        if problems.is_empty() {
            return Ok(());
        }
        self.answers.pop();
        Err(problems.join("\n"))
    }

    /// The text of the topology file.
    #[must_use]
    pub fn topology(&self) -> String {
        let mut sections: Vec<(&str, Vec<String>)> = Vec::new();
        let mut clients = String::new();
        let given = QUESTIONS.iter().zip(
            self.answers
                .iter()
                .map(String::as_str)
                .chain(std::iter::repeat("")),
        );
        for (at, (question, answer)) in given.enumerate() {
            let answer = if at < self.answers.len() {
                answer
            } else {
                question.default
            };
            let mut add = |section: &'static str, line: String| match sections
                .iter_mut()
                .find(|(name, _)| *name == section)
            {
                Some((_, lines)) => lines.push(line),
                None => sections.push((section, vec![line])),
            };
            let words = || answer.split(',').filter(|word| !word.is_empty());
            match &question.place {
                Place::Number(section, key) => add(section, format!("{key} = {answer}")),
                Place::Text(section, key) => add(section, format!("{key} = \"{answer}\"")),
                Place::List(section, key) => {
                    let list: Vec<String> = words().map(|word| format!("\"{word}\"")).collect();
                    add(section, format!("{key} = [{}]", list.join(", ")));
                }
                Place::Flags(section) => words().for_each(|word| add(section, format!("{word} = true"))),
                Place::Clients => {
                    for word in words() {
                        let name = word.replace('_', "-");
                        clients.push_str(&format!("\n[[client]]\nname = \"{name}\"\nkind = \"{word}\"\n"));
                    }
                }
                Place::Revocation => {
                    for class in ["reads", "writes", "admin"] {
                        add("requirements", format!("revocation_{class} = \"{answer}\""));
                    }
                }
            }
        }
        let mut text = String::new();
        for (name, lines) in sections {
            text.push_str(&format!("[{name}]\n{}\n\n", lines.join("\n")));
        }
        text.trim_end().to_owned() + "\n" + &clients
    }
}

/// The words that were chosen, or the answer as it stands where there is no choice.
fn chosen(question: &Question, line: &str) -> Result<String, String> {
    let choices = (question.choices)();
    if choices.is_empty() {
        let (sound, form) = match question.place {
            Place::Number(..) => (line.chars().all(|c| c.is_ascii_digit()), "write a number"),
            _ => (
                line.chars().all(|c| c.is_ascii_alphanumeric()),
                "write a duration such as 10s",
            ),
        };
        return if sound {
            Ok(line.to_owned())
        } else {
            Err(form.to_owned())
        };
    }
    let mut words: Vec<&str> = Vec::new();
    for part in line.split([',', ' ']).filter(|part| !part.is_empty()) {
        let by_number = part
            .parse::<usize>()
            .ok()
            .and_then(|number| choices.get(number.checked_sub(1)?));
        let word = by_number.or_else(|| choices.iter().find(|choice| **choice == part));
        let word = word.ok_or_else(|| format!("\"{part}\" is not among the choices"))?;
        if !words.contains(word) {
            words.push(word);
        }
    }
    match words.as_slice() {
        [] => Err("choose one".to_owned()),
        [_, _, ..] if !question.several => Err("choose one only".to_owned()),
        words => Ok(words.join(",")),
    }
}

#[cfg(test)]
mod tests;
