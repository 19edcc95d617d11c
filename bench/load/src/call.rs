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
}

/// One answered call. As JSON: its figures in this order, times in whole nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Row", from = "Row")]
pub struct Call {
    /// When it began, from the run's start.
    pub start: Duration,
    /// How long it took, the opening of a connection included.
    pub duration: Duration,
    /// Whether it had to open a connection.
    pub opened_connection: bool,
    /// The status of its answer.
    pub status: u16,
}

/// A call as it travels.
#[derive(Serialize, Deserialize)]
struct Row(u64, u64, bool, u16);

impl From<Call> for Row {
    fn from(call: Call) -> Self {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Self(nanoseconds(call.start), nanoseconds(call.duration), call.opened_connection, call.status)
    }
}

impl From<Row> for Call {
    fn from(Row(start, duration, opened_connection, status): Row) -> Self {
        let nanoseconds = Duration::from_nanos;
        Self { start: nanoseconds(start), duration: nanoseconds(duration), opened_connection, status }
    }
}

impl LoadResult {
    /// Calls answered 200.
    #[must_use]
    pub fn acknowledged(&self) -> u64 {
        self.calls.iter().filter(|call| call.status == 200).count() as u64
    }

    /// Calls answered otherwise, or not at all.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.calls.len() as u64 - self.acknowledged() + self.unanswered
    }

    /// Acknowledged calls per second, from the first call's start to the last one's end.
    #[must_use]
    pub fn calls_per_second(&self) -> f64 {
        let begin = self.calls.iter().map(|call| call.start).min().unwrap_or_default();
        let end = self.calls.iter().map(|call| call.start + call.duration).max().unwrap_or_default();
        let seconds = (end - begin).as_secs_f64();
        if seconds > 0.0 { self.acknowledged() as f64 / seconds } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_travel_as_bare_figures() {
        let micros = Duration::from_micros;
        let call = Call { start: micros(400), duration: micros(150), opened_connection: true, status: 503 };
        let result = LoadResult { calls: vec![call], unanswered: 2 };
        let text = serde_json::to_string(&result).expect("JSON");
        assert_eq!(text, r#"{"calls":[[400000,150000,true,503]],"unanswered":2}"#);
        assert_eq!(serde_json::from_str::<LoadResult>(&text).expect("read"), result);
        assert_eq!((result.acknowledged(), result.failed()), (0, 3));
    }
}
