package counter;

/** Text for one line of a log. */
final class Quoted {
  private Quoted() {}

  /** In quotes, and on one line whatever is in it. */
  static String of(String text) {
    var quoted = new StringBuilder("\"");
    for (var letter : text.toCharArray()) {
      switch (letter) {
        case '"', '\\' -> quoted.append('\\').append(letter);
        case '\n' -> quoted.append("\\n");
        default -> {
          if (Character.isISOControl(letter)) {
            quoted.append(String.format("\\u%04x", (int) letter));
          } else {
            quoted.append(letter);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
