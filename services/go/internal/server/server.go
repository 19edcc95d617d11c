// Package server is the listener's life, bounds included: bind, announce, accept, drain, end. It must not know routes or stores.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/net/netutil"

	"counter/internal/counter"
)

const (
	// The longest that requests in flight are waited for after a signal. Kubernetes and ECS kill after 30 s.
	drain = 10 * time.Second
	// Connections served at a time; the others wait in the listener's queue.
	connections = 4096
	// Files that the rest of the process may have open.
	otherFiles  = 64
	headBytes   = 64 << 10
	headTimeout = 15 * time.Second
	bodyBytes   = 1 << 20
	bodyTimeout = 30 * time.Second
	// Of a call as a whole: longer than a store may take.
	callTimeout = 60 * time.Second
	// Longer than an ALB's 60 s, so that the balancer closes first.
	idleTimeout = 75 * time.Second
)

// Serve serves until SIGTERM or SIGINT, then drains. It prints one line to stdout once it listens:
// `listening on http://127.0.0.1:PORT`.
func Serve(listen string, app *counter.Counter) error {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s; is the port free, and the address this machine's? %w", listen, err)
	}
	server := New(app)
	ended := make(chan os.Signal, 2)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	if _, err := fmt.Printf("listening on http://%s\n", callable(listener.Addr())); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(netutil.LimitListener(listener, most())) }()
	select {
	case err := <-failed:
		return err
	case <-ended:
	}
	bounded, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	go func() {
		<-ended
		log.Print("WARN interrupted twice: requests in flight are cut off")
		cancel()
	}()
	if err := server.Shutdown(bounded); errors.Is(err, context.DeadlineExceeded) {
		log.Printf("WARN requests were still in flight after %s", drain)
	}
	return nil
}

// New is the server, without a listener.
func New(app *counter.Counter) *http.Server {
	return &http.Server{
		Handler:           handler(app, bodyTimeout),
		ReadHeaderTimeout: headTimeout,
		WriteTimeout:      callTimeout,
		IdleTimeout:       idleTimeout,
		// net/http reads 4 KiB more before it refuses.
		MaxHeaderBytes:               headBytes - 4096,
		DisableGeneralOptionsHandler: true,
		// What clients do wrong is no line of ours.
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

func handler(app *counter.Counter, bodyTimeout time.Duration) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		if request.Method == http.MethodConnect || request.ProtoMinor > 1 || !isASCII(request.RequestURI) {
			writer.Header().Set("Connection", "close")
			writer.Header().Set("Content-Length", "0")
			writer.WriteHeader(http.StatusBadRequest)
			return
		}
		if status := readBody(writer, request, bodyTimeout); status != 0 {
			writer.Header().Set("Connection", "close")
			write(writer, request, counter.Problem(status))
			return
		}
		write(writer, request, app.Answer(request.Context(), request.Method, request.URL.EscapedPath()))
	}
}

// isASCII is whether a target is one: others are to be encoded (RFC 9112, §3.2).
func isASCII(target string) bool {
	for index := range len(target) {
		if target[index] >= 0x80 {
			return false
		}
	}
	return true
}

// readBody reads a body to its end before its sender gets a number, and gives the status of one that is too long or too late.
func readBody(writer http.ResponseWriter, request *http.Request, limit time.Duration) int {
	if request.Body == http.NoBody {
		return 0
	}
	if request.ContentLength > bodyBytes {
		return http.StatusRequestEntityTooLarge
	}
	// A connection that has no deadlines is none that a client could hold open.
	_ = http.NewResponseController(writer).SetReadDeadline(time.Now().Add(limit))
	_, err := io.Copy(io.Discard, http.MaxBytesReader(writer, request.Body, bodyBytes))
	var tooLong *http.MaxBytesError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &tooLong):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}

func write(writer http.ResponseWriter, request *http.Request, response counter.Response) {
	header := writer.Header()
	for name, value := range response.Headers {
		header.Set(name, value)
	}
	header.Set("Content-Length", strconv.Itoa(len(response.Body)))
	writer.WriteHeader(response.Status)
	if request.Method != http.MethodHead {
		// A closed connection gets no answer.
		_, _ = io.WriteString(writer, response.Body)
	}
}

// most is the connections served at a time: as many as the limit of open files leaves, which Go raises at its start.
func most() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > connections+otherFiles {
		return connections
	}
	return max(1, int(limit.Cur)-otherFiles)
}

// callable is an address that can be called.
func callable(address net.Addr) string {
	tcp, ok := address.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return address.String()
	}
	loopback := net.IPv4(127, 0, 0, 1)
	if tcp.IP.To4() == nil {
		loopback = net.IPv6loopback
	}
	return (&net.TCPAddr{IP: loopback, Port: tcp.Port}).String()
}
