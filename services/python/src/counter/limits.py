"""The times that a caller waits, the same in every host. Must import nothing."""

HIT_SECONDS = 15.0
"""The longest that a caller waits for a number: longer than the slowest store's own bound (12 s of
rounds on one S3 key), shorter than what waits in front (HTTP API 30 s, ALB 60 s)."""

READY_SECONDS = 5.0
"""The longest that a readiness check waits: less than a Kubernetes probe is given."""
