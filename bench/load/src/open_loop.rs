//! The open-loop load: calls begin when they are due, whether or not earlier ones have their answers. A latency is counted
//! from when its call was due, so that a service that stalls is charged for all calls that came meanwhile: there is no
//! coordinated omission (Schroeder, Wierman and Harchol-Balter, "Open versus closed: a cautionary tale", NSDI 2006).
//!
//! oha's own (`-q`) is not taken: its timer ticks in milliseconds, so that faster calls begin in bursts, and it takes
//! a call for due when it came to send it. Here each connection is a thread that takes the next call, sleeps until
//! that is due, and makes it. Calls are due at random, as those of independent callers are (a Poisson process).
//!
//! Of a mix of requests it makes the closed loop too, where each connection makes its next call when it has an answer: oha
//! makes one kind of request.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Barrier, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use http::Request;
use http::header::HOST;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::pace::open_files;
use crate::{CALL_TIMEOUT, Call, LoadSpec, Mix, Pace, Start, samples};

/// Makes the calls of a load, at its rate or as fast as answers come, and leaves their samples as oha would.
///
/// # Errors
/// When the URL can't be called, or the samples can't be written.
pub(crate) fn run(spec: &LoadSpec, csv: &Path) -> anyhow::Result<()> {
    let address = spec.url.strip_prefix("http://").context("our own loop is of an http:// URL only")?;
    let (authority, path) = address.split_once('/').unwrap_or((address, ""));
    let load = Load {
        request: Request::get(format!("/{path}")).header(HOST, authority).body(Full::default())?,
        mix: spec.mix.clone(),
        number: AtomicU64::new(spec.mix.as_ref().map_or(0, |mix| mix.first)),
        authority: authority.to_owned(),
        calls: spec.calls as usize,
        due: spec.per_second.map(|per_second| match spec.start {
            None => due(per_second, spec.calls),
            Some(Start { seed, .. }) => due_within(per_second, spec.calls, seed),
        }),
        next: AtomicUsize::new(0),
        origin: Instant::now(),
        open: Barrier::new(spec.connections as usize),
        start: spec.start.map(|start| SystemTime::UNIX_EPOCH + Duration::from_millis(start.unix_ms)),
        begun: OnceLock::new(),
        late_ns: AtomicU64::new(u64::MAX),
        last_left_ns: AtomicU64::new(0),
        open_files: OnceLock::new(),
    };
    let mut calls = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..spec.connections).map(|_| scope.spawn(|| load.over_one_connection())).collect();
        let ended = threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a thread broke"))?);
        ended.collect::<anyhow::Result<Vec<_>>>()
    })?
    .concat();
    calls.sort_by_key(|(call, _)| call.start);
    let mut file = BufWriter::new(std::fs::File::create(csv)?);
    file.write_all(samples::written(&calls).as_bytes())?;
    if spec.start.is_some() {
        load.pace().write(csv)?;
    }
    Ok(file.flush()?)
}

/// When calls are due: gaps are exponential. The same each time.
fn due(per_second: f64, calls: u32) -> Vec<Duration> {
    let mut random = fastrand::Rng::with_seed(0);
    let mut at_s = 0.0;
    let mut next = || {
        at_s -= (1.0 - random.f64()).ln() / per_second;
        Duration::from_secs_f64(at_s)
    };
    (0..calls).map(|_| next()).collect()
}

/// The same of a load that is to last as long as its calls take at the rate: so many points of that time at random, which
/// is what a Poisson process is where its number of calls is known (Ross, *Introduction to Probability Models*, §5.3.5).
fn due_within(per_second: f64, calls: u32, seed: u64) -> Vec<Duration> {
    let mut random = fastrand::Rng::with_seed(seed);
    let length_s = f64::from(calls) / per_second;
    let mut due: Vec<_> = (0..calls).map(|_| Duration::from_secs_f64(random.f64() * length_s)).collect();
    due.sort_unstable();
    due
}

struct Load {
    request: Request<Full<Bytes>>,
    mix: Option<Mix>,
    /// Of the mix's next call.
    number: AtomicU64,
    authority: String,
    /// That are due, or in all.
    calls: usize,
    /// Of an open loop: when each is.
    due: Option<Vec<Duration>>,
    /// The index of the call that nobody has taken yet.
    next: AtomicUsize,
    origin: Instant,
    /// All connections are.
    open: Barrier,
    /// When it is to begin; absent where it begins when all connections are open.
    start: Option<SystemTime>,
    /// When it began; or how long before its connections were open it was to.
    begun: OnceLock<Result<Instant, Duration>>,
    /// How late the first thread woke for the beginning.
    late_ns: AtomicU64,
    /// When the last call left, from the beginning.
    last_left_ns: AtomicU64,
    open_files: OnceLock<Option<u32>>,
}

/// An answer: its status, the bytes of its body, and whether the status was expected, where that depends on the request.
struct Answer {
    status: u16,
    bytes: u64,
    expected: Option<bool>,
    /// Whether its call opened a connection.
    opened: bool,
}

impl Load {
    /// The answered calls of one connection, each with its bytes. The first one opens it; of an open loop before any call is
    /// due.
    fn over_one_connection(&self) -> anyhow::Result<Vec<(Call, u64)>> {
        sleep_precisely();
        let runtime = Builder::new_current_thread().enable_all().build();
        let mut calls = Vec::new();
        let mut connection = None;
        if let Ok(runtime) = &runtime
            && (self.due.is_some() || self.next.fetch_add(1, Ordering::Relaxed) < self.calls)
        {
            let begun = Instant::now();
            let answer = self.call(runtime, &mut connection);
            calls.extend(answer.map(|answer| self.answered(begun, &answer, true)));
        }
        if self.open.wait().is_leader() && self.start.is_some() {
            self.open_files.get_or_init(open_files);
        }
        let runtime = runtime?;
        let begun = match self.begun.get_or_init(|| self.begin()) {
            Ok(begun) => *begun,
            Err(late) => bail!("late: its connections were open {} ms after it was to begin", late.as_millis()),
        };
        if let Some(start) = self.start {
            std::thread::sleep(begun.saturating_duration_since(Instant::now()));
            self.late_ns.fetch_min(nanoseconds(start.elapsed().unwrap_or_default()), Ordering::Relaxed);
        }
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.calls {
                return Ok(calls);
            }
            let due = match &self.due {
                Some(due) => begun + due[index],
                None => Instant::now(),
            };
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            self.last_left_ns.fetch_max(nanoseconds(begun.elapsed()), Ordering::Relaxed);
            // Its caller has given up before a connection was free: then it has no answer.
            if due.elapsed() < CALL_TIMEOUT
                && let Some(answer) = self.call(&runtime, &mut connection)
            {
                calls.push(self.answered(due, &answer, answer.opened && self.due.is_none()));
            }
        }
    }

    /// When it begins.
    fn begin(&self) -> Result<Instant, Duration> {
        match self.start.map(|start| start.duration_since(SystemTime::now())) {
            None => Ok(Instant::now()),
            Some(Ok(left)) => Ok(Instant::now() + left),
            Some(Err(late)) => Err(late.duration()),
        }
    }

    fn pace(&self) -> Pace {
        Pace {
            late_ms: self.late_ns.load(Ordering::Relaxed) as f64 / 1e6,
            last_left_s: self.last_left_ns.load(Ordering::Relaxed) as f64 / 1e9,
            open_files: self.open_files.get().copied().flatten(),
        }
    }

    fn answered(&self, start: Instant, answer: &Answer, opening: bool) -> (Call, u64) {
        let (duration, start) = (start.elapsed(), start.saturating_duration_since(self.origin));
        let Answer { status, bytes, expected, opened: _ } = *answer;
        // An open loop begins when all of these are answered.
        (Call { start, duration, connecting: opening.then_some(duration), status, expected }, bytes)
    }

    /// The answer to one call, over a new connection where there is none; nothing where there was no answer.
    fn call(&self, runtime: &Runtime, connection: &mut Option<SendRequest<Full<Bytes>>>) -> Option<Answer> {
        let (request, expects) = match &self.mix {
            None => (self.request.clone(), None),
            Some(mix) => {
                let (rendered, request) = mix.call(self.number.fetch_add(1, Ordering::Relaxed));
                (rendered.http(&self.authority).ok()?, Some(request))
            }
        };
        let answered = runtime.block_on(async {
            tokio::time::timeout(CALL_TIMEOUT, async {
                let mut kept = connection.take();
                // One that was closed after an answer is not used again.
                if let Some(sender) = &mut kept
                    && sender.ready().await.is_err()
                {
                    kept = None;
                }
                let opened = kept.is_none();
                let mut sender = match kept {
                    Some(sender) => sender,
                    None => self.connect().await?,
                };
                sender.ready().await?;
                let response = sender.send_request(request).await?;
                let status = response.status().as_u16();
                let (mut body, mut bytes) = (response.into_body(), 0);
                while let Some(frame) = body.frame().await {
                    bytes += frame?.data_ref().map_or(0, |data| data.len() as u64);
                }
                *connection = Some(sender);
                anyhow::Ok(Answer { status, bytes, expected: expects.map(|it| it.expects(status)), opened })
            })
            .await
        });
        answered.ok()?.ok()
    }

    async fn connect(&self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(&self.authority).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Has this thread woken when it is due: by default Linux may be 50 µs late (prctl(2), `PR_SET_TIMERSLACK`).
fn sleep_precisely() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::{MixRequest, Piece, read};

    /// A server that answers each call at once but for one, before which all of them wait so long.
    fn server(stall: Duration) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        std::thread::spawn(move || {
            let calls = std::sync::Arc::new(std::sync::Mutex::new(0));
            for stream in listener.incoming().flatten() {
                let calls = std::sync::Arc::clone(&calls);
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream.try_clone().expect("cloned"));
                    let (mut writer, mut line) = (stream, String::new());
                    while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                        if line == "\r\n" {
                            let mut calls = calls.lock().expect("not poisoned");
                            *calls += 1;
                            if *calls == 20 {
                                std::thread::sleep(stall);
                            }
                            let status = if *calls % 10 == 0 { "503 Busy" } else { "200 OK" };
                            write!(writer, "HTTP/1.1 {status}\r\nContent-Length: 1\r\n\r\n1").expect("written");
                        }
                        line.clear();
                    }
                });
            }
        });
        format!("http://{address}/hits")
    }

    #[test]
    fn a_stall_is_charged_to_every_call_that_was_due_in_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let csv = folder.path().join("samples.csv");
        let stall = Duration::from_millis(400);
        let rate = 200.0;
        let spec =
            LoadSpec { url: server(stall), connections: 2, calls: 200, per_second: Some(rate), mix: None, start: None };
        run(&spec, &csv).expect("it runs");
        let result = read(&spec, &std::fs::read_to_string(&csv).expect("samples")).expect("read");
        let opened = result.calls.iter().filter(|call| call.connecting.is_some()).count();
        assert_eq!((result.calls.len(), opened, result.unanswered, result.failed()), (202, 2, 0, 20));
        // A closed loop would have one slow call for each connection: here some 80 were due in 0.4 s.
        let slow = result.calls.iter().filter(|call| call.duration >= stall / 4).count();
        assert!(slow >= 40, "{slow} of {} calls were slow", result.calls.len());
        // Whatever the service did, calls were due in a second.
        let due: Vec<_> = result.calls.iter().filter(|call| call.connecting.is_none()).map(|call| call.start).collect();
        let span = due[due.len() - 1].saturating_sub(due[0]).as_secs_f64();
        assert!((0.7..1.3).contains(&span), "{span}");
    }

    #[test]
    fn a_mix_is_made_in_a_closed_loop_and_judged_by_what_each_request_expects() {
        let folder = tempfile::tempdir().expect("a folder");
        let csv = folder.path().join("samples.csv");
        let request = |expected| MixRequest {
            weight: 1,
            method: "GET".to_owned(),
            path: vec![Piece::Text("/hits".to_owned())],
            headers: vec![("x-number".to_owned(), vec![Piece::Counter])],
            body: Vec::new(),
            expected,
        };
        let url = server(Duration::ZERO).trim_end_matches("/hits").to_owned();
        for (expected, failed) in [(vec![], 20), (vec![503], 180), (vec![200, 503], 0)] {
            let mix = Some(Mix { requests: vec![request(expected)], first: 1 });
            let spec = LoadSpec { url: url.clone(), connections: 3, calls: 200, per_second: None, mix, start: None };
            run(&spec, &csv).expect("it runs");
            let result = read(&spec, &std::fs::read_to_string(&csv).expect("samples")).expect("read");
            let opened = result.calls.iter().filter(|call| call.connecting.is_some()).count();
            assert_eq!((result.calls.len(), opened, result.unanswered, result.failed()), (200, 3, 0, failed));
            assert_eq!(result.body_bytes, 200);
        }
    }

    #[test]
    fn calls_are_due_at_random_at_the_rate() {
        let due = due(1_000.0, 10_000);
        let end_s = due.last().expect("calls").as_secs_f64();
        assert!((9.7..10.3).contains(&end_s), "{end_s}");
        // The gaps of a Poisson process vary as much as they are long.
        let gaps: Vec<f64> = due.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1e3).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.05, "{mean} {variance}");
    }

    #[test]
    fn a_load_begins_at_its_time_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let csv = folder.path().join("samples.csv");
        let unix_ms = |later: i64| {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_millis();
            i64::try_from(now).expect("milliseconds").saturating_add(later) as u64
        };
        let url = server(Duration::ZERO);
        let spec = |later| LoadSpec {
            url: url.clone(),
            connections: 2,
            calls: 100,
            per_second: Some(400.0),
            mix: None,
            start: Some(Start { unix_ms: unix_ms(later), seed: 7 }),
        };
        let begun = SystemTime::now();
        run(&spec(600), &csv).expect("it runs");
        assert!(begun.elapsed().expect("a clock") >= Duration::from_millis(600));
        let Pace { last_left_s, late_ms, open_files } = Pace::read(&csv).expect("a pace");
        // All calls are due within a quarter of a second; two connections at least are open.
        assert!(
            last_left_s > 0.1 && late_ms >= 0.0 && open_files.is_none_or(|files| files >= 5),
            "{last_left_s} {late_ms}"
        );
        let error = run(&spec(-1), &csv).expect_err("too late").to_string();
        assert!(error.starts_with("late: its connections were open"), "{error}");
        // Two seeds are not in step, and each has all of its calls in its time.
        let [one, other] = [1, 2].map(|seed| due_within(400.0, 100, seed));
        assert!(one != other && one.is_sorted() && one.len() == 100);
        assert!(one.iter().chain(&other).all(|due| *due <= Duration::from_millis(250)));
    }

    #[test]
    fn a_service_that_is_not_there_answers_nothing_and_is_no_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let csv = folder.path().join("samples.csv");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hits", listener.local_addr().expect("bound"));
        drop(listener);
        let spec = LoadSpec { url, connections: 2, calls: 10, per_second: Some(1_000.0), mix: None, start: None };
        run(&spec, &csv).expect("it runs");
        let result = read(&spec, &std::fs::read_to_string(&csv).expect("samples")).expect("read");
        assert_eq!((result.calls.len(), result.unanswered), (0, 12));
        let error = run(&LoadSpec { url: "https://localhost/".to_owned(), ..spec }, &csv).expect_err("TLS");
        assert!(error.to_string().contains("http://"), "{error}");
    }
}
