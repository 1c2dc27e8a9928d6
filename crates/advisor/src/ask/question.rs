//! The questions, as data: what is asked, what may be answered, and where the answer stands in the file.

use crate::topology::{Compliance, Gateway, Kind, StoreDown};

/// Longest answer, in bytes: more than all choices of a question together.
const LONGEST: usize = 200;

/// A question.
#[derive(Debug)]
pub struct Question {
    /// Its name in a form.
    pub id: &'static str,
    /// The question itself.
    pub ask: &'static str,
    /// What an answer looks like.
    pub form: Form,
    /// Answered in its place; empty: nothing.
    pub default: &'static str,
    pub(super) place: Place,
}

/// What an answer looks like.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// A whole number.
    Number,
    /// A number with its unit: `10s`.
    Duration,
    /// One of these.
    One(fn() -> Vec<Choice>),
    /// Any number of these, with commas between them.
    Several(fn() -> Vec<Choice>),
}

/// What may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The word in the file.
    pub word: &'static str,
    /// The same for people.
    pub title: &'static str,
}

/// Where an answer stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
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

macro_rules! choices {
    ($type:ty) => {
        || {
            let all = <$type>::ALL.iter();
            all.map(|one| Choice {
                word: one.as_str(),
                title: one.title(),
            })
            .collect()
        }
    };
}

/// Every question, in the order in which they are asked.
pub const QUESTIONS: &[Question] = &[
    Question {
        id: "clients",
        ask: "Who sends requests?",
        form: Form::Several(choices!(Kind)),
        default: "browser_same_site",
        place: Place::Clients,
    },
    Question {
        id: "edges",
        ask: "In how many places are credentials checked (gateways, or instances)?",
        form: Form::Number,
        default: "1",
        place: Place::Number("deployment", "edges"),
    },
    Question {
        id: "regions",
        ask: "In how many regions?",
        form: Form::Number,
        default: "1",
        place: Place::Number("deployment", "regions"),
    },
    Question {
        id: "gateway",
        ask: "What stands in front?",
        form: Form::One(choices!(Gateway)),
        default: "nginx",
        place: Place::Text("deployment", "gateway"),
    },
    Question {
        id: "existing",
        ask: "What do you run already?",
        form: Form::Several(|| {
            vec![
                Choice {
                    word: "redis",
                    title: "Redis or Valkey",
                },
                Choice {
                    word: "postgresql",
                    title: "PostgreSQL",
                },
            ]
        }),
        default: "",
        place: Place::Flags("existing"),
    },
    Question {
        id: "sessions",
        ask: "How many sessions live at the busiest time?",
        form: Form::Number,
        default: "2000",
        place: Place::Number("scale", "sessions"),
    },
    Question {
        id: "requests",
        ask: "How many requests a second, as a mean?",
        form: Form::Number,
        default: "100",
        place: Place::Number("scale", "requests_per_second"),
    },
    Question {
        id: "revocation",
        ask: "How long after a logout may a request still pass, at worst?",
        form: Form::Duration,
        default: "10s",
        place: Place::Revocation,
    },
    Question {
        id: "compliance",
        ask: "Which rule books apply?",
        form: Form::Several(choices!(Compliance)),
        default: "",
        place: Place::List("requirements", "compliance"),
    },
    Question {
        id: "store_down",
        ask: "What must go on while the store is down?",
        form: Form::One(choices!(StoreDown)),
        default: "refuse",
        place: Place::Text("requirements", "store_down"),
    },
];

impl Question {
    /// What may be chosen; nothing where the answer is written.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        match self.form {
            Form::One(choices) | Form::Several(choices) => choices(),
            Form::Number | Form::Duration => Vec::new(),
        }
    }

    /// Whether several may be chosen.
    #[must_use]
    pub const fn takes_several(&self) -> bool {
        matches!(self.form, Form::Several(_))
    }

    /// Whether the answer stands at this path of the file: `deployment.edges`, `client.0.kind`.
    #[must_use]
    pub fn writes(&self, path: &str) -> bool {
        let (section, key) = path.split_once('.').unwrap_or((path, ""));
        match self.place {
            Place::Number(own, of) | Place::Text(own, of) | Place::List(own, of) => {
                (section, key) == (own, of)
            }
            Place::Flags(own) => section == own,
            Place::Clients => section == "client",
            Place::Revocation => section == "requirements" && key.starts_with("revocation_"),
        }
    }

    /// An answer as it stands in the file: a number, a duration, or words with commas between them. Choices may be named
    /// by their place, from one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn take(&self, line: &str) -> Result<String, String> {
        let line = line.trim();
        let written = |sound: bool, form: &str| {
            if sound && !line.is_empty() && line.len() <= LONGEST {
                Ok(line.to_owned())
            } else {
                Err(form.to_owned())
            }
        };
        match self.form {
            // A number of TOML begins with no zero.
            Form::Number => written(line.chars().all(|c| c.is_ascii_digit()), "write a number")
                .map(|number| number.trim_start_matches('0').to_owned())
                .map(|number| if number.is_empty() { "0".to_owned() } else { number }),
            Form::Duration => written(
                line.chars().all(|c| c.is_ascii_alphanumeric()),
                "write a duration such as 10s",
            ),
            Form::One(_) | Form::Several(_) => self.chosen(line),
        }
    }

    fn chosen(&self, line: &str) -> Result<String, String> {
        let choices = self.choices();
        let mut words: Vec<&str> = Vec::new();
        for part in line.split([',', ' ']).filter(|part| !part.is_empty()) {
            let by_number = part
                .parse::<usize>()
                .ok()
                .and_then(|number| choices.get(number.checked_sub(1)?));
            let choice = by_number.or_else(|| choices.iter().find(|choice| choice.word == part));
            let word = choice.ok_or_else(|| {
                let told: String = part.chars().take(LONGEST).collect();
                format!(
                    "\"{told}\" is not among the choices: a number from 1 to {}, or a word",
                    choices.len()
                )
            })?;
            if !words.contains(&word.word) {
                words.push(word.word);
            }
        }
        match words.as_slice() {
            [] => Err("choose one".to_owned()),
            [_, _, ..] if !self.takes_several() => Err("choose one only".to_owned()),
            words => Ok(words.join(",")),
        }
    }
}
