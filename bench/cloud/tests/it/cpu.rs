//! CPU shares. Where this machine has no usable control groups, these tests are skipped.
//! How exact a share is, `cargo bench -p cloud --bench profile` shows; here only what can't fail on a busy machine.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cloud::lambda::{FunctionConfig, LambdaConfig, Slowness};
use cloud::process::{CpuApplied, CpuShare, Hierarchy, Limits, Process, ProcessSpec, cpu_support};
use cloud::{Delay, Distribution};
use require::require;

use super::lambda_support::{Fixture, soon};

/// How shares are held here.
fn hierarchy() -> Option<Hierarchy> {
    require("cgroup", cpu_support())
}

fn share(vcpus: f64, period_ms: u64) -> CpuShare {
    CpuShare { vcpus, period: Duration::from_millis(period_ms) }
}

fn shell(script: &str, cpu: CpuShare) -> ProcessSpec {
    let limits = Limits::default().with_cpu(Some(cpu));
    ProcessSpec { program: "/bin/sh".into(), args: vec!["-c".into(), script.into()], limits, ..ProcessSpec::default() }
}

/// The folder of a process's control group, which has the CPU controller.
fn group(pid: i32, hierarchy: Hierarchy) -> PathBuf {
    let memberships = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
    let own = memberships.lines().find_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let wanted = match hierarchy {
            Hierarchy::V1 => controllers.split(',').any(|controller| controller == "cpu"),
            Hierarchy::V2 => controllers.is_empty(),
        };
        wanted.then(|| path.rsplit('/').next().unwrap().to_owned())
    });
    find(Path::new("/sys/fs/cgroup"), &own.unwrap()).unwrap()
}

/// A folder of that name with a quota in it.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let here = folder.join(name);
    if here.join("cpu.cfs_quota_us").exists() || here.join("cpu.max").exists() {
        return Some(here);
    }
    let folders =
        std::fs::read_dir(folder).ok()?.flatten().filter(|entry| entry.file_type().is_ok_and(|it| it.is_dir()));
    folders.map(|entry| entry.path()).find_map(|folder| find(&folder, name))
}

/// Quota and period in µs.
fn quota(group: &Path, hierarchy: Hierarchy) -> String {
    let read = |file| std::fs::read_to_string(group.join(file)).unwrap().trim().to_owned();
    match hierarchy {
        Hierarchy::V1 => format!("{} {}", read("cpu.cfs_quota_us"), read("cpu.cfs_period_us")),
        Hierarchy::V2 => read("cpu.max"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_and_its_children_share_one_share() {
    let Some(hierarchy) = hierarchy() else { return };
    let spin = "while :; do :; done";
    let process = Process::spawn(shell(&format!("({spin}) & {spin}"), share(0.1, 20))).await.unwrap();
    assert_eq!(process.cpu_applied(), CpuApplied::Cgroup(hierarchy));
    let group = group(process.pid(), hierarchy);
    let members = || std::fs::read_to_string(group.join("cgroup.procs")).unwrap();
    soon(async {
        while members().lines().count() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let used = || -> u64 { members().lines().map(cpu_ns).sum() };
    let (begun, before) = (Instant::now(), used());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ratio = (used() - before) as f64 / begun.elapsed().as_nanos() as f64;
    // It may get less where others are busy, never more; two periods of slack.
    assert!(ratio < 0.1 * 1.1 + 0.004, "{ratio}");
    soon(process.end(Duration::ZERO)).await.unwrap();
    assert!(!group.exists(), "its group goes with it");
}

/// CPU time of a process with one thread.
fn cpu_ns(pid: &str) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap();
    stat.split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_process_takes_its_group_with_it() {
    let Some(hierarchy) = hierarchy() else { return };
    let process = Process::spawn(shell("sleep 60 & sleep 60", share(0.25, 100))).await.unwrap();
    let group = group(process.pid(), hierarchy);
    assert_eq!(quota(&group, hierarchy), "25000 100000");
    drop(process);
    soon(async {
        while group.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_missing_leaves_no_group() {
    let Some(_) = hierarchy() else { return };
    let mine = || count(Path::new("/sys/fs/cgroup"), &format!("aws-lab-{}-", std::process::id()));
    let spec = ProcessSpec { program: "/does/not/exist".into(), ..shell("", share(0.5, 100)) };
    for _ in 0..20 {
        Process::spawn(spec.clone()).await.unwrap_err();
    }
    // Other tests have some for a moment, none has twenty.
    assert!(mine() < 20);
}

fn count(folder: &Path, prefix: &str) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|it| it.is_dir()));
    folders
        .map(|it| usize::from(it.file_name().to_string_lossy().starts_with(prefix)) + count(&it.path(), prefix))
        .sum()
}

#[tokio::test]
async fn a_process_without_a_share_is_in_no_group_of_ours() {
    let spec = ProcessSpec { limits: Limits::default(), ..shell("sleep 60", share(1.0, 100)) };
    let process = Process::spawn(spec).await.unwrap();
    assert_eq!(process.cpu_applied(), CpuApplied::Unlimited);
    process.set_cpu(share(0.5, 100));
    assert_eq!(process.cpu_applied(), CpuApplied::Unlimited);
    let memberships = std::fs::read_to_string(format!("/proc/{}/cgroup", process.pid())).unwrap();
    assert!(!memberships.contains("aws-lab-"), "{memberships}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_has_a_whole_vcpu_to_initialise_and_its_share_from_then_on() {
    let Some(hierarchy) = hierarchy() else { return };
    let short = || Delay::new(Distribution::new(0.1, 0.2, "a test").unwrap(), 1, "short");
    let slowness =
        Slowness { invoke: short(), cold: short(), vpc: Delay::none(), init_cpu: share(1.0, 20), cpu: share(0.5, 20) };
    let slow = |config: &mut FunctionConfig| {
        config.slowness = Some(slowness);
        config.env.insert("INIT".into(), "slow".into());
    };
    let fixture = Fixture::with(slow, LambdaConfig::default()).await;
    assert_eq!(fixture.function.cpu_applied(), None);
    let function = fixture.function.clone();
    let call = tokio::spawn(async move { function.invoke("{}").await });
    // It sleeps 0.3 s before it asks for work; nobody but the process table knows it yet.
    let initialising = soon(async {
        loop {
            if let Some(group) = initialising(hierarchy, &fixture.code.path().join("bootstrap")) {
                return group;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
    assert_eq!(quota(&initialising, hierarchy), "20000 20000");
    soon(call).await.unwrap();
    assert_eq!(quota(&initialising, hierarchy), "10000 20000");
    assert_eq!(fixture.function.cpu_applied(), Some(CpuApplied::Cgroup(hierarchy)));
}

/// The group of the process that runs `program`, a link, in the folder of the link. Between fork and exec it is there
/// already, and in no group yet.
fn initialising(hierarchy: Hierarchy, program: &Path) -> Option<PathBuf> {
    let (folder, executable) = (program.parent()?, program.canonicalize().ok()?);
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let mut pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let link = |pid: i32, name: &str| std::fs::read_link(format!("/proc/{pid}/{name}")).ok();
    let pid = pids.find(|pid| {
        link(*pid, "cwd").is_some_and(|it| it == folder) && link(*pid, "exe").is_some_and(|it| it == executable)
    })?;
    Some(group(pid, hierarchy))
}
