// The scenarios through AWS's SDK for Go, as it comes.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

type step struct {
	Do, Key, Body, Bucket, From, Prefix, Delimiter, Range, Partition, Sort string
	ContentType                                                            string            `json:"content_type"`
	IfNoneMatch                                                            string            `json:"if_none_match"`
	IfMatch                                                                string            `json:"if_match"`
	Metadata                                                               map[string]string `json:"metadata"`
	Size, Page, Value                                                      int
	Sizes                                                                  []int
	Keys, Sorts                                                            []string
}

type result map[string]any

type client struct {
	name   *string
	files  *s3.Client
	tables *dynamodb.Client
}

// optional is nil for a field that the step does not have.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func text(value string) dynamodbtypes.AttributeValue {
	return &dynamodbtypes.AttributeValueMemberS{Value: value}
}

func number(value int) dynamodbtypes.AttributeValue {
	return &dynamodbtypes.AttributeValueMemberN{Value: strconv.Itoa(value)}
}

func value(attribute dynamodbtypes.AttributeValue) (int, error) {
	held, ok := attribute.(*dynamodbtypes.AttributeValueMemberN)
	if !ok {
		return 0, errors.New("not a number")
	}
	return strconv.Atoi(held.Value)
}

func key(partition, sort string) map[string]dynamodbtypes.AttributeValue {
	return map[string]dynamodbtypes.AttributeValue{"p": text(partition), "s": text(sort)}
}

func item(partition, sort string, value int) map[string]dynamodbtypes.AttributeValue {
	held := key(partition, sort)
	held["n"] = number(value)
	return held
}

func (c client) run(ctx context.Context, s step) (result, error) {
	switch s.Do {
	case "s3.create_bucket":
		place := types.BucketLocationConstraint(os.Getenv("AWS_REGION"))
		_, err := c.files.CreateBucket(ctx, &s3.CreateBucketInput{
			Bucket:                    c.name,
			CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: place},
		})
		return result{}, err
	case "s3.put":
		answer, err := c.files.PutObject(ctx, &s3.PutObjectInput{
			Bucket: c.name, Key: &s.Key, Body: strings.NewReader(s.Body), ContentType: optional(s.ContentType),
			Metadata: s.Metadata, IfNoneMatch: optional(s.IfNoneMatch), IfMatch: optional(s.IfMatch),
		})
		if err != nil {
			return nil, err
		}
		return result{"etag": strings.Trim(*answer.ETag, `"`)}, nil
	case "s3.stream":
		bucket := c.name
		if s.Bucket != "" {
			bucket = &s.Bucket
		}
		// Without TLS this SDK reads a body twice, for its hash first.
		_, err := c.files.PutObject(ctx, &s3.PutObjectInput{
			Bucket: bucket, Key: &s.Key, Body: bytes.NewReader(bytes.Repeat([]byte("x"), s.Size)),
		})
		return result{}, err
	case "s3.get":
		answer, err := c.files.GetObject(ctx, &s3.GetObjectInput{Bucket: c.name, Key: &s.Key, Range: optional(s.Range)})
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		return result{
			"body": string(body), "content_type": answer.ContentType,
			"content_encoding": answer.ContentEncoding, "metadata": answer.Metadata,
		}, err
	case "s3.head":
		answer, err := c.files.HeadObject(ctx, &s3.HeadObjectInput{Bucket: c.name, Key: &s.Key})
		if err != nil {
			return nil, err
		}
		return result{"size": answer.ContentLength, "content_encoding": answer.ContentEncoding}, nil
	case "s3.copy":
		_, err := c.files.CopyObject(ctx, &s3.CopyObjectInput{
			Bucket: c.name, Key: &s.Key, CopySource: aws.String(*c.name + "/" + s.From),
		})
		return result{}, err
	case "s3.multipart":
		return c.multipart(ctx, s)
	case "s3.list":
		return c.list(ctx, s)
	case "s3.delete":
		wanted := &types.Delete{}
		for _, key := range s.Keys {
			wanted.Objects = append(wanted.Objects, types.ObjectIdentifier{Key: &key})
		}
		answer, err := c.files.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: c.name, Delete: wanted})
		if err != nil {
			return nil, err
		}
		return result{"deleted": len(answer.Deleted)}, nil
	case "dynamodb.create_table":
		return c.createTable(ctx)
	case "dynamodb.put", "dynamodb.put_new":
		input := &dynamodb.PutItemInput{TableName: c.name, Item: item(s.Partition, s.Sort, s.Value)}
		if s.Do == "dynamodb.put_new" {
			input.ConditionExpression = aws.String("attribute_not_exists(p)")
		}
		_, err := c.tables.PutItem(ctx, input)
		return result{}, err
	case "dynamodb.get":
		answer, err := c.tables.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: c.name, Key: key(s.Partition, s.Sort), ConsistentRead: aws.Bool(true),
		})
		if err != nil || answer.Item == nil {
			return result{"value": nil}, err
		}
		held, err := value(answer.Item["n"])
		return result{"value": held}, err
	case "dynamodb.add":
		answer, err := c.tables.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: c.name, Key: key(s.Partition, s.Sort), UpdateExpression: aws.String("ADD n :n"),
			ExpressionAttributeValues: map[string]dynamodbtypes.AttributeValue{":n": number(s.Value)},
			ReturnValues:              dynamodbtypes.ReturnValueUpdatedNew,
		})
		if err != nil {
			return nil, err
		}
		held, err := value(answer.Attributes["n"])
		return result{"value": held}, err
	case "dynamodb.batch":
		puts := []dynamodbtypes.WriteRequest{}
		for _, sort := range s.Sorts {
			put := &dynamodbtypes.PutRequest{Item: item(s.Partition, sort, s.Value)}
			puts = append(puts, dynamodbtypes.WriteRequest{PutRequest: put})
		}
		_, err := c.tables.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]dynamodbtypes.WriteRequest{*c.name: puts},
		})
		return result{}, err
	case "dynamodb.transact":
		puts := []dynamodbtypes.TransactWriteItem{}
		for _, sort := range s.Sorts {
			put := &dynamodbtypes.Put{
				TableName: c.name, Item: item(s.Partition, sort, s.Value),
				ConditionExpression: aws.String("attribute_not_exists(p)"),
			}
			puts = append(puts, dynamodbtypes.TransactWriteItem{Put: put})
		}
		_, err := c.tables.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: puts})
		return result{}, err
	case "dynamodb.query":
		return c.query(ctx, s)
	}
	return result{"lacks": true}, nil
}

func (c client) multipart(ctx context.Context, s step) (result, error) {
	upload, err := c.files.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: c.name, Key: &s.Key})
	if err != nil {
		return nil, err
	}
	done := &types.CompletedMultipartUpload{}
	for at, size := range s.Sizes {
		part := aws.Int32(int32(at + 1))
		sent, err := c.files.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: c.name, Key: &s.Key, UploadId: upload.UploadId, PartNumber: part,
			Body: bytes.NewReader(bytes.Repeat([]byte("x"), size)),
		})
		if err != nil {
			return nil, err
		}
		done.Parts = append(done.Parts, types.CompletedPart{
			PartNumber: part, ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32,
		})
	}
	answer, err := c.files.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: c.name, Key: &s.Key, UploadId: upload.UploadId, MultipartUpload: done,
	})
	if err != nil {
		return nil, err
	}
	_, count, _ := strings.Cut(strings.Trim(*answer.ETag, `"`), "-")
	parts, err := strconv.Atoi(count)
	return result{"parts": parts}, err
}

func (c client) list(ctx context.Context, s step) (result, error) {
	keys, prefixes := []string{}, []string{}
	pages := s3.NewListObjectsV2Paginator(c.files, &s3.ListObjectsV2Input{
		Bucket: c.name, Prefix: &s.Prefix, Delimiter: optional(s.Delimiter), MaxKeys: aws.Int32(int32(s.Page)),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, entry := range page.Contents {
			keys = append(keys, *entry.Key)
		}
		for _, entry := range page.CommonPrefixes {
			prefixes = append(prefixes, *entry.Prefix)
		}
	}
	return result{"keys": keys, "prefixes": prefixes}, nil
}

func (c client) createTable(ctx context.Context) (result, error) {
	input := &dynamodb.CreateTableInput{TableName: c.name, BillingMode: dynamodbtypes.BillingModePayPerRequest}
	for name, kind := range map[string]dynamodbtypes.KeyType{"p": "HASH", "s": "RANGE"} {
		input.AttributeDefinitions = append(input.AttributeDefinitions, dynamodbtypes.AttributeDefinition{
			AttributeName: &name, AttributeType: dynamodbtypes.ScalarAttributeTypeS,
		})
		element := dynamodbtypes.KeySchemaElement{AttributeName: &name, KeyType: kind}
		if kind == "HASH" {
			input.KeySchema = append([]dynamodbtypes.KeySchemaElement{element}, input.KeySchema...)
		} else {
			input.KeySchema = append(input.KeySchema, element)
		}
	}
	if _, err := c.tables.CreateTable(ctx, input); err != nil {
		return nil, err
	}
	waiter := dynamodb.NewTableExistsWaiter(c.tables)
	return result{}, waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: c.name}, 10*time.Second)
}

func (c client) query(ctx context.Context, s step) (result, error) {
	sorts := []string{}
	pages := dynamodb.NewQueryPaginator(c.tables, &dynamodb.QueryInput{
		TableName: c.name, KeyConditionExpression: aws.String("p = :p"), Limit: aws.Int32(int32(s.Page)),
		ExpressionAttributeValues: map[string]dynamodbtypes.AttributeValue{":p": text(s.Partition)},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, found := range page.Items {
			sort, ok := found["s"].(*dynamodbtypes.AttributeValueMemberS)
			if !ok {
				return nil, errors.New("no sort key")
			}
			sorts = append(sorts, sort.Value)
		}
	}
	return result{"sorts": sorts}, nil
}

func main() {
	if err := play(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func play() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	content, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	table := struct{ Scenarios []struct{ Steps []step } }{}
	if err := json.Unmarshal(content, &table); err != nil {
		return err
	}
	loaded, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	c := client{aws.String(os.Getenv("CLIENT_NAME")), s3.NewFromConfig(loaded), dynamodb.NewFromConfig(loaded)}
	lines := json.NewEncoder(os.Stdout)
	for _, scenario := range table.Scenarios {
		for _, step := range scenario.Steps {
			answer, err := c.run(ctx, step)
			var refused smithy.APIError
			if errors.As(err, &refused) {
				answer = result{"error": refused.ErrorCode()}
			} else if err != nil {
				answer = result{"error": err.Error()}
			}
			if err := lines.Encode(map[string]any{"result": answer}); err != nil {
				return err
			}
		}
	}
	return nil
}
