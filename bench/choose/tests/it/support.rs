//! What the tests share: the committed prices, the built-in demands.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use choose::{Answer, Basis, Candidates, Demands, Question, answer};
use model::{Aws, Parameters};
use prices::{PriceFolder, Snapshot};
use ways::{Build, Language, Variant, Way, model};

/// The newest committed prices.
pub(crate) fn prices() -> Snapshot {
    PriceFolder::built_in().read(model().region(), None).expect("prices")
}

/// AWS as committed.
pub(crate) fn basis(prices: &Snapshot) -> Basis<'_> {
    Basis { aws: Aws::new(Parameters::committed()), prices, setup: model::Setup::default(), seed: 1 }
}

/// So many calls a month, without a bound.
pub(crate) fn calls(calls_per_month: f64) -> Question {
    Question {
        calls_per_month,
        p99_ms: None,
        durable: false,
        languages: Vec::new(),
        cold_share: None,
        usd_per_month: None,
    }
}

/// The answer by the built-in demands of tuned builds in a compiled and an interpreted language, which need two fifths of the
/// time of all; worked out once for all tests that ask the same.
pub(crate) fn answered(question: &Question) -> Answer {
    static KNOWN: Mutex<BTreeMap<String, Arc<OnceLock<Answer>>>> = Mutex::new(BTreeMap::new());
    let known = Arc::clone(KNOWN.lock().expect("no panic").entry(format!("{question:?}")).or_default());
    known.get_or_init(|| answered_again(question)).clone()
}

/// The same, worked out again.
pub(crate) fn answered_again(question: &Question) -> Answer {
    answer(question, &some_candidates(), &basis(&prices()))
}

/// What it is of.
pub(crate) fn some_candidates() -> Candidates {
    let mut demands = Demands::built_in().clone();
    demands.services.retain(|it| [Language::Rust, Language::Python].contains(&it.language));
    Candidates::of(&demands, Some(&[Build::Tuned]), &Parameters::committed())
}

/// The same by all built-in demands of tuned builds.
pub(crate) fn answered_by_all(question: &Question) -> Answer {
    let candidates = Candidates::of(Demands::built_in(), Some(&[Build::Tuned]), &Parameters::committed());
    answer(question, &candidates, &basis(&prices()))
}

/// A way by its tuned build.
pub(crate) fn tuned(name: &str) -> Variant {
    Variant { way: name.parse::<Way>().expect("a way"), build: Build::Tuned }
}
