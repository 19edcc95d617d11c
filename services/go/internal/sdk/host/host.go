// Package host is AWS's configuration where the environment has no credentials: the SDK's chain, the role of the task, pod or
// instance. For servers: a function would carry it for nothing.
package host

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"counter/internal/config"
	"counter/internal/sdk"
)

// FromEnvironmentOrHost is the configuration for a service.
func FromEnvironmentOrHost(ctx context.Context, service sdk.Service, variable config.Variables) (aws.Config, error) {
	own, err := sdk.FromEnvironment(service, variable)
	var missing sdk.Missing
	if !errors.As(err, &missing) || missing.Variable != "AWS_ACCESS_KEY_ID" {
		return own, err
	}
	host, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithEC2IMDSRegion())
	if err != nil {
		return host, err
	}
	if host.Region == "" {
		return host, sdk.Missing{Variable: "AWS_REGION", Service: service.Name}
	}
	return sdk.Bounded(host, service, variable), nil
}
