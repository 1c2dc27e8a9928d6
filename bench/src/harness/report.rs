//! What is said at the end, and what is kept.

use std::path::Path;

use serde_json::{Value, json};

use super::machine::Machine;
use super::plan::{Fault, Subject};
use super::rounds::Measured;
use super::statistics::estimate;
use super::table::{Verdict, head, judge, row};

/// A run.
pub(crate) struct Report {
    machine: Machine,
    rounds: u32,
    done: Vec<(&'static str, Result<Measured, Fault>)>,
}

impl Report {
    pub(crate) fn begin(rounds: u32) -> Self {
        Self {
            machine: Machine::look(),
            rounds,
            done: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, subject: &Subject, measured: Result<Measured, Fault>) {
        self.done.push((subject.name, measured));
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut lines = vec![
            String::new(),
            self.machine.lines(),
            format!(
                "{} rounds A-B-B-A, medians of paired figures; CPU is user and system time of the servers",
                self.rounds
            ),
            String::new(),
            head(),
        ];
        for (name, measured) in &self.done {
            match measured {
                Ok(measured) => {
                    let others = estimate(&measured.raw.others).map_or(0.0, |found| found.median);
                    let remark = &measured.remark;
                    lines.push(format!(
                        "\n{name}: {remark}; others had {:.0} % of the CPU",
                        others * 100.0
                    ));
                    lines.extend(
                        measured
                            .figures
                            .iter()
                            .map(|(figure, found)| row(figure, found.as_ref())),
                    );
                    lines.extend(measured.closing.iter().cloned());
                }
                Err(fault) => lines.push(format!("\n{name}: not measured: {fault}")),
            }
        }
        lines.join("\n")
    }

    /// Whether every bound is met.
    ///
    /// # Errors
    /// A subject could not be measured.
    pub(crate) fn verdict(self) -> Result<bool, Fault> {
        let mut met = true;
        for (_, measured) in self.done {
            let figures = measured?.figures;
            met &= figures
                .iter()
                .all(|(figure, found)| judge(figure.bound, found.as_ref()) != Verdict::Missed);
        }
        Ok(met)
    }

    /// Keeps every sample.
    pub(crate) fn write(&self, file: &Path) -> Result<(), Fault> {
        let subjects: serde_json::Map<String, Value> = self.done.iter().map(|(name, measured)| {
            let value = match measured {
                Ok(measured) => json!({
                    "remark": measured.remark,
                    "closing": measured.closing,
                    "figures": measured.figures.iter().map(|(figure, found)| json!({
                        "name": figure.name, "estimate": found, "verdict": judge(figure.bound, found.as_ref()),
                    })).collect::<Vec<_>>(),
                    "raw": measured.raw,
                }),
                Err(fault) => json!({ "fault": fault.to_string() }),
            };
            ((*name).to_owned(), value)
        }).collect();
        let all = json!({ "machine": self.machine, "rounds": self.rounds, "subjects": subjects });
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(Fault::io("the folder of the samples"))?;
        }
        std::fs::write(file, format!("{all:#}\n")).map_err(Fault::io("the samples"))
    }
}
