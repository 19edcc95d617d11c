// Package counter is the app as a value: routes, the time a store may take, what a failure logs, and the bytes of every response,
// whose table is in services/counter/src/response.rs. It must not know which store it has, nor open a socket.
package counter

import (
	_ "embed" // for the page
	"fmt"
	"net/http"
	"strconv"
)

// The page, the same in every language: a copy of services/page.html, which is outside of Go's module. A test holds that.
//
//go:embed page.html
var page string

// Response is a response; the host adds the length, and leaves the body out for HEAD.
type Response struct {
	Status int
	// Headers by their names in lower case.
	Headers map[string]string
	Body    string
}

var (
	pageResponse = Response{http.StatusOK, map[string]string{
		"content-type":           "text/html; charset=utf-8",
		"x-content-type-options": "nosniff",
	}, page}
	healthy   = fresh(http.StatusOK, "application/health+json", `{"status":"pass"}`)
	unhealthy = fresh(http.StatusServiceUnavailable, "application/health+json", `{"status":"fail"}`)
)

func fresh(status int, contentType, body string) Response {
	return Response{status, map[string]string{"content-type": contentType, "cache-control": "no-store"}, body}
}

func number(count uint64) Response {
	return fresh(http.StatusOK, "text/plain; charset=utf-8", strconv.FormatUint(count, 10))
}

// Problem is the problem of a status: its number and phrase. The details are for the log.
func Problem(status int) Response {
	title := http.StatusText(status)
	if status == http.StatusRequestEntityTooLarge {
		// RFC 7231's phrase, which the other languages have.
		title = "Payload Too Large"
	}
	body := fmt.Sprintf(`{"type":"about:blank","title":"%s","status":%d}`, title, status)
	return fresh(status, "application/problem+json", body)
}

func methodNotAllowed(allowed string) Response {
	response := Problem(http.StatusMethodNotAllowed)
	response.Headers["allow"] = allowed
	return response
}
