//! One hop's delays: a sequence that depends on the seed, the way and the hop, and on nothing else.
//!
//! Each hop draws from a stream of its own, so that its sequence is the same whatever other hops do and in which
//! order. Under concurrent callers it is the sequence that is reproducible, not who gets which value of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Distribution, timer};

/// A hop that takes time. Clones share one sequence.
#[derive(Clone, Debug)]
pub struct Delay {
    /// Nothing is drawn without one.
    distribution: Option<Distribution>,
    /// Added to each value.
    fixed: Duration,
    random: Arc<Mutex<fastrand::Rng>>,
}

impl Delay {
    /// The delays of the hop that `stream` names.
    #[must_use]
    pub fn new(distribution: Distribution, seed: u64, stream: &str) -> Self {
        let random = fastrand::Rng::with_seed(stream_seed(seed, stream));
        Self { distribution: Some(distribution), fixed: Duration::ZERO, random: Arc::new(Mutex::new(random)) }
    }

    /// No delay.
    #[must_use]
    pub fn none() -> Self {
        Self { distribution: None, fixed: Duration::ZERO, random: Arc::new(Mutex::new(fastrand::Rng::with_seed(0))) }
    }

    /// With a part that is the same each time.
    #[must_use]
    pub fn plus(self, fixed: Duration) -> Self {
        Self { fixed: self.fixed + fixed, ..self }
    }

    /// The next delay of the sequence.
    #[must_use]
    pub fn draw(&self) -> Duration {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let drawn = self.distribution.as_ref().map_or(0.0, |it| it.draw_ms(&mut random));
        self.fixed + Duration::from_secs_f64(drawn / 1e3)
    }

    /// Waits for the next delay of the sequence. Callers wait side by side.
    pub async fn wait(&self) {
        timer::sleep(self.draw()).await;
    }

    /// Its mean in ms, the fixed part included.
    #[must_use]
    pub fn mean_ms(&self) -> f64 {
        self.distribution.as_ref().map_or(0.0, Distribution::mean_ms) + self.fixed.as_secs_f64() * 1e3
    }
}

/// FNV-1a over the seed and the name: stable across builds, which the standard library's hash is not.
/// <http://www.isthe.com/chongo/tech/comp/fnv/>
fn stream_seed(seed: u64, stream: &str) -> u64 {
    seed.to_le_bytes()
        .iter()
        .chain(stream.as_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(seed: u64, stream: &str) -> Vec<u128> {
        let delay = Delay::new(Distribution::new(4.0, 12.0, "a test").unwrap(), seed, stream);
        (0..3).map(|_| delay.draw().as_micros()).collect()
    }

    #[test]
    fn a_seed_and_a_stream_always_give_the_same_delays() {
        assert_eq!(micros(1, "lambda-s3/network"), micros(1, "lambda-s3/network"));
        assert_ne!(micros(1, "lambda-s3/network"), micros(2, "lambda-s3/network"));
        assert_ne!(micros(1, "lambda-s3/network"), micros(1, "lambda-s3/invoke"));
    }

    #[test]
    fn drawing_from_one_hop_leaves_another_as_it_is() {
        let distribution = || Distribution::new(4.0, 12.0, "a test").unwrap();
        let (one, other) = (Delay::new(distribution(), 7, "one"), Delay::new(distribution(), 7, "other"));
        let mixed: Vec<_> = (0..5).map(|_| (one.draw(), other.draw()).0).collect();
        let alone = Delay::new(distribution(), 7, "one");
        assert_eq!(mixed, (0..5).map(|_| alone.draw()).collect::<Vec<_>>());
    }

    #[test]
    fn a_fixed_part_is_added_to_each_delay_and_to_the_mean() {
        let distribution = Distribution::new(4.0, 12.0, "a test").unwrap();
        let plain = Delay::new(distribution.clone(), 7, "one");
        let longer = Delay::new(distribution, 7, "one").plus(Duration::from_millis(5));
        assert_eq!(longer.draw(), plain.draw() + Duration::from_millis(5));
        assert!((longer.mean_ms() - plain.mean_ms() - 5.0).abs() < 1e-9);
    }
}
