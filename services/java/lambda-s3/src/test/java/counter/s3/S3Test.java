package counter.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import counter.Config;
import counter.ConfigException;
import counter.Store;
import counter.StoreException;
import counter.Update;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class S3Test {
  private final List<ServerSocket> servers = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    for (var server : servers) {
      server.close();
    }
  }

  /** What is done with a connection once the head of its request was read. */
  private interface Answering {
    void answer(String method, Socket connection) throws IOException, InterruptedException;
  }

  /** A store whose endpoint answers so, one request on each connection. */
  private Store open(Update update, Answering answering) throws IOException, ConfigException {
    var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    servers.add(server);
    Thread.startVirtualThread(
        () -> {
          while (!server.isClosed()) {
            try {
              var connection = server.accept();
              Thread.startVirtualThread(
                  () -> {
                    try (connection) {
                      answering.answer(request(connection), connection);
                    } catch (IOException | InterruptedException end) {
                      // The client's, or the test's.
                    }
                  });
            } catch (IOException end) {
              return;
            }
          }
        });
    var environment =
        Map.of(
            "AWS_ACCESS_KEY_ID", "id",
            "AWS_SECRET_ACCESS_KEY", "secret",
            "AWS_SESSION_TOKEN", "token",
            "AWS_REGION", "eu-west-2",
            "AWS_ENDPOINT_URL_S3", "http://127.0.0.1:" + server.getLocalPort());
    return S3.open(new Config("bucket", "key", update), environment::get);
  }

  /** Reads a request, and returns its method. */
  private static String request(Socket connection) throws IOException {
    var head = new StringBuilder();
    var in = connection.getInputStream();
    while (head.indexOf("\r\n\r\n") < 0) {
      var read = in.read();
      if (read < 0) {
        throw new IOException("no request");
      }
      head.append((char) read);
    }
    var text = head.toString();
    var length = text.replaceFirst("(?is).*\r\ncontent-length: *([0-9]+).*", "$1");
    if (!length.equals(text)) {
      in.readNBytes(Integer.parseInt(length));
    }
    return text.substring(0, text.indexOf(' '));
  }

  private static void write(Socket connection, String text) throws IOException {
    connection.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String answer(String status, String headers, String body) {
    return "HTTP/1.1 %s\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s"
        .formatted(status, headers, body.length(), body);
  }

  private static final String TAG = "ETag: \"e\"\r\n";

  /** Answers GET and PUT so. */
  private static Answering answering(String get, String put) {
    return (method, connection) -> write(connection, method.equals("GET") ? get : put);
  }

  private static String message(Store store) {
    return assertThrows(StoreException.class, () -> store.add(1)).getMessage();
  }

  @Test
  void remembersWhatItWroteLast() throws Exception {
    var methods = new StringBuffer();
    var store =
        open(
            Update.ATOMIC,
            (method, connection) -> {
              methods.append(method).append(' ');
              write(connection, answer("200 OK", TAG, method.equals("GET") ? "41\n" : ""));
            });
    assertEquals(42, store.add(1));
    assertEquals(43, store.add(1));
    assertEquals("GET PUT PUT ", methods.toString());
  }

  @Test
  void goesOnAfterARivalsWrite() throws Exception {
    var puts = new AtomicLong();
    var changed =
        answer("412 Precondition Failed", "", "<Error><Code>PreconditionFailed</Code></Error>");
    var store =
        open(
            Update.ATOMIC,
            (method, connection) -> {
              var wins = method.equals("PUT") && puts.incrementAndGet() <= 2;
              write(
                  connection,
                  wins ? changed : answer("200 OK", TAG, method.equals("GET") ? "9" : ""));
            });
    assertEquals(10, store.add(1));
    assertEquals(3, puts.get());
  }

  @Test
  void countsFromZeroWhereThereIsNoObject() throws Exception {
    var none = answer("404 Not Found", "", "<Error><Code>NoSuchKey</Code></Error>");
    for (var update : Update.values()) {
      assertEquals(1, open(update, answering(none, answer("200 OK", TAG, ""))).add(1));
    }
  }

  @Test
  void aReadinessCheckOfTheOriginalStudysCounterWritesNothing() throws Exception {
    var denied = answer("403 Forbidden", "", "<Error><Code>AccessDenied</Code></Error>");
    var store = open(Update.READ_THEN_WRITE, answering(answer("200 OK", TAG, "41\n"), denied));
    assertEquals(41, store.add(0));
    assertTrue(message(store).startsWith("writing the count to s3://bucket/key failed: "));
  }

  @Test
  void a200WithoutAnETagIsNeitherAReadNorAWrite() throws Exception {
    var good = answer("200 OK", TAG, "41\n");
    for (var answering :
        List.of(
            answering(answer("200 OK", "", "41\n"), good),
            answering(good, answer("200 OK", "", "<html>a proxy's page</html>")))) {
      var message = message(open(Update.ATOMIC, answering));
      assertTrue(message.contains("no ETag"), message);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Content-Length: 6\r\n"})
  void aCountWhoseEndIsMissingIsRefused(String length) throws Exception {
    var cut = "HTTP/1.1 200 OK\r\n" + TAG + "Connection: close\r\n" + length + "\r\n1234";
    var message = message(open(Update.ATOMIC, answering(cut, answer("200 OK", TAG, ""))));
    assertTrue(message.startsWith("reading the count from s3://bucket/key failed: "), message);
  }

  @Test
  void anAnswerThatNeverEndsIsRefusedBeforeItFillsMemory() throws Exception {
    var sent = new AtomicLong();
    var chunk = "1".repeat(1 << 16);
    for (var endless : List.of("GET", "PUT")) {
      sent.set(0);
      var store =
          open(
              Update.ATOMIC,
              (method, connection) -> {
                if (!method.equals(endless)) {
                  write(connection, answer("200 OK", TAG, "41\n"));
                  return;
                }
                var status = method.equals("GET") ? "200 OK" : "403 Forbidden";
                write(
                    connection, "HTTP/1.1 " + status + "\r\n" + TAG + "Connection: close\r\n\r\n");
                while (sent.addAndGet(chunk.length()) < 256 << 20) {
                  write(connection, chunk);
                }
              });
      message(store);
      // What is on its way is in the sockets' buffers.
      assertTrue(sent.get() < 64 << 20, endless + " took " + sent.get() + " bytes");
    }
  }

  /** In a virtual thread, as the function calls it. */
  @Test
  void aStoreThatSendsAByteNowAndThenIsGivenUp() throws Exception {
    var store =
        open(
            Update.ATOMIC,
            (method, connection) -> {
              write(connection, "HTTP/1.1 200 OK\r\n" + TAG + "Content-Length: 100000\r\n\r\n");
              while (true) {
                write(connection, "1");
                Thread.sleep(50);
              }
            });
    var began = System.nanoTime();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var call = threads.submit(() -> store.add(1));
      var error = assertThrows(ExecutionException.class, call::get);
      assertTrue(error.getCause().getMessage().contains("s3://bucket/key"), error::toString);
    }
    // The 13 s that a call has.
    var took = Duration.ofNanos(System.nanoTime() - began);
    assertTrue(took.toSeconds() < 15, took::toString);
  }

  @Test
  void aStoreThatIsSilentIsGivenUp() throws Exception {
    var store = open(Update.ATOMIC, (method, connection) -> connection.getInputStream().read());
    var began = System.nanoTime();
    message(store);
    var took = Duration.ofNanos(System.nanoTime() - began);
    assertTrue(took.toSeconds() < 15, took::toString);
  }
}
