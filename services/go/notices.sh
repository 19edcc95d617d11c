#!/bin/sh
# Prints the licences of what is linked into the executables: Go's own, and each module's.
set -eu
cd "$(dirname "$0")"
echo "What is linked into the Go services and its licences. Printed by notices.sh."
# The text is the same in every release; where Go is installed need not have it.
cat <<'END'

================================================================================
Go's standard library
================================================================================

Copyright 2009 The Go Authors.

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are
met:

   * Redistributions of source code must retain the above copyright
notice, this list of conditions and the following disclaimer.
   * Redistributions in binary form must reproduce the above
copyright notice, this list of conditions and the following disclaimer
in the documentation and/or other materials provided with the
distribution.
   * Neither the name of Google LLC nor the names of its
contributors may be used to endorse or promote products derived from
this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS
"AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT
LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR
A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT
OWNER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT
LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY
THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT
(INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
END
# Each text once, with the modules that carry it.
texts=$(mktemp -d)
trap 'rm -rf "$texts"' EXIT
GOFLAGS=-mod=mod go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/... |
    sort -u | while read -r path version folder; do
    for file in "$folder"/LICENSE* "$folder"/NOTICE*; do
        [ -f "$file" ] || continue
        name=$(sha256sum <"$file" | cut -c 1-16)
        cp "$file" "$texts/$name.text"
        chmod u+w "$texts/$name.text"
        echo "$path $version" >>"$texts/$name.modules"
    done
done
for modules in $(cd "$texts" && for it in *.modules; do echo "$(head -n 1 "$it" | tr ' ' '@')=$it"; done | LC_ALL=C sort | cut -d = -f 2); do
    printf '\n%s\n' ================================================================================
    cat "$texts/$modules"
    printf '%s\n\n' ================================================================================
    cat "$texts/${modules%.modules}.text"
done
