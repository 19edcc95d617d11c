//! The samples as oha writes them: CSV.

use std::time::Duration;

use anyhow::{Context, bail, ensure};

use crate::{Call, LoadResult, LoadSpec};

const CSV_HEADER: &str = "request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status";

/// Reads the samples of a load.
///
/// # Errors
/// When they have another form than oha's.
pub fn read(spec: &LoadSpec, csv: &str) -> anyhow::Result<LoadResult> {
    let calls = read_csv(csv)?;
    let unanswered = spec.calls_in_all().saturating_sub(calls.len() as u64);
    Ok(LoadResult { calls, unanswered, generator_cores: None })
}

/// Samples in oha's form, as far as a call has what it has.
pub(crate) fn written(calls: &[Call]) -> String {
    let mut text = format!("{CSV_HEADER}\n");
    for call in calls {
        let (start, duration) = (call.start.as_secs_f64(), call.duration.as_secs_f64());
        let dialup = call.connecting.unwrap_or_default().as_secs_f64();
        text.push_str(&format!("{start},0,{dialup},0,{duration},0,{}\n", call.status));
    }
    text
}

fn read_csv(text: &str) -> anyhow::Result<Vec<Call>> {
    let mut lines = text.lines();
    ensure!(lines.next() == Some(CSV_HEADER), "oha's samples have another header than `{CSV_HEADER}`");
    lines.map(|line| read_line(line).with_context(|| format!("can't read oha's sample `{line}`"))).collect()
}

fn read_line(line: &str) -> anyhow::Result<Call> {
    let fields: Vec<&str> = line.split(',').collect();
    let &[start, _dns, dialup, _delay, duration, _bytes, status] = fields.as_slice() else {
        bail!("it has {} fields, not 7", fields.len());
    };
    let seconds = |field: &str| anyhow::Ok(Duration::try_from_secs_f64(field.parse()?)?);
    Ok(Call {
        start: seconds(start)?,
        duration: seconds(duration)?,
        connecting: Some(seconds(dialup)?).filter(|dialup| !dialup.is_zero()),
        status: status.parse()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_read_as_oha_writes_them() {
        let text =
            format!("{CSV_HEADER}\n0.0001,0.00002,0.00005,0.0002,0.00025,3,200\n0.0004,0,0,0.0001,0.00015,3,503\n");
        let micros = Duration::from_micros;
        assert_eq!(
            read_csv(&text).expect("valid"),
            [
                Call { start: micros(100), duration: micros(250), connecting: Some(micros(50)), status: 200 },
                Call { start: micros(400), duration: micros(150), connecting: None, status: 503 },
            ]
        );
    }

    #[test]
    fn samples_that_are_written_are_read() {
        let micros = Duration::from_micros;
        let calls = [
            Call { start: micros(100), duration: micros(250), connecting: Some(micros(50)), status: 200 },
            Call { start: micros(400), duration: micros(150), connecting: None, status: 503 },
        ];
        assert_eq!(read_csv(&written(&calls)).expect("valid"), calls);
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
