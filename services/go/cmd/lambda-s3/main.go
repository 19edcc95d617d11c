// The function that counts in S3.
package main

import (
	"github.com/aws/aws-sdk-go-v2/aws"

	"counter/internal/config"
	"counter/internal/function"
	"counter/internal/s3"
	"counter/internal/store"
)

func main() {
	function.Start(s3.Service, "s3://BUCKET/KEY", func(own aws.Config, url config.StoreURL, update config.Update) store.Store {
		return s3.New(own, url, update)
	})
}
