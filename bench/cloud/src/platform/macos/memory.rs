//! Memory of a process group: its physical footprint, which is what macOS itself counts against an app and shows in
//! Activity Monitor.
//!
//! It is not Linux's resident memory: compressed pages count, clean pages of files don't. A child that has left the
//! group is not seen. The only file with foreign functions: it must not do more than read.

use std::mem::{MaybeUninit, size_of_val};

use libc::{RUSAGE_INFO_V4, c_int, pid_t, proc_listpgrppids, proc_pid_rusage, rusage_info_v4};

/// More processes than this are not looked at: a service has a handful of workers.
const MOST_PROCESSES: usize = 64;

/// What the group holds now, in bytes.
pub(crate) fn resident_bytes(leader: i32) -> u64 {
    usages(leader).map(|usage| usage.ri_phys_footprint).sum()
}

/// The most that each of its processes has held, added up.
pub(crate) fn peak_bytes(leader: i32) -> u64 {
    usages(leader).map(|usage| usage.ri_lifetime_max_phys_footprint).sum()
}

fn usages(leader: i32) -> impl Iterator<Item = rusage_info_v4> {
    // What is not filled in stays 0, which is no process to ask for.
    members(leader).into_iter().filter(|pid| *pid > 0).filter_map(usage)
}

/// The processes of the group.
#[allow(unsafe_code)]
fn members(leader: pid_t) -> [pid_t; MOST_PROCESSES] {
    let mut pids = [0; MOST_PROCESSES];
    let size = c_int::try_from(size_of_val(&pids)).expect("it is 256");
    // SAFETY: the kernel writes at most `size` bytes, all of them integers, and the array has that many.
    let _gone = unsafe { proc_listpgrppids(leader, pids.as_mut_ptr().cast(), size) };
    pids
}

/// What the kernel knows of a process; `None` if there is no such process.
#[allow(unsafe_code)]
fn usage(pid: pid_t) -> Option<rusage_info_v4> {
    let mut usage = MaybeUninit::<rusage_info_v4>::zeroed();
    // SAFETY: this flavour fills in this structure, which the pointer has room for.
    let result = unsafe { proc_pid_rusage(pid, RUSAGE_INFO_V4, usage.as_mut_ptr().cast()) };
    // SAFETY: it is made of integers, for which the zeros that it began with are values too.
    (result == 0).then(|| unsafe { usage.assume_init() })
}
