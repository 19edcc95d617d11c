// The function that counts in S3.
package main

import (
	"counter/internal/config"
	"counter/internal/function"
	"counter/internal/s3"
	"counter/internal/sdk"
	"counter/internal/store"
)

func main() {
	function.Start(function.Kind{Schemes: []string{s3.Service.Name}, Form: "s3://BUCKET/KEY", Open: open})
}

func open(environment config.Environment, variable config.Variables) (store.Store, error) {
	own, err := sdk.FromEnvironment(s3.Service, variable)
	if err != nil {
		return nil, err
	}
	return s3.New(own, environment.Store, environment.Update), nil
}
