//! What one build of a language's services came to, program by program. Must not know how one is made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Mutex;

use super::Built;

/// What was made, or why it could not be.
pub(super) type Outcome = Result<Arc<dyn Built>, String>;

/// Programs that were made, or tried in vain: neither is tried again.
#[derive(Default)]
pub(super) struct Shelf(Mutex<BTreeMap<String, Outcome>>);

impl Shelf {
    /// The outcome of one program. What of the others named was not tried yet is made with it, in one go.
    pub(super) async fn of(
        &self,
        program: &str,
        others: &BTreeSet<String>,
        make: impl AsyncFnOnce(&BTreeSet<String>) -> anyhow::Result<Box<dyn Built>>,
    ) -> Outcome {
        let mut made = self.0.lock().await;
        if let Some(outcome) = made.get(program) {
            return outcome.clone();
        }
        let mut wanted = others.clone();
        wanted.insert(program.to_owned());
        wanted.retain(|it| !made.contains_key(it));
        let outcome = make(&wanted).await.map(Arc::from).map_err(|error| format!("{error:#}"));
        made.extend(wanted.into_iter().map(|it| (it, outcome.clone())));
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use cloud::Entrypoint;

    use super::*;

    struct Nothing;

    impl Built for Nothing {
        fn function(&self, _name: &str) -> anyhow::Result<(PathBuf, Option<Entrypoint>)> {
            anyhow::bail!("nothing")
        }
    }

    #[tokio::test]
    async fn each_program_is_tried_once_and_those_that_are_wanted_together_in_one_go() {
        let shelf = Shelf::default();
        let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
        let mut tried = Vec::new();
        for (program, others, fails) in
            [("server", &["lambda-s3"][..], false), ("lambda-s3", &["server", "other"], true), ("other", &[], true)]
        {
            let make = async |wanted: &BTreeSet<String>| -> anyhow::Result<Box<dyn Built>> {
                tried.push(wanted.clone());
                anyhow::ensure!(!fails, "no compiler");
                let made: Box<dyn Built> = Box::new(Nothing);
                Ok(made)
            };
            let outcome = shelf.of(program, &names(others), make).await;
            assert_eq!(outcome.err(), (program == "other").then(|| "no compiler".to_owned()));
        }
        assert_eq!(
            shelf.of("other", &names(&[]), async |_| unreachable!()).await.err().as_deref(),
            Some("no compiler")
        );
        assert_eq!(tried, [names(&["lambda-s3", "server"]), names(&["other"])]);
    }
}
