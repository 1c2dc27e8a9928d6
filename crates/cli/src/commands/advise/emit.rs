//! `symbolon advise --emit DIR`: the files, none of which replaces one that is there.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use advisor::emit::{File, files};
use advisor::{Constants, Topology};

use crate::failure::Failure;
use crate::out::Out;

/// Writes every file, and says where; with the topology itself, if it was asked for and is in no file yet.
pub(crate) fn write(
    topology: &Topology,
    constants: &Constants,
    (dir, asked): (&Path, Option<String>),
    out: &Out,
) -> Result<(), Failure> {
    fs::create_dir_all(dir)
        .map_err(|error| Failure::mistake(format!("cannot make {}", dir.display())).because(&error))?;
    let mut files = files(topology, constants);
    files.extend(asked.map(|text| File {
        name: super::ASKED,
        text,
    }));
    // None is written unless all can be.
    for file in &files {
        is_free(dir, file.name)?;
    }
    for file in &files {
        create(dir, file)?;
        out.note(&format!("written {}", dir.join(file.name).display()));
    }
    Ok(())
}

/// Whether nothing is there yet: also asked before a dialogue, whose answers would be lost.
pub(crate) fn is_free(dir: &Path, name: &str) -> Result<(), Failure> {
    let path = dir.join(name);
    if path.exists() {
        return Err(
            Failure::mistake(format!("{} exists and is left alone", path.display()))
                .hint("name another directory, or move it away"),
        );
    }
    Ok(())
}

fn create(dir: &Path, file: &File) -> Result<(), Failure> {
    let path = dir.join(file.name);
    let told = |error: std::io::Error| {
        let failure = Failure::fault(format!("cannot write {}", path.display())).because(&error);
        match error.kind() {
            ErrorKind::PermissionDenied => failure.hint("name a directory that you may write to"),
            _ => failure,
        }
    };
    let mut target = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(told)?;
    target.write_all(file.text.as_bytes()).map_err(told)
}
