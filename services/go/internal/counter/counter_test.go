package counter

import (
	"bytes"
	"context"
	"errors"
	"log"
	"os"
	"strings"
	"testing"

	"counter/internal/store"
)

func TestThePageIsThatOfAllLanguages(t *testing.T) {
	shared, err := os.ReadFile("../../../page.html")
	if err != nil || string(shared) != page {
		t.Fatalf("page.html is a copy of services/page.html: copy it again (%v)", err)
	}
}

func TestRoutesAndMethods(t *testing.T) {
	counter := New(&store.Memory{})
	for _, it := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/hits", 200, "1"},
		{"POST", "/hits", 200, "2"},
		{"HEAD", "/hits", 405, `{"type":"about:blank","title":"Method Not Allowed","status":405}`},
		{"GET", "/healthz", 200, `{"status":"pass"}`},
		{"HEAD", "/readyz", 200, `{"status":"pass"}`},
		{"DELETE", "/", 405, `{"type":"about:blank","title":"Method Not Allowed","status":405}`},
		{"GET", "/hits/", 404, `{"type":"about:blank","title":"Not Found","status":404}`},
		{"BREW", "/hits", 501, `{"type":"about:blank","title":"Not Implemented","status":501}`},
	} {
		got := counter.Answer(context.Background(), it.method, it.path)
		if got.Status != it.status || got.Body != it.body {
			t.Errorf("%s %s: %+v", it.method, it.path, got)
		}
	}
}

type away struct{}

func (away) Add(context.Context, uint64) (uint64, error) { return 0, errors.New("first\nsecond") }

func TestAStoreThatIsAwayIsLoggedTenTimesASecondAndNoCallerIsTold(t *testing.T) {
	var lines bytes.Buffer
	log.SetOutput(&lines)
	defer log.SetOutput(os.Stderr)
	counter := New(away{})
	for range 14 {
		got := counter.Answer(context.Background(), "GET", "/hits")
		if got.Status != 503 || strings.Contains(got.Body, "first") {
			t.Fatalf("%+v", got)
		}
	}
	if got := strings.Count(lines.String(), "no number: first second\n"); got != 10 {
		t.Errorf("%d lines: %s", got, lines.String())
	}
	if got := counter.Answer(context.Background(), "GET", "/readyz"); got.Status != 503 || got.Body != `{"status":"fail"}` {
		t.Errorf("%+v", got)
	}
}
