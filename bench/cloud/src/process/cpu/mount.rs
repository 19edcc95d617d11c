//! Where control groups with a CPU controller can be made: read from what the kernel shows of this process.

use std::path::{Path, PathBuf};

use super::Hierarchy;

/// Folders in which a group may be tried, the best first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Candidates {
    pub(super) hierarchy: Hierarchy,
    pub(super) parents: Vec<PathBuf>,
}

/// From `/proc/self/mountinfo` and `/proc/self/cgroup`; `None` if no hierarchy can have the controller.
///
/// With v1 a group is made in the lab's own, and so stays under its limits. With v2 a group that holds processes,
/// as the lab's own does, can't hand the controller on to groups inside it ("no internal processes" in
/// <https://docs.kernel.org/admin-guide/cgroup-v2.html>), so its ancestors are tried after it.
pub(super) fn candidates(mounts: &str, memberships: &str) -> Option<Candidates> {
    let mounts: Vec<Mount<'_>> = mounts.lines().filter_map(Mount::parse).collect();
    if let Some(mount) = mounts.iter().find(|mount| mount.kind == "cgroup" && has(mount.options, "cpu")) {
        let own = memberships.lines().find_map(|line| {
            let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
            has(controllers, "cpu").then_some(path)
        });
        let parents = vec![mount.folder_of(own.unwrap_or("/"))];
        return Some(Candidates { hierarchy: Hierarchy::V1, parents });
    }
    let mount = mounts.iter().find(|mount| mount.kind == "cgroup2")?;
    let own = mount.folder_of(memberships.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/"));
    let parents = own.ancestors().take_while(|folder| folder.starts_with(mount.point)).map(Path::to_owned).collect();
    Some(Candidates { hierarchy: Hierarchy::V2, parents })
}

/// Whether a comma-separated list has a word.
fn has(list: &str, word: &str) -> bool {
    list.split(',').any(|entry| entry == word)
}

/// A line of `mountinfo`: `… root point … - kind source options`.
/// <https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html>
struct Mount<'a> {
    root: &'a str,
    point: &'a str,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (place, what) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let mut what = what.split(' ');
        Some(Self { root: place.next()?, point: place.next()?, kind: what.next()?, options: what.nth(1)? })
    }

    /// Where a group is seen: its path without what lies above the mount's root.
    fn folder_of(&self, group: &str) -> PathBuf {
        let inside = Path::new(group).strip_prefix(self.root).unwrap_or(Path::new(""));
        if inside.as_os_str().is_empty() { self.point.into() } else { Path::new(self.point).join(inside) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw";

    const V2: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate";

    #[track_caller]
    fn check(mounts: &str, memberships: &str, hierarchy: Hierarchy, parents: &[&str]) {
        let parents = parents.iter().map(PathBuf::from).collect();
        assert_eq!(candidates(mounts, memberships), Some(Candidates { hierarchy, parents }));
    }

    #[test]
    fn with_v1_the_labs_own_group_is_the_only_candidate() {
        check(V1, "4:memory:/x\n1:cpu:/\n0::/", Hierarchy::V1, &["/sys/fs/cgroup/cpu"]);
        check(V1, "1:cpu:/a/b\n0::/", Hierarchy::V1, &["/sys/fs/cgroup/cpu/a/b"]);
        let together = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct";
        check(together, "3:cpu,cpuacct:/a", Hierarchy::V1, &["/sys/fs/cgroup/cpu,cpuacct/a"]);
    }

    #[test]
    fn with_v2_the_labs_own_group_and_all_above_it_are_tried() {
        check(V2, "0::/", Hierarchy::V2, &["/sys/fs/cgroup"]);
        let parents = ["/sys/fs/cgroup/user.slice/s", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup"];
        check(V2, "0::/user.slice/s", Hierarchy::V2, &parents);
        // In a scope of `systemd-run --user`: the slice above it is the user's.
        let manager = "/user.slice/user-1000.slice/user@1000.service";
        let candidates = candidates(V2, &format!("0::{manager}/app.slice/run-1.scope")).expect("some");
        assert_eq!(candidates.parents[1], Path::new(&format!("/sys/fs/cgroup{manager}/app.slice")));
    }

    #[test]
    fn a_container_sees_its_group_at_the_mounts_root() {
        let mounts = "32 31 0:29 /docker/c /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu";
        check(mounts, "1:cpu:/docker/c", Hierarchy::V1, &["/sys/fs/cgroup/cpu"]);
        check(mounts, "1:cpu:/docker/c/d", Hierarchy::V1, &["/sys/fs/cgroup/cpu/d"]);
    }

    #[test]
    fn without_a_controller_there_is_none() {
        assert_eq!(candidates("24 23 0:5 / /proc rw - proc proc rw", "0::/"), None);
    }
}
