package counter;

/**
 * The parts of an event that make its request, in either form: payload format 2.0 (HTTP API,
 * function URL), or a balancer's. The runtime's serialisation fills public fields, and leaves out
 * what is not here.
 */
public final class Event {
  /** Of payload format 2.0. */
  public String rawPath;

  /** Of both. */
  public RequestContext requestContext;

  /** Of a balancer's. */
  public String httpMethod;

  /** Of a balancer's. */
  public String path;

  /** Has {@link #http} in payload format 2.0 only. */
  public static final class RequestContext {
    public Http http;
  }

  /** The request line. */
  public static final class Http {
    public String method;
  }
}
