//! Work in this very thread.

use std::hint::black_box;

use super::cpu::{Core, Cpu, on_core};
use super::plan::{Fault, Sample};
use crate::world;

/// Does something so many times on the server's core, and counts this thread's time. The number of the time is passed.
///
/// # Errors
/// It did not succeed once.
pub(crate) fn in_process(times: u64, mut work: impl FnMut(u64) -> bool) -> Result<Sample, Fault> {
    on_core(Core::Server, || {
        let (cpu, began) = (Cpu::Thread.used().map_err(Fault::io("CPU time"))?, world::now());
        let mut failed = 0u64;
        for number in 0..times {
            failed += u64::from(!black_box(work(number)));
        }
        let wall = began.elapsed();
        let cpu = Cpu::Thread
            .used()
            .map_err(Fault::io("CPU time"))?
            .saturating_sub(cpu);
        if failed > 0 {
            return Err(Fault::new(format!("{failed} of {times} did not succeed")));
        }
        Ok(Sample {
            operations: times,
            wall,
            cpu,
            value: 0.0,
        })
    })
}
