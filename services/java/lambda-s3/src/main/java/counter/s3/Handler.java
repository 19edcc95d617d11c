package counter.s3;

import counter.CounterFunction;

/** The function that counts in S3: what Lambda calls. */
public final class Handler extends CounterFunction {
  public Handler() {
    super("s3", "s3://BUCKET/KEY", S3::open);
  }
}
