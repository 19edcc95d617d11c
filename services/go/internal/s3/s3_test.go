package s3

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"counter/internal/config"
	"counter/internal/sdk"
	"counter/internal/store"
)

// counting is a store of this service at an endpoint.
func counting(t *testing.T, endpoint string) *S3 {
	variables := map[string]string{
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-2", "AWS_ENDPOINT_URL_S3": endpoint,
	}
	own, err := sdk.FromEnvironment(Service, func(name string) string { return variables[name] })
	if err != nil {
		t.Fatal(err)
	}
	return New(own, config.StoreURL{Place: "bucket", Key: "key"}, config.Atomic)
}

// answering is a server that answers GET and PUT so.
func answering(t *testing.T, get, put http.HandlerFunc) string {
	server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		map[string]http.HandlerFunc{"GET": get, "PUT": put}[request.Method](writer, request)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func tagged(body string) http.HandlerFunc {
	return func(writer http.ResponseWriter, _ *http.Request) {
		writer.Header().Set("ETag", `"e"`)
		_, _ = io.WriteString(writer, body)
	}
}

func untagged(body string) http.HandlerFunc {
	return func(writer http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(writer, body) }
}

func TestA200WithoutAnETagIsNeitherAReadNorAWrite(t *testing.T) {
	for name, endpoint := range map[string]string{
		"read":  answering(t, untagged("41\n"), tagged("")),
		"write": answering(t, tagged("41\n"), untagged("<html>a proxy's page</html>")),
	} {
		if count, err := counting(t, endpoint).Add(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "no ETag") {
			t.Errorf("%s: %d, %v", name, count, err)
		}
	}
	if count, err := counting(t, answering(t, tagged("41\n"), tagged(""))).Add(t.Context(), 1); count != 42 || err != nil {
		t.Errorf("%d, %v", count, err)
	}
}

func TestAnAnswerThatNeverEndsIsRefusedBeforeItFillsMemory(t *testing.T) {
	var sent atomic.Int64
	endless := func(writer http.ResponseWriter, _ *http.Request) {
		writer.Header().Set("ETag", `"e"`)
		for chunk := strings.Repeat("1", 1<<16); sent.Load() < 256<<20; sent.Add(int64(len(chunk))) {
			if _, err := io.WriteString(writer, chunk); err != nil {
				return
			}
		}
	}
	for name, endpoint := range map[string]string{
		"read": answering(t, endless, tagged("")),
		"write": answering(t, tagged("41\n"), func(writer http.ResponseWriter, request *http.Request) {
			writer.WriteHeader(http.StatusForbidden)
			endless(writer, request)
		}),
	} {
		sent.Store(0)
		if count, err := counting(t, endpoint).Add(t.Context(), 1); err == nil {
			t.Errorf("%s: %d", name, count)
		}
		// What is on its way is in the sockets' buffers.
		if sent.Load() > 64<<20 {
			t.Errorf("%s: %d bytes were taken", name, sent.Load())
		}
	}
}

// raw is a server that writes these bytes and closes, or drips them.
func raw(t *testing.T, answer string, pause time.Duration) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = connection.Close() }()
				_, _ = connection.Read(make([]byte, 8192))
				for index := 0; index < len(answer); index++ {
					if _, err := io.WriteString(connection, answer[index:index+1]); err != nil {
						return
					}
					time.Sleep(pause)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestACountWhoseEndIsMissingIsRefused(t *testing.T) {
	for name, head := range map[string]string{
		"no length":  "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nConnection: close\r\n\r\n1234",
		"broken off": "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 6\r\n\r\n1234",
	} {
		if count, err := counting(t, raw(t, head, 0)).Add(t.Context(), 1); err == nil {
			t.Errorf("%s: %d", name, count)
		}
	}
}

func TestAStoreThatSendsAByteNowAndThenIsGivenUp(t *testing.T) {
	drip := fmt.Sprintf("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 100000\r\n\r\n%s", strings.Repeat("1", 100_000))
	began := time.Now()
	count, err := counting(t, raw(t, drip, 50*time.Millisecond)).Add(t.Context(), 1)
	// Three attempts of 3 s, and the 10 s that a call has.
	if took := time.Since(began); err == nil || took > 12*time.Second {
		t.Errorf("%d, %v after %s", count, err, took)
	}
	if !strings.Contains(err.Error(), "s3://bucket/key") {
		t.Errorf("%v", err)
	}
}

var _ store.Store = (*S3)(nil)
