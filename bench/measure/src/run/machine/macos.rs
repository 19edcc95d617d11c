//! macOS: values of the kernel, as the program `sysctl` prints them.

use super::Machine;
#[cfg(target_os = "macos")]
use super::Ticks;

/// This machine, now.
#[cfg(target_os = "macos")]
pub(in crate::run) fn read() -> Machine {
    use crate::run::environment::output;
    machine(|name| output(&programs::Command::new("/usr/sbin/sysctl").arguments(["-n", name])))
}

/// Processor time of other processes: macOS has no file for it.
#[cfg(target_os = "macos")]
#[must_use]
pub fn cpu_time(_: &[i32]) -> Option<std::time::Duration> {
    None
}

/// What all processors did: macOS prints it nowhere.
#[cfg(target_os = "macos")]
pub(in crate::run) fn ticks() -> Option<Ticks> {
    None
}

/// The processors' frequency: macOS prints it nowhere.
#[cfg(target_os = "macos")]
pub(in crate::run) fn frequency_mhz() -> Option<f64> {
    None
}

fn machine(value: impl Fn(&'static str) -> Option<String>) -> Machine {
    Machine {
        kernel_release: value("kern.osrelease"),
        cpu_model: value("machdep.cpu.brand_string"),
        memory_bytes: value("hw.memsize").and_then(|bytes| bytes.parse().ok()),
        // Three of them, in braces.
        load_average_1min: value("vm.loadavg").and_then(|loads| loads.split_whitespace().nth(1)?.parse().ok()),
        clock_source: None,
        frequency_governor: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_sysctl_prints_them() {
        let value = |name| {
            let text = match name {
                "kern.osrelease" => "24.5.0",
                "machdep.cpu.brand_string" => "Apple M2",
                "hw.memsize" => "17179869184",
                "vm.loadavg" => "{ 1.52 2.03 2.11 }",
                _ => return None,
            };
            Some(text.to_owned())
        };
        let expected = Machine {
            kernel_release: Some("24.5.0".to_owned()),
            cpu_model: Some("Apple M2".to_owned()),
            memory_bytes: Some(16 << 30),
            load_average_1min: Some(1.52),
            clock_source: None,
            frequency_governor: None,
        };
        assert_eq!(machine(value), expected);
    }

    #[test]
    fn what_sysctl_does_not_print_is_absent() {
        assert_eq!(machine(|_| None), Machine::default());
        assert_eq!(machine(|_| Some("not as expected".to_owned())).memory_bytes, None);
    }
}
