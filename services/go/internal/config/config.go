// Package config is the typed configuration that all hosts share. It must not read the process's environment itself: a host
// passes it in, and so does a test.
package config

import (
	"encoding/base64"
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
	// Scheme is memory, file, dynamodb, s3, postgres, valkey or, with TLS, valkeys; empty where STORE is not set.
	Scheme string
	// Place is the absolute path, the table, the bucket, or the server's host and port.
	Place string
	// Key is the value of the table's partition key, or the object's, Valkey's or the row's key, slashes included.
	Key string
	// Postgres is what else there is of postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY?ca=CERTIFICATE.
	Postgres Postgres
}

// Postgres is what a server of PostgreSQL needs to be reached, beside its place.
type Postgres struct {
	User, Password, Database string
	// Authority is the certificate, in DER, of the authority that vouches for the server by TLS; without one nothing is encrypted.
	Authority string
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
	if scheme == "postgres" {
		if store, isRead := parsePostgres(rest); isRead {
			return store, nil
		}
	}
	place, key, _ := strings.Cut(rest, "/")
	if (scheme == "dynamodb" || scheme == "s3") && place != "" && key != "" {
		return StoreURL{Scheme: scheme, Place: place, Key: key}, nil
	}
	if (scheme == "valkey" || scheme == "valkeys") && isHostAndPort(place) && key != "" {
		return StoreURL{Scheme: scheme, Place: place, Key: key}, nil
	}
	return StoreURL{}, fmt.Errorf("STORE=%q names no store; use memory: or file:///var/lib/counter/hits "+
		"or dynamodb://TABLE/KEY or s3://BUCKET/KEY or valkey://HOST:PORT/KEY "+
		"or postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY", withoutLogin(text))
}

// Nothing that a URL would have to escape: each service would have to undo it.
var plain = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)

// parsePostgres reads what follows postgres://.
func parsePostgres(rest string) (StoreURL, bool) {
	rest, text, hasAuthority := strings.Cut(rest, "?ca=")
	authority, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || hasAuthority && len(authority) == 0 {
		return StoreURL{}, false
	}
	login, rest, _ := strings.Cut(rest, "@")
	user, password, _ := strings.Cut(login, ":")
	place, rest, _ := strings.Cut(rest, "/")
	database, key, _ := strings.Cut(rest, "/")
	if !plain.MatchString(user) || !plain.MatchString(password) || !plain.MatchString(database) || !isHostAndPort(place) || key == "" {
		return StoreURL{}, false
	}
	own := Postgres{User: user, Password: password, Database: database, Authority: string(authority)}
	return StoreURL{Scheme: "postgres", Place: place, Key: key, Postgres: own}, true
}

// withoutLogin is a URL without what stands before its server, where that is a password's place: no message shows one.
func withoutLogin(text string) string {
	scheme, _, _ := strings.Cut(text, "://")
	if at := strings.LastIndex(text, "@"); at >= 0 && strings.HasPrefix(scheme, "postgres") {
		return scheme + "://…" + text[at:]
	}
	return text
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
