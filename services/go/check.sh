#!/usr/bin/env bash
# The Go services: format, lints, tests, and the licences of what is linked into them.
. .ci/lib.sh

# What the machine brings is as new as it needs to be.
command -v go >/dev/null || packages golang-go
cd services/go
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "gofmt -w $unformatted"; exit 1; }
go vet ./...
[ -x "$tools/staticcheck" ] || GOBIN=$tools go install honnef.co/go/tools/cmd/staticcheck@v0.6.1
"$tools/staticcheck" ./...
go test ./...
./notices.sh | cmp - THIRD-PARTY-NOTICES.txt || { echo "services/go/notices.sh >services/go/THIRD-PARTY-NOTICES.txt"; exit 1; }
