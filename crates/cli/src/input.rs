//! The one home of standard input: tokens, passwords and secrets, which never travel as arguments.

use std::io::{BufRead, IsTerminal, Read};

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::out::Out;

/// No token or password is longer.
const LONGEST: u64 = 64 * 1024;
/// No answer is longer.
const LONGEST_ANSWER: u64 = 4096;

/// All of standard input, without the line end.
pub(crate) fn text(what: &str) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(
            Failure::mistake(format!("{what} is read from standard input, which is a terminal"))
                .hint("pipe it in, or use < FILE: arguments and shell history are no place for secrets"),
        );
    }
    read(stdin.lock(), &mut text).map_err(|error| {
        Failure::mistake(format!("{what} cannot be read from standard input")).because(&error)
    })?;
    if text.is_empty() {
        return Err(Failure::mistake(format!("standard input holds no {what}")));
    }
    Ok(text)
}

/// A new password: from standard input, or asked for twice on a terminal, or none.
pub(crate) fn new_password(from_stdin: bool, out: &Out) -> Result<Option<Zeroizing<String>>, Failure> {
    if from_stdin {
        return text("password").map(Some);
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(None);
    }
    let first = asked("Password (empty: none): ", out)?;
    if first.is_empty() {
        return Ok(None);
    }
    if *first != *asked("The same again: ", out)? {
        return Err(Failure::mistake("the two passwords differ"));
    }
    Ok(Some(first))
}

/// One line of an answer, on a terminal only; nothing at its end.
pub(crate) fn answer(question: &str, out: &Out) -> Result<Option<String>, Failure> {
    out.question(question);
    let mut line = String::new();
    let read = std::io::stdin().lock().take(LONGEST_ANSWER).read_line(&mut line);
    let read = read.map_err(|error| Failure::fault("the answer cannot be read").because(&error))?;
    Ok((read > 0).then_some(line))
}

/// Whether somebody is there to answer.
pub(crate) fn is_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

fn asked(question: &str, out: &Out) -> Result<Zeroizing<String>, Failure> {
    out.question(question);
    let answer = rpassword::read_password().map(Zeroizing::new);
    answer.map_err(|error| Failure::fault("the password cannot be read").because(&error))
}

fn read(source: impl Read, text: &mut Zeroizing<String>) -> std::io::Result<()> {
    source.take(LONGEST + 1).read_to_string(text)?;
    if text.len() as u64 > LONGEST {
        return Err(std::io::Error::other("it is longer than 64 KiB"));
    }
    let kept = text.trim_end_matches(['\n', '\r']).len();
    text.truncate(kept);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(bytes: &[u8]) -> std::io::Result<String> {
        let mut text = Zeroizing::new(String::new());
        read(bytes, &mut text).map(|()| text.to_string())
    }

    #[test]
    fn only_the_line_end_is_dropped() {
        assert_eq!(taken(b" a b \r\n").unwrap(), " a b ");
        assert_eq!(taken(b"").unwrap(), "");
    }

    #[test]
    fn endless_or_binary_input_is_refused() {
        assert!(taken(&vec![b'a'; 70_000]).is_err());
        assert!(taken(b"\xff\xfe").is_err());
    }
}
