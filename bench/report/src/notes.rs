//! Remarks of many ways, each once.

use measure::run::{Outcome, Record, Run};

use crate::view::Note;

/// Why ways have no figures: each reason once, with its ways, in the order of the rows.
pub(crate) fn unmeasured(run: &Run) -> Vec<Note> {
    let reasons = run.rows.iter().filter_map(|row| match &row.outcome {
        Outcome::Ran(_) => None,
        Outcome::Failed { reason } => Some((format!("FAILED, {reason}"), row.name())),
        Outcome::NotRun { reason } => Some((format!("not run, {reason}"), row.name())),
    });
    let missing = run.missing.iter().map(|name| {
        let rounds = run.rows.iter().find(|row| row.name() == **name).map_or(0, |row| row.rounds);
        let measured = match rounds {
            0 => "not measured yet".to_owned(),
            rounds => format!("measured in {rounds} of {} rounds", run.plan.rounds),
        };
        (format!("{measured}, the run was interrupted"), name.clone())
    });
    grouped(reasons.chain(missing))
}

/// The warnings of all records: each once, with its ways.
pub(crate) fn warnings(run: &Run) -> Vec<Note> {
    let warnings = run.rows.iter().flat_map(|row| row.warnings.iter().map(|it| (it.to_string(), row.name())));
    let mut notes = grouped(warnings);
    let ran = run.rows.iter().filter(|row| row.ran().is_some()).map(Record::name).count();
    for note in notes.iter_mut().filter(|note| ran > 1 && note.ways.len() == ran) {
        note.ways.clear();
    }
    notes
}

fn grouped(remarks: impl Iterator<Item = (String, String)>) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    for (text, way) in remarks {
        match notes.iter_mut().find(|note| note.text == text) {
            Some(note) => note.ways.push(way),
            None => notes.push(Note { text, ways: vec![way] }),
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_remark_is_made_once_with_its_ways() {
        let remarks = [("it broke", "a"), ("no compiler", "b"), ("it broke", "c")];
        let notes = grouped(remarks.into_iter().map(|(text, way)| (text.to_owned(), way.to_owned())));
        let note = |text: &str, ways: &[&str]| Note {
            text: text.to_owned(),
            ways: ways.iter().map(|way| (*way).to_owned()).collect(),
        };
        assert_eq!(notes, [note("it broke", &["a", "c"]), note("no compiler", &["b"])]);
    }
}
