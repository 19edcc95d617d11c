// Package sdk is AWS's configuration from the environment alone, as Lambda sets it: no file and no metadata service on the way to
// the first call. It must not know tables or buckets.
package sdk

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"counter/internal/config"
)

// A call inside a region rarely takes 200 ms (bench/model/aws.toml): 3 s are a lost cause. Three attempts fit the whole, and the
// whole fits the 15 s that a caller waits.
const (
	attemptTimeout = 3 * time.Second
	callTimeout    = 10 * time.Second
	attempts       = 3
	// No answer that a count needs is longer. The SDK reads on for as long as bytes come, into memory.
	answerBytes = 1 << 20
)

// Service is a service with an endpoint of its own.
type Service struct {
	Name, EndpointVariable string
}

// Missing is a variable that a store needs.
type Missing struct {
	Variable, Service string
}

func (m Missing) Error() string {
	return fmt.Sprintf("%s is not set; the %s store needs it", m.Variable, m.Service)
}

// FromEnvironment is the configuration for a service from environment variables alone: the credentials, AWS_REGION or
// AWS_DEFAULT_REGION, and the endpoint if it is not AWS's own.
func FromEnvironment(service Service, variable config.Variables) (aws.Config, error) {
	id, secret := variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")
	region := first(variable, "AWS_REGION", "AWS_DEFAULT_REGION")
	for _, needed := range [][2]string{{"AWS_ACCESS_KEY_ID", id}, {"AWS_SECRET_ACCESS_KEY", secret}, {"AWS_REGION", region}} {
		if needed[1] == "" {
			return aws.Config{}, Missing{needed[0], service.Name}
		}
	}
	credentials := aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: variable("AWS_SESSION_TOKEN"), Source: "environment"}
	own := aws.Config{
		Region: region,
		// They never expire, so a cache would be locks for nothing.
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil }),
	}
	return Bounded(own, service, variable), nil
}

// Bounded is a configuration with what every call needs: limits, and the endpoint if it is not AWS's own.
func Bounded(own aws.Config, service Service, variable config.Variables) aws.Config {
	own.HTTPClient = bounded{awshttp.NewBuildableClient().WithTimeout(attemptTimeout)}
	own.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(options *retry.StandardOptions) { options.MaxAttempts = attempts })
	}
	if endpoint := first(variable, service.EndpointVariable, "AWS_ENDPOINT_URL"); endpoint != "" {
		own.BaseEndpoint = aws.String(endpoint)
	}
	return own
}

// bounded is a client whose answers end with an error where they are too long.
type bounded struct {
	aws.HTTPClient
}

func (b bounded) Do(request *http.Request) (*http.Response, error) {
	response, err := b.HTTPClient.Do(request)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, answerBytes)
	}
	return response, err
}

// Call is the context of one call to a service.
func Call(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, callTimeout)
}

func first(variable config.Variables, names ...string) string {
	for _, name := range names {
		if value := variable(name); value != "" {
			return value
		}
	}
	return ""
}
