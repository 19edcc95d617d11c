package counter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The bytes of every answer, whose table is in {@code services/counter/src/response.rs}. It must
 * not know stores or routes.
 *
 * @param headers by their names in lower case
 */
record Response(int status, Map<String, String> headers, String body) {
  static final Response PAGE =
      new Response(
          200,
          Map.of("content-type", "text/html; charset=utf-8", "x-content-type-options", "nosniff"),
          page());
  static final Response HEALTHY = fresh(200, "application/health+json", "{\"status\":\"pass\"}");
  static final Response UNHEALTHY = fresh(503, "application/health+json", "{\"status\":\"fail\"}");
  static final Response NOT_FOUND = problem(404, "Not Found");
  static final Response NOT_IMPLEMENTED = problem(501, "Not Implemented");

  /** No number: the details are for the log. */
  static final Response UNAVAILABLE = problem(503, "Service Unavailable");

  /** A number of the caller's own. */
  static Response number(long count) {
    return fresh(200, "text/plain; charset=utf-8", Count.text(count));
  }

  /** 405 with the methods that there are. */
  static Response methodNotAllowed(String allowed) {
    var problem = problem(405, "Method Not Allowed");
    var headers = new HashMap<>(problem.headers);
    headers.put("allow", allowed);
    return new Response(problem.status, headers, problem.body);
  }

  private static Response problem(int status, String title) {
    var body = "{\"type\":\"about:blank\",\"title\":\"" + title + "\",\"status\":" + status + "}";
    return fresh(status, "application/problem+json", body);
  }

  private static Response fresh(int status, String contentType, String body) {
    return new Response(
        status, Map.of("content-type", contentType, "cache-control", "no-store"), body);
  }

  private static String page() {
    try (var page = Response.class.getResourceAsStream("/page.html")) {
      return new String(page.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
