// The function that counts in PostgreSQL.
package main

import (
	"counter/internal/config"
	"counter/internal/function"
	"counter/internal/postgres"
	"counter/internal/store"
)

func main() {
	form := "postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY"
	function.Start(function.Kind{Schemes: []string{"postgres"}, Form: form, Open: open})
}

func open(environment config.Environment, _ config.Variables) (store.Store, error) {
	return postgres.New(environment.Store, environment.Update)
}
