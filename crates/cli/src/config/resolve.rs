//! One walk over the table: unknown keys refused, forms judged, secrets taken out.

use std::collections::BTreeMap;
use std::path::Path;

use domain::setting::{Problem, Setting};
use toml::{Table, Value};
use zeroize::Zeroizing;

use super::form;
use super::lines::join;
use super::shape::Shape;
use crate::env;

/// No key file or password is longer.
const LONGEST_SECRET: u64 = 64 * 1024;

type Secrets = BTreeMap<String, Zeroizing<String>>;

/// Judges a whole table; secrets leave it.
pub(crate) fn walk(table: &mut Table, root: &Shape, secrets: &mut Secrets, problems: &mut Vec<Problem>) {
    let mut walk = Walk {
        root,
        secrets,
        problems,
    };
    walk.section(table, root, &[], "");
}

struct Walk<'a> {
    root: &'a Shape,
    secrets: &'a mut Secrets,
    problems: &'a mut Vec<Problem>,
}

impl Walk<'_> {
    /// `inside` is the path without numbers of repeated sections, `prefix` the path with them.
    fn section(&mut self, table: &mut Table, shape: &Shape, inside: &[String], prefix: &str) {
        let mut taken = Vec::new();
        for (name, value) in table.iter_mut() {
            let path = join(prefix, name);
            let Some(child) = shape.children.get(name) else {
                self.unknown(inside, name, path);
                continue;
            };
            let inner: Vec<String> = inside.iter().chain([name]).cloned().collect();
            match &child.setting {
                Some(setting) if setting.form == "secret" => {
                    self.secret(value, path);
                    taken.push(name.clone());
                }
                Some(setting) => self.key(setting, value, path),
                None if child.is_repeated => self.repeated(value, child, &inner, &path),
                None => match value {
                    Value::Table(table) => self.section(table, child, &inner, &path),
                    _ => self.add(
                        &path,
                        "is a section",
                        format!("write [{path}] and its keys below"),
                    ),
                },
            }
        }
        for name in taken {
            table.remove(&name);
        }
    }

    fn repeated(&mut self, value: &mut Value, shape: &Shape, inside: &[String], path: &str) {
        let tables = value
            .as_array_mut()
            .filter(|list| list.iter().all(Value::is_table));
        let Some(tables) = tables else {
            return self.add(
                path,
                "is a repeated section",
                format!("write [[{path}]] before each"),
            );
        };
        for (index, table) in tables.iter_mut().enumerate() {
            if let Value::Table(table) = table {
                self.section(table, shape, inside, &join(path, &index.to_string()));
            }
        }
    }

    fn key(&mut self, setting: &Setting, value: &Value, path: String) {
        if let Err((message, hint)) = form::judge(setting, value) {
            self.problems.push(Problem::new(path, message, hint));
        }
    }

    fn unknown(&mut self, inside: &[String], name: &str, path: String) {
        let hint = match self.root.nearest(inside, name) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "see `symbolon config reference`".to_owned(),
        };
        self.problems
            .push(Problem::new(path, "is no key that exists", hint));
    }

    fn secret(&mut self, value: &Value, path: String) {
        match resolved(value) {
            Ok(secret) => {
                self.secrets.insert(path, secret);
            }
            Err((message, hint)) => self.problems.push(Problem::new(path, message, hint)),
        }
    }

    fn add(&mut self, path: &str, message: &str, hint: String) {
        self.problems.push(Problem::new(path, message, hint));
    }
}

/// `{ file = ".." }` or `{ env = ".." }`; neither the value nor what the file holds is ever quoted.
fn resolved(value: &Value) -> Result<Zeroizing<String>, (String, String)> {
    const HINT: &str =
        "write { file = \"..\" } or { env = \"..\" }: a secret never stands in the file itself";
    let refused = |message: String| Err((message, HINT.to_owned()));
    let Value::Table(reference) = value else {
        return refused("is a secret and is given by reference".to_owned());
    };
    let one = reference.iter().next().filter(|_| reference.len() == 1);
    let secret = match one {
        Some((kind, Value::String(file))) if kind == "file" => from_file(Path::new(file))
            .map_err(|message| (message, "name a private file that holds it".to_owned()))?,
        Some((kind, Value::String(name))) if kind == "env" => match env::secret(name) {
            Some(secret) => secret,
            None => return refused(format!("the variable {name} is not set")),
        },
        _ => return refused("is a secret and has one reference".to_owned()),
    };
    if secret.is_empty() {
        return refused("is empty".to_owned());
    }
    Ok(secret)
}

fn from_file(file: &Path) -> Result<Zeroizing<String>, String> {
    use std::io::Read;
    use std::os::unix::fs::MetadataExt;
    let told = |error: std::io::Error| format!("cannot read {}: {error}", file.display());
    let source = std::fs::File::open(file).map_err(told)?;
    let meta = source.metadata().map_err(told)?;
    if meta.mode() & 0o007 != 0 {
        return Err(format!("{} can be read by everybody: chmod 600", file.display()));
    }
    let mut text = Zeroizing::new(String::new());
    source
        .take(LONGEST_SECRET + 1)
        .read_to_string(&mut text)
        .map_err(told)?;
    if text.len() as u64 > LONGEST_SECRET {
        return Err(format!("{} is longer than 64 KiB", file.display()));
    }
    let kept = text.trim_end_matches(['\n', '\r']).len();
    text.truncate(kept);
    Ok(text)
}
