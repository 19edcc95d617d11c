//! Reading what a program prints, in bounds, and the end of what it wrote on stderr.

use std::collections::VecDeque;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::stderr;

/// What is kept of stderr.
const TAIL_BYTES: usize = 8 * 1024;

/// How many of its last lines are shown.
const TAIL_LINES: usize = 12;

/// Appends all that comes to `kept`; false when it is more than `bytes_max`.
pub(crate) async fn read_bounded(
    mut source: impl AsyncRead + Unpin,
    kept: &mut Vec<u8>,
    bytes_max: usize,
) -> io::Result<bool> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match source.read(&mut buffer).await? {
            0 => return Ok(true),
            count if kept.len() + count > bytes_max => return Ok(false),
            count => kept.extend_from_slice(&buffer[..count]),
        }
    }
}

/// The end of a stream.
#[derive(Debug, Default)]
pub(crate) struct Tail(VecDeque<u8>);

impl Tail {
    /// Reads to the end, keeps the last bytes, and passes all on to stderr where `live`.
    pub(crate) async fn read(&mut self, mut source: impl AsyncRead + Unpin, live: bool) -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let count = source.read(&mut buffer).await?;
            if count == 0 {
                return Ok(());
            }
            if live {
                stderr::bytes(&buffer[..count]);
            }
            self.0.extend(&buffer[..count]);
            self.0.drain(..self.0.len().saturating_sub(TAIL_BYTES));
        }
    }

    /// Its last lines as one, without what a terminal would act on.
    pub(crate) fn text(&self) -> String {
        let (front, back) = self.0.as_slices();
        let text = without_controls(&String::from_utf8_lossy(&[front, back].concat()));
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines[lines.len().saturating_sub(TAIL_LINES)..].join("; ")
    }
}

/// Without control characters and the colours of ECMA-48 (`ESC [ … m`), lines kept.
fn without_controls(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' if characters.as_str().starts_with('[') => {
                // Parameters end with a letter.
                characters.by_ref().skip(1).find(|character| matches!(character, '@'..='~'));
            }
            '\n' => clean.push('\n'),
            '\r' | '\t' => clean.push(' '),
            character if character.is_control() => {}
            character => clean.push(character),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(bytes: &[u8]) -> String {
        let mut tail = Tail::default();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(tail.read(bytes, false)).expect("memory can be read");
        tail.text()
    }

    #[test]
    fn the_last_lines_are_one_line_without_colours() {
        assert_eq!(tail(b"\x1b[31mError:\x1b[0m no\n\n  such table\r\n"), "Error: no; such table");
        assert_eq!(tail(b"\x00\x07\xff"), "\u{fffd}");
        assert_eq!(tail(b""), "");
    }

    #[test]
    fn of_a_long_stream_the_end_is_kept() {
        let lines: String = (1..=100_000).map(|line| format!("{line}\n")).collect();
        let text = tail(lines.as_bytes());
        assert!(text.starts_with("99989; ") && text.ends_with("; 100000"), "{text}");
    }
}
