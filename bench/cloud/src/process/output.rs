//! What a process prints: dropped, or handed on line by line, bounded in every direction.

use std::{
    collections::VecDeque,
    fmt, io,
    os::fd::OwnedFd,
    process::Stdio,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{io::AsyncReadExt, net::unix::pipe, sync::mpsc, task::JoinHandle};

/// Longer lines are handed on in pieces. 64 KiB is what a Linux pipe holds.
const LINE_BYTES: usize = 64 * 1024;

/// Receives each line, without its line feed; it must not block.
type Sink = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// Where a stream of a process goes.
#[derive(Clone, Default)]
pub enum Output {
    /// Nowhere.
    #[default]
    Null,
    /// To a function, line by line, without the line feed. It is called in a task and must not block.
    Lines(Sink),
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Lines(_) => "Lines",
        })
    }
}

impl Output {
    /// To a function, line by line.
    pub fn to(sink: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        Self::Lines(Arc::new(sink))
    }

    /// To a stream of lines, e.g. to find a server's `listening on …`. At most `capacity` lines wait to be
    /// read, later ones are dropped: a reader who stops listening costs nothing.
    pub fn stream(capacity: usize) -> (Self, Lines) {
        let (lines, receiver) = mpsc::channel(capacity);
        let output = Self::to(move |line| {
            let _full_or_unread = lines.try_send(String::from_utf8_lossy(line).into_owned());
        });
        (output, Lines { receiver })
    }

    /// To the bounded memory of the last lines.
    pub fn tail(tail: &LogTail) -> Self {
        let tail = tail.clone();
        Self::to(move |line| tail.push(line))
    }

    pub(super) fn stdio(&self) -> Stdio {
        match self {
            Self::Null => Stdio::null(),
            Self::Lines(_) => Stdio::piped(),
        }
    }
}

/// Lines of a process as they come; see [`Output::stream`].
#[derive(Debug)]
pub struct Lines {
    receiver: mpsc::Receiver<String>,
}

impl Lines {
    /// The next line, or `None` when the process has closed the stream.
    pub async fn next(&mut self) -> Option<String> {
        self.receiver.recv().await
    }
}

/// The last bytes that a process printed, in whole lines. Clones share it.
#[derive(Clone, Debug)]
pub struct LogTail {
    shared: Arc<Mutex<Tail>>,
}

#[derive(Debug)]
struct Tail {
    bytes: VecDeque<u8>,
    capacity: usize,
}

impl LogTail {
    /// Keeps at most `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        Self { shared: Arc::new(Mutex::new(Tail { bytes: VecDeque::new(), capacity })) }
    }

    /// Appends a line and its line feed.
    pub fn push(&self, line: &[u8]) {
        let mut tail = self.lock();
        tail.bytes.extend(line);
        tail.bytes.push_back(b'\n');
        let excess = tail.bytes.len().saturating_sub(tail.capacity);
        tail.bytes.drain(..excess);
    }

    /// What it holds, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.lock().bytes.make_contiguous()).into_owned()
    }

    /// Takes what it holds, leaving it empty.
    pub fn take(&self) -> String {
        let bytes = std::mem::take(&mut self.lock().bytes);
        String::from_utf8_lossy(&Vec::from(bytes)).into_owned()
    }

    fn lock(&self) -> MutexGuard<'_, Tail> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a pipe to its end in a task.
pub(super) fn read(pipe: Option<impl Into<OwnedFd>>, output: Output) -> io::Result<JoinHandle<()>> {
    let (Some(pipe), Output::Lines(sink)) = (pipe, output) else {
        return Ok(tokio::spawn(std::future::ready(())));
    };
    let mut pipe = pipe::Receiver::from_owned_fd(pipe.into())?;
    Ok(tokio::spawn(async move {
        let mut buffer = Vec::with_capacity(4096);
        while let Ok(1..) = pipe.read_buf(&mut buffer).await {
            hand_on(&mut buffer, &sink);
        }
        if !buffer.is_empty() {
            sink(&buffer);
        }
    }))
}

/// Hands on all whole lines at the front of `buffer`, or all of it when it is too long for a line.
fn hand_on(buffer: &mut Vec<u8>, sink: &Sink) {
    let mut done = 0;
    while let Some(length) = buffer[done..].iter().position(|byte| *byte == b'\n') {
        sink(&buffer[done..done + length]);
        done += length + 1;
    }
    buffer.drain(..done);
    if buffer.len() >= LINE_BYTES {
        sink(buffer);
        buffer.clear();
    }
}
