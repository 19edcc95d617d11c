package function

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"counter/internal/config"
	"counter/internal/counter"
	"counter/internal/sdk"
	"counter/internal/store"
)

func TestBothFormsOfAnEventAreAnswered(t *testing.T) {
	handle := handler(counter.New(&store.Memory{}))
	for _, it := range []struct{ event, status, body string }{
		{`{"version":"2.0","rawPath":"/hits","requestContext":{"http":{"method":"GET"}}}`, "200", "1"},
		{`{"httpMethod":"POST","path":"/hits","requestContext":{"elb":{}}}`, "200", "2"},
		{`{"httpMethod":"HEAD","path":"/healthz"}`, "200", ""},
	} {
		var event event
		if err := json.Unmarshal([]byte(it.event), &event); err != nil {
			t.Fatal(err)
		}
		got, err := handle(context.Background(), event)
		text, _ := json.Marshal(got)
		if err != nil || got.Body != it.body || !strings.HasPrefix(string(text), `{"statusCode":`+it.status) {
			t.Errorf("%s: %s, %v", it.event, text, err)
		}
	}
	if _, err := handle(context.Background(), event{}); err == nil {
		t.Error("an event of another form is an error")
	}
}

func TestAStoreThatCannotBeOpenedIsRefusedInOneLine(t *testing.T) {
	service := sdk.Service{Name: "s3", EndpointVariable: "AWS_ENDPOINT_URL_S3"}
	open := func(_ config.Environment, variable config.Variables) (store.Store, error) {
		_, err := sdk.FromEnvironment(service, variable)
		return &store.Memory{}, err
	}
	kind := Kind{Schemes: []string{service.Name}, Form: "s3://BUCKET/KEY", Open: open}
	all := map[string]string{"STORE": "s3://b/k", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "eu-west-2"}
	try := func(name, value string) string {
		variable := func(asked string) string {
			if asked == name {
				return value
			}
			return all[asked]
		}
		if _, err := openStore(kind, variable); err != nil {
			return err.Error()
		}
		return ""
	}
	for _, it := range [][3]string{
		{"STORE", "", "this function needs STORE=s3://BUCKET/KEY"},
		{"STORE", "memory:", "this function needs STORE=s3://BUCKET/KEY"},
		{"STORE", "valkey://localhost:6379/hits", "this function needs STORE=s3://BUCKET/KEY"},
		{"AWS_REGION", "", "AWS_REGION is not set; the s3 store needs it"},
		{"AWS_SECRET_ACCESS_KEY", "", "AWS_SECRET_ACCESS_KEY is not set; the s3 store needs it"},
		{"AWS_SESSION_TOKEN", "token", ""},
	} {
		if got := try(it[0], it[1]); got != it[2] {
			t.Errorf("%s=%q: %q", it[0], it[1], got)
		}
	}
}
