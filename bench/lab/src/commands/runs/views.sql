-- Views over run folders, as they lie: DuckDB 1.5 or newer reads each run.json where it is, of every version, and nothing is
-- copied. `lab runs --sql` prints this file; docs/many-machines.md has examples.
--
--   duckdb -init <(lab runs --sql)
--   duckdb.connect().execute(subprocess.check_output(["lab", "runs", "--sql"], text=True))
--
-- Times are in the unit that a column's name ends with. Figures of several machines are not to be compared: `cpu_model`, `processors` and
-- `system` of `runs` distinguish them.

SET VARIABLE runs = '.lab/runs';

CREATE OR REPLACE TYPE lab_summary AS STRUCT(
    count UBIGINT, mean_ms DOUBLE, min_ms DOUBLE, p50_ms DOUBLE, p90_ms DOUBLE, p99_ms DOUBLE, max_ms DOUBLE);
-- `samples_us`: version 1, which had the acknowledged calls only.
CREATE OR REPLACE TYPE lab_load AS STRUCT(
    connections UINTEGER, summary lab_summary,
    samples STRUCT("every" UINTEGER, duration_us DOUBLE[], status USMALLINT[], opened_connection UINTEGER[]),
    samples_us DOUBLE[], acknowledged UBIGINT, failed UBIGINT, calls_per_second DOUBLE);
CREATE OR REPLACE TYPE lab_cold_start AS STRUCT(summary lab_summary, total_ms DOUBLE[], init_ms DOUBLE[]);
CREATE OR REPLACE TYPE lab_round AS STRUCT(
    cold_start lab_cold_start, latency lab_load, concurrency lab_load,
    at_rates STRUCT(per_second DOUBLE, share DOUBLE, load lab_load)[],
    exactness STRUCT(acknowledged UBIGINT, counted UBIGINT, failed UBIGINT), peak_memory_bytes UBIGINT,
    "from" VARCHAR, region VARCHAR);
CREATE OR REPLACE TYPE lab_figure AS STRUCT("value" DOUBLE, ci95 DOUBLE[], rounds DOUBLE[]);
CREATE OR REPLACE TYPE lab_row AS STRUCT(
    way VARCHAR, build VARCHAR, deployment VARCHAR, title VARCHAR, durable BOOLEAN, rounds UINTEGER, took_s DOUBLE,
    cost STRUCT(prices VARCHAR, usd_per_month DOUBLE, balancer_usd_per_month DOUBLE, usd_per_million_calls DOUBLE),
    outcome STRUCT(
        status VARCHAR, reason VARCHAR, artifact STRUCT(bytes UBIGINT),
        figures STRUCT(cold_start_ms lab_figure, mean_ms lab_figure, p50_ms lab_figure, p90_ms lab_figure,
            p99_ms lab_figure, calls_per_second lab_figure),
        measured lab_round, later_rounds lab_round[],
        predicted STRUCT(cold_start lab_cold_start, latency lab_load, ranges STRUCT(
            mean_ms DOUBLE[], p50_ms DOUBLE[], p99_ms DOUBLE[], cold_p50_ms DOUBLE[])),
        on_aws lab_round, on_aws_later_rounds lab_round[]));

CREATE OR REPLACE VIEW run_files AS
SELECT regexp_extract(filename, '([^/\\]+)[/\\]run\.json$', 1) AS run, * EXCLUDE (filename)
FROM read_json(
    getvariable('runs') || '/*/run.json', format = 'unstructured', records = true, filename = true, maximum_object_size = 268435456,
    columns = {
        schema_version: 'UINTEGER', started_at: 'TIMESTAMP', duration_s: 'DOUBLE',
        lab: 'STRUCT(version VARCHAR, "commit" VARCHAR, uncommitted_changes BOOLEAN)',
        environment: 'STRUCT(system VARCHAR, arch VARCHAR, cpu_model VARCHAR, processors UINTEGER, memory_bytes UBIGINT)',
        plan: 'STRUCT(rounds UINTEGER, "update" VARCHAR, seed UBIGINT)',
        shard: 'STRUCT("index" UINTEGER, "of" UINTEGER, anchor VARCHAR)',
        merged: 'STRUCT(anchor VARCHAR, "of" UINTEGER)',
        "rows": 'lab_row[]', missing: 'VARCHAR[]'
    });

-- One row for each run. Of a merged one `cpu_model` and so on are its first shard's.
CREATE OR REPLACE VIEW runs AS
SELECT run, schema_version, started_at, duration_s, lab.version AS lab_version, lab."commit" AS "commit",
    lab.uncommitted_changes AS uncommitted_changes, environment.system AS system, environment.arch AS arch,
    environment.cpu_model AS cpu_model, environment.processors AS processors,
    coalesce(plan.rounds, 1) AS rounds, plan."update" AS "update", shard."index" AS shard, coalesce(shard."of", merged."of") AS shards,
    coalesce(shard.anchor, merged.anchor) AS anchor, merged IS NOT NULL AS merged,
    len("rows") AS ways, coalesce(len(missing), 0) AS missing
FROM run_files;

CREATE OR REPLACE VIEW run_rows AS
SELECT run, started_at, merged IS NOT NULL AS merged, unnest("rows") AS r FROM run_files;

-- One row for each way of each run: what became of it, its figures with their 95 % intervals, its cost. Where a run has no
-- figures they are the geometric means of its rounds, as the lab has them.
CREATE OR REPLACE VIEW ways AS
SELECT run, started_at, r.way AS way, r.build AS build, r.deployment AS deployment, r.outcome.status AS status,
    r.outcome.reason AS reason, coalesce(r.rounds, 1) AS rounds, r.took_s AS took_s, r.durable AS durable,
    f.cold_start_ms."value" AS cold_start_ms, f.cold_start_ms.ci95 AS cold_start_ci95_ms,
    coalesce(f.mean_ms."value", exp(list_avg([ln(x.latency.summary.mean_ms) for x in m]))) AS mean_ms, f.mean_ms.ci95 AS mean_ci95_ms,
    coalesce(f.p50_ms."value", exp(list_avg([ln(x.latency.summary.p50_ms) for x in m]))) AS p50_ms, f.p50_ms.ci95 AS p50_ci95_ms,
    coalesce(f.p99_ms."value", exp(list_avg([ln(x.latency.summary.p99_ms) for x in m]))) AS p99_ms, f.p99_ms.ci95 AS p99_ci95_ms,
    coalesce(f.calls_per_second."value", exp(list_avg([ln(x.concurrency.calls_per_second) for x in m]))) AS calls_per_second,
    f.calls_per_second.ci95 AS calls_per_second_ci95,
    r.outcome.predicted.latency.summary.mean_ms AS predicted_mean_ms,
    r.outcome.predicted.latency.summary.p99_ms AS predicted_p99_ms,
    r.outcome.predicted.ranges.p99_ms AS predicted_p99_range_ms,
    r.outcome.predicted.cold_start.summary.p50_ms AS predicted_cold_start_ms,
    r.cost.usd_per_month AS usd_per_month, r.cost.balancer_usd_per_month AS balancer_usd_per_month,
    r.cost.usd_per_million_calls AS usd_per_million_calls, r.outcome.artifact.bytes AS artifact_bytes
FROM (
    SELECT *, r.outcome.figures AS f,
        CASE WHEN r.outcome.measured IS NOT NULL
            THEN list_prepend(r.outcome.measured, coalesce(r.outcome.later_rounds, []))
            WHEN r.outcome.on_aws IS NOT NULL
            THEN list_prepend(r.outcome.on_aws, coalesce(r.outcome.on_aws_later_rounds, [])) END AS m
    FROM run_rows);

-- The rounds of rows of ways, here and on AWS, one row each. No list is put together on the way (that copies all samples), and no
-- part is read twice (as each part of a UNION would be).
CREATE OR REPLACE MACRO lab_rounds(run_rows) AS TABLE
SELECT run, started_at, way, build, deployment, place, earlier + generate_subscripts(rounds, 1) AS round, unnest(rounds) AS m
FROM (
    SELECT run, started_at, r.way AS way, r.build AS build, r.deployment AS deployment, place, earlier,
        CASE WHEN place = 'here' AND earlier = 0 THEN [r.outcome.measured]
            WHEN place = 'here' THEN r.outcome.later_rounds
            WHEN earlier = 0 THEN [r.outcome.on_aws]
            ELSE r.outcome.on_aws_later_rounds END AS rounds
    FROM query_table(run_rows), (VALUES ('here', 0), ('here', 1), ('aws', 0), ('aws', 1)) AS parts(place, earlier)
);

-- Their loads, one row each.
CREATE OR REPLACE MACRO lab_loads(run_rows) AS TABLE
SELECT run, started_at, way, build, deployment, place, round, kind, m.at_rates[rate].per_second AS per_second,
    CASE kind WHEN 'latency' THEN m.latency WHEN 'concurrency' THEN m.concurrency ELSE m.at_rates[rate].load END AS load
FROM (
    SELECT *, unnest(CASE WHEN kind = 'rate' THEN range(1, len(m.at_rates) + 1) ELSE [0] END) AS rate
    FROM lab_rounds(run_rows), (VALUES ('latency'), ('concurrency'), ('rate')) AS kinds(kind)
    WHERE m IS NOT NULL
);

-- One row for each way and round that was measured, here or on AWS.
CREATE OR REPLACE VIEW rounds AS FROM lab_rounds('run_rows') WHERE m IS NOT NULL;

-- One row for each load of a round: `latency` (one connection), `concurrency`, `rate` (open-loop, at per_second).
CREATE OR REPLACE VIEW loads AS FROM lab_loads('run_rows');

-- What `samples` needs of a run, and no more: predictions have samples too, whose numbers would be made and thrown away.
CREATE OR REPLACE TYPE lab_sampled_load AS STRUCT(
    samples STRUCT("every" UINTEGER, duration_us DOUBLE[], status USMALLINT[], opened_connection UINTEGER[]), samples_us DOUBLE[]);
CREATE OR REPLACE TYPE lab_sampled_round AS STRUCT(
    latency lab_sampled_load, concurrency lab_sampled_load,
    at_rates STRUCT(per_second DOUBLE, load lab_sampled_load)[]);
CREATE OR REPLACE TYPE lab_sampled_row AS STRUCT(
    way VARCHAR, build VARCHAR, deployment VARCHAR,
    outcome STRUCT(measured lab_sampled_round, later_rounds lab_sampled_round[],
        on_aws lab_sampled_round, on_aws_later_rounds lab_sampled_round[]));

CREATE OR REPLACE VIEW sampled_rows AS
SELECT regexp_extract(filename, '([^/\\]+)[/\\]run\.json$', 1) AS run, started_at, unnest("rows") AS r
FROM read_json(
    getvariable('runs') || '/*/run.json', format = 'unstructured', records = true, filename = true,
    maximum_object_size = 268435456, columns = {started_at: 'TIMESTAMP', "rows": 'lab_sampled_row[]'});

-- One row for each call that is kept, in the order of their start; `every`: one of so many was kept. Latencies are those of calls
-- with status 200 that did not open a connection.
CREATE OR REPLACE VIEW samples AS
SELECT run, started_at, way, build, deployment, place, round, kind, per_second, number, duration_us, status, "every",
    list_contains(opened_connection, number - 1) AS opened
FROM (
    SELECT run, started_at, way, build, deployment, place, round, kind, per_second,
        coalesce(load.samples."every", 1) AS "every", coalesce(load.samples.opened_connection, []) AS opened_connection,
        unnest(coalesce(load.samples.duration_us, load.samples_us)) AS duration_us,
        unnest(coalesce(load.samples.status, [200 FOR it IN load.samples_us])) AS status,
        generate_subscripts(coalesce(load.samples.duration_us, load.samples_us), 1) AS number
    FROM lab_loads('sampled_rows')
);

-- One row for each cold start.
CREATE OR REPLACE VIEW cold_starts AS
SELECT run, started_at, way, build, deployment, place, round, unnest(m.cold_start.total_ms) AS total_ms,
    unnest(m.cold_start.init_ms) AS init_ms
FROM rounds WHERE m.cold_start IS NOT NULL;
