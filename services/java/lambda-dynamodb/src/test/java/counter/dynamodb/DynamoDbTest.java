package counter.dynamodb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import counter.Config;
import counter.ConfigException;
import counter.Store;
import counter.StoreException;
import counter.Update;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DynamoDbTest {
  /** What stands for DynamoDB: keeps each request, and answers the next of these bodies. */
  private HttpServer server;

  private final List<String> requests = new ArrayList<>();
  private final Queue<String> answers = new ArrayDeque<>();

  @BeforeEach
  void serve() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          var target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
          var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          requests.add(target.replaceFirst(".*\\.", "") + " " + body);
          var answer = answers.remove().getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Map<String, String> environment() {
    var address = server.getAddress();
    return new HashMap<>(
        Map.of(
            "AWS_ACCESS_KEY_ID", "id",
            "AWS_SECRET_ACCESS_KEY", "secret",
            "AWS_REGION", "eu-west-2",
            "AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:" + address.getPort()));
  }

  private Store open(Update update) throws ConfigException {
    return DynamoDb.open(new Config("table", "hits", update), environment()::get);
  }

  @Test
  void addsInOneCall() throws Exception {
    answers.add("{\"Attributes\":{\"hits\":{\"N\":\"18446744073709551615\"}}}");
    assertEquals(-1, open(Update.ATOMIC).add(1));
    assertEquals(1, requests.size());
    assertTrue(
        requests.getFirst().startsWith("UpdateItem {\"TableName\":\"table\""), requests::toString);
    assertTrue(
        requests.getFirst().contains("\"UpdateExpression\":\"ADD hits :n\""), requests::toString);
    assertTrue(requests.getFirst().contains("{\":n\":{\"N\":\"1\"}}"), requests::toString);
  }

  @Test
  void readsThenWritesAsTheOriginalStudyDid() throws Exception {
    var store = open(Update.READ_THEN_WRITE);
    answers.addAll(List.of("{}", "{}"));
    assertEquals(1, store.add(1));
    assertTrue(requests.get(0).startsWith("GetItem "), requests::toString);
    assertTrue(requests.get(1).startsWith("PutItem "), requests::toString);
    assertTrue(requests.get(1).contains("\"hits\":{\"N\":\"1\"}"), requests::toString);
    // A readiness check writes nothing.
    answers.add("{\"Item\":{\"id\":{\"S\":\"hits\"},\"hits\":{\"N\":\"41\"}}}");
    assertEquals(41, store.add(0));
    assertEquals(3, requests.size());
  }

  @Test
  void refusesWhatIsNoCount() throws Exception {
    var store = open(Update.ATOMIC);
    for (var attribute : List.of("{\"S\":\"4\"}", "{\"N\":\"-4\"}", "{\"N\":\"4.5\"}")) {
      answers.add("{\"Attributes\":{\"hits\":" + attribute + "}}");
      var error = assertThrows(StoreException.class, () -> store.add(1));
      assertTrue(error.getMessage().startsWith("dynamodb://table/hits holds "), error.getMessage());
    }
  }

  @Test
  void namesTheTableThatIsAway() throws Exception {
    var store = open(Update.ATOMIC);
    server.stop(0);
    var error = assertThrows(StoreException.class, () -> store.add(1));
    assertTrue(
        error.getMessage().startsWith("writing the count to dynamodb://table/hits failed: "),
        error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"})
  void needsCredentialsAndARegion(String name) {
    var environment = environment();
    environment.put(name, "");
    var error =
        assertThrows(
            ConfigException.class,
            () -> DynamoDb.open(new Config("t", "k", Update.ATOMIC), environment::get));
    assertEquals(name + " is not set; the dynamodb store needs it", error.getMessage());
  }
}
