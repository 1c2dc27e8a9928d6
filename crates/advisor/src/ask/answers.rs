//! Answers to the questions, and the file that they make.

use super::question::{Place, QUESTIONS, Question};

/// An answer to every question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers(Vec<String>);

/// A field of a form that is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The question's name.
    pub id: &'static str,
    /// What is wrong.
    pub message: String,
}

impl Default for Answers {
    fn default() -> Self {
        Self::begun(&[])
    }
}

impl Answers {
    /// From the first answers, in order: the rest are the defaults.
    pub(super) fn begun(first: &[String]) -> Self {
        let all = QUESTIONS.iter().enumerate().map(|(at, question)| {
            let given = first.get(at).cloned();
            given.unwrap_or_else(|| question.default.to_owned())
        });
        Self(all.collect())
    }

    /// From a form that was filled in: each field's name with its value, the choices of one question under one name. A question
    /// without a field has nothing chosen; a form without any has the defaults. Names of no question are left alone.
    ///
    /// # Errors
    /// Every answer that is none.
    pub fn read<N: AsRef<str>, V: AsRef<str>>(fields: &[(N, V)]) -> Result<Self, Vec<Wrong>> {
        let is_asked = |question: &Question| fields.iter().any(|(name, _)| name.as_ref() == question.id);
        if !QUESTIONS.iter().any(is_asked) {
            return Ok(Self::default());
        }
        let (mut answers, mut wrong) = (Vec::new(), Vec::new());
        for question in QUESTIONS {
            let given: Vec<&str> = fields
                .iter()
                .filter(|(name, _)| name.as_ref() == question.id)
                .map(|(_, value)| value.as_ref())
                .collect();
            let may_be_empty = question.takes_several() && question.default.is_empty();
            let given = given.join(",");
            match question.take(&given) {
                Err(_) if may_be_empty && given.trim().is_empty() => answers.push(String::new()),
                Ok(answer) => answers.push(answer),
                Err(message) => wrong.push(Wrong {
                    id: question.id,
                    message,
                }),
            }
        }
        if wrong.is_empty() {
            Ok(Self(answers))
        } else {
            Err(wrong)
        }
    }

    /// Each question with its answer.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Question, &str)> {
        QUESTIONS.iter().zip(self.0.iter().map(String::as_str))
    }

    /// The text of the topology file.
    #[must_use]
    pub fn topology(&self) -> String {
        let mut sections: Vec<(&str, Vec<String>)> = Vec::new();
        let mut clients = String::new();
        for (question, answer) in self.iter() {
            let mut add = |section: &'static str, line: String| match sections
                .iter_mut()
                .find(|(name, _)| *name == section)
            {
                Some((_, lines)) => lines.push(line),
                None => sections.push((section, vec![line])),
            };
            let words = || answer.split(',').filter(|word| !word.is_empty());
            match question.place {
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
