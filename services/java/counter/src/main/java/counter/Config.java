package counter;

import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * The counter's part of the environment. It must not read the process's environment itself: a host
 * passes it in, and so does a test. An empty value counts as not set.
 *
 * @param place the table or the bucket
 * @param key the value of the table's partition key, or the object's key, slashes included
 * @param update how to add
 */
public record Config(String place, String key, Update update) {
  private static final Pattern STORE =
      Pattern.compile("([a-z0-9]+)://([^/]+)/(.+)", Pattern.DOTALL);

  /**
   * Reads {@code STORE} and {@code COUNTER_UPDATE}.
   *
   * @param scheme of the store's URL that the function counts in
   * @param form the store's URL, as an example
   */
  public static Config read(String scheme, String form, UnaryOperator<String> variables)
      throws ConfigException {
    var store = STORE.matcher(value(variables, "STORE"));
    if (!store.matches() || !store.group(1).equals(scheme)) {
      throw new ConfigException("this function needs STORE=" + form);
    }
    var word = value(variables, "COUNTER_UPDATE");
    var update =
        switch (word) {
          case "", "atomic" -> Update.ATOMIC;
          case "read-then-write" -> Update.READ_THEN_WRITE;
          default ->
              throw new ConfigException(
                  "COUNTER_UPDATE="
                      + Quoted.of(word)
                      + " is not a way to count; use atomic or read-then-write");
        };
    return new Config(store.group(2), store.group(3), update);
  }

  /** The first of these variables that is set; empty if none is. */
  public static String value(UnaryOperator<String> variables, String... names) {
    for (var name : names) {
      var value = variables.apply(name);
      if (value != null && !value.isEmpty()) {
        return value;
      }
    }
    return "";
  }
}
