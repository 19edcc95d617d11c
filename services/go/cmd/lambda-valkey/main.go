// The function that counts in Valkey.
package main

import (
	"counter/internal/config"
	"counter/internal/function"
	"counter/internal/store"
	"counter/internal/valkey"
)

func main() {
	function.Start(function.Kind{Schemes: []string{"valkey", "valkeys"}, Form: "valkey://HOST:PORT/KEY", Open: open})
}

func open(environment config.Environment, _ config.Variables) (store.Store, error) {
	return valkey.New(environment.Store, environment.Update), nil
}
