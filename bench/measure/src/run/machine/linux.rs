//! Linux: files of `/proc`.

use std::time::Duration;

use rustix::param::clock_ticks_per_second;

use super::Machine;

/// This machine, now.
pub(in crate::run) fn read() -> Machine {
    let file = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    Machine {
        kernel_release: Some(file("/proc/sys/kernel/osrelease").trim().to_owned()),
        cpu_model: field(&file("/proc/cpuinfo"), "model name"),
        memory_bytes: field(&file("/proc/meminfo"), "MemTotal")
            .and_then(|total| total.split_whitespace().next()?.parse::<u64>().ok())
            .map(|kib| kib * 1024),
        load_average_1min: file("/proc/loadavg").split_whitespace().next().and_then(|load| load.parse().ok()),
    }
}

/// Processor time that some processes have used, those of their children that have ended included; nothing where one
/// of them can't be read.
#[must_use]
pub fn cpu_time(processes: &[i32]) -> Option<Duration> {
    let ticks = |pid: &i32| ticks(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?);
    let sum = processes.iter().map(ticks).sum::<Option<u64>>()?;
    Some(Duration::from_secs_f64(sum as f64 / clock_ticks_per_second() as f64))
}

/// Fields 14 to 17 of `/proc/PID/stat` (proc_pid_stat(5)): in user mode and in the kernel, of the process and of its
/// children. The name in parentheses may hold spaces; what follows it starts with field 3.
fn ticks(stat: &str) -> Option<u64> {
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    fields.get(11..15)?.iter().map(|field| field.parse::<u64>().ok()).sum()
}

/// The value of the first `name : value` line.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_a_name_with_spaces() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 100 200 0 0 11 5 3 2 20 0 1 0 9";
        assert_eq!(ticks(stat), Some(21));
        assert_eq!(cpu_time(&[i32::MAX]), None);
        let me = i32::try_from(std::process::id()).expect("an id");
        assert!(cpu_time(&[me]).is_some());
    }

    #[test]
    fn fields_are_read_from_proc_files() {
        let text = "processor\t: 0\nmodel name\t: AMD EPYC\nmodel name\t: other\n";
        assert_eq!(field(text, "model name"), Some("AMD EPYC".to_owned()));
        assert_eq!(field(text, "model"), None);
    }
}
