package counter;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.util.function.UnaryOperator;

/**
 * The counter as a Lambda function, over any store; handlers name theirs, so that each carries its
 * own store's SDK and no other. The store is used bare: an execution environment has one request at
 * a time.
 */
public abstract class CounterFunction implements RequestHandler<Event, Answer> {
  private final Counter counter;

  /** Opens a store. It makes no call: a store that is away now may be back for the first hit. */
  public interface Opener {
    Store open(Config config, UnaryOperator<String> variables) throws ConfigException;
  }

  /**
   * Opens the store that the environment names, during the init phase. Where it can't be opened it
   * prints the reason in one line and ends the process.
   */
  protected CounterFunction(String scheme, String form, Opener opener) {
    this(openOrExit(scheme, form, opener));
  }

  CounterFunction(Store store) {
    counter = new Counter(store);
  }

  private static Store openOrExit(String scheme, String form, Opener opener) {
    try {
      return open(scheme, form, opener, System::getenv);
    } catch (ConfigException error) {
      System.err.println(error.getMessage());
      System.err.flush();
      System.exit(2);
      throw new IllegalStateException(error);
    }
  }

  static Store open(String scheme, String form, Opener opener, UnaryOperator<String> variables)
      throws ConfigException {
    return opener.open(Config.read(scheme, form, variables), variables);
  }

  @Override
  public final Answer handleRequest(Event event, Context context) {
    var http = event.requestContext == null ? null : event.requestContext.http;
    var method = http == null ? event.httpMethod : http.method;
    var path = http == null ? event.path : event.rawPath;
    if (method == null || path == null) {
      throw new IllegalArgumentException(
          "the event has neither the fields of payload format 2.0 nor those of a balancer; invoke"
              + " with one of them");
    }
    var response =
        counter.answer(method, path, line -> context.getLogger().log(line + "\n", LogLevel.ERROR));
    return new Answer(response, !method.equals("HEAD"));
  }
}
