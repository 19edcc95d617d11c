//! How far a run is, for whoever shows it. Nothing here prints.

/// Reports how far a run is. Nothing here changes what is measured.
pub trait Progress: Sync {
    /// A way begins.
    fn way(&self, way: &str);
    /// A phase of the present way begins.
    fn phase(&self, way: &str, phase: &str);
    /// The present way is done, with a word on how it went.
    fn done(&self, way: &str, word: &str);
    /// A way is left out: it was measured before, or it broke.
    fn skip(&self);
    /// The run is done.
    fn finish(&self);
}

/// Reports nothing: for tests.
pub struct Silent;

impl Progress for Silent {
    fn way(&self, _: &str) {}
    fn phase(&self, _: &str, _: &str) {}
    fn done(&self, _: &str, _: &str) {}
    fn skip(&self) {}
    fn finish(&self) {}
}
