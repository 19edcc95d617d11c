//! How the calls of a load went.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the calls of one run went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadResult {
    /// The calls that were answered, in order of their start.
    pub calls: Vec<Call>,
    /// How many were not answered at all.
    pub unanswered: u64,
    /// Processors that the generator kept busy, on average; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator_cores: Option<f64>,
    /// Bytes of all answers' bodies.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub body_bytes: u64,
}

fn is_zero(bytes: &u64) -> bool {
    *bytes == 0
}

/// How many calls were acknowledged in which time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throughput {
    /// Acknowledged calls per second of the window.
    pub calls_per_second: f64,
    /// How long calls were counted, from when all connections were open.
    pub window: Duration,
}

/// One answered call. As JSON: its figures in this order, times in whole nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Row", from = "Row")]
pub struct Call {
    /// When it began, from the run's start.
    pub start: Duration,
    /// How long it took, the opening of a connection included.
    pub duration: Duration,
    /// How long it took to open a connection, from the call's start; absent where one was open.
    pub connecting: Option<Duration>,
    /// The status of its answer.
    pub status: u16,
    /// Whether that was expected; absent where 200 alone is. It does not travel.
    pub expected: Option<bool>,
}

/// A call as it travels.
#[derive(Serialize, Deserialize)]
struct Row(u64, u64, Option<u64>, u16);

impl From<Call> for Row {
    fn from(call: Call) -> Self {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Self(nanoseconds(call.start), nanoseconds(call.duration), call.connecting.map(nanoseconds), call.status)
    }
}

impl From<Row> for Call {
    fn from(Row(start, duration, connecting, status): Row) -> Self {
        let nanoseconds = Duration::from_nanos;
        let connecting = connecting.map(nanoseconds);
        Self { start: nanoseconds(start), duration: nanoseconds(duration), connecting, status, expected: None }
    }
}

impl LoadResult {
    /// Calls answered 200, or of a mix as expected.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.calls.iter().filter(|call| call.acknowledged()).count() as u64
    }

    /// Calls answered otherwise, or not at all.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.calls.len() as u64 - self.acknowledged() + self.unanswered
    }

    /// Throughput once all of so many connections are open: what opening them took is not the way's rate. It is counted
    /// for so long at most, and no longer than until the last call began, after which connections have nothing left to
    /// do; without a limit, as for calls at a rate, until the last call's end. Where no call was acknowledged in that
    /// time, it lasts until one is; where none was after all were open, it is the whole run.
    #[must_use]
    pub fn throughput(&self, connections: u32, window_max: Option<Duration>) -> Throughput {
        // A connection that is opened later replaces one that was closed. The calls are in the order of their start.
        let opening = self.calls.iter().filter_map(|call| Some(call.start + call.connecting?));
        let open = opening.take(connections as usize).max();
        let last = |time: fn(&Call) -> Duration| self.calls.iter().map(time).max().unwrap_or_default();
        let first = self.calls.iter().map(|call| call.start).min().unwrap_or_default();
        let acknowledged = || self.calls.iter().filter(|call| call.acknowledged()).map(Call::end);
        let next = |open: Duration| acknowledged().filter(|end| *end > open).min();
        let (begin, next) = match open.and_then(|open| Some((open, next(open)?))) {
            Some(opened) => opened,
            None => (first, acknowledged().min().unwrap_or_default()),
        };
        let end = match window_max {
            Some(window_max) => last(|call| call.start).min(begin.saturating_add(window_max)).max(next),
            None => last(Call::end),
        };
        let count = acknowledged().filter(|it| (next..=end).contains(it)).count() as f64;
        let window = end.saturating_sub(begin);
        let seconds = window.as_secs_f64();
        Throughput { calls_per_second: if seconds > 0.0 { count / seconds } else { 0.0 }, window }
    }
}

impl Call {
    /// Whether it was answered 200, or of a mix as expected.
    #[must_use]
    pub fn acknowledged(&self) -> bool {
        self.expected.unwrap_or(self.status == 200)
    }

    /// When it ended, from the run's start.
    #[must_use]
    pub fn end(&self) -> Duration {
        self.start + self.duration
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_travel_as_bare_figures() {
        let micros = Duration::from_micros;
        let call = Call {
            start: micros(400),
            duration: micros(150),
            connecting: Some(micros(50)),
            status: 503,
            expected: None,
        };
        let result = LoadResult { calls: vec![call], unanswered: 2, ..LoadResult::default() };
        let text = serde_json::to_string(&result).expect("JSON");
        assert_eq!(text, r#"{"calls":[[400000,150000,50000,503]],"unanswered":2}"#);
        assert_eq!(serde_json::from_str::<LoadResult>(&text).expect("read"), result);
        assert_eq!((result.acknowledged(), result.failed()), (0, 3));
    }

    #[test]
    fn throughput_is_counted_from_when_the_connections_are_open() {
        let millis = Duration::from_millis;
        let call = |start, duration, connecting: Option<u64>| Call {
            start: millis(start),
            duration: millis(duration),
            connecting: connecting.map(millis),
            status: 200,
            expected: None,
        };
        // Two connections, open after 100 and 500 ms; after that a call ends each 100 ms, one of them over a new connection.
        let calls = vec![
            call(0, 150, Some(100)),
            call(0, 500, Some(500)),
            call(150, 250, None),
            call(400, 200, None),
            call(500, 200, Some(50)),
        ];
        let result = LoadResult { calls, ..LoadResult::default() };
        let within = |limit| Some(millis(limit));
        assert_eq!(result.throughput(2, None), Throughput { calls_per_second: 10.0, window: millis(200) });
        assert_eq!(result.throughput(2, within(100)), Throughput { calls_per_second: 10.0, window: millis(100) });
        // A window in which no call ends lasts until one does.
        assert_eq!(result.throughput(2, within(50)), Throughput { calls_per_second: 10.0, window: millis(100) });
        // When the last call begins, the other connection has nothing left to do: what it waits for is not in the rate.
        let calls = vec![
            call(0, 100, Some(100)),
            call(0, 100, Some(100)),
            call(100, 100, None),
            call(100, 100, None),
            call(200, 100, None),
            call(200, 900, None),
        ];
        let result = LoadResult { calls, ..LoadResult::default() };
        assert_eq!(result.throughput(2, within(900)), Throughput { calls_per_second: 20.0, window: millis(100) });
        assert_eq!(result.throughput(2, None), Throughput { calls_per_second: 4.0, window: millis(1_000) });
        // Nothing but opening: the whole run.
        let result =
            LoadResult { calls: vec![call(0, 100, Some(100)), call(0, 500, Some(500))], ..LoadResult::default() };
        assert_eq!(result.throughput(2, None), Throughput { calls_per_second: 4.0, window: millis(500) });
        assert_eq!(LoadResult::default().throughput(2, None).calls_per_second, 0.0);
    }
}
