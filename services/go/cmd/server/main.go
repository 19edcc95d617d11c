// The server's process: arguments, log, one call, exit code.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/netip"
	"os"

	"counter/internal/config"
	"counter/internal/counter"
	"counter/internal/dynamodb"
	"counter/internal/postgres"
	"counter/internal/s3"
	"counter/internal/sdk/host"
	"counter/internal/server"
	"counter/internal/store"
	"counter/internal/valkey"
)

const help = `The counter's server. It takes no arguments; the environment configures it:

  LISTEN          address and port, port 0 for any free one  [0.0.0.0:8000]
  STORE           memory: | file:///var/lib/counter/hits | dynamodb://TABLE/KEY | s3://BUCKET/KEY
                  | valkey://HOST:PORT/KEY, valkeys: with TLS
                  | postgres://USER:PASSWORD@HOST:PORT/DATABASE/KEY, ?ca=CERTIFICATE: with TLS  [memory:]
  COUNTER_UPDATE  atomic | read-then-write (as the original study: two calls, lost updates)  [atomic]

dynamodb and s3 also take AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_SESSION_TOKEN, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL;
without keys they use the role of the task, pod or instance.

Exit codes: 0 ended by SIGTERM or SIGINT, 1 failed while running, 2 refused to start.
`

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "--help", "-h":
			fmt.Print(help)
			return
		case "--version", "-V":
			fmt.Println("server 0.1.0")
			return
		}
		end(2, fmt.Errorf("%q is not an argument; --help lists what there is", os.Args[1]))
	}
	listen, opened, err := open(os.Getenv)
	if err != nil {
		end(2, err)
	}
	if err := server.Serve(listen, counter.New(opened)); err != nil {
		code := 1
		if _, isBind := err.(*net.OpError); isBind {
			code = 2
		}
		end(code, err)
	}
}

func end(code int, err error) {
	fmt.Fprintf(os.Stderr, "server: %v\n", err)
	os.Exit(code)
}

// open reads the configuration and opens the store that it names. It makes no call to a service: a DynamoDB that is away now may
// be back for the first hit.
func open(variable config.Variables) (string, store.Store, error) {
	listen := variable("LISTEN")
	if listen == "" {
		listen = "0.0.0.0:8000"
	}
	// No host name, which could be several.
	if _, err := netip.ParseAddrPort(listen); err != nil {
		return "", nil, fmt.Errorf("LISTEN=%q is not an address and port; use for example 0.0.0.0:8000 or [::1]:0", listen)
	}
	environment, err := config.Read(variable)
	if err != nil {
		return "", nil, err
	}
	opened, err := storeOf(environment, variable)
	return listen, opened, err
}

func storeOf(environment config.Environment, variable config.Variables) (store.Store, error) {
	var inner store.Store
	switch url := environment.Store; url.Scheme {
	case "", "memory":
		// Nothing to share: a lock costs less than a queue.
		return &store.Memory{}, nil
	case "file":
		file, err := store.OpenFile(url.Place, environment.Update)
		if err != nil {
			return nil, err
		}
		inner = file
	case "dynamodb":
		own, err := host.FromEnvironmentOrHost(context.Background(), dynamodb.Service, variable)
		if err != nil {
			return nil, err
		}
		inner = dynamodb.New(own, url, environment.Update)
	case "postgres":
		database, err := postgres.New(url, environment.Update)
		if err != nil {
			return nil, err
		}
		inner = database
	case "valkey", "valkeys":
		inner = valkey.New(url, environment.Update)
	default:
		own, err := host.FromEnvironmentOrHost(context.Background(), s3.Service, variable)
		if err != nil {
			return nil, err
		}
		inner = s3.New(own, url, environment.Update)
	}
	// One call for all waiting callers, unless the original study's calls are to be reproduced.
	if environment.Update == config.ReadThenWrite {
		return inner, nil
	}
	return store.NewBatched(inner), nil
}
