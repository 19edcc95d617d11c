//! What the committed parameters say of the origin's eight rows, without running them: fitted on two, held against
//! the other six. `cargo test -p cloud calibration -- --nocapture` prints the table.
//!
//! CPU times per call are estimates measured apart from the lab, on one core of the machine that `vcpu_speed` was
//! fitted on: they say whether the model can be right. What the services really take is measured by running them.

use cloud::{Aws, CallCost, Caller, Parameters};
use ways::{Kind, model};

/// CPU time of one call, in ms of that core: two SDK calls over TLS, and the runtime's own work.
const CPU_MS: [(&str, f64); 8] = [
    // FastAPI: 134 µs on uvloop, 235 µs on h11.
    ("ec2-python", 0.2),
    ("k8s-python", 0.2),
    ("fargate-python", 0.2),
    // boto3's get_object and put_object 1.73, awslambdaric 0.25.
    ("lambda-python-s3", 1.98),
    // The table resource's get_item and put_item 1.63, awslambdaric 0.25.
    ("lambda-python-dynamodb", 1.88),
    // SDK v2's get and put over an open connection 1.35, aws-lambda-ric 0.3; connections are counted by themselves.
    ("lambda-javascript-dynamodb", 1.65),
    // Half of the Rust SDK's p50 of 0.3 to 0.47 ms for a call is taken for its own, and 0.1 for the runtime.
    ("lambda-dynamodb", 0.5),
    // libcurl without an SDK: two thirds of that.
    ("lambda-cpp-dynamodb", 0.35),
];

struct Row {
    name: &'static str,
    published_ms: f64,
    predicted_ms: f64,
}

impl Row {
    fn error(&self) -> f64 {
        (self.predicted_ms / self.published_ms - 1.0).abs()
    }
}

fn rows() -> Vec<Row> {
    // The mean does not depend on the seed.
    let aws = Aws { caller: Caller::Origin, ..Aws::new(0) };
    let row = |(name, cpu_ms): (&'static str, f64)| {
        let way: ways::Way = name.parse().unwrap();
        let is_function = model().compute(way.compute).kind == Kind::Function;
        // The origin read, then wrote; its JavaScript opened a connection for each.
        let calls = if is_function { 1.0 } else { 0.0 };
        let connects = if way.language == ways::Language::JavaScript { 2.0 } else { 0.0 };
        let predicted = aws.predict(way, CallCost { cpu_ms, reads: calls, writes: calls, connects });
        let published_ms = model().published(way).unwrap().average_ms;
        Row { name, published_ms, predicted_ms: predicted.mean_ms }
    };
    CPU_MS.map(row).into()
}

/// Ranks from 1; equals share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count();
        let equal = values.iter().filter(|other| *other == value).count();
        below as f64 + (equal as f64 + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}

/// Spearman's rank correlation: Pearson's of the ranks, so that ties count.
fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

fn mean_error<'a>(rows: impl Iterator<Item = &'a Row>) -> f64 {
    let errors: Vec<f64> = rows.map(Row::error).collect();
    errors.iter().sum::<f64>() / errors.len() as f64
}

#[test]
fn six_rows_that_nothing_was_fitted_on_are_predicted_within_a_quarter() {
    let rows = rows();
    let (published, predicted): (Vec<f64>, Vec<f64>) =
        rows.iter().map(|row| (row.published_ms, row.predicted_ms)).unzip();
    let is_fitted = |row: &Row| Parameters::committed().fit.rows.iter().any(|name| name == row.name);
    for row in &rows {
        let group = if is_fitted(row) { "fitted" } else { "held out" };
        let Row { name, published_ms, predicted_ms } = row;
        println!("{name:<28}{published_ms:>6.0}{predicted_ms:>8.1}{:>7.0} %  {group}", row.error() * 100.0);
    }
    let held_out = mean_error(rows.iter().filter(|row| !is_fitted(row)));
    let fitted = mean_error(rows.iter().filter(|row| is_fitted(row)));
    let correlation = spearman(&published, &predicted);
    println!("held out {:.1} %, fitted {:.1} %, Spearman {correlation:.3}", held_out * 100.0, fitted * 100.0);
    assert!(held_out <= 0.25, "{held_out}");
    assert!(fitted <= 0.02, "the fit has drifted from the rows that it was made on: {fitted}");
    assert!(correlation >= 0.90, "{correlation}");
}

#[test]
fn equal_values_share_their_rank() {
    assert_eq!(ranks(&[13.0, 26.0, 13.0, 16.0]), [1.5, 4.0, 1.5, 3.0]);
    assert!((spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 40.0]) - 1.0).abs() < 1e-12);
    assert!((spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]) + 1.0).abs() < 1e-12);
    // Ranks 1.5 1.5 3 against 1 2 3: 1.5 / √(1.5 · 2).
    assert!((spearman(&[1.0, 1.0, 3.0], &[1.0, 2.0, 3.0]) - 1.5 / 3_f64.sqrt()).abs() < 1e-12);
}
