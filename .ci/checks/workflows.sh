#!/usr/bin/env bash
# GitHub's workflows: their syntax, expressions, and inputs of actions.
. .ci/lib.sh

command -v go >/dev/null || packages golang-go
[ -x "$tools/actionlint" ] || GOBIN=$tools go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.9
# Without what it would run of the machine's own linters, whose versions nobody pins.
"$tools/actionlint" -shellcheck= -pyflakes=
