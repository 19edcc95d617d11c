//! One control group: made, set, joined, removed; and what a killed lab left behind, cleaned up.
//!
//! A group's name carries the lab that made it, `aws-lab-PID-STARTED-N`: so every lab can distinguish its own, a living
//! one's and a dead one's.

use std::env::consts::OS;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::mount::{Candidates, candidates};
use super::{CpuShare, CpuUnavailable, Hierarchy};

const PREFIX: &str = "aws-lab-";

/// Tries, a millisecond apart. A killed process leaves its group at its next turn on a processor: within a millisecond
/// or so, and within some tens where a busy machine makes it wait.
const REMOVE_TRIES: usize = 100;

/// A group with a CPU quota.
#[derive(Debug)]
pub(in crate::process) struct Cgroup {
    hierarchy: Hierarchy,
    path: PathBuf,
}

impl Cgroup {
    /// Makes a group with this share. The first call cleans up what dead labs left.
    pub(in crate::process) fn create(share: CpuShare) -> Result<Self, CpuUnavailable> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let (hierarchy, parent) = parent()?;
        let me = std::process::id();
        let (started, n) = (started(me).unwrap_or(0), NEXT.fetch_add(1, Ordering::Relaxed));
        let group = Self { hierarchy: *hierarchy, path: parent.join(format!("{PREFIX}{me}-{started}-{n}")) };
        fs::create_dir(&group.path).map_err(|error| create_error(*hierarchy, parent, &error))?;
        match group.set(share) {
            Ok(()) => Ok(group),
            Err(error) => {
                group.remove();
                Err(CpuUnavailable::Quota { group: group.path, reason: error.to_string() })
            }
        }
    }

    pub(in crate::process) fn hierarchy(&self) -> Hierarchy {
        self.hierarchy
    }

    pub(in crate::process) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it another share, at once.
    pub(in crate::process) fn set(&self, share: CpuShare) -> io::Result<()> {
        let (quota, period) = share.microseconds();
        match self.hierarchy {
            Hierarchy::V1 => {
                fs::write(self.path.join("cpu.cfs_period_us"), period.to_string())?;
                fs::write(self.path.join("cpu.cfs_quota_us"), quota.to_string())
            }
            Hierarchy::V2 => fs::write(self.path.join("cpu.max"), format!("{quota} {period}")),
        }
    }

    /// A file through which a process joins: it writes `0`, which stands for itself.
    pub(in crate::process) fn door(&self) -> io::Result<File> {
        OpenOptions::new().write(true).open(self.path.join("cgroup.procs"))
    }

    /// Whether a process is in it.
    pub(in crate::process) fn holds(&self, pid: i32) -> bool {
        members(&self.path).contains(&pid)
    }

    /// Kills whoever is still in it and removes it, if it is there.
    pub(in crate::process) fn remove(&self) {
        if fs::remove_dir(&self.path).is_err() {
            // Who has used up the share would wait for the next period, even to die.
            let _gone = match self.hierarchy {
                Hierarchy::V1 => fs::write(self.path.join("cpu.cfs_quota_us"), "-1"),
                Hierarchy::V2 => fs::write(self.path.join("cpu.max"), "max"),
            };
            remove(&self.path);
        }
    }
}

/// Where this lab's groups are made.
fn parent() -> Result<&'static (Hierarchy, PathBuf), CpuUnavailable> {
    static PARENT: OnceLock<Result<(Hierarchy, PathBuf), CpuUnavailable>> = OnceLock::new();
    PARENT
        .get_or_init(|| {
            if OS != "linux" {
                return Err(CpuUnavailable::System(OS));
            }
            let read = |file| fs::read_to_string(file).unwrap_or_default();
            let Candidates { hierarchy, parents } =
                candidates(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"))
                    .ok_or(CpuUnavailable::NoController)?;
            let mut last = CpuUnavailable::NoController;
            for parent in parents {
                match usable(hierarchy, &parent) {
                    Ok(()) => {
                        remove_leftovers(&parent);
                        return Ok((hierarchy, parent));
                    }
                    Err(error) => last = create_error(hierarchy, &parent, &error),
                }
            }
            Err(last)
        })
        .as_ref()
        .map_err(Clone::clone)
}

/// Whether groups in `parent` get a CPU controller and can be made.
fn usable(hierarchy: Hierarchy, parent: &Path) -> io::Result<()> {
    if hierarchy == Hierarchy::V2 {
        let handed_on = fs::read_to_string(parent.join("cgroup.subtree_control"))?;
        if !handed_on.split_ascii_whitespace().any(|controller| controller == "cpu") {
            fs::write(parent.join("cgroup.subtree_control"), "+cpu")?;
        }
    }
    let trial = parent.join(format!("{PREFIX}{}-trial", std::process::id()));
    fs::create_dir(&trial)?;
    fs::remove_dir(&trial)
}

fn create_error(hierarchy: Hierarchy, parent: &Path, error: &io::Error) -> CpuUnavailable {
    let remedy = hierarchy.remedy_here();
    CpuUnavailable::Create { parent: parent.to_owned(), reason: error.to_string(), remedy }
}

/// Ends and removes the groups of labs that have ended.
fn remove_leftovers(parent: &Path) {
    let Ok(groups) = fs::read_dir(parent) else { return };
    for group in groups.flatten() {
        if group.file_name().to_str().and_then(maker).is_some_and(|(pid, start)| started(pid) != Some(start)) {
            remove(&group.path());
        }
    }
}

/// Process id and start time of the lab that made a group of this name.
fn maker(group: &str) -> Option<(u32, u64)> {
    let mut parts = group.strip_prefix(PREFIX)?.split('-');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// When a process started, in ticks since the system did: field 22 of its `stat`. With the id it is unique.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces; what follows it starts with field 3.
    stat.rsplit_once(") ")?.1.split(' ').nth(19)?.parse().ok()
}

fn members(group: &Path) -> Vec<i32> {
    let list = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    list.lines().filter_map(|pid| pid.parse().ok()).collect()
}

fn remove(group: &Path) {
    for _ in 0..REMOVE_TRIES {
        match fs::remove_dir(group) {
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {}
            Ok(()) | Err(_) => return,
        }
        // Zero stands for a process of another namespace, which is no process to signal.
        for pid in members(group).into_iter().filter_map(Pid::from_raw) {
            let _gone = kill_process(pid, Signal::KILL);
        }
        thread::sleep(Duration::from_millis(1));
    }
    tracing::warn!(group = %group.display(), "the cgroup is still in use; the next lab removes it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_groups_name_names_its_maker() {
        assert_eq!(maker("aws-lab-12-345-6"), Some((12, 345)));
        for other in ["aws-lab-12-trial", "aws-lab-x-1-2", "user.slice", "aws-lab-"] {
            assert_eq!(maker(other), None, "{other}");
        }
    }

    #[test]
    fn what_a_dead_lab_left_goes_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let me = std::process::id();
        let names = [
            format!("{PREFIX}{me}-{}-0", started(me).unwrap()),
            // The id is in use again, by a process that started at another time.
            format!("{PREFIX}{me}-1-0"),
            format!("{PREFIX}{}-1-7", u32::MAX),
            "user.slice".to_owned(),
        ];
        let folders = names.map(|name| parent.path().join(name));
        folders.iter().for_each(|folder| fs::create_dir(folder).unwrap());
        remove_leftovers(parent.path());
        assert_eq!(folders.map(|folder| folder.exists()), [true, false, false, true]);
    }

    #[test]
    fn this_process_has_a_start_time_and_a_dead_one_has_none() {
        assert!(started(std::process::id()).is_some());
        assert_eq!(started(u32::MAX), None);
    }
}
