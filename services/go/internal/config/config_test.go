package config

import (
	"strings"
	"testing"
)

func read(store, update string) (Environment, error) {
	return Read(func(name string) string { return map[string]string{"STORE": store, "COUNTER_UPDATE": update}[name] })
}

func TestStoresAndUpdatesAreRead(t *testing.T) {
	for text, want := range map[string]StoreURL{
		"":                             {},
		"memory:":                      {Scheme: "memory"},
		"file:///var/lib/counter/hits": {Scheme: "file", Place: "/var/lib/counter/hits"},
		"dynamodb://table/hits":        {Scheme: "dynamodb", Place: "table", Key: "hits"},
		"s3://bucket/a/b":              {Scheme: "s3", Place: "bucket", Key: "a/b"},
		"valkey://localhost:6379/hits": {Scheme: "valkey", Place: "localhost:6379", Key: "hits"},
		"postgres://u:p@h:1/d/a/b": {
			Scheme: "postgres", Place: "h:1", Key: "a/b", Postgres: Postgres{User: "u", Password: "p", Database: "d"},
		},
		"postgres://u:p@h:1/d/k?ca=Zm8": {
			Scheme: "postgres", Place: "h:1", Key: "k", Postgres: Postgres{User: "u", Password: "p", Database: "d", Authority: "fo"},
		},
		"valkeys://[::1]:1/a/b": {Scheme: "valkeys", Place: "[::1]:1", Key: "a/b"},
	} {
		if got, err := read(text, "read-then-write"); err != nil || got.Store != want || got.Update != ReadThenWrite {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestWhatCannotBeUsedIsRefusedInOneLine(t *testing.T) {
	for _, text := range []string{"memory", "file://hits", "file:///", "s3://bucket", "s3://bucket/", "redis://a/b", "s3:///a", "valkey://host/k", "valkey://host:0/k", "valkey://:1/k", "valkey://[host]:1/k", "valkey://host:1/", "a\nb"} {
		_, err := read(text, "")
		if err == nil || !strings.Contains(err.Error(), "names no store") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{
		"postgres://u:s3cret@h:1/d", "postgres://u:s3cret@h:1/d/", "postgres://u:s3cret@h/d/k", "postgres://:s3cret@h:1/d/k",
		"postgres://u:s3cret%20@h:1/d/k", "postgres://u:s3cret@h:1/d/k?ca=", "postgres://u:s3cret@h:1/d/k?ca=Zg==", "postgresql://u:s3cret@h:1/d/k",
	} {
		_, err := read(text, "")
		if err == nil || !strings.Contains(err.Error(), "names no store") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := read("memory:", "twice"); err == nil || !strings.Contains(err.Error(), "use atomic or read-then-write") {
		t.Error(err)
	}
}
