//! Spawning so that nothing outlives the lab, and reaping so that no signal reaches a stranger.
//!
//! One of three files with `unsafe`; the others are in [`crate::platform`].

use std::{
    fs::File,
    io,
    os::unix::process::CommandExt,
    process::{Child, ChildStderr, ChildStdout, Command, ExitStatus},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, atomic::Ordering, mpsc},
    thread,
    time::Duration,
};

use rustix::{
    io::Errno,
    process::{Pid, Signal, kill_process_group, test_kill_process_group},
};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

use super::cpu::{Cgroup, CpuApplied, CpuShare, CpuUnavailable};
use super::{Exit, Observed};
use crate::platform::{exit, tether::Tether};

/// A process group: signalled only while its leader is unreaped, so that its id can't be a stranger's.
#[derive(Debug)]
pub(super) struct Group {
    id: Pid,
    reaped: Mutex<bool>,
    /// What ends it with the lab.
    tether: Tether,
    /// What holds its CPU share, removed when it is reaped.
    cgroup: Option<Cgroup>,
    pub(super) observed: Observed,
}

impl Group {
    pub(super) fn id(&self) -> Pid {
        self.id
    }

    pub(super) fn pid(&self) -> i32 {
        self.id.as_raw_nonzero().get()
    }

    /// Best effort: the group may be gone already.
    pub(super) fn signal(&self, signal: Signal) {
        let reaped = self.lock();
        if !*reaped {
            let _gone = kill_process_group(self.id, signal);
        }
    }

    pub(super) fn is_reaped(&self) -> bool {
        *self.lock()
    }

    /// How its CPU share is held; `None` if it was started without a control group.
    pub(super) fn cpu_applied(&self) -> Option<CpuApplied> {
        let cgroup = self.cgroup.as_ref()?;
        // Looked up, not assumed: a process that is over already has nothing left to limit.
        Some(if cgroup.holds(self.pid()) || test_kill_process_group(self.id).is_err() {
            CpuApplied::Cgroup(cgroup.hierarchy())
        } else {
            CpuApplied::NotApplied(CpuUnavailable::Join { group: cgroup.path().to_owned() })
        })
    }

    pub(super) fn set_cpu(&self, share: CpuShare) -> Result<(), CpuUnavailable> {
        let reaped = self.lock();
        let Some(cgroup) = self.cgroup.as_ref().filter(|_| !*reaped) else { return Ok(()) };
        cgroup.set(share).map_err(|error| {
            let (group, reason) = (cgroup.path().to_owned(), error.to_string());
            CpuUnavailable::Quota { group, reason }
        })
    }

    /// Kills all of it. To be called, with the lock held, before the leader is reaped: until then the id is its own.
    fn kill(&self) {
        let _gone = kill_process_group(self.id, Signal::KILL);
        self.tether.release();
    }

    fn remove_cgroup(&self) {
        if let Some(cgroup) = &self.cgroup {
            cgroup.remove();
        }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.reaped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The child itself. Whoever drops it kills its group, so that no path loses one.
pub(super) struct Leader {
    child: Child,
    group: Arc<Group>,
}

impl Leader {
    fn new(child: Child, tether: Tether, cgroup: Option<Cgroup>) -> Self {
        let (id, reaped) = (Pid::from_child(&child), Mutex::new(false));
        let group = Group { id, reaped, tether, cgroup, observed: Observed::default() };
        Self { child, group: Arc::new(group) }
    }

    pub(super) fn group(&self) -> Arc<Group> {
        Arc::clone(&self.group)
    }

    pub(super) fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    pub(super) fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Watches for its end in a task, which reaps it, ends what is left of the group, and tells.
    pub(super) fn watch(
        mut self,
        stdout: JoinHandle<()>,
        stderr: JoinHandle<()>,
    ) -> io::Result<watch::Receiver<Option<Exit>>> {
        let ended = exit::ended(self.group.id)?;
        let (tell, told) = watch::channel(None);
        tokio::spawn(async move {
            ended.await;
            let Ok(status) = self.reap() else { return };
            // All writers are dead, so the pipes end at once, unless someone left the group with one.
            let drained = async {
                let _ = stdout.await;
                let _ = stderr.await;
            };
            let _late = timeout(Duration::from_millis(100), drained).await;
            let out_of_memory = self.group.observed.out_of_memory.load(Ordering::Acquire);
            tell.send_replace(Some(Exit { status, out_of_memory }));
        });
        Ok(told)
    }

    /// Kills what is left of the group, then reaps the leader: in this order the id is still ours.
    fn reap(&mut self) -> io::Result<ExitStatus> {
        let mut reaped = self.group.lock();
        if !*reaped {
            self.group.kill();
        }
        let status = self.child.wait();
        *reaped = true;
        self.group.remove_cgroup();
        status
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        let mut reaped = self.group.lock();
        if !*reaped {
            self.group.kill();
            // Nobody watches any more. A killed process ends within a millisecond; one that the kernel holds
            // stays a zombie until the lab ends.
            for _ in 0..50 {
                *reaped = !matches!(self.child.try_wait(), Ok(None));
                if *reaped {
                    break;
                }
                thread::sleep(Duration::from_millis(1));
            }
            self.group.remove_cgroup();
        }
    }
}

/// Starts `command` as the leader of a new group that dies with this process, inside `cgroup` from its first
/// instruction.
pub(super) async fn spawn(command: Command, cgroup: Option<Cgroup>) -> io::Result<Leader> {
    let (reply, leader) = oneshot::channel();
    spawner().send(Job { command, cgroup, reply }).expect("the spawner thread never ends");
    leader.await.expect("the spawner thread answers every job")
}

struct Job {
    command: Command,
    cgroup: Option<Cgroup>,
    reply: oneshot::Sender<io::Result<Leader>>,
}

/// The one thread that forks. Linux's parent-death signal fires when the forking *thread* ends, and tokio's
/// threads come and go; this one lasts as long as the process.
fn spawner() -> &'static mpsc::Sender<Job> {
    static SPAWNER: OnceLock<mpsc::Sender<Job>> = OnceLock::new();
    SPAWNER.get_or_init(|| {
        let (jobs, queue) = mpsc::channel::<Job>();
        thread::Builder::new()
            .name("process-spawner".into())
            .spawn(move || {
                for mut job in queue {
                    let spawned = match start(&mut job.command, job.cgroup.as_ref()) {
                        Ok((child, tether)) => Ok(Leader::new(child, tether, job.cgroup)),
                        Err(error) => {
                            if let Some(cgroup) = job.cgroup {
                                cgroup.remove();
                            }
                            Err(error)
                        }
                    };
                    // If nobody waits any more, dropping the leader kills it.
                    let _unwanted = job.reply.send(spawned);
                }
            })
            .expect("a process that cannot start one thread cannot run anything");
        jobs
    })
}

/// Starts a child in a group of its own, inside `cgroup`, and tied to the lab.
fn start(command: &mut Command, cgroup: Option<&Cgroup>) -> io::Result<(Child, Tether)> {
    let tether = Tether::new()?;
    command.process_group(0);
    before_exec(command, cgroup.and_then(|cgroup| cgroup.door().ok()), tether.tie());
    match spawn_patiently(command) {
        Ok(child) => Ok((child, tether)),
        Err(error) => {
            tether.release();
            Err(error)
        }
    }
}

/// Spawns, and tries again while the executable is still open for writing somewhere: a program that was just
/// unpacked is, for an instant, in every child that was forked meanwhile and has not reached its `exec`.
fn spawn_patiently(command: &mut Command) -> io::Result<Child> {
    const PAUSE: Duration = Duration::from_millis(5);
    for _ in 0..20 {
        match command.spawn() {
            Err(error) if error.raw_os_error() == Some(Errno::TXTBSY.raw_os_error()) => thread::sleep(PAUSE),
            other => return other,
        }
    }
    command.spawn()
}

#[allow(unsafe_code)]
fn before_exec(command: &mut Command, cgroup: Option<File>, tie: impl Fn() -> io::Result<()> + Send + Sync + 'static) {
    let before_exec = move || {
        if let Some(cgroup) = &cgroup {
            // Whether it worked is looked up afterwards, in the group.
            let _looked_up = rustix::io::write(cgroup, b"0");
        }
        tie()
    };
    // SAFETY: the closure runs between fork and exec, where only async-signal-safe calls are allowed. It
    // makes a few plain system calls (rustix adds nothing to them) and builds errors from integers:
    // nothing allocates, locks, or touches memory that another thread may hold.
    unsafe { command.pre_exec(before_exec) };
}
