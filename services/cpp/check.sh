#!/usr/bin/env bash
# The C++ services: tests under the sanitizers.
. .ci/lib.sh

packages build-essential cmake libcurl4-openssl-dev libexpected-dev libgtest-dev libssl-dev nlohmann-json3-dev python3
cd services/cpp
cmake --preset sanitize >/dev/null
cmake --build --preset sanitize --parallel >/dev/null
ctest --preset sanitize --parallel 4
