package counter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
  private static Config read(String store, String update) throws ConfigException {
    var variables = Map.of("STORE", store, "COUNTER_UPDATE", update);
    return Config.read("s3", "s3://BUCKET/KEY", variables::get);
  }

  @Test
  void isTheStoreAndHowItIsUpdated() throws ConfigException {
    assertEquals(new Config("bucket", "a/b", Update.ATOMIC), read("s3://bucket/a/b", ""));
    assertEquals(new Config("b", "k", Update.ATOMIC), read("s3://b/k", "atomic"));
    assertEquals(new Config("b", "k", Update.READ_THEN_WRITE), read("s3://b/k", "read-then-write"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "memory:", "s3", "s3://bucket", "s3://bucket/", "s3:///k", "dynamodb://t/k"})
  void ofAnotherStoreIsRefused(String store) {
    var error = assertThrows(ConfigException.class, () -> read(store, ""));
    assertEquals("this function needs STORE=s3://BUCKET/KEY", error.getMessage());
  }

  @Test
  void ofAnotherUpdateIsRefusedInOneLine() {
    var error = assertThrows(ConfigException.class, () -> read("s3://b/k", "twice\n\"\t"));
    assertEquals(
        "COUNTER_UPDATE=\"twice\\n"
            + "\\\"\\u0009\" is not a way to count; use atomic or read-then-write",
        error.getMessage());
  }
}
