//! A prediction's record: what a service needs is measured here, the rest is the model's.

use std::sync::Arc;

use model::{Aws, Figures, Parameters, Range, Setup};
use ways::Way;

use crate::demand;
use crate::progress::Progress;
use crate::run::{ColdStart, Demand, Load, Plan, Prediction, Ranges, Samples, StoreUse};
use crate::stats::Summary;
use crate::{LoadGenerator, Local};

/// What is predicted.
#[derive(Clone, Copy, Debug)]
pub struct Predicted {
    /// The way, with its size.
    pub way: Way,
    /// What it deploys, in bytes.
    pub package_bytes: u64,
    /// How it is called, and how it counts.
    pub setup: Setup,
}

/// What a service was measured to need, and how: the same in all ways that differ in their front, their package or their size
/// at one share of a processor alone.
#[derive(Clone, Debug)]
pub struct Needs {
    /// Its CPU time.
    pub demand: Demand,
    /// What a call takes of the stores; nothing of the counter.
    pub stores: Option<StoreUse>,
    /// How its share of a processor was held, in words.
    pub cpu: String,
    /// Whether it was.
    pub cpu_share_held: bool,
}

impl Needs {
    /// What a prediction was made by; nothing where that is not in it.
    #[must_use]
    pub fn of(prediction: &Prediction) -> Option<Self> {
        Some(Self {
            demand: prediction.demand.clone()?,
            stores: prediction.stores.clone(),
            cpu: prediction.cpu.clone(),
            cpu_share_held: prediction.cpu_share_held,
        })
    }

    /// Measures them under the quota of the way's size.
    ///
    /// # Errors
    /// When the way, or the load generator, breaks.
    pub async fn measure(
        subject: &mut impl Local,
        generator: &impl LoadGenerator,
        plan: &Plan,
        progress: &dyn Progress,
    ) -> anyhow::Result<Self> {
        progress.phase(&subject.name(), "prediction: CPU time");
        let demand = demand::measure(subject, generator, plan).await?;
        let (cpu, cpu_share_held) = subject.cpu_share();
        Ok(Self { demand, stores: subject.stores(), cpu, cpu_share_held })
    }
}

/// Predicts a way whose service has these needs: simulates its calls on AWS.
#[must_use]
pub fn predict(of: Predicted, needs: Needs, plan: &Plan) -> Prediction {
    let Needs { demand, stores, cpu, cpu_share_held } = needs;
    let setup = Setup { calls: stores.as_ref().map(StoreUse::calls).or(of.setup.calls), ..of.setup };
    let on_aws = demand.on_aws(of.way.arch, of.package_bytes);
    let predicted = simulate(Predicted { setup, ..of }, &on_aws, plan);
    Prediction { cpu, cpu_share_held, demand: Some(demand), stores, ..predicted }
}

/// Predicts a way without a process: it needs no processor, and there is nothing to measure.
#[must_use]
pub fn predict_without_process(of: Predicted, plan: &Plan) -> Prediction {
    simulate(of, &model::Demand { package_bytes: of.package_bytes, ..model::Demand::default() }, plan)
}

fn simulate(of: Predicted, demand: &model::Demand, plan: &Plan) -> Prediction {
    let Predicted { way, package_bytes: _, setup } = of;
    let aws = Aws::new(Arc::clone(&Parameters::committed()));
    let it = aws.predict(way, demand, setup, plan.seed);
    let range = |range: Range| [range.low, range.high];
    Prediction {
        cpu: "none: no process runs".to_owned(),
        cpu_share_held: true,
        demand: None,
        stores: None,
        ranges: Some(Ranges {
            mean_ms: range(it.mean_range_ms),
            p50_ms: range(it.p50_range_ms),
            p99_ms: range(it.p99_range_ms),
            cold_p50_ms: it.cold_range_ms.map(range),
        }),
        cold_start: it.cold.as_ref().map(|cold| ColdStart {
            summary: summary(cold),
            total_ms: it.cold_ms.iter().map(|ms| f64::from(ms[0])).collect(),
            init_ms: it.cold_ms.iter().map(|ms| f64::from(ms[1])).collect(),
        }),
        latency: simulated(&it),
        function_mean_ms: it.inside_mean_ms,
    }
}

fn simulated(it: &model::Prediction) -> Load {
    let kept = it.calls_ms.len();
    Load {
        connections: 1,
        summary: summary(&it.calls),
        samples: Samples {
            every: (it.calls.count / kept.max(1) as u64).try_into().unwrap_or(u32::MAX),
            duration_us: it.calls_ms.iter().map(|ms| f64::from(*ms) * 1e3).collect(),
            status: vec![200; kept],
            opened_connection: Vec::new(),
            unexpected: None,
        },
        acknowledged: it.calls.count,
        failed: 0,
        failures: Vec::new(),
        calls_per_second: it.calls_per_second,
        window_s: None,
        generator_cores: None,
        service_cpu_s: None,
        body_bytes: None,
    }
}

/// Without intervals: so many draws have none that matter, and what is wrong with the parameters is not in them.
fn summary(it: &Figures) -> Summary {
    Summary {
        count: it.count,
        mean_ms: it.mean_ms,
        mean_ci95_ms: None,
        min_ms: it.min_ms,
        p50_ms: it.p50_ms,
        p50_ci95_ms: None,
        p90_ms: it.p90_ms,
        p99_ms: it.p99_ms,
        max_ms: it.max_ms,
    }
}
