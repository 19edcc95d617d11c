//! Spawning so that nothing outlives the lab, and reaping so that no signal reaches a stranger.
//!
//! One of three files with `unsafe`; the others are in [`crate::platform`].

use std::{
    ffi::{CString, OsStr, OsString},
    fs::File,
    io,
    os::unix::{ffi::OsStrExt, process::CommandExt},
    path::Path,
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
use crate::platform::family::{Identity, descendants, orphans};
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
    /// Descendants that were seen when the group was asked to end: some may have left the group.
    family: Mutex<Vec<Identity>>,
    /// What its descendants have in their environment and no others, as `NAME=value`.
    mark: Option<OsString>,
    pub(super) observed: Observed,
}

impl Group {
    pub(super) fn id(&self) -> Pid {
        self.id
    }

    pub(super) fn pid(&self) -> i32 {
        self.id.as_raw_nonzero().get()
    }

    /// Best effort: the group may have ended already.
    pub(super) fn signal(&self, signal: Signal) {
        let reaped = self.lock();
        if *reaped {
            return;
        }
        match signal {
            Signal::KILL => self.kill(),
            Signal::TERM => {
                // Later nobody may know any more whose children they were.
                self.remember_family();
                let _ended = kill_process_group(self.id, signal);
            }
            _ => drop(kill_process_group(self.id, signal)),
        }
    }

    /// Adds the descendants that there are now to those known.
    fn remember_family(&self) {
        let mut family = self.family.lock().unwrap_or_else(PoisonError::into_inner);
        family.extend(descendants(self.pid()));
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
            let (group, remedy) = (cgroup.path().to_owned(), cgroup.hierarchy().remedy_here());
            CpuApplied::NotApplied(CpuUnavailable::Join { group, remedy })
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

    /// Kills all of it, and descendants that left the group (`setsid`), daemons too where it has a mark. To be called,
    /// with the lock held, before the leader is reaped: until then the id is its own.
    fn kill(&self) {
        self.remember_family();
        let _ended = kill_process_group(self.id, Signal::KILL);
        let family = std::mem::take(&mut *self.family.lock().unwrap_or_else(PoisonError::into_inner));
        let orphans = self.mark.iter().flat_map(|mark| orphans(mark.as_bytes()));
        family.into_iter().chain(orphans).for_each(Identity::kill);
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
    fn new(child: Child, tether: Tether, cgroup: Option<Cgroup>, mark: Option<OsString>) -> Self {
        let (id, reaped) = (Pid::from_child(&child), Mutex::new(false));
        let family = Mutex::default();
        let group = Group { id, reaped, tether, cgroup, family, mark, observed: Observed::default() };
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

    /// Watches for its end in a task, which reaps it, ends what is left of the group, and reports it.
    pub(super) fn watch(
        mut self,
        stdout: JoinHandle<()>,
        stderr: JoinHandle<()>,
    ) -> io::Result<watch::Receiver<Option<Exit>>> {
        let ended = exit::ended(self.group.id)?;
        let (send, receive) = watch::channel(None);
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
            send.send_replace(Some(Exit { status, out_of_memory }));
        });
        Ok(receive)
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
pub(super) async fn spawn(
    command: Command,
    exec: Option<Exec>,
    cgroup: Option<Cgroup>,
    mark: Option<OsString>,
) -> io::Result<Leader> {
    let (reply, leader) = oneshot::channel();
    spawner().send(Job { command, exec, cgroup, mark, reply }).expect("the spawner thread never ends");
    leader.await.expect("the spawner thread answers every job")
}

/// A program, its arguments and its whole environment, as the system call takes them.
///
/// The library's own way to start a program hands one that the kernel refuses (`ENOEXEC`) to a shell, which then fails
/// in words of its own. Lambda does not.
pub(super) struct Exec {
    program: CString,
    args: Vec<CString>,
    env: Vec<CString>,
}

impl Exec {
    /// `None` for a program that is searched in `PATH`, or where something holds a zero byte.
    pub(super) fn new(
        program: &Path,
        args: &[OsString],
        env: &std::collections::BTreeMap<OsString, OsString>,
    ) -> Option<Self> {
        if !program.is_absolute() {
            return None;
        }
        let text = |text: &OsStr| CString::new(text.as_bytes()).ok();
        let variable = |(name, value): (&OsString, &OsString)| {
            let mut pair = name.clone();
            pair.push("=");
            pair.push(value);
            text(&pair)
        };
        let program = text(program.as_os_str())?;
        let args = std::iter::once(Some(program.clone())).chain(args.iter().map(|argument| text(argument)));
        Some(Self {
            args: args.collect::<Option<_>>()?,
            env: env.iter().map(variable).collect::<Option<_>>()?,
            program,
        })
    }
}

struct Job {
    command: Command,
    exec: Option<Exec>,
    cgroup: Option<Cgroup>,
    mark: Option<OsString>,
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
                    let spawned = match start(&mut job.command, job.exec.take(), job.cgroup.as_ref()) {
                        Ok((child, tether)) => Ok(Leader::new(child, tether, job.cgroup, job.mark)),
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
fn start(command: &mut Command, exec: Option<Exec>, cgroup: Option<&Cgroup>) -> io::Result<(Child, Tether)> {
    let tether = Tether::new()?;
    command.process_group(0);
    before_exec(command, exec, cgroup.and_then(|cgroup| cgroup.door().ok()), tether.tie());
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

/// Pointers to strings, and a null at their end, as `execve` takes them.
struct Pointers(Vec<*const libc::c_char>);

// SAFETY: the strings belong to the `Exec` beside which the closure below keeps this, and nobody changes them.
#[allow(unsafe_code)]
unsafe impl Send for Pointers {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Sync for Pointers {}

impl Pointers {
    fn to(strings: &[CString]) -> Self {
        Self(strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect())
    }

    fn as_ptr(&self) -> *const *const libc::c_char {
        self.0.as_ptr()
    }
}

#[allow(unsafe_code)]
fn before_exec(
    command: &mut Command,
    exec: Option<Exec>,
    cgroup: Option<File>,
    tie: impl Fn() -> io::Result<()> + Send + Sync + 'static,
) {
    // Moving the strings into the closure does not move what they point to.
    let exec = exec.map(|exec| (Pointers::to(&exec.args), Pointers::to(&exec.env), exec));
    let before_exec = move || {
        if let Some(cgroup) = &cgroup {
            // Whether it worked is looked up afterwards, in the group.
            let _looked_up = rustix::io::write(cgroup, b"0");
        }
        tie()?;
        let Some((args, env, exec)) = &exec else { return Ok(()) };
        // SAFETY: all three are valid until this process is replaced, the lists end in null, and the strings in zero.
        unsafe { libc::execve(exec.program.as_ptr(), args.as_ptr(), env.as_ptr()) };
        // It returns only if it failed; whoever forks gets the error.
        Err(io::Error::last_os_error())
    };
    // SAFETY: the closure runs between fork and exec, where only async-signal-safe calls are allowed. It
    // makes a few plain system calls (rustix adds nothing to them) and builds errors from integers:
    // nothing allocates, locks, or touches memory that another thread may hold.
    unsafe { command.pre_exec(before_exec) };
}
