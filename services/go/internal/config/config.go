// Package config is the typed configuration that all hosts share. It must not read the process's environment itself: a host
// passes it in, and so does a test.
package config

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Variables gives the value of an environment variable; an empty value counts as not set.
type Variables func(name string) string

// Update is how a store adds.
type Update int

const (
	// Atomic is exact under concurrency.
	Atomic Update = iota
	// ReadThenWrite reads, adds and writes: two calls, lost updates. What the original study did.
	ReadThenWrite
)

// StoreURL is where the count lives: the value of STORE.
type StoreURL struct {
	// Scheme is memory, file, dynamodb, s3, valkey or, with TLS, valkeys; empty where STORE is not set.
	Scheme string
	// Place is the absolute path, the table, the bucket, or the server's host and port.
	Place string
	// Key is the value of the table's partition key, or the object's or Valkey's key, slashes included.
	Key string
}

// Environment is the counter's part of the environment.
type Environment struct {
	Store  StoreURL
	Update Update
}

// Read reads STORE and COUNTER_UPDATE. An error is one line with what to write instead.
func Read(variable Variables) (Environment, error) {
	var environment Environment
	if text := variable("STORE"); text != "" {
		store, err := parseStore(text)
		if err != nil {
			return environment, err
		}
		environment.Store = store
	}
	switch word := variable("COUNTER_UPDATE"); word {
	case "", "atomic":
	case "read-then-write":
		environment.Update = ReadThenWrite
	default:
		return environment, fmt.Errorf("COUNTER_UPDATE=%q is not a way to count; use atomic or read-then-write", word)
	}
	return environment, nil
}

func parseStore(text string) (StoreURL, error) {
	if text == "memory:" {
		return StoreURL{Scheme: "memory"}, nil
	}
	scheme, rest, _ := strings.Cut(text, "://")
	if scheme == "file" && strings.HasPrefix(rest, "/") && !strings.HasSuffix(rest, "/") {
		return StoreURL{Scheme: scheme, Place: rest}, nil
	}
	place, key, _ := strings.Cut(rest, "/")
	if (scheme == "dynamodb" || scheme == "s3") && place != "" && key != "" {
		return StoreURL{Scheme: scheme, Place: place, Key: key}, nil
	}
	if (scheme == "valkey" || scheme == "valkeys") && isHostAndPort(place) && key != "" {
		return StoreURL{Scheme: scheme, Place: place, Key: key}, nil
	}
	return StoreURL{}, fmt.Errorf("STORE=%q names no store; use memory: or file:///var/lib/counter/hits "+
		"or dynamodb://TABLE/KEY or s3://BUCKET/KEY or valkey://HOST:PORT/KEY", text)
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// isHostAndPort is whether it is HOST:PORT, an IPv6 address in brackets: what is none would be found out at the first call.
func isHostAndPort(text string) bool {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return false
	}
	if strings.HasPrefix(text, "[") {
		address, err := netip.ParseAddr(host)
		return err == nil && address.Is6()
	}
	return hostName.MatchString(host)
}
