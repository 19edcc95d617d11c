package counter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.amazonaws.services.lambda.runtime.serialization.factories.JacksonFactory;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CounterFunctionTest {
  private final CounterFunction function = new CounterFunction(new Memory()) {};

  /** As the managed runtime calls it. */
  private String handle(String event) {
    var events = JacksonFactory.getInstance().getSerializer(Event.class);
    var answers = JacksonFactory.getInstance().getSerializer(Answer.class);
    var answer = new ByteArrayOutputStream();
    answers.toJson(function.handleRequest(events.fromJson(event), null), answer);
    return answer.toString(StandardCharsets.UTF_8);
  }

  @Test
  void answersBothFormsOfAnEvent() {
    var payload2 =
        handle(
            """
            {"version":"2.0","rawPath":"/hits","headers":{"a":"b"},"isBase64Encoded":false,
             "requestContext":{"accountId":"1","http":{"method":"GET","path":"/hits"}}}
            """);
    assertTrue(payload2.startsWith("{\"statusCode\":200,\"headers\":{"), payload2);
    assertTrue(payload2.contains("\"cache-control\":\"no-store\""), payload2);
    assertTrue(payload2.endsWith("},\"body\":\"1\",\"isBase64Encoded\":false}"), payload2);
    var balancers =
        handle(
            """
            {"httpMethod":"POST","path":"/hits","requestContext":{"elb":{"targetGroupArn":"arn"}}}
            """);
    assertTrue(balancers.contains("\"body\":\"2\""), balancers);
    var head = handle("{\"httpMethod\":\"HEAD\",\"path\":\"/healthz\"}");
    assertTrue(head.startsWith("{\"statusCode\":200") && head.contains("\"body\":\"\""), head);
  }

  @Test
  void refusesAnEventOfAnotherForm() {
    var error = assertThrows(IllegalArgumentException.class, () -> handle("{}"));
    assertTrue(error.getMessage().startsWith("the event has neither"), error.getMessage());
  }

  @Test
  void opensTheStoreThatTheEnvironmentNames() throws ConfigException {
    var opened =
        CounterFunction.open(
            "s3",
            "s3://BUCKET/KEY",
            (config, variables) -> {
              assertEquals(new Config("b", "k", Update.ATOMIC), config);
              return n -> 7;
            },
            name -> name.equals("STORE") ? "s3://b/k" : null);
    assertEquals(Response.number(7), new Counter(opened).answer("GET", "/hits", line -> {}));
  }
}
