package counter.s3;

import counter.Config;
import counter.ConfigException;
import counter.Count;
import counter.Store;
import counter.StoreException;
import counter.Update;
import counter.aws.Aws;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** The count as the body of one S3 object, written only where it is still what was read. */
final class S3 implements Store {
  /**
   * New rounds begin until this has passed, not until some number of rounds: of fifty callers on
   * one key each wins at last, but after how many is not known. Below the 15 s that a caller waits.
   */
  private static final Duration ROUNDS = Duration.ofSeconds(12);

  /**
   * The ceiling of the first pause. Most conflicts are with one other writer who is then done, so
   * it is well below the 60 to 90 ms of a round inside a region.
   */
  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);

  /**
   * The ceiling of all later ones. One writer wins per round whatever the pauses; these keep most
   * of fifty callers off the wire, and leave each some twenty tries.
   */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  /**
   * Or so many rounds as the last one was: callers who share a processor make each other's rounds
   * long, and fewer at a time are through sooner. Never beyond ROUNDS: then no pause is longer than
   * what is left.
   */
  private static final int PAUSE_ROUNDS = 20;

  /** Why a 200 is not taken for S3's, which sends one each time: for example a proxy's page. */
  private static final String NO_ETAG = "the answer has no ETag, so it is not S3's";

  private final S3Client client;
  private final String bucket;
  private final String key;
  private final String place;
  private final Update update;

  /** What the last undisturbed write left behind: the only writer needs no GET. */
  private Seen known;

  /**
   * The ceiling of the next pause. It stays between calls, so that a newcomer is not sooner at the
   * key than those who have waited.
   */
  private Duration ceiling = FIRST_PAUSE;

  /** A count and the state of the object that holds it; without an ETag there is no object. */
  private record Seen(long count, String etag) {}

  private S3(S3Client client, Config config) {
    this.client = client;
    bucket = config.place();
    key = config.key();
    place = "s3://" + bucket + "/" + key;
    update = config.update();
  }

  /** The count in an object; a missing object is 0. It makes no call. */
  static Store open(Config config, UnaryOperator<String> variables) throws ConfigException {
    var client =
        Aws.configured(S3Client.builder(), "s3", variables)
            // An endpoint that is not AWS's own rarely has a name for every bucket.
            .forcePathStyle(!Aws.endpoint("s3", variables).isEmpty())
            // TLS and SigV4 already protect these twenty bytes.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .build();
    return new S3(client, config);
  }

  /** Adds, in as many rounds as it takes while there is time. */
  @Override
  public long add(long n) throws StoreException, InterruptedException {
    if (update == Update.READ_THEN_WRITE) {
      return readThenWrite(n);
    }
    var started = System.nanoTime();
    var before = take();
    for (var attempts = 1; ; attempts++) {
      var remembered = before != null;
      var begun = System.nanoTime();
      var after = putIfUnchanged(remembered ? before : get(), n);
      if (after != null) {
        if (attempts == 1) {
          undisturbed(after);
        }
        return after.count;
      }
      before = null;
      // What was remembered is old, which does not mean that others write now: read at once.
      if (remembered) {
        continue;
      }
      var left = ROUNDS.minusNanos(System.nanoTime() - started);
      if (left.isNegative()) {
        throw new StoreException("other writers won all " + attempts + " rounds on " + place);
      }
      Thread.sleep(pause(left, Duration.ofNanos(System.nanoTime() - begun)));
    }
  }

  private synchronized Seen take() {
    var taken = known;
    known = null;
    return taken;
  }

  private synchronized void undisturbed(Seen after) {
    var half = ceiling.dividedBy(2);
    ceiling = half.compareTo(FIRST_PAUSE) < 0 ? FIRST_PAUSE : half;
    // With others around, the next call had better read first.
    known = after;
  }

  /**
   * How long to keep off a contended key. Full jitter: who has just met is spread over the whole
   * pause. And the less time is left, the shorter: who has lost often goes first.
   */
  private synchronized Duration pause(Duration left, Duration round) {
    var jitter = ThreadLocalRandom.current().nextDouble() * left.toNanos() / ROUNDS.toNanos();
    var pause = Duration.ofNanos((long) (ceiling.toNanos() * jitter));
    var longest =
        Math.clamp(round.toNanos() * PAUSE_ROUNDS, LONGEST_PAUSE.toNanos(), ROUNDS.toNanos());
    ceiling = Duration.ofNanos(Math.min(2 * ceiling.toNanos(), longest));
    return pause;
  }

  private Seen get() throws StoreException {
    try {
      var got = client.getObjectAsBytes(request -> request.bucket(bucket).key(key));
      var text = got.asString(StandardCharsets.ISO_8859_1);
      var length = got.response().contentLength();
      if (length != null && length != text.length()) {
        throw StoreException.readFailed(place, "the answer ends before its Content-Length");
      }
      // The connection's end ends a body without a length, so that 1234 may be the beginning of
      // 12345. Objects written before the
      // newline was are read by their length, which S3 always sends.
      if (length == null && !text.endsWith("\n")) {
        throw StoreException.readFailed(
            place, "the answer has neither a Content-Length nor a newline after the count");
      }
      if (isEmpty(got.response().eTag())) {
        throw StoreException.readFailed(place, NO_ETAG);
      }
      return new Seen(Count.parse(place, text), got.response().eTag());
    } catch (NoSuchKeyException none) {
      return new Seen(0, null);
    } catch (SdkException error) {
      throw StoreException.readFailed(place, error.getMessage());
    }
  }

  /**
   * Null where another writer was faster. An attempt whose answer was lost and that is repeated, by
   * the SDK or the JDK, meets its own write: a conflict, after which everything is read again.
   * Numbers are skipped, none repeated.
   */
  private Seen putIfUnchanged(Seen before, long n) throws StoreException {
    var count = Count.sum(before.count, n);
    var request = PutObjectRequest.builder().bucket(bucket).key(key);
    if (before.etag == null) {
      request.ifNoneMatch("*");
    } else {
      request.ifMatch(before.etag);
    }
    try {
      return put(request, count);
    } catch (S3Exception error) {
      // 412: changed since. 409: being changed. 404: deleted since (to If-Match).
      var status = error.statusCode();
      if (status == 412 || status == 409 || (status == 404 && before.etag != null)) {
        return null;
      }
      throw StoreException.writeFailed(place, error.getMessage());
    } catch (SdkException error) {
      throw StoreException.writeFailed(place, error.getMessage());
    }
  }

  /** What the original study did: read, add here, write. */
  private long readThenWrite(long n) throws StoreException {
    var count = Count.sum(get().count, n);
    // A readiness check must not undo what others write meanwhile.
    if (n == 0) {
      return count;
    }
    try {
      return put(PutObjectRequest.builder().bucket(bucket).key(key), count).count;
    } catch (SdkException error) {
      throw StoreException.writeFailed(place, error.getMessage());
    }
  }

  /**
   * Writes with a newline after the count, which proves to the next reader that nothing of it is
   * missing.
   */
  private Seen put(PutObjectRequest.Builder request, long count) throws StoreException {
    var put = client.putObject(request.build(), RequestBody.fromString(Count.text(count) + "\n"));
    if (isEmpty(put.eTag())) {
      throw StoreException.writeFailed(place, NO_ETAG);
    }
    return new Seen(count, put.eTag());
  }

  private static boolean isEmpty(String text) {
    return text == null || text.isEmpty();
  }
}
