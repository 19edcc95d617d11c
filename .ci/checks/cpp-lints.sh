#!/usr/bin/env bash
# The C++ services: format, static analysis.
. .ci/lib.sh

# Beside the tests: after them in turn.
renice --priority 19 $$ >/dev/null
packages build-essential clang-format clang-tidy cmake libcurl4-openssl-dev libexpected-dev libgtest-dev libssl-dev nlohmann-json3-dev python3
cd services/cpp
cmake --preset sanitize >/dev/null
./lint.sh
