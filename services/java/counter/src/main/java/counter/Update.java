package counter;

/** How a store adds. */
public enum Update {
  /** Exact under concurrency. */
  ATOMIC,
  /** Reads, adds and writes: two calls, lost updates. What the original study did. */
  READ_THEN_WRITE
}
