//! What happens to one call, step by step: it is sent, arrives, works and waits for its store in turns, and ends.

use super::{End, Hop, Simulation};
use crate::arrivals::Arrivals;
use crate::bandwidth::Bandwidth;
use crate::environments::Acquired;
use crate::scenario::{Compute, Connections, Function};

/// One environment, or one worker of a server.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub(super) bandwidth: Bandwidth,
    pub(super) free_ms: f64,
    pub(super) connected: bool,
}

/// A call under way. A client of a closed loop has one at a time, and keeps its slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) due_ms: f64,
    pub(super) sent_ms: Option<f64>,
    pub(super) begun_ms: f64,
    /// What its CPU time is multiplied by, times its demand.
    pub(super) cpu_ms: f64,
    pub(super) worker: u32,
    pub(super) step: Step,
    pub(super) attempts: u8,
    pub(super) cold: bool,
}

/// What happens to a call next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Send,
    Arrive,
    /// It works; so many hops of the store are behind it.
    Work(u8),
    Finish,
}

impl Simulation<'_> {
    /// What happens to a call now, and when something happens to it next; nothing once its slot is free.
    #[inline]
    pub(super) fn step(&mut self, slot: u32, now: f64) -> Option<f64> {
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
            (Compute::Server(_) | Compute::Nothing, Acquired::Warm(ticket) | Acquired::Cold(ticket)) => {
                call.worker = ticket;
            }
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
        let before = drawn(&self.invoke) + drawn(&self.cold) + drawn(&self.vpc) + function.cold_fixed_ms;
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
            Compute::Function(_) => Some(&mut self.workers[call.worker as usize]),
            // Whoever is free first: the work came in this order.
            Compute::Server(_) => self.workers.iter_mut().min_by(|one, other| one.free_ms.total_cmp(&other.free_ms)),
            Compute::Nothing => None,
        };
        let mut cpu_ms = call.cpu_ms / (self.store.len() + 1) as f64;
        let first = done == 0 && !self.store.is_empty();
        let connected = worker.as_ref().is_none_or(|it| it.connected);
        let connects = first && (store.connections == Connections::EachCall || !connected);
        if connects {
            cpu_ms += store.connection_cpu_ms;
        }
        let end = match worker {
            Some(worker) => {
                worker.connected |= connects;
                worker.free_ms = worker.bandwidth.run(now.max(worker.free_ms), cpu_ms);
                worker.free_ms
            }
            None => now,
        };
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
