//! What of PostgreSQL's protocol (version 3.0) is read on the way to it: whether a client's messages write. It must not answer.

use std::collections::BTreeSet;

use crate::store::line::Protocol;

/// The longest message that is waited for in pieces, in bytes: a counter's have some hundred.
const LONGEST: usize = 64 * 1024;

/// The messages of one connection. What is no statement, the start of a connection and what is prepared, takes a read's time: the
/// way there and back.
#[derive(Default)]
pub(super) struct Messages {
    /// The beginning of a message whose end has not come.
    begun: Vec<u8>,
    /// The prepared statements that only read, by name.
    reading: BTreeSet<Vec<u8>>,
}

impl Protocol for Messages {
    fn reads(&mut self, piece: &[u8]) -> bool {
        self.begun.extend_from_slice(piece);
        let all = std::mem::take(&mut self.begun);
        let mut rest = &all[..];
        let mut writes = false;
        while let Some((kind, body, after)) = next(rest) {
            writes |= self.writes(kind, body);
            rest = after;
        }
        if rest.len() <= LONGEST {
            self.begun = rest.to_vec();
        }
        !writes
    }
}

impl Messages {
    /// Whether a message writes, by the statement that it binds or brings; names end in zeros.
    fn writes(&mut self, kind: u8, body: &[u8]) -> bool {
        let mut words = body.split(|byte| *byte == 0);
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        match kind {
            // Parse: the statement's name, its text.
            b'P' => {
                if only_reads(second) {
                    self.reading.insert(first.to_owned());
                } else {
                    self.reading.remove(first);
                }
                false
            }
            // Bind: the portal's name, the statement's.
            b'B' => !self.reading.contains(second),
            // A query of one message: its text.
            b'Q' => !only_reads(first),
            _ => false,
        }
    }
}

/// Whether the text of a statement only reads.
fn only_reads(text: &[u8]) -> bool {
    let word = text.trim_ascii_start().get(..6);
    word.is_some_and(|word| word.eq_ignore_ascii_case(b"select"))
}

/// The kind and the body of a whole message, and what follows it. Those that begin a connection have no kind: they begin with a
/// length, whose first byte is 0.
fn next(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (kind, bytes) = match bytes.split_first()? {
        (0, _) => (0, bytes),
        (kind, after) => (*kind, after),
    };
    let (length, _) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (message, after) = bytes.split_at_checked(length)?;
    Some((kind, message.get(4..)?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: &[u8], body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).expect("short").to_be_bytes();
        [kind, &length, body].concat()
    }

    #[test]
    fn a_statement_reads_or_writes_whenever_it_is_bound() {
        let mut messages = Messages::default();
        assert!(messages.reads(&message(b"", b"\0\x03\0\0user\0counter\0\0")));
        assert!(messages.reads(&message(b"p", b"SCRAM-SHA-256\0")));
        let prepare = [message(b"P", b"s0\0SELECT count FROM counts\0\0\0"), message(b"S", b"")].concat();
        assert!(messages.reads(&prepare));
        assert!(messages.reads(&message(b"P", b"s1\0INSERT INTO counts\0\0\0")));
        assert!(messages.reads(&message(b"B", b"\0s0\0\0\0")));
        // In two pieces: the time is that of the one with which it is whole.
        let bind = [message(b"B", b"\0s1\0\0\0"), message(b"E", b"\0\0\0\0\0"), message(b"S", b"")].concat();
        assert!(messages.reads(&bind[..4]));
        assert!(!messages.reads(&bind[4..]));
        assert!(messages.reads(&message(b"B", b"\0s0\0\0\0")));
        // Parsed and bound at once, without a name.
        let at_once = [message(b"P", b"\0insert into counts\0\0\0"), message(b"B", b"\0\0\0\0")].concat();
        assert!(!messages.reads(&at_once));
        let at_once = [message(b"P", b"\0 select 1\0\0\0"), message(b"B", b"\0\0\0\0")].concat();
        assert!(messages.reads(&at_once));
        assert!(!messages.reads(&message(b"Q", b"COMMIT\0")));
    }
}
