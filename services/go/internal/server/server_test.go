package server

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"counter/internal/counter"
	"counter/internal/store"
)

func start(t *testing.T, bodyTimeout time.Duration) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := New(counter.New(&store.Memory{}))
	server.Handler = handler(counter.New(&store.Memory{}), bodyTimeout)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// ask sends bytes and gives the status and body of the first answer.
func ask(t *testing.T, address, request string) (int, string) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(connection, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(strings.TrimLeft(request, "\r\n"), " ")
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return response.StatusCode, string(body)
}

// What net/http answers before anything of ours sees it, and otherwise than the other languages: their answer, and Go's. It words
// refusals itself, so that the body of a 400 is not compared.
var netHTTP = map[string]int{
	// Neither an empty line before a request nor a second blank is taken.
	"\r\nGET /hits HTTP/1.1\r\nhost: x\r\n\r\n": 400,
	"GET  /hits HTTP/1.1\r\nhost: x\r\n\r\n":    400,
	// The statuses that RFC 9110 has for these.
	"GET /hits HTTP/0.9\r\n\r\n":                                        505,
	"GET /hits HTTP/9.9\r\nhost: x\r\n\r\n":                             505,
	"POST /hits HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n": 501,
}

func TestOddRequestsAreAnsweredAsTheTableSays(t *testing.T) {
	text, err := os.ReadFile("../../../odd_requests.json")
	if err != nil {
		t.Fatal(err)
	}
	var table [][3]any
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	address, counted, differ := start(t, bodyTimeout), 0, map[string]int{}
	for _, row := range table {
		request, status, body := row[0].(string), int(row[1].(float64)), row[2].(string)
		// Each character is a byte.
		bytes := make([]byte, 0, len(request))
		for _, it := range request {
			bytes = append(bytes, byte(it))
		}
		gotStatus, gotBody := ask(t, address, string(bytes))
		if gotStatus == 200 {
			counted++
		}
		switch {
		case body == "1":
			body = strconv.Itoa(counted)
		case body != "":
			body = fmt.Sprintf(`{"type":"about:blank","title":"%s","status":%d}`, body, status)
		}
		if gotStatus != status {
			differ[request] = gotStatus
		} else if status != 400 && gotBody != body {
			t.Errorf("%q: %q", request, gotBody)
		}
	}
	for request, status := range differ {
		if netHTTP[request] != status {
			t.Errorf("%q: %d", request, status)
		}
	}
	for request := range netHTTP {
		if _, ok := differ[request]; !ok {
			t.Errorf("%q is answered as by the others: take it off the list", request)
		}
	}
}

func TestABodyIsReadToItsEndOrRefused(t *testing.T) {
	address := start(t, bodyTimeout)
	post := func(length int) (int, string) {
		return ask(t, address, fmt.Sprintf("POST /hits HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s", length, strings.Repeat("x", length)))
	}
	if status, body := post(bodyBytes); status != 200 || body != "1" {
		t.Error(status, body)
	}
	chunk := fmt.Sprintf("%x\r\n%s\r\n", bodyBytes, strings.Repeat("x", bodyBytes))
	chunked := "POST /hits HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" + chunk + "1\r\nx\r\n0\r\n\r\n"
	if status, body := ask(t, address, chunked); status != 413 || !strings.Contains(body, "Payload Too Large") {
		t.Error(status, body)
	}
	hurried := start(t, time.Millisecond)
	if status, body := ask(t, hurried, "POST /hits HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nx"); status != 408 ||
		body != `{"type":"about:blank","title":"Request Timeout","status":408}` {
		t.Error(status, body)
	}
}

func TestEveryAnswerHasItsLengthAndTheCountersHeaders(t *testing.T) {
	recorder := httptest.NewRecorder()
	New(counter.New(&store.Memory{})).Handler.ServeHTTP(recorder, httptest.NewRequest("GET", "/hits", nil))
	got := recorder.Result().Header
	if got.Get("Content-Length") != "1" || got.Get("Cache-Control") != "no-store" || len(got) != 3 {
		t.Errorf("%v", got)
	}
}

// A refusal can be read by a client that is still sending, so that a balancer does not answer 502 in its place.
func TestARefusalCanBeReadByAClientThatIsStillSending(t *testing.T) {
	address := start(t, bodyTimeout)
	for range 50 {
		for _, length := range []int{70_000, 500_000} {
			request := fmt.Sprintf("PUT /readyz/\u2615 HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s", length, strings.Repeat("y", length))
			if status, _ := ask(t, address, request); status != 400 {
				t.Errorf("%d bytes: %d", length, status)
			}
		}
	}
}
