package counter.dynamodb;

import counter.CounterFunction;

/** The function that counts in DynamoDB: what Lambda calls. */
public final class Handler extends CounterFunction {
  public Handler() {
    super("dynamodb", "dynamodb://TABLE/KEY", DynamoDb::open);
  }
}
