//! CPU time and cores.
//!
//! By the CPU clocks of a thread (`CLOCK_THREAD_CPUTIME_ID`) and of another process (`clock_getcpuclockid`): the kernel's
//! own sum of user and system time, of all threads, ended ones included. `getrusage` reports the same sum, but rounded,
//! as of the last tick, and not of another process while that runs. `nix` has these clocks without unsafe code on our
//! side; `rustix` does not.

use std::io;
use std::time::Duration;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

/// Whose CPU time.
#[derive(Debug, Clone)]
pub(crate) enum Cpu {
    /// Of whoever asks.
    Thread,
    /// Of these processes, together.
    Processes(Vec<u32>),
}

impl Cpu {
    /// What it has used so far.
    ///
    /// # Errors
    /// A process is gone.
    pub(crate) fn used(&self) -> io::Result<Duration> {
        match self {
            Self::Thread => Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into()),
            Self::Processes(ids) => {
                let mut sum = Duration::ZERO;
                for id in ids {
                    sum += of_process(*id)?;
                }
                Ok(sum)
            }
        }
    }
}

fn of_process(id: u32) -> io::Result<Duration> {
    let pid = Pid::from_raw(i32::try_from(id).map_err(io::Error::other)?);
    let clock: ClockId = clock_getcpuclockid(pid)?;
    Ok(clock.now()?.into())
}

/// The cores that this thread may run on.
pub(crate) fn cores() -> Vec<usize> {
    let set = sched_getaffinity(Pid::from_raw(0)).unwrap_or_default();
    (0..CpuSet::count())
        .filter(|core| set.is_set(*core).unwrap_or(false))
        .collect()
}

/// Does something on one core: the first this program may use for servers, the last for load. What is started
/// meanwhile inherits it. Where there is only one core, nothing is pinned.
pub(crate) fn on_core<T>(core: Core, work: impl FnOnce() -> T) -> T {
    let all = cores();
    let chosen = match core {
        Core::Server => all.first(),
        Core::Load => all.last(),
    };
    let pinned = chosen
        .filter(|_| all.len() > 1)
        .is_some_and(|core| pin(&[*core]).is_ok());
    let done = work();
    if pinned {
        let _ = pin(&all);
    }
    done
}

/// Which core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Core {
    /// Servers, and what is measured in process.
    Server,
    /// Load generators.
    Load,
}

fn pin(cores: &[usize]) -> nix::Result<()> {
    let mut set = CpuSet::new();
    for core in cores {
        set.set(*core)?;
    }
    sched_setaffinity(Pid::from_raw(0), &set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted_for_who_does_it() {
        let own = Cpu::Processes(vec![std::process::id()]);
        let (thread, process) = (Cpu::Thread.used().unwrap(), own.used().unwrap());
        let mut sum = 0u64;
        while Cpu::Thread.used().unwrap() < thread + Duration::from_millis(3) {
            sum = std::hint::black_box(sum + 1);
        }
        assert!(own.used().unwrap() >= process + Duration::from_millis(2), "{sum}");
        let other = std::thread::spawn(|| Cpu::Thread.used().unwrap()).join().unwrap();
        assert!(
            other < Cpu::Thread.used().unwrap(),
            "another thread's time is its own"
        );
    }

    #[test]
    fn a_process_that_is_gone_is_a_fault() {
        assert!(Cpu::Processes(vec![u32::MAX]).used().is_err());
    }

    #[test]
    fn a_pinned_thread_is_free_again_afterwards() {
        let before = cores();
        let during = on_core(Core::Server, cores);
        assert_eq!(during, before[..1], "one core");
        assert_eq!(cores(), before);
    }
}
