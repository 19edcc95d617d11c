//! Lambda: functions, execution environments, Runtime API, Invoke API.
