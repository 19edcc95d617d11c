package counter;

/** Why a store gave no number, for the log. */
public final class StoreException extends Exception {
  private static final long serialVersionUID = 1L;

  public StoreException(String message) {
    super(message);
  }

  /** A count could not be read. */
  public static StoreException readFailed(String place, String reason) {
    return new StoreException("reading the count from " + place + " failed: " + reason);
  }

  /** A count could not be written, or it is unknown whether it was. */
  public static StoreException writeFailed(String place, String reason) {
    return new StoreException("writing the count to " + place + " failed: " + reason);
  }
}
