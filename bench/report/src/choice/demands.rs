//! What a run measured of services' demands, as a choice is made by.

use choose::{AtShare, Demands, OwnService, Service};
use measure::run::{Environment, Lab, Record, Run};
use prices::cost::OwnUse;
use ways::{Build, Update, Variant, Way, model};

use crate::cost::own_use;

/// The demands of a run; nothing of one that has none, or whose services counted otherwise than by the store's own addition.
#[must_use]
pub fn demands(run: &Run) -> Option<Demands> {
    if run.plan.update != Update::Atomic {
        return None;
    }
    let mut services: Vec<Service> = Vec::new();
    for record in &run.rows {
        let Some((service, at)) = of_record(record) else { continue };
        match services.iter_mut().find(|it| it.is(&service)) {
            // Of two ways with the same service and the same share the first counts: they differ in their fronts.
            Some(known) if known.at.iter().any(|it| it.vcpu == at.vcpu) => {}
            Some(known) => known.at.push(at),
            None => services.push(Service { at: vec![at], ..service }),
        }
    }
    for service in &mut services {
        service.at.sort_by(|one, other| one.vcpu.total_cmp(&other.vcpu));
    }
    (!services.is_empty()).then(|| Demands {
        measured_at: run.started_at.clone(),
        lab: lab(&run.lab),
        machine: machine(&run.environment),
        services,
        own: own(run),
    })
}

/// What a call of a service of the user's own takes: as charged, the mean of its ways; as waited for, by the first prediction.
fn own(run: &Run) -> Option<OwnService> {
    let name = run.app.clone()?;
    let uses: Vec<OwnUse> = run.rows.iter().filter_map(own_use).collect();
    let mean = |of: fn(&OwnUse) -> f64| uses.iter().map(of).sum::<f64>() / uses.len().max(1) as f64;
    let takes = OwnUse {
        write_units: mean(|it| it.write_units),
        read_units: mean(|it| it.read_units),
        s3_puts: mean(|it| it.s3_puts),
        s3_gets: mean(|it| it.s3_gets),
        body_bytes: mean(|it| it.body_bytes),
    };
    let stores = run.rows.iter().find_map(|row| row.predicted()?.stores.clone()).unwrap_or_default();
    Some(OwnService { name, takes, calls: stores.calls() })
}

fn of_record(record: &Record) -> Option<(Service, AtShare)> {
    let way: Way = record.modelled()?;
    let (prediction, artifact) = (record.predicted()?, record.ran()?.artifact.as_ref()?);
    let demand = prediction.demand.as_ref()?.on_aws(model().defaults.arch, artifact.bytes);
    // Before there were two builds all were tuned.
    let service = Service::of(Variant { way, build: record.build.unwrap_or(Build::Tuned) });
    // To a tenth of a microsecond: what a file of them has.
    let ms = |time: std::time::Duration| (time.as_secs_f64() * 1e7).round() / 1e4;
    let at = AtShare {
        vcpu: way.resources().vcpu,
        init_cpu_ms: ms(demand.init_cpu),
        first_cpu_ms: ms(demand.first_cpu),
        warm_cpu_ms: ms(demand.warm_cpu),
        package_bytes: demand.package_bytes,
        share_held: prediction.cpu_share_held,
    };
    Some((service, at))
}

fn lab(lab: &Lab) -> String {
    let changed = if lab.uncommitted_changes == Some(true) { ", with changes" } else { "" };
    match &lab.commit {
        Some(commit) => format!("{} at {}{changed}", lab.version, commit.get(..10).unwrap_or(commit)),
        None => lab.version.clone(),
    }
}

fn machine(it: &Environment) -> String {
    let cpu = it.cpu_model.as_deref().unwrap_or("unknown processor");
    let load = it.load_average_1min.map_or(String::new(), |load| format!(", load average {load:.1}"));
    format!("{} × {cpu}, {}, {}{load}", it.processors, it.arch, it.system)
}
