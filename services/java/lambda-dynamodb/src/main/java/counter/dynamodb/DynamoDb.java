package counter.dynamodb;

import counter.Config;
import counter.ConfigException;
import counter.Count;
import counter.Store;
import counter.StoreException;
import counter.Update;
import counter.aws.Aws;
import java.util.Map;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;

/**
 * The count as the attribute {@code hits} of one DynamoDB item, whose partition key is the string
 * attribute {@code id}. One UpdateItem per call and no other permission.
 */
final class DynamoDb implements Store {
  private static final String HITS = "hits";

  private final DynamoDbClient client;
  private final String table;
  private final Map<String, AttributeValue> key;
  private final String place;
  private final Update update;

  private DynamoDb(DynamoDbClient client, Config config) {
    this.client = client;
    table = config.place();
    key = Map.of("id", AttributeValue.fromS(config.key()));
    place = "dynamodb://" + config.place() + "/" + config.key();
    update = config.update();
  }

  /** The count in an item; a missing item is 0. It makes no call. */
  static Store open(Config config, UnaryOperator<String> variables) throws ConfigException {
    return new DynamoDb(
        Aws.configured(DynamoDbClient.builder(), "dynamodb", variables).build(), config);
  }

  /**
   * An ADD that timed out may have been done and is done again by the SDK's retry: that skips
   * numbers and repeats none, since only the last answer is read.
   */
  @Override
  public long add(long n) throws StoreException {
    if (update == Update.READ_THEN_WRITE) {
      return readThenWrite(n);
    }
    try {
      var updated =
          client.updateItem(
              request ->
                  request
                      .tableName(table)
                      .key(key)
                      .updateExpression("ADD hits :n")
                      .expressionAttributeValues(Map.of(":n", number(n)))
                      .returnValues(ReturnValue.UPDATED_NEW));
      return count(updated.attributes());
    } catch (SdkException error) {
      throw StoreException.writeFailed(place, error.getMessage());
    }
  }

  /** What the original study did: read, add here, write. */
  private long readThenWrite(long n) throws StoreException {
    var count = Count.sum(read(), n);
    // A readiness check must not undo what others write meanwhile.
    if (n == 0) {
      return count;
    }
    try {
      var item = Map.of("id", key.get("id"), HITS, number(count));
      client.putItem(request -> request.tableName(table).item(item));
      return count;
    } catch (SdkException error) {
      throw StoreException.writeFailed(place, error.getMessage());
    }
  }

  private long read() throws StoreException {
    try {
      var got = client.getItem(request -> request.tableName(table).key(key));
      return got.hasItem() ? count(got.item()) : 0;
    } catch (SdkException error) {
      throw StoreException.readFailed(place, error.getMessage());
    }
  }

  private long count(Map<String, AttributeValue> attributes) throws StoreException {
    var hits = attributes.get(HITS);
    if (hits == null || hits.n() == null) {
      throw Count.corrupt(place, String.valueOf(hits));
    }
    return Count.parse(place, hits.n());
  }

  private static AttributeValue number(long n) {
    return AttributeValue.fromN(Count.text(n));
  }
}
