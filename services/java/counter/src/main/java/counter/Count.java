package counter;

import java.util.regex.Pattern;

/** Counts: unsigned 64 bits, in decimal digits where they are stored. */
public final class Count {
  /** The last one. */
  public static final long HIGHEST = -1;

  /** How much of what is no count is shown. */
  private static final int SHOWN = 40;

  private static final Pattern DIGITS = Pattern.compile("([0-9]+)\n?");

  private Count() {}

  /** A count and {@code n} more. */
  public static long sum(long count, long n) throws StoreException {
    if (Long.compareUnsigned(n, HIGHEST - count) > 0) {
      throw overflow();
    }
    return count + n;
  }

  /** A count is at its end. */
  public static StoreException overflow() {
    return new StoreException("the count would pass 2^64 - 1");
  }

  /** Reads decimal digits, at most one newline after them, and nothing else. */
  public static long parse(String place, String text) throws StoreException {
    var digits = DIGITS.matcher(text);
    if (!digits.matches()) {
      throw corrupt(place, text);
    }
    try {
      return Long.parseUnsignedLong(digits.group(1));
    } catch (NumberFormatException tooLarge) {
      throw corrupt(place, text);
    }
  }

  /** What is stored is no count. */
  public static StoreException corrupt(String place, String text) {
    var shown = text.substring(0, Math.min(text.length(), SHOWN));
    return new StoreException(
        place + " holds " + Quoted.of(shown) + " where a decimal count belongs");
  }

  /** Its decimal digits. */
  public static String text(long count) {
    return Long.toUnsignedString(count);
  }
}
