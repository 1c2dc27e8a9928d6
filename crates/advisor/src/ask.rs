//! A few questions in place of a file, with sensible defaults, a way back and a summary: on a terminal one after the other,
//! on a page all at once. Both make the text of a topology file, which is then read like any other.

mod answers;
mod question;

pub use answers::{Answers, Wrong};
pub use question::{Choice, Form, QUESTIONS, Question};

/// The dialogue on a terminal as it stands.
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
        let choices = question.choices();
        if question.takes_several() {
            prompt.push_str(" (several: 1,2)");
        }
        let width = choices.iter().map(|choice| choice.word.len()).max().unwrap_or(0);
        for (at, choice) in choices.iter().enumerate() {
            let line = format!("{:>2}  {:<width$}  {}", at + 1, choice.word, choice.title);
            prompt.push_str(&format!("\n {}", line.trim_end()));
        }
        let default = if question.default.is_empty() {
            "none"
        } else {
            question.default
        };
        let apart = if choices.is_empty() { ' ' } else { '\n' };
        prompt.push_str(&format!("{apart}[{default}] "));
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
            question.take(line)?
        };
        self.answers.push(answer);
        let problems = check(&self.topology());
        if problems.is_empty() {
            return Ok(());
        }
        self.answers.pop();
        Err(problems.join("\n"))
    }

    /// The text of the topology file: defaults where nothing was answered yet.
    #[must_use]
    pub fn topology(&self) -> String {
        Answers::begun(&self.answers).topology()
    }
}

#[cfg(test)]
mod tests;
