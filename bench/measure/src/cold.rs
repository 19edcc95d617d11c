//! Whether forced cold starts were cold: by Lambda's own REPORT lines of just these calls. Lines of later calls prove
//! nothing about them, and lines that have not come yet prove nothing at all.

use std::time::Duration;

use anyhow::ensure;

use super::report::Report;

/// The samples that count, and in words how they were verified.
///
/// Calls follow one another, and so do their lines: where there is one for each, the i-th line is the i-th call's.
///
/// # Errors
/// When every one of them was warm.
pub(super) fn verified(samples: &[Duration], reports: &[Report]) -> anyhow::Result<(Vec<Duration>, String)> {
    let (calls, lines) = (samples.len(), reports.len());
    if lines < calls {
        return Ok((samples.to_vec(), format!("not verified: CloudWatch had the REPORT lines of {lines} of {calls}")));
    }
    let cold = reports.iter().filter(|report| report.init.is_some()).count();
    if lines > calls {
        let others = lines - calls;
        let words = format!("not verified one by one: {others} other calls were reported, {cold} starts in all");
        ensure!(cold > 0, "of {calls} forced cold starts Lambda reported none");
        return Ok((samples.to_vec(), words));
    }
    let samples: Vec<_> =
        samples.iter().zip(reports).filter(|(_, report)| report.init.is_some()).map(|(sample, _)| *sample).collect();
    ensure!(!samples.is_empty(), "of {calls} forced cold starts Lambda reported none");
    let words = match calls - samples.len() {
        0 => "verified by Lambda's REPORT lines".to_owned(),
        warm => format!("verified by Lambda's REPORT lines: {warm} of {calls} were warm, and are left out"),
    };
    Ok((samples, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLD: bool = true;
    const WARM: bool = false;

    fn check(lines: &[bool]) -> anyhow::Result<(usize, String)> {
        let report = |cold: &bool| Report {
            duration: Duration::from_millis(2),
            billed: Duration::from_millis(3),
            init: cold.then_some(Duration::from_millis(50)),
            max_memory_used_mb: 20,
        };
        let reports: Vec<_> = lines.iter().map(report).collect();
        verified(&[Duration::from_millis(80); 3], &reports).map(|(samples, words)| (samples.len(), words))
    }

    #[test]
    fn one_line_for_each_call_verifies_it_or_leaves_it_out() {
        let (samples, words) = check(&[COLD; 3]).expect("all were cold");
        assert_eq!((samples, words.as_str()), (3, "verified by Lambda's REPORT lines"));
        let (samples, words) = check(&[COLD, WARM, COLD]).expect("two were cold");
        assert!(samples == 2 && words.contains("1 of 3 were warm"), "{words}");
        assert!(check(&[WARM; 3]).is_err());
    }

    #[test]
    fn missing_lines_and_those_of_other_calls_verify_nothing() {
        for lines in [&[][..], &[COLD, COLD], &[COLD, WARM, WARM, COLD]] {
            let (samples, words) = check(lines).expect("they are not refuted");
            assert!(samples == 3 && words.starts_with("not verified"), "{words}");
        }
        assert!(check(&[WARM; 4]).is_err());
    }
}
