"""The runs of a folder by DuckDB's views, and their archive by DuckDB, pandas and Polars: what each finds must be what the lab
itself reads. Arguments: the SQL of `lab runs --sql`, that of `lab runs export --sql`, the archive, and the expected figures as JSON.
"""

import json
import sys
from pathlib import Path

import duckdb
import pandas
import polars

views, export, archive, expected = (Path(path) for path in sys.argv[1:])
expected = json.loads(expected.read_text())

connection = duckdb.connect()
connection.execute(views.read_text())


def rows(sql: str) -> list[tuple]:
    return connection.execute(sql).fetchall()


# Every run, whatever version wrote it.
assert rows("SELECT run, schema_version, ways FROM runs ORDER BY run") == [
    (run["run"], run["version"], run["ways"]) for run in expected["runs"]
], rows("SELECT run, schema_version, ways FROM runs ORDER BY run")

# Every sample: percentiles by nearest rank, as DuckDB's discrete quantile has it.
ACKNOWLEDGED = "kind = 'latency' AND place = 'here' AND status = 200 AND NOT opened"
found = {
    (run, way, build, round_): (count, p50_us, p99_us)
    for run, way, build, round_, count, p50_us, p99_us in rows(
        f"""SELECT run, way, build, round, count(*), quantile_disc(duration_us, 0.5), quantile_disc(duration_us, 0.99)
        FROM samples WHERE {ACKNOWLEDGED} GROUP BY ALL"""
    )
}
assert len(found) == len(expected["rounds"]), (len(found), len(expected["rounds"]))
for it in expected["rounds"]:
    count, p50_us, p99_us = found[it["run"], it["way"], it["build"], it["round"]]
    assert count == it["count"], it
    assert (p50_us, p99_us) == (it["p50_us"], it["p99_us"]), (it, p50_us, p99_us)
ways = {(run, way, build): p50 for run, way, build, p50 in rows("SELECT run, way, build, p50_ms FROM ways")}
for it in expected["figures"]:
    assert abs(ways[it["run"], it["way"], it["build"]] - it["p50_ms"]) < 1e-9, it
[(cold,)] = rows("SELECT count(*) FROM cold_starts WHERE place = 'here'")
assert cold == expected["cold_starts"], cold
[(calls,)] = rows("SELECT count(*) FROM samples WHERE place = 'here'")
assert calls == expected["calls"], calls

# The archive, written by the same views, has the same in all three.
duckdb.connect().execute(export.read_text())
sql = f"SELECT count(*), sum(duration_us), count(DISTINCT way), count(DISTINCT month) FROM {{}} WHERE {ACKNOWLEDGED}"
[(count, total_us, ways, months)] = rows(sql.format(f"read_parquet('{archive}/samples/**/*.parquet', hive_partitioning = true)"))
[live] = rows(sql.replace(", count(DISTINCT month)", "").format("samples"))
assert (count, ways) == (live[0], live[2]) and abs(total_us / live[1] - 1) < 1e-9, (count, total_us, live)
assert months == expected["months"], months

frame = pandas.read_parquet(archive / "samples")
frame = frame[(frame.kind == "latency") & (frame.place == "here") & (frame.status == 200) & ~frame.opened]
assert (len(frame), frame.way.nunique(), frame.month.nunique()) == (count, ways, months), len(frame)
assert abs(frame.duration_us.sum() / total_us - 1) < 1e-9

lazy = polars.scan_parquet(f"{archive}/samples/**/*.parquet", hive_partitioning=True).filter(
    (polars.col("kind") == "latency") & (polars.col("place") == "here") & (polars.col("status") == 200) & ~polars.col("opened")
)
summed = lazy.select(polars.len(), polars.col("duration_us").sum(), polars.col("way").n_unique()).collect().row(0)
assert (summed[0], summed[2]) == (count, ways) and abs(summed[1] / total_us - 1) < 1e-9, summed
runs = polars.read_parquet(archive / "runs.parquet")
assert sorted(runs["run"]) == [run["run"] for run in expected["runs"]]

# One way of one month is one folder.
way, month = rows("SELECT way, strftime(started_at, '%Y-%m') FROM runs JOIN ways USING (run, started_at) LIMIT 1")[0]
assert list((archive / "samples" / f"month={month}" / f"way={way}").glob("*.parquet"))
print(f"{count} latencies of {len(expected['runs'])} runs, the same by DuckDB, pandas and Polars")
