package counter;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * The app as a value: routes, the time a store may take, what a failure logs. It must not know
 * which store it has.
 */
final class Counter {
  /**
   * The longest that a caller waits for a number: longer than the slowest store's own bound (12 s
   * of rounds on one S3 key), shorter than what waits in front (HTTP API 30 s, ALB 60 s).
   */
  static final Duration HIT = Duration.ofSeconds(15);

  /** The longest that a readiness check waits: less than a Kubernetes probe is given. */
  static final Duration READY = Duration.ofSeconds(5);

  /** RFC 9110's methods and PATCH (RFC 5789); any other is a 501 (RFC 9110 §9.1). */
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

  private final Store store;
  private final Duration hit;

  /**
   * Of virtual threads: one whose caller no longer waits is interrupted, which closes the socket
   * that it reads from, whereas any other thread would read on.
   */
  private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();

  Counter(Store store) {
    this(store, HIT);
  }

  Counter(Store store, Duration hit) {
    this.store = store;
    this.hit = hit;
  }

  /**
   * Answers a request in bounded time, whatever the store does. The path is as it was sent, without
   * a query.
   */
  Response answer(String method, String path, Consumer<String> log) {
    if (!METHODS.contains(method)) {
      return Response.NOT_IMPLEMENTED;
    }
    var reads = method.equals("GET") || method.equals("HEAD");
    return switch (path) {
      case "/hits" ->
          // HEAD would use up a number.
          method.equals("GET") || method.equals("POST")
              ? hit(log)
              : Response.methodNotAllowed("GET, POST");
      case "/" -> reads ? Response.PAGE : Response.methodNotAllowed("GET, HEAD");
      case "/healthz" -> reads ? Response.HEALTHY : Response.methodNotAllowed("GET, HEAD");
      case "/readyz" -> reads ? ready(log) : Response.methodNotAllowed("GET, HEAD");
      default -> Response.NOT_FOUND;
    };
  }

  private Response hit(Consumer<String> log) {
    try {
      return Response.number(add(1, hit));
    } catch (StoreException error) {
      log.accept("no number: " + oneLine(error));
      return Response.UNAVAILABLE;
    }
  }

  private Response ready(Consumer<String> log) {
    try {
      if (add(0, READY) == Count.HIGHEST) {
        // A count at its end is one that no hit can be added to.
        throw Count.overflow();
      }
      return Response.HEALTHY;
    } catch (StoreException error) {
      log.accept("not ready: " + oneLine(error));
      return Response.UNHEALTHY;
    }
  }

  private long add(long n, Duration limit) throws StoreException {
    var call = calls.submit(() -> store.add(n));
    try {
      return call.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException error) {
      throw new StoreException("the store took longer than " + limit.toSeconds() + " s");
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted");
    } catch (ExecutionException error) {
      throw switch (error.getCause()) {
        case StoreException reason -> reason;
        case Throwable bug -> new StoreException(bug.toString());
      };
    } finally {
      call.cancel(true);
    }
  }

  private static String oneLine(Exception error) {
    return String.valueOf(error.getMessage()).replace('\n', ' ');
  }
}
