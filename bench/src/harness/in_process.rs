//! Work in this very thread.

use std::hint::black_box;
use std::time::Duration;

use super::cpu::{Core, Cpu, on_core};
use super::plan::{Fault, Sample};
use crate::world;

/// Does something so many times on the server's core, and counts this thread's time. The number of the time is passed.
///
/// # Errors
/// It did not succeed once.
pub(crate) fn in_process(times: u64, mut work: impl FnMut(u64) -> bool) -> Result<Sample, Fault> {
    in_batches(times, times, &mut (), |(), _| {}, |(), number| work(number))
}

/// As [`in_process`], for work on something that is made ready beforehand, a batch at a time: that is not counted.
///
/// # Errors
/// It did not succeed once.
pub(crate) fn in_batches<T>(
    times: u64,
    batch: u64,
    on: &mut T,
    mut prepare: impl FnMut(&mut T, std::ops::Range<u64>),
    mut work: impl FnMut(&T, u64) -> bool,
) -> Result<Sample, Fault> {
    on_core(Core::Server, || {
        let used = || Cpu::Thread.used().map_err(Fault::io("CPU time"));
        let (mut cpu, mut wall) = (Duration::ZERO, Duration::ZERO);
        let (mut failed, mut done) = (0u64, 0);
        while done < times {
            let numbers = done..times.min(done + batch.max(1));
            prepare(on, numbers.clone());
            let (before, began) = (used()?, world::now());
            for number in numbers.clone() {
                failed += u64::from(!black_box(work(on, number)));
            }
            wall += began.elapsed();
            cpu += used()?.saturating_sub(before);
            done = numbers.end;
        }
        if failed > 0 {
            return Err(Fault::new(format!("{failed} of {times} did not succeed")));
        }
        Ok(Sample {
            operations: times,
            wall,
            cpu,
            ..Sample::default()
        })
    })
}
