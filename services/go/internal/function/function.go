// Package function is the counter as a Lambda function, over any store; the commands name theirs, so that each carries its own
// store's SDK and no other.
package function

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"

	"github.com/aws/aws-lambda-go/lambda"

	"counter/internal/config"
	"counter/internal/counter"
	"counter/internal/store"
)

// Kind is the one store that a function is built with.
type Kind struct {
	// Schemes are those of its URL, and Form is what the URL looks like.
	Schemes []string
	Form    string
	// Open makes it from what the environment names. It makes no call.
	Open func(config.Environment, config.Variables) (store.Store, error)
}

// event has the parts of an event that make its request, in either form: payload format 2.0 (HTTP API, function URL), or a
// balancer's.
type event struct {
	RawPath        string `json:"rawPath"`
	RequestContext struct {
		HTTP struct {
			Method string `json:"method"`
		} `json:"http"`
	} `json:"requestContext"`
	Path       string `json:"path"`
	HTTPMethod string `json:"httpMethod"`
}

// answer is the form that payload 2.0 and a balancer share.
type answer struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

// Start answers invocations until the environment ends. Where the store can't be opened it prints the reason in one line and ends
// the process. The store is used bare: an execution environment has one request at a time.
func Start(kind Kind) {
	log.SetFlags(0)
	opened, err := openStore(kind, os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	lambda.Start(handler(counter.New(opened)))
}

func openStore(kind Kind, variable config.Variables) (store.Store, error) {
	environment, err := config.Read(variable)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(kind.Schemes, environment.Store.Scheme) {
		return nil, fmt.Errorf("this function needs STORE=%s", kind.Form)
	}
	return kind.Open(environment, variable)
}

func handler(app *counter.Counter) func(context.Context, event) (answer, error) {
	return func(ctx context.Context, event event) (answer, error) {
		method, path := event.RequestContext.HTTP.Method, event.RawPath
		if method == "" {
			method, path = event.HTTPMethod, event.Path
		}
		if method == "" || path == "" {
			return answer{}, errors.New(
				"the event has neither the fields of payload format 2.0 nor those of a balancer; invoke with one of them")
		}
		response := app.Answer(ctx, method, path)
		if method == "HEAD" {
			response.Body = ""
		}
		return answer{StatusCode: response.Status, Headers: response.Headers, Body: response.Body}, nil
	}
}
