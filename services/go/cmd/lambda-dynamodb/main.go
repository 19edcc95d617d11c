// The function that counts in DynamoDB.
package main

import (
	"counter/internal/config"
	"counter/internal/dynamodb"
	"counter/internal/function"
	"counter/internal/sdk"
	"counter/internal/store"
)

func main() {
	function.Start(function.Kind{Schemes: []string{dynamodb.Service.Name}, Form: "dynamodb://TABLE/KEY", Open: open})
}

func open(environment config.Environment, variable config.Variables) (store.Store, error) {
	own, err := sdk.FromEnvironment(dynamodb.Service, variable)
	if err != nil {
		return nil, err
	}
	return dynamodb.New(own, environment.Store, environment.Update), nil
}
