//! The samples as oha writes them: CSV.

use std::time::Duration;

use anyhow::{Context, bail, ensure};

use crate::{Call, LoadResult, LoadSpec};

const CSV_HEADER: &str = "request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status";

/// What our own loop adds of a mix: whether the status was expected.
const EXPECTED: &str = ",expected";

/// Reads the samples of a load.
///
/// # Errors
/// When they have another form than oha's.
pub fn read(spec: &LoadSpec, csv: &str) -> anyhow::Result<LoadResult> {
    let samples = read_csv(csv)?;
    let unanswered = spec.calls_in_all().saturating_sub(samples.len() as u64);
    let body_bytes = samples.iter().map(|(_, bytes)| bytes).sum();
    let calls = samples.into_iter().map(|(call, _)| call).collect();
    Ok(LoadResult { calls, unanswered, generator_cores: None, body_bytes })
}

/// Samples in oha's form, as far as a call has what it has.
pub(crate) fn written(calls: &[(Call, u64)]) -> String {
    let of_mix = calls.iter().any(|(call, _)| call.expected.is_some());
    let mut text = format!("{CSV_HEADER}{}\n", if of_mix { EXPECTED } else { "" });
    for (call, bytes) in calls {
        let (start, duration) = (call.start.as_secs_f64(), call.duration.as_secs_f64());
        let dialup = call.connecting.unwrap_or_default().as_secs_f64();
        let expected = call.expected.map_or("", |expected| if expected { ",1" } else { ",0" });
        text.push_str(&format!("{start},0,{dialup},0,{duration},{bytes},{}{expected}\n", call.status));
    }
    text
}

/// Calls, each with the bytes of its answer's body.
fn read_csv(text: &str) -> anyhow::Result<Vec<(Call, u64)>> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    ensure!(
        header.strip_suffix(EXPECTED).unwrap_or(header) == CSV_HEADER,
        "oha's samples have another header than `{CSV_HEADER}`"
    );
    lines.map(|line| read_line(line).with_context(|| format!("can't read oha's sample `{line}`"))).collect()
}

fn read_line(line: &str) -> anyhow::Result<(Call, u64)> {
    let fields: Vec<&str> = line.split(',').collect();
    let (&[start, _dns, dialup, _delay, duration, bytes, status], expected) = (match fields.as_slice() {
        [fields @ .., expected] if fields.len() == 7 => (fields, Some(*expected == "1")),
        fields => (fields, None),
    }) else {
        bail!("it has {} fields, not 7", fields.len());
    };
    let seconds = |field: &str| anyhow::Ok(Duration::try_from_secs_f64(field.parse()?)?);
    let call = Call {
        start: seconds(start)?,
        duration: seconds(duration)?,
        connecting: Some(seconds(dialup)?).filter(|dialup| !dialup.is_zero()),
        status: status.parse()?,
        expected,
    };
    Ok((call, bytes.parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(start: u64, duration: u64, connecting: Option<u64>, status: u16) -> Call {
        let micros = Duration::from_micros;
        let connecting = connecting.map(micros);
        Call { start: micros(start), duration: micros(duration), connecting, status, expected: None }
    }

    #[test]
    fn samples_are_read_as_oha_writes_them() {
        let text =
            format!("{CSV_HEADER}\n0.0001,0.00002,0.00005,0.0002,0.00025,3,200\n0.0004,0,0,0.0001,0.00015,3,503\n");
        assert_eq!(
            read_csv(&text).expect("valid"),
            [(call(100, 250, Some(50), 200), 3), (call(400, 150, None, 503), 3),]
        );
    }

    #[test]
    fn samples_that_are_written_are_read() {
        let calls = [(call(100, 250, Some(50), 200), 12), (call(400, 150, None, 503), 0)];
        assert_eq!(read_csv(&written(&calls)).expect("valid"), calls);
        let of_mix = calls.map(|(it, bytes)| (Call { expected: Some(it.status == 503), ..it }, bytes));
        assert_eq!(read_csv(&written(&of_mix)).expect("valid"), of_mix);
    }

    #[test]
    fn samples_of_another_form_are_refused() {
        for (text, message) in [
            ("", "another header"),
            ("start,end\n", "another header"),
            (&format!("{CSV_HEADER}\n1,2,3\n"), "1,2,3"),
            (&format!("{CSV_HEADER}\n-1,0,0,0,0,0,200\n"), "-1,0"),
            (&format!("{CSV_HEADER}\n1,0,0,0,inf,0,200\n"), "inf"),
        ] {
            let error = read_csv(text).expect_err(text).to_string();
            assert!(error.contains(message), "{text:?}: {error}");
        }
    }
}
