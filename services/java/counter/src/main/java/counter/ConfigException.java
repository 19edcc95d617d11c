package counter;

/** A configuration that can't be used: one line with what to write instead. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }
}
