//! Linux: files of `/proc`.

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
    fn fields_are_read_from_proc_files() {
        let text = "processor\t: 0\nmodel name\t: AMD EPYC\nmodel name\t: other\n";
        assert_eq!(field(text, "model name"), Some("AMD EPYC".to_owned()));
        assert_eq!(field(text, "model"), None);
    }
}
