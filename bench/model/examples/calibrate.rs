//! Calibrates `lambda-perf.toml` on public cold starts, and scores it: `cargo run -p model --example calibrate -- FILE`.
//!
//! FILE is a (gzipped) CSV with the columns date, runtime, package, memory_mb, arch, init_ms (several, by blanks) and
//! first_call_mean_ms. Even months are fitted, odd ones scored; the parameters go to standard output, the scores to
//! standard error. `score FILE` scores the committed parameters on all of a file, and `percentiles FILE` prints the
//! percentiles of its odd months, which a test holds the parameters against.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use flate2::read::GzDecoder;
use model::{FirstCall, Init, Runtime, Runtimes, Shape};
use ways::{Arch, Axis};

const PERIOD: Duration = Duration::from_millis(20);

/// Weights of the slow mode that are tried.
const WEIGHTS: [f64; 8] = [0.013, 0.02, 0.03, 0.045, 0.065, 0.1, 0.2, 0.4];

/// What one group of rows has.
#[derive(Default)]
struct Group {
    init_ms: Vec<f64>,
    first_call_ms: Vec<f64>,
}

/// By runtime, package, arch and memory.
type Groups = BTreeMap<(String, String, String, u32), Group>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [file] => {
            let runtimes = fit(&read(file, |month| month % 2 == 0)?);
            print(&runtimes);
            scores(&runtimes, &read(file, |month| month % 2 == 1)?);
        }
        ["score", file] => scores(Runtimes::committed(), &read(file, |_| true)?),
        ["percentiles", file] => percentiles(&read(file, |month| month % 2 == 1)?),
        _ => return Err("usage: calibrate [score | percentiles] FILE".into()),
    }
    Ok(())
}

fn read(file: &str, wanted: fn(u32) -> bool) -> Result<Groups, Box<dyn Error>> {
    let raw: Box<dyn Read> =
        if file.ends_with(".gz") { Box::new(GzDecoder::new(File::open(file)?)) } else { Box::new(File::open(file)?) };
    let mut lines = BufReader::new(raw).lines();
    let header = lines.next().ok_or("the file is empty")??;
    let column = |name: &str| {
        let found = header.split(',').position(|it| it == name);
        found.ok_or_else(|| format!("the file has no column {name}"))
    };
    let columns = ["date", "runtime", "package", "memory_mb", "arch", "init_ms", "first_call_mean_ms"];
    let columns = columns.map(column).into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut groups = Groups::new();
    for line in lines {
        let line = line?;
        let fields: Vec<&str> = line.split(',').collect();
        let field = |index: usize| fields.get(columns[index]).copied().unwrap_or_default();
        // Restored snapshots don't initialise.
        if field(1).contains("snapstart") || !wanted(field(0).get(5..7).unwrap_or_default().parse()?) {
            continue;
        }
        let key = (field(1).to_owned(), field(2).to_owned(), field(4).to_owned(), field(3).parse()?);
        let group = groups.entry(key).or_default();
        group.init_ms.extend(field(5).split(' ').filter_map(|it| it.parse::<f64>().ok()).filter(|it| *it > 0.0));
        group.first_call_ms.extend(field(6).parse::<f64>().ok().filter(|it| *it > 0.0));
    }
    Ok(groups)
}

/// The nearest rank.
fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * percent).div_ceil(100).max(1);
    values.get(rank - 1).copied().unwrap_or(f64::NAN)
}

fn median(mut values: Vec<f64>) -> f64 {
    percentile(&mut values, 50)
}

/// A row for each runtime, and one for each family.
fn fit(groups: &Groups) -> Runtimes {
    let mut init: BTreeMap<(String, String, String), Vec<f64>> = BTreeMap::new();
    let mut first: BTreeMap<(String, String, String), BTreeMap<u32, Vec<f64>>> = BTreeMap::new();
    for ((runtime, package, arch, memory), group) in groups {
        for name in [Some(runtime.as_str()), Runtimes::family(runtime)].into_iter().flatten() {
            let key = (name.to_owned(), package.clone(), arch.clone());
            init.entry(key.clone()).or_default().extend(&group.init_ms);
            first.entry(key).or_default().entry(*memory).or_default().extend(&group.first_call_ms);
        }
    }
    let runtime = |(runtime, package, arch): &(String, String, String)| Runtime {
        runtime: runtime.clone(),
        package: package.clone(),
        arch: Arch::from_word(arch).expect("the data has two instruction sets"),
    };
    let init = init.into_iter().map(|(key, values)| fit_init(runtime(&key), values)).collect();
    let first_call = first.into_iter().map(|(key, by_memory)| fit_first_call(runtime(&key), by_memory)).collect();
    Runtimes { source: String::new(), init, first_call }
}

/// The weight of the slow mode with which the percentiles fit best, 10 to 99.9.
fn fit_init(runtime: Runtime, mut values: Vec<f64>) -> Init {
    let main = [50, 90, 99].map(|percent| percentile(&mut values, percent));
    let others = [10, 75, 95, 98].map(|percent| (f64::from(percent as u32) / 100.0, percentile(&mut values, percent)));
    let error = |shape: &Shape| {
        let off = |share: f64, value: f64| (shape.quantile(share) / value).ln().abs();
        let of_main = off(0.5, main[0]) * 3.0 + off(0.9, main[1]) * 3.0 + off(0.99, main[2]) * 3.0;
        of_main + others.iter().map(|&(share, value)| off(share, value)).sum::<f64>()
    };
    let shapes = WEIGHTS.map(|weight| Shape::through(main, weight));
    let best = shapes.into_iter().min_by(|one, other| error(one).total_cmp(&error(other))).expect("some");
    let Shape { median, sigma, slow_weight, slow_factor } = best;
    Init { runtime, median_ms: median, sigma, slow_weight, slow_factor }
}

/// The best of a grid: what is fixed, the CPU time, how much it varies.
fn fit_first_call(runtime: Runtime, by_memory: BTreeMap<u32, Vec<f64>>) -> FirstCall {
    let observed: Vec<(f64, f64)> = by_memory.into_iter().map(|(mb, values)| (f64::from(mb), median(values))).collect();
    let least = observed.iter().map(|it| it.1).fold(f64::INFINITY, f64::min);
    let mut best = (f64::INFINITY, FirstCall { runtime, fixed_ms: 0.0, cpu_ms: 1.0, sigma: 0.2 });
    for fixed in 0..=10 {
        for sigma in [0.05, 0.1, 0.2, 0.3, 0.5] {
            for step in 0..60 {
                // From 0.2 to 72 ms: what .NET takes, and more.
                let cpu_ms = 0.2 * 1.105_f64.powi(step);
                let candidate =
                    FirstCall { fixed_ms: least * f64::from(fixed) / 10.0, cpu_ms, sigma, ..best.1.clone() };
                let off = |&(mb, ms): &(f64, f64)| (candidate.mean_ms(mb, PERIOD) / ms).ln().abs();
                let error: f64 = observed.iter().map(off).sum();
                if error < best.0 {
                    best = (error, candidate);
                }
            }
        }
    }
    best.1
}

fn print(runtimes: &Runtimes) {
    println!("# Made by `cargo run -p model --example calibrate -- FILE`; not to be edited.");
    println!(
        "source = \"maxday/lambda-perf (Apache-2.0), cold starts of 2025-01 to 2026-06; fitted on even months\"\n"
    );
    println!("# Init Duration of programs that do nothing, at any memory: body and slow mode, in ms.\ninit = [");
    for row in &runtimes.init {
        println!(
            "    {{ {}, median_ms = {:.4}, sigma = {:.4}, slow_weight = {:.3}, slow_factor = {:.3} }},",
            key(&row.runtime),
            row.median_ms,
            row.sigma,
            row.slow_weight,
            row.slow_factor
        );
    }
    println!(
        "]\n\n# Duration of their first calls: beside the processor, CPU time and its spread, in ms.\nfirst_call = ["
    );
    for row in &runtimes.first_call {
        println!(
            "    {{ {}, fixed_ms = {:.3}, cpu_ms = {:.3}, sigma = {} }},",
            key(&row.runtime),
            row.fixed_ms,
            row.cpu_ms,
            row.sigma
        );
    }
    println!("]");
}

fn key(Runtime { runtime, package, arch }: &Runtime) -> String {
    format!("runtime = \"{runtime}\", package = \"{package}\", arch = \"{arch}\"")
}

/// The median errors: by package, of the six languages whose starts count, and of the four whose first calls do.
fn scores(runtimes: &Runtimes, groups: &Groups) {
    for package in ["zip", "image"] {
        let mut by_family: BTreeMap<&str, [Vec<f64>; 4]> = BTreeMap::new();
        for ((runtime, of, arch, mb), group) in groups.iter().filter(|(key, _)| key.1 == package) {
            let (Some(family), Some(arch)) = (Runtimes::family(runtime), Arch::from_word(arch)) else { continue };
            let errors = by_family.entry(family).or_default();
            if let Some(row) = runtimes.init(runtime, of, arch).filter(|_| !group.init_ms.is_empty()) {
                let (shape, mut values) = (row.shape(), group.init_ms.clone());
                for (slot, percent) in errors.iter_mut().zip([50, 90, 99]) {
                    let share = f64::from(percent as u32) / 100.0;
                    slot.push((shape.quantile(share) / percentile(&mut values, percent) - 1.0).abs());
                }
            }
            if let Some(row) = runtimes.first_call(runtime, of, arch).filter(|_| !group.first_call_ms.is_empty()) {
                let is = median(group.first_call_ms.clone());
                errors[3].push((row.mean_ms(f64::from(*mb), PERIOD) / is - 1.0).abs());
            }
        }
        eprintln!("{package}: median errors in %\n  {:<8}{:>6}{:>6}{:>6}{:>12}", "", "p50", "p90", "p99", "first call");
        let mut all: [Vec<f64>; 4] = Default::default();
        for (family, errors) in by_family {
            let errors = errors.map(median);
            let [p50, p90, p99, first] = errors.map(|error| error * 100.0);
            eprintln!("  {family:<8}{p50:>6.1}{p90:>6.1}{p99:>6.1}{first:>12.1}");
            for (index, error) in errors.into_iter().enumerate() {
                let starts = ["rust", "python", "nodejs", "go", "cpp", "java"].contains(&family);
                let calls = ["nodejs", "ruby", "python", "java"].contains(&family);
                if if index < 3 { starts } else { calls } {
                    all[index].push(error);
                }
            }
        }
        let [p50, p90, p99, first] = all.map(|errors| median(errors) * 100.0);
        eprintln!("  {:<8}{p50:>6.1}{p90:>6.1}{p99:>6.1}{first:>12.1}", "bars");
    }
}

fn percentiles(groups: &Groups) {
    println!("runtime,package,arch,memory_mb,init_p50_ms,init_p90_ms,init_p99_ms,first_call_p50_ms");
    for ((runtime, package, arch, mb), group) in groups {
        let mut values = group.init_ms.clone();
        let [p50, p90, p99] = [50, 90, 99].map(|percent| percentile(&mut values, percent));
        let first = median(group.first_call_ms.clone());
        println!("{runtime},{package},{arch},{mb},{p50:.1},{p90:.1},{p99:.1},{first:.2}");
    }
}
