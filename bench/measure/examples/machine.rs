//! What kinds of work take on this machine: `cargo run --release -p measure --example machine`.
//!
//! The reference loop follows pointers, so that it waits for memory and little else. Services interpret, parse and branch.
//! A machine whose processors are shared slows the two down by unlike factors (docs/prediction.md): this shows by which.
//! Each kind runs in short turns with pauses between, as the reference loop does beside a service; CPU times, medians.

use std::hint::black_box;
use std::thread::sleep;
use std::time::Duration;

use model::ReferenceLoop;
use rustix::time::{ClockId, clock_gettime};

/// Turns of each kind.
const TURNS: usize = 200;

/// Before each.
const PAUSE: Duration = Duration::from_millis(5);

fn main() {
    let reference = ReferenceLoop::default();
    let memory = Walk::default();
    let mut interpreter = Interpreter::default();
    let mut kinds: [(&str, &mut dyn FnMut() -> u64); 3] = [
        ("the reference loop: 20,000 pointers through 64 KiB", &mut || reference.turn()),
        ("memory: 2,000 pointers through 4 MiB", &mut || memory.turn()),
        ("an interpreter: 20,000 random instructions of 128 KiB", &mut || interpreter.turn()),
    ];
    let mut turns_ms = [const { Vec::new() }; 3];
    for _ in 0..TURNS {
        for ((_, turn), turns_ms) in kinds.iter_mut().zip(&mut turns_ms) {
            sleep(PAUSE);
            let begun = cpu_time();
            black_box(turn());
            turns_ms.push((cpu_time() - begun).as_secs_f64() * 1e3);
        }
    }
    for ((name, _), turns_ms) in kinds.iter().zip(&mut turns_ms) {
        turns_ms.sort_by(f64::total_cmp);
        println!("{:7.3} ms  {name}", turns_ms[TURNS / 2]);
    }
}

/// Of this thread.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

/// As the reference loop, through what no cache of a core has room for.
struct Walk {
    places: Vec<u64>,
}

impl Default for Walk {
    fn default() -> Self {
        const PLACES: u64 = 1 << 19;
        Self { places: (0..PLACES).map(|place| (place * 5 + 12_345) % PLACES).collect() }
    }
}

impl Walk {
    fn turn(&self) -> u64 {
        (0..2_000).fold(0, |place, _| self.places[place as usize])
    }
}

/// A machine of sixteen registers and its program.
struct Interpreter {
    program: Vec<u32>,
    memory: Vec<u64>,
}

impl Default for Interpreter {
    fn default() -> Self {
        // By a generator of full period (Marsaglia, Xorshift RNGs, 2003).
        let mut state = 88_172_645_463_325_252_u64;
        let mut word = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u32
        };
        Self { program: (0..1 << 15).map(|_| word()).collect(), memory: vec![0; 1 << 12] }
    }
}

impl Interpreter {
    fn turn(&mut self) -> u64 {
        let (mut registers, mut at) = ([1_u64; 16], 0);
        for _ in 0..20_000 {
            let word = self.program[at];
            at = (at + 1) % self.program.len();
            let field = |shift: u32| (word >> shift & 15) as usize;
            let (to, left, right) = (field(8), registers[field(12)], registers[field(16)]);
            let place = (word >> 20) as usize;
            match word & 15 {
                0 => registers[to] = left.wrapping_add(right),
                1 => registers[to] = left.wrapping_sub(right),
                2 => registers[to] = left ^ right,
                3 => registers[to] = left.rotate_left(word >> 20 & 63),
                4 => registers[to] = self.memory[left as usize % self.memory.len()],
                5 => {
                    let place = left as usize % self.memory.len();
                    self.memory[place] = right;
                }
                6 if left < right => at = (at + (place & 7)) % self.program.len(),
                7 => registers[to] = left.wrapping_mul(right | 1),
                8 => registers[to] = u64::from(word >> 16),
                9 => registers[to] = left & right,
                10 => registers[to] = left | right,
                11 => registers[to] = left >> (word >> 20 & 31),
                12 => registers[to] = u64::from(registers[to].count_ones()) + left,
                13 if left & 1 == 0 => registers[to] = right,
                14 => registers[to] = self.memory[place],
                15 => self.memory[place] = registers[to],
                _ => {}
            }
        }
        registers.into_iter().fold(0, |sum, register| sum ^ register)
    }
}
