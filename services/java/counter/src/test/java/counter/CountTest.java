package counter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CountTest {
  @Test
  void isDigitsAndAtMostOneNewline() throws StoreException {
    var counts = Map.of("0", 0L, "12\n", 12L, "007", 7L, "18446744073709551615", Count.HIGHEST);
    for (var count : counts.entrySet()) {
      assertEquals(count.getValue(), Count.parse("x", count.getKey()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "\n", "1\n\n", "-1", "+1", " 1", "1_0", "0x1", "18446744073709551616", "hits"})
  void isNothingElse(String text) {
    var error = assertThrows(StoreException.class, () -> Count.parse("s3://b/k", text));
    assertTrue(error.getMessage().startsWith("s3://b/k holds \""), error.getMessage());
    assertTrue(error.getMessage().indexOf('\n') < 0, error.getMessage());
  }

  @Test
  void endsAtItsEnd() throws StoreException {
    assertEquals(Count.HIGHEST, Count.sum(Count.HIGHEST - 1, 1));
    assertEquals(Count.HIGHEST, Count.sum(Count.HIGHEST, 0));
    assertThrows(StoreException.class, () -> Count.sum(Count.HIGHEST, 1));
    assertEquals("18446744073709551615", Count.text(Count.HIGHEST));
  }
}
