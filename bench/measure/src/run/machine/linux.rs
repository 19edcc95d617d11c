//! Linux: files of `/proc` and `/sys`.

use std::time::Duration;

use rustix::param::clock_ticks_per_second;

use super::{Machine, Ticks};

const CLOCK_SOURCE: &str = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
const GOVERNOR: &str = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";

/// This machine, now.
pub(in crate::run) fn read() -> Machine {
    let file = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let word = |path: &str| Some(file(path).trim().to_owned()).filter(|word| !word.is_empty());
    Machine {
        kernel_release: Some(file("/proc/sys/kernel/osrelease").trim().to_owned()),
        cpu_model: field(&file("/proc/cpuinfo"), "model name"),
        memory_bytes: field(&file("/proc/meminfo"), "MemTotal")
            .and_then(|total| total.split_whitespace().next()?.parse::<u64>().ok())
            .map(|kib| kib * 1024),
        load_average_1min: file("/proc/loadavg").split_whitespace().next().and_then(|load| load.parse().ok()),
        clock_source: word(CLOCK_SOURCE),
        frequency_governor: word(GOVERNOR),
    }
}

/// What all processors did since the system's start.
pub(in crate::run) fn ticks() -> Option<Ticks> {
    all_ticks(&std::fs::read_to_string("/proc/stat").ok()?, clock_ticks_per_second() as f64)
}

/// The first line of `/proc/stat` (proc_stat(5)): user, nice, system, idle, iowait, irq, softirq, steal, then what guests
/// had, which is in user and nice too.
fn all_ticks(stat: &str, per_second: f64) -> Option<Ticks> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let fields: Vec<f64> = line.split_whitespace().take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
    let &[user, nice, system, idle, iowait, irq, softirq, steal] = fields.as_slice() else { return None };
    let busy = user + nice + system + irq + softirq;
    let seconds = |ticks: f64| ticks / per_second;
    Some(Ticks { busy_s: seconds(busy), steal_s: seconds(steal), all_s: seconds(busy + idle + iowait + steal) })
}

/// The processors' frequency now, on average. A virtual machine is shown the one that it was started with.
pub(in crate::run) fn frequency_mhz() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let fields = text.lines().filter_map(|line| line.split_once(':')).filter(|(key, _)| key.trim() == "cpu MHz");
    let frequencies: Vec<f64> = fields.filter_map(|(_, value)| value.trim().parse().ok()).collect();
    (!frequencies.is_empty()).then(|| frequencies.iter().sum::<f64>() / frequencies.len() as f64)
}

/// Processor time that some processes have used, those of their children that have ended included; nothing where one
/// of them can't be read.
#[must_use]
pub fn cpu_time(processes: &[i32]) -> Option<Duration> {
    let ticks = |pid: &i32| process_ticks(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?);
    let sum = processes.iter().map(ticks).sum::<Option<u64>>()?;
    Some(Duration::from_secs_f64(sum as f64 / clock_ticks_per_second() as f64))
}

/// Fields 14 to 17 of `/proc/PID/stat` (proc_pid_stat(5)): in user mode and in the kernel, of the process and of its
/// children. The name in parentheses may hold spaces; what follows it starts with field 3.
fn process_ticks(stat: &str) -> Option<u64> {
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
        assert_eq!(process_ticks(stat), Some(21));
        assert_eq!(cpu_time(&[i32::MAX]), None);
        let me = i32::try_from(std::process::id()).expect("an id");
        assert!(cpu_time(&[me]).is_some());
    }

    #[test]
    fn what_all_processors_did_is_read_in_seconds() {
        let stat = "cpu  100 20 30 1000 50 5 5 40 7 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
        assert_eq!(all_ticks(stat, 10.0), Some(Ticks { busy_s: 16.0, steal_s: 4.0, all_s: 125.0 }));
        assert_eq!(all_ticks("cpu  1 2 x\n", 10.0), None);
    }

    #[test]
    fn fields_are_read_from_proc_files() {
        let text = "processor\t: 0\nmodel name\t: AMD EPYC\nmodel name\t: other\n";
        assert_eq!(field(text, "model name"), Some("AMD EPYC".to_owned()));
        assert_eq!(field(text, "model"), None);
    }
}
