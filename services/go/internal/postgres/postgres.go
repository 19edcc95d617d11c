// Package postgres is the count as one row of a table of PostgreSQL. One statement per call, on one connection. It must not know the
// environment.
package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"counter/internal/config"
	"counter/internal/store"
)

// A new connection takes some milliseconds inside a region, and at a function's tenth of a processor what a password's proof takes
// there; a call rarely 10. Three attempts fit the whole, and the whole fits the 15 s that a caller waits. The pauses between them: a
// restart takes longer, a lost connection none at all.
const (
	connectTimeout = 2 * time.Second
	attemptTimeout = 3 * time.Second
	callTimeout    = 10 * time.Second
	closeTimeout   = 100 * time.Millisecond
	attempts       = 3
	longestPause   = 100 * time.Millisecond
)

// The fillfactor leaves room for the row's next versions on its page: an update then touches no index.
const (
	table = "CREATE TABLE IF NOT EXISTS counts (key text PRIMARY KEY, count bigint NOT NULL) WITH (fillfactor = 10)"
	add   = "INSERT INTO counts AS old (key, count) VALUES ($1, $2) " +
		"ON CONFLICT (key) DO UPDATE SET count = old.count + excluded.count RETURNING count"
	read  = "SELECT count FROM counts WHERE key = $1"
	write = "INSERT INTO counts (key, count) VALUES ($1, $2) " +
		"ON CONFLICT (key) DO UPDATE SET count = excluded.count RETURNING count"
)

// SQLSTATE (PostgreSQL, appendix A).
const (
	undefinedTable  = "42P01"
	duplicateTable  = "42P07"
	uniqueViolation = "23505"
)

// Postgres is a count in a row.
type Postgres struct {
	config *pgx.ConnConfig
	// The one connection, nil where the last one failed; held by whoever calls.
	conn   chan *pgx.Conn
	key    string
	place  string
	update config.Update
}

// New is the count in a row; a missing row is 0, and a missing table is made by the first call. It makes no call.
func New(url config.StoreURL, update config.Update) (*Postgres, error) {
	own := url.Postgres
	place := fmt.Sprintf("postgres://%s@%s/%s/%s", own.User, url.Place, own.Database, url.Key)
	options, err := pgx.ParseConfig(fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", own.User, own.Password, url.Place, own.Database))
	if err != nil {
		return nil, fmt.Errorf("STORE=%q names no store", place)
	}
	if own.Authority != "" {
		certificate, err := x509.ParseCertificate([]byte(own.Authority))
		if err != nil {
			return nil, fmt.Errorf("STORE=%q has a certificate that is none", place)
		}
		roots := x509.NewCertPool()
		roots.AddCert(certificate)
		host, _, _ := net.SplitHostPort(url.Place)
		options.TLSConfig = &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}
	}
	options.ConnectTimeout = connectTimeout
	options.RuntimeParams["application_name"] = "counter"
	postgres := &Postgres{config: options, conn: make(chan *pgx.Conn, 1), key: url.Key, place: place, update: update}
	postgres.conn <- nil
	return postgres, nil
}

// Add adds. A sum whose answer was lost may have been stored and is added again: that skips numbers and repeats none, since only the
// last answer is read.
func (p *Postgres) Add(ctx context.Context, n uint64) (uint64, error) {
	if n > math.MaxInt64 {
		return 0, store.ErrOverflow
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if p.update == config.ReadThenWrite {
		return p.readThenWrite(ctx, int64(n))
	}
	count, err := p.call(ctx, add, p.key, int64(n))
	if err != nil {
		return 0, store.WriteFailed(p.place, err)
	}
	return store.ParseCount(p.place, fmt.Sprint(count))
}

// What the original study did: read, add here, write.
func (p *Postgres) readThenWrite(ctx context.Context, n int64) (uint64, error) {
	before, err := p.call(ctx, read, p.key)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, store.ReadFailed(p.place, err)
	}
	if before > math.MaxInt64-n {
		return 0, store.ErrOverflow
	}
	count := before + n
	// A readiness check must not undo what others write meanwhile.
	if n > 0 {
		if _, err := p.call(ctx, write, p.key, count); err != nil {
			return 0, store.WriteFailed(p.place, err)
		}
	}
	return store.ParseCount(p.place, fmt.Sprint(count))
}

// call makes a call, again where that may help, until the context ends.
func (p *Postgres) call(ctx context.Context, statement string, arguments ...any) (int64, error) {
	for attempt := 1; ; attempt++ {
		count, err := p.attempt(ctx, statement, arguments)
		if err == nil || attempt == attempts || !mayPass(err) {
			return count, err
		}
		select {
		case <-ctx.Done():
			return 0, err
		case <-time.After(rand.N(longestPause)):
		}
	}
}

func (p *Postgres) attempt(ctx context.Context, statement string, arguments []any) (count int64, err error) {
	var conn *pgx.Conn
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case conn = <-p.conn:
	}
	// A server that hangs, or that takes no writes any more, would be called for ever: the next call connects again.
	defer func() {
		if conn != nil && (conn.IsClosed() || err != nil && mayPass(err)) {
			closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
			_ = conn.Close(closing)
			cancel()
			conn = nil
		}
		p.conn <- conn
	}()
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	if conn == nil || conn.IsClosed() {
		if conn, err = pgx.ConnectConfig(ctx, p.config.Copy()); err != nil {
			conn = nil
			return 0, err
		}
	}
	// It prepares a statement when it is first met on a connection.
	err = conn.QueryRow(ctx, statement, arguments...).Scan(&count)
	if state(err) != undefinedTable {
		return count, err
	}
	// Of those that make it at once one succeeds; another may find the entry of its name taken.
	if _, err = conn.Exec(ctx, table); err != nil && state(err) != uniqueViolation && state(err) != duplicateTable {
		return 0, err
	}
	err = conn.QueryRow(ctx, statement, arguments...).Scan(&count)
	return count, err
}

// state is the server's code of an error; empty where there is none.
func state(err error) string {
	var failure *pgconn.PgError
	if errors.As(err, &failure) {
		return failure.Code
	}
	return ""
}

// mayPass is whether another connection, or another moment, may have another answer: one without a code of the server's, or whose
// class is a connection's, a lack of resources, or a server that ends or starts.
func mayPass(err error) bool {
	if errors.Is(err, pgx.ErrNoRows) {
		return false
	}
	code := state(err)
	if code == "" {
		return true
	}
	for _, class := range []string{"08", "25", "40", "53", "57"} {
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return false
}
