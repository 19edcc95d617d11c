// Package s3 is the count as the body of one S3 object, written only where it is still what was read. It must not know the
// environment: the SDK's configuration comes in.
package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"counter/internal/config"
	"counter/internal/sdk"
	"counter/internal/store"
)

// Service is S3, for its configuration.
var Service = sdk.Service{Name: "s3", EndpointVariable: "AWS_ENDPOINT_URL_S3"}

const (
	// New rounds begin until this has passed, not until some number of rounds: of fifty callers on one key each wins at last, but
	// after how many is not known. Below the 15 s that a caller waits.
	rounds = 12 * time.Second
	// The ceiling of the first pause. Most conflicts are with one other writer who is then done, so it is well below the 60 to
	// 90 ms of a round inside a region.
	firstPause = 20 * time.Millisecond
	// The ceiling of all later ones. One writer wins per round whatever the pauses; these keep most of fifty callers off the wire,
	// and leave each some twenty tries.
	longestPause = time.Second
	// Or so many rounds as the last one was: callers who share a processor make each other's rounds long, and fewer at a time are
	// through sooner. Never beyond rounds: then no pause is longer than what is left.
	pauseRounds = 20
)

// Why a 200 is not taken for S3's: for example a proxy's page.
var errNoETag = errors.New("the answer has no ETag, so it is not S3's")

// S3 is a count in an object.
type S3 struct {
	client      *s3.Client
	bucket, key string
	place       string
	update      config.Update

	mutex sync.Mutex
	// What the last undisturbed write left behind: the only writer needs no GET.
	known *seen
	// The ceiling of the next pause. Kept between calls, so that a newcomer is not sooner at the key than those who have waited.
	ceiling time.Duration
}

// seen is a count and the state of the object that holds it; without an ETag there is no object.
type seen struct {
	count uint64
	etag  string
}

// New is the count in an object; a missing object is 0. It makes no call.
func New(own aws.Config, url config.StoreURL, update config.Update) *S3 {
	client := s3.NewFromConfig(own, func(options *s3.Options) {
		// An endpoint that is not AWS's own rarely has a name for every bucket.
		options.UsePathStyle = own.BaseEndpoint != nil
		// TLS and SigV4 already protect these twenty bytes.
		options.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		options.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	place := fmt.Sprintf("s3://%s/%s", url.Place, url.Key)
	return &S3{client: client, bucket: url.Place, key: url.Key, place: place, update: update, ceiling: firstPause}
}

// Add adds, in as many rounds as it takes while there is time.
func (s *S3) Add(ctx context.Context, n uint64) (uint64, error) {
	if s.update == config.ReadThenWrite {
		return s.readThenWrite(ctx, n)
	}
	started := time.Now()
	known := s.take()
	for attempts := 1; ; attempts++ {
		remembered := known != nil
		begun := time.Now()
		before := known
		known = nil
		if before == nil {
			got, err := s.get(ctx)
			if err != nil {
				return 0, err
			}
			before = got
		}
		after, err := s.putIfUnchanged(ctx, before, n)
		if err != nil {
			return 0, err
		}
		if after != nil {
			if attempts == 1 {
				s.undisturbed(after)
			}
			return after.count, nil
		}
		// What was remembered is old, which does not mean that others write now: read at once.
		if remembered {
			continue
		}
		left := rounds - time.Since(started)
		if left < 0 {
			return 0, fmt.Errorf("other writers won all %d rounds on %s", attempts, s.place)
		}
		select {
		case <-time.After(s.pause(left, time.Since(begun))):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (s *S3) take() *seen {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	known := s.known
	s.known = nil
	return known
}

func (s *S3) undisturbed(after *seen) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.ceiling = max(s.ceiling/2, firstPause)
	// With others around, the next call had better read first.
	s.known = after
}

// pause is how long to keep off a contended key. Full jitter: who has just met is spread over the whole pause. And the less time is
// left, the shorter: who has lost often goes first.
func (s *S3) pause(left, round time.Duration) time.Duration {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	ceiling := s.ceiling
	s.ceiling = min(ceiling*2, max(longestPause, round*pauseRounds), rounds)
	return time.Duration(float64(ceiling) * rand.Float64() * left.Seconds() / rounds.Seconds())
}

func (s *S3) get(ctx context.Context) (*seen, error) {
	ctx, cancel := sdk.Call(ctx)
	defer cancel()
	got, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &s.key})
	var none *types.NoSuchKey
	if errors.As(err, &none) {
		return &seen{}, nil
	} else if err != nil {
		return nil, store.ReadFailed(s.place, err)
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return nil, store.ReadFailed(s.place, err)
	}
	text := string(body)
	// The connection's end ends a body without a length, so that 1234 may be the beginning of 12345. Objects written before the
	// newline was are read by their length, which S3 always sends.
	if !strings.HasSuffix(text, "\n") && got.ContentLength == nil {
		return nil, store.ReadFailed(s.place, errors.New("the answer has neither a Content-Length nor a newline after the count"))
	}
	if aws.ToString(got.ETag) == "" {
		return nil, store.ReadFailed(s.place, errNoETag)
	}
	count, err := store.ParseCount(s.place, text)
	return &seen{count, *got.ETag}, err
}

// putIfUnchanged gives nothing where another writer was faster. An attempt whose answer was lost and that the SDK repeats meets its
// own write: a conflict, after which everything is read again. Numbers are skipped, none repeated.
func (s *S3) putIfUnchanged(ctx context.Context, before *seen, n uint64) (*seen, error) {
	count, err := store.Sum(before.count, n)
	if err != nil {
		return nil, err
	}
	input := s.write(count)
	if before.etag == "" {
		input.IfNoneMatch = aws.String("*")
	} else {
		input.IfMatch = &before.etag
	}
	ctx, cancel := sdk.Call(ctx)
	defer cancel()
	put, err := s.client.PutObject(ctx, input)
	if err == nil {
		return s.written(count, put)
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		// 412: changed since. 409: being changed. 404: deleted since (to If-Match).
		status := response.HTTPStatusCode()
		if status == 412 || status == 409 || status == 404 && before.etag != "" {
			return nil, nil
		}
	}
	return nil, store.WriteFailed(s.place, err)
}

// What the original study did: read, add here, write.
func (s *S3) readThenWrite(ctx context.Context, n uint64) (uint64, error) {
	before, err := s.get(ctx)
	if err != nil {
		return 0, err
	}
	count, err := store.Sum(before.count, n)
	// A readiness check must not undo what others write meanwhile.
	if err != nil || n == 0 {
		return count, err
	}
	ctx, cancel := sdk.Call(ctx)
	defer cancel()
	put, err := s.client.PutObject(ctx, s.write(count))
	if err != nil {
		return 0, store.WriteFailed(s.place, err)
	}
	_, err = s.written(count, put)
	return count, err
}

// write has a newline after the count, which proves to the next reader that nothing of it is missing.
func (s *S3) write(count uint64) *s3.PutObjectInput {
	return &s3.PutObjectInput{Bucket: &s.bucket, Key: &s.key, Body: strings.NewReader(strconv.FormatUint(count, 10) + "\n")}
}

// written is what a 200 stands for: S3 sends an ETag with each.
func (s *S3) written(count uint64, put *s3.PutObjectOutput) (*seen, error) {
	if aws.ToString(put.ETag) == "" {
		return nil, store.WriteFailed(s.place, errNoETag)
	}
	return &seen{count, *put.ETag}, nil
}
