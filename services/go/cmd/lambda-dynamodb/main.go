// The function that counts in DynamoDB.
package main

import (
	"github.com/aws/aws-sdk-go-v2/aws"

	"counter/internal/config"
	"counter/internal/dynamodb"
	"counter/internal/function"
	"counter/internal/store"
)

func main() {
	function.Start(dynamodb.Service, "dynamodb://TABLE/KEY", func(own aws.Config, url config.StoreURL, update config.Update) store.Store {
		return dynamodb.New(own, url, update)
	})
}
