//! What a choice looks like: the answer of `lab choose`, the sizes of a way, its traffic. The arithmetic is `choose`'s.

mod answer;
mod demands;
mod size;
mod traffic;
mod words;

pub use answer::text as answer;
pub use demands::demands;
pub use size::text as sizing;
pub use traffic::text as traffic;
pub use words::Sources;
pub(crate) use words::percent;
