package counter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CounterTest {
  private final List<String> log = new ArrayList<>();

  private Response answer(Store store, String method, String path) {
    return new Counter(store).answer(method, path, log::add);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET    | /hits    | 200 | 1
          POST   | /hits    | 200 | 1
          HEAD   | /hits    | 405 | {"type":"about:blank","title":"Method Not Allowed","status":405}
          GET    | /healthz | 200 | {"status":"pass"}
          HEAD   | /readyz  | 200 | {"status":"pass"}
          DELETE | /        | 405 | {"type":"about:blank","title":"Method Not Allowed","status":405}
          GET    | /hits/   | 404 | {"type":"about:blank","title":"Not Found","status":404}
          BREW   | /hits    | 501 | {"type":"about:blank","title":"Not Implemented","status":501}
          """)
  void answersByRouteAndMethod(String method, String path, int status, String body) {
    var answer = answer(new Memory(), method, path);
    assertEquals(status, answer.status());
    assertEquals(body, answer.body());
    assertEquals("no-store", answer.headers().get("cache-control"));
  }

  @Test
  void hasThePageOfAllLanguages() throws Exception {
    var page = Files.readString(Path.of("../../page.html"));
    assertEquals(page, answer(new Memory(), "GET", "/").body());
  }

  @Test
  void hidesWhyAStoreFailsFromItsCallers() {
    Store away =
        n -> {
          throw new StoreException("first\nsecond");
        };
    assertEquals(Response.UNAVAILABLE, answer(away, "GET", "/hits"));
    assertEquals(Response.UNHEALTHY, answer(away, "GET", "/readyz"));
    assertEquals(List.of("no number: first second", "not ready: first second"), log);
  }

  @Test
  void isNotReadyAtTheEndOfItsCount() {
    assertEquals(Response.UNHEALTHY, answer(n -> Count.HIGHEST, "GET", "/readyz"));
    assertEquals(List.of("not ready: the count would pass 2^64 - 1"), log);
  }

  @Test
  void failsOnABugOfTheStoreAsOnAStoreThatIsAway() {
    Store broken =
        n -> {
          throw new IllegalStateException("bug");
        };
    assertEquals(Response.UNAVAILABLE, answer(broken, "POST", "/hits"));
    assertEquals(List.of("no number: java.lang.IllegalStateException: bug"), log);
  }

  @Test
  void interruptsAStoreThatTakesTooLong() throws Exception {
    var interrupted = new CountDownLatch(1);
    Store hangs =
        n -> {
          try {
            return new CountDownLatch(1).await(1, TimeUnit.MINUTES) ? 1 : 2;
          } catch (InterruptedException end) {
            interrupted.countDown();
            throw end;
          }
        };
    var counter = new Counter(hangs, Duration.ofSeconds(1));
    assertEquals(Response.UNAVAILABLE, counter.answer("GET", "/hits", log::add));
    assertEquals(List.of("no number: the store took longer than 1 s"), log);
    assertTrue(interrupted.await(10, TimeUnit.SECONDS));
  }
}
