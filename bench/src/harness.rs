//! How anything is measured here. A [`Subject`] prepares a [`Plan`]: contenders that take turns, and figures that are
//! made of one turn of each. [`measure`] runs it, [`Report`] says what came out.

mod cpu;
mod in_process;
mod machine;
mod plan;
mod report;
mod rounds;
mod statistics;
mod table;
mod zipf;

pub(crate) use cpu::{Core, Cpu, on_core};
pub(crate) use in_process::{in_batches, in_process};
pub(crate) use plan::{
    Bound, Contender, Fault, Figure, Ground, Plan, Sample, Size, Spread, Subject, Unit, sample,
};
pub(crate) use report::Report;
pub(crate) use rounds::measure;
pub(crate) use statistics::percentile;
pub(crate) use zipf::Zipf;
