//! Plays calls in virtual time: one event after the other, by their time.
//!
//! Every call that comes ends exactly once. The order of random numbers, and so each figure, depends on scenario, arrivals
//! and seed alone.

mod call;

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::arrivals::{Arrivals, Rates};
use crate::bandwidth::Bandwidth;
use crate::environments::Environments;
use crate::sampler::{Day, Sampler};
use crate::scenario::{Compute, Function, Scenario};
use call::{Call, Step, Worker};

/// The days of a simulation, each with its own factors: enough for bad ones to be as frequent as they are on average.
const DAYS: usize = 100;

/// What came of the calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Played {
    /// How long answered calls took that met something warm, from when they were due, in ms.
    pub warm_ms: Vec<f32>,
    /// And those that had to wait for a start.
    pub cold_ms: Vec<f32>,
    /// Of these, how long each start took until it could take calls (a function's Init Duration), in ms.
    pub init_ms: Vec<f32>,
    /// How long warm calls were inside of the function or the server together, in ms.
    pub inside_ms: f64,
    /// Calls that were refused to their end.
    pub throttled: u64,
    /// Environments that were started.
    pub started: u32,
    /// Calls that were served together, at most.
    pub most_busy: u32,
    /// When the last call ended, in ms.
    pub end_ms: f64,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was answered.
    Answered,
    /// It was refused as often as it tried.
    Throttled,
}

/// Plays so many calls.
#[must_use]
pub fn simulate(scenario: &Scenario, arrivals: Arrivals, calls: usize, seed: u64) -> Played {
    let mut random = fastrand::Rng::with_seed(seed);
    let days = Day::several(DAYS, &mut random);
    let mut simulation = Simulation::new(scenario, arrivals, days, random, calls);
    simulation.run();
    let (environments, mut played) = (simulation.environments, simulation.played);
    let is_function = matches!(scenario.compute, Compute::Function(_));
    (played.started, played.most_busy) =
        (if is_function { environments.started() } else { 0 }, environments.most_busy());
    played
}

/// A sampler, and what its values are multiplied by on this day.
struct Hop<'a> {
    sampler: &'a Sampler,
    factor: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Event {
    at_ms: f64,
    slot: u32,
}

impl Eq for Event {}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at_ms.total_cmp(&other.at_ms).then(self.slot.cmp(&other.slot))
    }
}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

struct Simulation<'a> {
    scenario: &'a Scenario,
    arrivals: Arrivals,
    random: fastrand::Rng,
    days: std::vec::IntoIter<Day>,
    bad: bool,
    entrance: Vec<Hop<'a>>,
    store: Vec<Hop<'a>>,
    connect: Option<Hop<'a>>,
    invoke: Option<Hop<'a>>,
    cold: Option<Hop<'a>>,
    vpc: Option<Hop<'a>>,
    init: Option<Hop<'a>>,
    environments: Environments,
    workers: Vec<Worker>,
    calls: Vec<Call>,
    free: Vec<u32>,
    events: BinaryHeap<Reverse<Event>>,
    /// Calls that have not come yet, and that have not ended.
    to_come: usize,
    to_end: usize,
    calls_per_day: usize,
    /// Of an open loop.
    rates: Option<Rates>,
    next_open_ms: f64,
    /// Calls that are due before are not counted.
    settle_ms: f64,
    played: Played,
}

impl<'a> Simulation<'a> {
    fn new(scenario: &'a Scenario, arrivals: Arrivals, days: Vec<Day>, random: fastrand::Rng, calls: usize) -> Self {
        let hop = |sampler: &'a Sampler| Hop { sampler, factor: 1.0 };
        let function: Option<&'a Function> = match &scenario.compute {
            Compute::Function(function) => Some(function),
            Compute::Server(_) | Compute::Nothing => None,
        };
        let environments = function.map_or_else(
            || Environments::new(f64::INFINITY, u32::MAX),
            |it| Environments::new(it.keep_idle.as_secs_f64() * 1e3, it.concurrency),
        );
        let mut this = Self {
            scenario,
            arrivals,
            random,
            days: days.into_iter(),
            bad: false,
            entrance: scenario.entrance.iter().map(hop).collect(),
            store: scenario.store.hops.iter().map(hop).collect(),
            connect: scenario.store.connect.as_ref().map(hop),
            invoke: function.map(|it| hop(&it.invoke)),
            cold: function.map(|it| hop(&it.cold)),
            vpc: function.and_then(|it| it.vpc.as_ref()).map(hop),
            init: function.map(|it| hop(&it.init)),
            environments,
            workers: Vec::new(),
            calls: Vec::new(),
            free: Vec::new(),
            events: BinaryHeap::new(),
            to_come: calls,
            to_end: calls,
            calls_per_day: calls.div_ceil(DAYS).max(1),
            rates: Rates::of(arrivals),
            next_open_ms: 0.0,
            settle_ms: if let Arrivals::Traffic(traffic) = arrivals { traffic.settle_ms } else { 0.0 },
            played: Played { warm_ms: Vec::with_capacity(calls), ..Played::default() },
        };
        if let Compute::Server(server) = &scenario.compute {
            // They run since long: their connections are open.
            for _ in 0..server.workers.max(1) {
                let bandwidth = Bandwidth::new(server.share, this.random.f64());
                this.workers.push(Worker { bandwidth, free_ms: 0.0, connected: true });
            }
        }
        this.next_day();
        this
    }

    fn next_day(&mut self) {
        let Some(day) = self.days.next() else { return };
        self.bad = day.bad;
        let hops = self.entrance.iter_mut().chain(&mut self.store).chain(&mut self.connect);
        for hop in hops.chain(&mut self.invoke).chain(&mut self.cold).chain(&mut self.vpc).chain(&mut self.init) {
            hop.factor = hop.sampler.factor(day);
        }
    }

    fn run(&mut self) {
        match self.arrivals {
            Arrivals::Closed { clients, .. } => {
                for _ in 0..self.to_come.min(clients as usize) {
                    self.come(0.0);
                }
            }
            Arrivals::Open { .. } | Arrivals::Traffic(_) => self.come_next(),
        }
        while let Some(Reverse(mut event)) = self.events.pop() {
            // Who is next by himself need not queue.
            while let Some(at_ms) = self.step(event.slot, event.at_ms) {
                event.at_ms = at_ms;
                if self.events.peek().is_some_and(|Reverse(first)| *first < event) {
                    self.events.push(Reverse(event));
                    break;
                }
            }
        }
    }

    /// A call that is due at a time.
    fn come(&mut self, due_ms: f64) {
        self.to_come -= 1;
        let call = Call {
            due_ms,
            sent_ms: None,
            begun_ms: 0.0,
            cpu_ms: 0.0,
            worker: 0,
            step: Step::Send,
            attempts: 0,
            cold: false,
        };
        let slot = self.free.pop().unwrap_or_else(|| {
            self.calls.push(call);
            self.calls.len() as u32 - 1
        });
        self.calls[slot as usize] = call;
        self.events.push(Reverse(Event { at_ms: due_ms, slot }));
    }

    /// The next call of an open loop: each makes the one after it.
    fn come_next(&mut self) {
        let Some(rates) = &self.rates else { return };
        if self.to_come > 0 {
            self.next_open_ms = rates.next(self.next_open_ms, &mut self.random);
            self.come(self.next_open_ms);
        }
    }

    #[inline]
    fn draw(hop: &Hop<'_>, bad: bool, random: &mut fastrand::Rng) -> f64 {
        hop.sampler.draw(bad, random) * hop.factor
    }

    #[inline]
    fn pass_entrance(&mut self) -> f64 {
        let (bad, random) = (self.bad, &mut self.random);
        self.entrance.iter().map(|hop| Self::draw(hop, bad, random)).sum()
    }
}
