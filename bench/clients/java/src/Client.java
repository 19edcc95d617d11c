import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** The scenarios through AWS's SDK for Java, as it comes. */
public final class Client {
    private static final String NAME = System.getenv("CLIENT_NAME");
    private static final ObjectMapper JSON = new ObjectMapper();
    private final S3Client files = S3Client.create();
    private final DynamoDbClient tables = DynamoDbClient.create();

    private static String text(JsonNode step, String field) {
        return step.hasNonNull(field) ? step.get(field).asText() : null;
    }

    private static List<String> texts(JsonNode step, String field) {
        return StreamSupport.stream(step.get(field).spliterator(), false).map(JsonNode::asText).toList();
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) 'x');
        return bytes;
    }

    private static Map<String, Object> result(Object... pairs) {
        Map<String, Object> result = new HashMap<>();
        for (int at = 0; at < pairs.length; at += 2) {
            result.put((String) pairs[at], pairs[at + 1]);
        }
        return result;
    }

    private static Map<String, AttributeValue> key(String partition, String sort) {
        return Map.of("p", AttributeValue.fromS(partition), "s", AttributeValue.fromS(sort));
    }

    private static Map<String, AttributeValue> item(JsonNode step, String sort) {
        Map<String, AttributeValue> item = new HashMap<>(key(text(step, "partition"), sort));
        item.put("n", AttributeValue.fromN(text(step, "value")));
        return item;
    }

    private Map<String, Object> put(JsonNode step) {
        PutObjectRequest.Builder request = PutObjectRequest.builder().bucket(NAME).key(text(step, "key"))
                .contentType(text(step, "content_type")).ifNoneMatch(text(step, "if_none_match")).ifMatch(text(step, "if_match"));
        if (step.has("metadata")) {
            request.metadata(JSON.convertValue(step.get("metadata"), Map.class));
        }
        String tag = files.putObject(request.build(), RequestBody.fromString(text(step, "body"))).eTag();
        return result("etag", tag.replace("\"", ""));
    }

    private Map<String, Object> stream(JsonNode step) {
        String bucket = step.has("bucket") ? text(step, "bucket") : NAME;
        int size = step.get("size").asInt();
        InputStream body = new ByteArrayInputStream(bytes(size));
        files.putObject(b -> b.bucket(bucket).key(text(step, "key")), RequestBody.fromInputStream(body, size));
        return result();
    }

    private Map<String, Object> get(JsonNode step) {
        ResponseBytes<GetObjectResponse> answer =
                files.getObjectAsBytes(b -> b.bucket(NAME).key(text(step, "key")).range(text(step, "range")));
        GetObjectResponse head = answer.response();
        return result("body", answer.asUtf8String(), "content_type", head.contentType(),
                "content_encoding", head.contentEncoding(), "metadata", head.metadata());
    }

    private Map<String, Object> head(JsonNode step) {
        var answer = files.headObject(b -> b.bucket(NAME).key(text(step, "key")));
        return result("size", answer.contentLength(), "content_encoding", answer.contentEncoding());
    }

    private Map<String, Object> copy(JsonNode step) {
        files.copyObject(b -> b.sourceBucket(NAME).sourceKey(text(step, "from"))
                .destinationBucket(NAME).destinationKey(text(step, "key")));
        return result();
    }

    private Map<String, Object> multipart(JsonNode step) {
        String key = text(step, "key");
        String upload = files.createMultipartUpload(b -> b.bucket(NAME).key(key)).uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        for (JsonNode size : step.get("sizes")) {
            int number = parts.size() + 1;
            var sent = files.uploadPart(b -> b.bucket(NAME).key(key).uploadId(upload).partNumber(number),
                    RequestBody.fromBytes(bytes(size.asInt())));
            parts.add(CompletedPart.builder().partNumber(number).eTag(sent.eTag())
                    .checksumCRC32(sent.checksumCRC32()).build());
        }
        String tag = files.completeMultipartUpload(b -> b.bucket(NAME).key(key).uploadId(upload)
                .multipartUpload(m -> m.parts(parts))).eTag();
        return result("parts", Integer.parseInt(tag.replace("\"", "").split("-")[1]));
    }

    private Map<String, Object> list(JsonNode step) {
        List<String> keys = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        files.listObjectsV2Paginator(b -> b.bucket(NAME).prefix(text(step, "prefix")).delimiter(text(step, "delimiter"))
                .maxKeys(step.get("page").asInt())).forEach(page -> {
                    page.contents().forEach(entry -> keys.add(entry.key()));
                    page.commonPrefixes().forEach(entry -> prefixes.add(entry.prefix()));
                });
        return result("keys", keys, "prefixes", prefixes);
    }

    private Map<String, Object> delete(JsonNode step) {
        List<ObjectIdentifier> wanted =
                texts(step, "keys").stream().map(key -> ObjectIdentifier.builder().key(key).build()).toList();
        return result("deleted", files.deleteObjects(b -> b.bucket(NAME).delete(d -> d.objects(wanted))).deleted().size());
    }

    private Map<String, Object> createTable() {
        List<AttributeDefinition> attributes = List.of("p", "s").stream()
                .map(name -> AttributeDefinition.builder().attributeName(name).attributeType(ScalarAttributeType.S).build())
                .toList();
        tables.createTable(b -> b.tableName(NAME).billingMode(BillingMode.PAY_PER_REQUEST).attributeDefinitions(attributes)
                .keySchema(KeySchemaElement.builder().attributeName("p").keyType("HASH").build(),
                        KeySchemaElement.builder().attributeName("s").keyType("RANGE").build()));
        tables.waiter().waitUntilTableExists(b -> b.tableName(NAME));
        return result();
    }

    private Map<String, Object> putItem(JsonNode step, String condition) {
        tables.putItem(PutItemRequest.builder().tableName(NAME).item(item(step, text(step, "sort")))
                .conditionExpression(condition).build());
        return result();
    }

    private Map<String, Object> getItem(JsonNode step) {
        var answer = tables.getItem(b -> b.tableName(NAME).key(key(text(step, "partition"), text(step, "sort")))
                .consistentRead(true));
        return result("value", answer.hasItem() ? Integer.valueOf(answer.item().get("n").n()) : null);
    }

    private Map<String, Object> add(JsonNode step) {
        var answer = tables.updateItem(b -> b.tableName(NAME).key(key(text(step, "partition"), text(step, "sort")))
                .updateExpression("ADD n :n").returnValues(ReturnValue.UPDATED_NEW)
                .expressionAttributeValues(Map.of(":n", AttributeValue.fromN(text(step, "value")))));
        return result("value", Integer.valueOf(answer.attributes().get("n").n()));
    }

    private Map<String, Object> batch(JsonNode step) {
        List<WriteRequest> puts = texts(step, "sorts").stream()
                .map(sort -> WriteRequest.builder().putRequest(p -> p.item(item(step, sort))).build()).toList();
        tables.batchWriteItem(b -> b.requestItems(Map.of(NAME, puts)));
        return result();
    }

    private Map<String, Object> transact(JsonNode step) {
        List<TransactWriteItem> puts = texts(step, "sorts").stream().map(sort -> TransactWriteItem.builder()
                .put(p -> p.tableName(NAME).item(item(step, sort)).conditionExpression("attribute_not_exists(p)")).build())
                .toList();
        tables.transactWriteItems(b -> b.transactItems(puts));
        return result();
    }

    private Map<String, Object> query(JsonNode step) {
        List<String> sorts = new ArrayList<>();
        tables.queryPaginator(b -> b.tableName(NAME).keyConditionExpression("p = :p").limit(step.get("page").asInt())
                .expressionAttributeValues(Map.of(":p", AttributeValue.fromS(text(step, "partition")))))
                .items().forEach(found -> sorts.add(found.get("s").s()));
        return result("sorts", sorts);
    }

    private Map<String, Object> run(JsonNode step) {
        return switch (text(step, "do")) {
            case "s3.create_bucket" -> {
                files.createBucket(b -> b.bucket(NAME)
                        .createBucketConfiguration(c -> c.locationConstraint(System.getenv("AWS_REGION"))));
                yield result();
            }
            case "s3.put" -> put(step);
            case "s3.stream" -> stream(step);
            case "s3.get" -> get(step);
            case "s3.head" -> head(step);
            case "s3.copy" -> copy(step);
            case "s3.multipart" -> multipart(step);
            case "s3.list" -> list(step);
            case "s3.delete" -> delete(step);
            case "dynamodb.create_table" -> createTable();
            case "dynamodb.put" -> putItem(step, null);
            case "dynamodb.put_new" -> putItem(step, "attribute_not_exists(p)");
            case "dynamodb.get" -> getItem(step);
            case "dynamodb.add" -> add(step);
            case "dynamodb.batch" -> batch(step);
            case "dynamodb.transact" -> transact(step);
            case "dynamodb.query" -> query(step);
            default -> result("lacks", true);
        };
    }

    public static void main(String[] arguments) throws Exception {
        Client client = new Client();
        for (JsonNode scenario : JSON.readTree(new File(arguments[0])).get("scenarios")) {
            for (JsonNode step : scenario.get("steps")) {
                Map<String, Object> result;
                try {
                    result = client.run(step);
                } catch (AwsServiceException refused) {
                    result = result("error", refused.awsErrorDetails().errorCode());
                } catch (SdkException failed) {
                    result = result("error", failed.toString());
                }
                System.out.println(JSON.writeValueAsString(Map.of("result", result)));
            }
        }
    }
}
