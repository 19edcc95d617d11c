-- An archive of run folders: after views.sql, with the archive's folder in the variable `archive`. Samples are partitioned by month and
-- way, so that a query of one way reads its files only; the rest is small.

COPY (SELECT * FROM runs ORDER BY started_at) TO (getvariable('archive') || '/runs.parquet')
    (FORMAT parquet, COMPRESSION zstd);
COPY (SELECT * FROM ways ORDER BY started_at, way) TO (getvariable('archive') || '/ways.parquet')
    (FORMAT parquet, COMPRESSION zstd);
COPY (SELECT * FROM cold_starts ORDER BY started_at, way, round) TO (getvariable('archive') || '/cold_starts.parquet')
    (FORMAT parquet, COMPRESSION zstd);
COPY (SELECT *, strftime(started_at, '%Y-%m') AS month FROM samples) TO (getvariable('archive') || '/samples')
    (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (month, way));
