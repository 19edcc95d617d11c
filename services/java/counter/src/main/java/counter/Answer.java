package counter;

import java.util.Map;

/**
 * The form of an answer that payload format 2.0 and a balancer share, by the runtime's
 * serialisation.
 */
public final class Answer {
  public final int statusCode;
  public final Map<String, String> headers;
  public final String body;
  public final boolean isBase64Encoded = false;

  Answer(Response response, boolean withBody) {
    statusCode = response.status();
    headers = response.headers();
    body = withBody ? response.body() : "";
  }
}
