//! The questions as a form's fields, with what was answered and what is wrong with it.

use advisor::Topology;
use advisor::ask::{Answers, Form, QUESTIONS, Question};
use url::form_urlencoded;

use crate::commands::advise;
use crate::config::Located;

/// Longest query, in bytes, and most fields: every choice of every question twice over.
const LONGEST: usize = 4096;
const MOST: usize = 80;

/// What a request said.
pub(super) struct Filled {
    pairs: Vec<(String, String)>,
    /// The topology, or what is wrong: the question, if one is, and the words.
    pub(super) read: Result<(Answers, Topology), Vec<Problem>>,
}

/// Something that is wrong.
pub(super) struct Problem {
    /// The question's name, or nothing.
    pub(super) id: &'static str,
    pub(super) ask: &'static str,
    pub(super) message: String,
}

/// A question as it is shown.
pub(super) struct Field {
    pub(super) id: &'static str,
    pub(super) ask: &'static str,
    /// `text`, `select` or `checks`.
    pub(super) kind: &'static str,
    /// `numeric` or `text`: which keys a phone shows.
    pub(super) keys: &'static str,
    pub(super) value: String,
    pub(super) choices: Vec<Shown>,
    pub(super) problem: String,
}

/// A choice as it is shown.
pub(super) struct Shown {
    pub(super) word: &'static str,
    pub(super) title: &'static str,
    pub(super) chosen: bool,
}

impl Filled {
    /// From the query of a request. Nothing where it is longer than any answer.
    pub(super) fn from_query(query: &str) -> Option<Self> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .take(MOST + 1)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        if query.len() > LONGEST || pairs.len() > MOST {
            return None;
        }
        let read = Answers::read(&pairs).map_err(|wrong| {
            let told = wrong.into_iter().map(|wrong| Problem {
                id: wrong.id,
                ask: question(wrong.id).map_or("", |question| question.ask),
                message: wrong.message,
            });
            told.collect::<Vec<_>>()
        });
        let read = read.and_then(
            |answers| match advise::parse("topology.toml", &answers.topology()) {
                Ok(topology) => Ok((answers, topology)),
                Err(problems) => Err(problems.into_iter().map(located).collect()),
            },
        );
        Some(Self { pairs, read })
    }

    /// Whether anything was answered: a first visit shows the defaults.
    pub(super) fn is_answered(&self) -> bool {
        let asked = |(name, _): &(String, String)| question(name).is_some();
        self.pairs.iter().any(asked)
    }

    /// Every question with what was answered, wrong or not.
    pub(super) fn fields(&self) -> Vec<Field> {
        QUESTIONS.iter().map(|question| self.field(question)).collect()
    }

    fn field(&self, question: &'static Question) -> Field {
        let given: Vec<&str> = if self.is_answered() {
            let own = self.pairs.iter().filter(|(name, _)| name == question.id);
            own.map(|(_, value)| value.as_str()).collect()
        } else {
            vec![question.default]
        };
        let choices = question.choices().into_iter().map(|choice| Shown {
            word: choice.word,
            title: choice.title,
            chosen: given.contains(&choice.word),
        });
        let problems = self.read.as_ref().err().into_iter().flatten();
        let own = problems.filter(|problem| problem.id == question.id);
        Field {
            id: question.id,
            ask: question.ask,
            kind: match question.form {
                Form::Number | Form::Duration => "text",
                Form::One(_) => "select",
                Form::Several(_) => "checks",
            },
            keys: match question.form {
                Form::Number => "numeric",
                _ => "text",
            },
            value: given.join(",").chars().take(40).collect(),
            choices: choices.collect(),
            problem: own
                .map(|problem| problem.message.as_str())
                .collect::<Vec<_>>()
                .join("; "),
        }
    }

    /// The same answers as a query: of what is no question's nothing is left.
    pub(super) fn query(&self) -> String {
        let own = self.pairs.iter().filter(|(name, _)| question(name).is_some());
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(own)
            .finish()
    }
}

fn question(id: &str) -> Option<&'static Question> {
    QUESTIONS.iter().find(|question| question.id == id)
}

/// What the file's own check says, at the question that wrote the line.
fn located(problem: Located) -> Problem {
    let question = QUESTIONS.iter().find(|question| question.writes(&problem.path));
    let place = if question.is_some() {
        String::new()
    } else {
        format!("{}: ", problem.path)
    };
    Problem {
        id: question.map_or("", |question| question.id),
        ask: question.map_or("", |question| question.ask),
        message: format!("{place}{}: {}", problem.message, problem.hint),
    }
}
