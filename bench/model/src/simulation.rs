//! Plays calls in virtual time: one event after the other, by their time.
//!
//! Every call that comes ends exactly once. The order of random numbers, and so each figure, depends on scenario, arrivals
//! and seed alone.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::arrivals::{Arrivals, Rates};
use crate::bandwidth::Bandwidth;
use crate::environments::{Acquired, Environments};
use crate::sampler::{Day, Sampler};
use crate::scenario::{Compute, Connections, Function, Scenario};

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

/// One environment, or one worker of a server.
#[derive(Clone, Debug)]
struct Worker {
    bandwidth: Bandwidth,
    free_ms: f64,
    connected: bool,
}

/// A call under way. A client of a closed loop has one at a time, and keeps its slot.
#[derive(Clone, Copy, Debug)]
struct Call {
    due_ms: f64,
    sent_ms: Option<f64>,
    begun_ms: f64,
    /// What its CPU time is multiplied by, times its demand.
    cpu_ms: f64,
    worker: u32,
    step: Step,
    attempts: u8,
    cold: bool,
}

/// What happens to a call next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Send,
    Arrive,
    /// It works; so many hops of the store are behind it.
    Work(u8),
    Finish,
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
            Compute::Server(_) => None,
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
        for hop in hops.chain(&mut self.invoke).chain(&mut self.cold).chain(&mut self.init) {
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

    /// What happens to a call now, and when something happens to it next; nothing once its slot is free.
    #[inline]
    fn step(&mut self, slot: u32, now: f64) -> Option<f64> {
        let mut call = self.calls[slot as usize];
        let next = match call.step {
            Step::Send => {
                self.come_next();
                let pace = if let Arrivals::Closed { pace, .. } = self.arrivals { pace } else { None };
                let sent = pace.map_or(now, |pace| pace.next(call.sent_ms, now));
                call.sent_ms = Some(sent);
                call.step = Step::Arrive;
                Some(sent + self.pass_entrance())
            }
            Step::Arrive => self.arrive(&mut call, now),
            Step::Work(done) => Some(self.work(&mut call, done, now)),
            Step::Finish => self.finish(&mut call, now, End::Answered),
        };
        self.calls[slot as usize] = call;
        if next.is_none() {
            self.free.push(slot);
        }
        next
    }

    fn arrive(&mut self, call: &mut Call, now: f64) -> Option<f64> {
        let scenario = self.scenario;
        let acquired = self.environments.acquire(now);
        let mut cpu_ms = scenario.warm_cpu_ms;
        let mut begin = now;
        match (&scenario.compute, acquired) {
            (_, Acquired::Throttled) if call.attempts < scenario.retries.attempts => {
                let limit = scenario.retries.base_ms * f64::from(1_u32 << call.attempts.min(16));
                call.attempts += 1;
                return Some(now + self.random.f64() * limit + self.pass_entrance());
            }
            (_, Acquired::Throttled) => return self.finish(call, now, End::Throttled),
            (Compute::Server(_), Acquired::Warm(ticket) | Acquired::Cold(ticket)) => call.worker = ticket,
            (Compute::Function(_), Acquired::Warm(environment)) => {
                call.worker = environment;
                begin += self.invoke.as_ref().map_or(0.0, |hop| Self::draw(hop, self.bad, &mut self.random));
            }
            (Compute::Function(function), Acquired::Cold(environment)) => {
                call.worker = environment;
                call.cold = true;
                cpu_ms = scenario.first_cpu_ms;
                begin += self.start(function, call.due_ms);
            }
        }
        let (bad, random) = (self.bad, &mut self.random);
        call.cpu_ms = cpu_ms * scenario.spread.draw(bad, random);
        call.begun_ms = begin;
        call.step = Step::Work(0);
        Some(begin)
    }

    /// How long the start of an environment takes, its invocation included.
    fn start(&mut self, function: &Function, due_ms: f64) -> f64 {
        let bandwidth = Bandwidth::new(function.share, self.random.f64());
        self.workers.push(Worker { bandwidth, free_ms: 0.0, connected: false });
        let (bad, random) = (self.bad, &mut self.random);
        let mut drawn = |hop: &Option<Hop<'_>>| hop.as_ref().map_or(0.0, |hop| Self::draw(hop, bad, random));
        let before = drawn(&self.invoke) + drawn(&self.cold) + function.cold_fixed_ms;
        let init = (function.init_fixed_ms + self.scenario.init_cpu_ms) * drawn(&self.init);
        if due_ms >= self.settle_ms {
            self.played.init_ms.push(init as f32);
        }
        before + init
    }

    /// A part of the call's CPU time, and the hop of the store that follows it.
    #[inline]
    fn work(&mut self, call: &mut Call, done: u8, now: f64) -> f64 {
        let store = &self.scenario.store;
        let worker = match &self.scenario.compute {
            Compute::Function(_) => &mut self.workers[call.worker as usize],
            // Whoever is free first: the work came in this order.
            Compute::Server(_) => self
                .workers
                .iter_mut()
                .min_by(|one, other| one.free_ms.total_cmp(&other.free_ms))
                .expect("a server has a worker"),
        };
        let mut cpu_ms = call.cpu_ms / (self.store.len() + 1) as f64;
        let first = done == 0 && !self.store.is_empty();
        let connects = first && (store.connections == Connections::EachCall || !worker.connected);
        if connects {
            cpu_ms += store.connection_cpu_ms;
        }
        worker.connected |= connects;
        let end = worker.bandwidth.run(now.max(worker.free_ms), cpu_ms);
        worker.free_ms = end;
        let Some(hop) = self.store.get(usize::from(done)) else {
            call.step = Step::Finish;
            return end;
        };
        call.step = Step::Work(done + 1);
        if !store.passes(usize::from(done), &mut self.random) {
            return end;
        }
        let connect = self.connect.as_ref().filter(|_| connects);
        let connect = connect.map_or(0.0, |hop| Self::draw(hop, self.bad, &mut self.random));
        end + connect + Self::draw(hop, self.bad, &mut self.random)
    }

    /// The end of a call. A client of a closed loop goes on.
    fn finish(&mut self, call: &mut Call, now: f64, end: End) -> Option<f64> {
        let took = (now - call.due_ms) as f32;
        let counts = call.due_ms >= self.settle_ms;
        if end == End::Answered {
            self.environments.release(call.worker, now);
        }
        match end {
            End::Throttled => self.played.throttled += u64::from(counts),
            End::Answered if !counts => {}
            End::Answered => {
                if call.cold {
                    self.played.cold_ms.push(took);
                } else {
                    self.played.warm_ms.push(took);
                    self.played.inside_ms += now - call.begun_ms;
                }
            }
        }
        self.played.end_ms = now;
        self.to_end -= 1;
        if self.to_end.is_multiple_of(self.calls_per_day) {
            self.next_day();
        }
        let Arrivals::Closed { think_ms, .. } = self.arrivals else { return None };
        if self.to_come == 0 {
            return None;
        }
        self.to_come -= 1;
        let due_ms = now + think_ms;
        *call = Call { due_ms, step: Step::Send, attempts: 0, cold: false, ..*call };
        Some(due_ms)
    }
}
