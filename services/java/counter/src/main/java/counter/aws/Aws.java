package counter.aws;

import counter.Config;
import counter.ConfigException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;

/**
 * AWS's clients from the environment alone, as Lambda sets it: no file and no metadata service on
 * the way to the first call ("Reduce SDK startup time for AWS Lambda", AWS SDK for Java 2.x
 * Developer Guide). It must not know tables or buckets.
 */
public final class Aws {
  /** A new connection takes some milliseconds inside a region. */
  private static final Duration CONNECT = Duration.ofSeconds(1);

  /**
   * A call inside a region rarely takes 200 ms (bench/model/aws.toml): 3 s without a byte are a
   * lost cause.
   */
  private static final Duration SILENCE = Duration.ofSeconds(3);

  /**
   * Three attempts fit it, and it fits the 15 s that a caller waits. No attempt has a bound of its
   * own: with 128 MB, a fourteenth of a processor, the first one takes seconds.
   */
  private static final Duration CALL = Duration.ofSeconds(13);

  private static final int ATTEMPTS = 3;

  private Aws() {}

  /**
   * A client's builder with what every call needs.
   *
   * @param service whose endpoint's variable it reads, as in {@code AWS_ENDPOINT_URL_S3}
   */
  public static <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> B configured(
      B builder, String service, UnaryOperator<String> variables) throws ConfigException {
    var endpoint = endpoint(service, variables);
    if (!endpoint.isEmpty()) {
      builder.endpointOverride(URI.create(endpoint));
    }
    return builder
        .credentialsProvider(StaticCredentialsProvider.create(credentials(service, variables)))
        .region(Region.of(needed(service, variables, "AWS_REGION", "AWS_DEFAULT_REGION")))
        .overrideConfiguration(bounds())
        .httpClientBuilder(
            UrlConnectionHttpClient.builder().connectionTimeout(CONNECT).socketTimeout(SILENCE));
  }

  /** The endpoint if it is not AWS's own, else empty. */
  public static String endpoint(String service, UnaryOperator<String> variables) {
    return Config.value(
        variables, "AWS_ENDPOINT_URL_" + service.toUpperCase(Locale.ROOT), "AWS_ENDPOINT_URL");
  }

  private static ClientOverrideConfiguration bounds() {
    var retries = AwsRetryStrategy.standardRetryStrategy().toBuilder().maxAttempts(ATTEMPTS);
    return ClientOverrideConfiguration.builder()
        .apiCallTimeout(CALL)
        .retryStrategy(retries.build())
        .addExecutionInterceptor(new BoundedAnswers())
        .build();
  }

  private static AwsCredentials credentials(String service, UnaryOperator<String> variables)
      throws ConfigException {
    var id = needed(service, variables, "AWS_ACCESS_KEY_ID");
    var secret = needed(service, variables, "AWS_SECRET_ACCESS_KEY");
    var token = Config.value(variables, "AWS_SESSION_TOKEN");
    return token.isEmpty()
        ? AwsBasicCredentials.create(id, secret)
        : AwsSessionCredentials.create(id, secret, token);
  }

  private static String needed(String service, UnaryOperator<String> variables, String... names)
      throws ConfigException {
    var value = Config.value(variables, names);
    if (value.isEmpty()) {
      throw new ConfigException(names[0] + " is not set; the " + service + " store needs it");
    }
    return value;
  }
}
