//! The reference loop: what its CPU time is on AWS's processors is known (`reference_turn` in `aws.toml`).
//!
//! It does what services do most: it follows pointers through more memory than the first cache has, and branches on what
//! it finds. It stands in this crate because this crate is optimised in every build, and so takes the same time in each.

/// 64 KiB: beyond the first cache, within the second.
const PLACES: usize = 1 << 13;

/// Steps of a turn: some 0.2 ms.
const STEPS: usize = 20_000;

/// The loop, and the memory that it walks through.
#[derive(Clone, Debug)]
pub struct ReferenceLoop {
    places: Vec<u64>,
}

impl Default for ReferenceLoop {
    fn default() -> Self {
        // Each place holds another, by a generator of full period (Knuth, The Art of Computer Programming, 3.2.1.2).
        let next = |place: usize| (place as u64).wrapping_mul(5).wrapping_add(12_345) % PLACES as u64;
        Self { places: (0..PLACES).map(next).collect() }
    }
}

impl ReferenceLoop {
    /// One turn. The sum is of no meaning; a caller that does not use it gives it to [`std::hint::black_box`].
    #[must_use]
    #[inline(never)]
    pub fn turn(&self) -> u64 {
        let (mut place, mut sum) = (0_usize, 0_u64);
        for _ in 0..STEPS {
            let next = self.places[place];
            sum = if next & 1 == 0 { sum.wrapping_add(next) } else { sum.rotate_left(7) ^ next };
            place = next as usize;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_passes_every_place() {
        let places = ReferenceLoop::default().places;
        let mut seen = vec![false; PLACES];
        let mut place = 0;
        for _ in 0..PLACES {
            seen[place] = true;
            place = places[place] as usize;
        }
        assert!(seen.iter().all(|it| *it) && place == 0);
    }
}
