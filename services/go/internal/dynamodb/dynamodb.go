// Package dynamodb is the count as the attribute hits of one DynamoDB item, whose partition key is the string attribute id. One
// UpdateItem per call and no other permission. It must not know the environment: the SDK's configuration comes in.
package dynamodb

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"counter/internal/config"
	"counter/internal/sdk"
	"counter/internal/store"
)

// Service is DynamoDB, for its configuration.
var Service = sdk.Service{Name: "dynamodb", EndpointVariable: "AWS_ENDPOINT_URL_DYNAMODB"}

// DynamoDB is a count in an item.
type DynamoDB struct {
	client *dynamodb.Client
	table  string
	key    map[string]types.AttributeValue
	place  string
	update config.Update
}

// New is the count in an item; a missing item is 0. It makes no call.
func New(own aws.Config, url config.StoreURL, update config.Update) *DynamoDB {
	return &DynamoDB{
		client: dynamodb.NewFromConfig(own),
		table:  url.Place,
		key:    map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: url.Key}},
		place:  fmt.Sprintf("dynamodb://%s/%s", url.Place, url.Key),
		update: update,
	}
}

// Add adds. An ADD that timed out may have been done and is done again by the SDK's retry: that skips numbers and repeats none,
// since only the last answer is read.
func (d *DynamoDB) Add(ctx context.Context, n uint64) (uint64, error) {
	ctx, cancel := sdk.Call(ctx)
	defer cancel()
	if d.update == config.ReadThenWrite {
		return d.readThenWrite(ctx, n)
	}
	updated, err := d.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 &d.table,
		Key:                       d.key,
		UpdateExpression:          aws.String("ADD hits :n"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":n": number(n)},
		ReturnValues:              types.ReturnValueUpdatedNew,
	})
	if err != nil {
		return 0, store.WriteFailed(d.place, err)
	}
	return d.count(updated.Attributes)
}

// What the original study did: read, add here, write.
func (d *DynamoDB) readThenWrite(ctx context.Context, n uint64) (uint64, error) {
	got, err := d.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &d.table, Key: d.key})
	if err != nil {
		return 0, store.ReadFailed(d.place, err)
	}
	var before uint64
	if got.Item != nil {
		if before, err = d.count(got.Item); err != nil {
			return 0, err
		}
	}
	count, err := store.Sum(before, n)
	// A readiness check must not undo what others write meanwhile.
	if err != nil || n == 0 {
		return count, err
	}
	item := map[string]types.AttributeValue{"id": d.key["id"], "hits": number(count)}
	if _, err := d.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &d.table, Item: item}); err != nil {
		return 0, store.WriteFailed(d.place, err)
	}
	return count, nil
}

func (d *DynamoDB) count(attributes map[string]types.AttributeValue) (uint64, error) {
	hits, ok := attributes["hits"].(*types.AttributeValueMemberN)
	if !ok {
		return 0, store.Corrupt(d.place, fmt.Sprintf("%v", attributes["hits"]))
	}
	return store.ParseCount(d.place, hits.Value)
}

func number(n uint64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatUint(n, 10)}
}
