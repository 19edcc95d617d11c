#!/usr/bin/env bash
# Formatting and static analysis, as CI runs them. Changes nothing; needs the preset sanitize to be configured.
# Packages: clang-format clang-tidy
set -euo pipefail
cd "$(dirname "$0")"
clang-format --dry-run --Werror src/*.hpp src/*.cpp tests/*.cpp
[ -e build/sanitize/compile_commands.json ] || { echo "run first: cmake --preset sanitize" >&2; exit 2; }
printf '%s\n' src/*.cpp | xargs -P2 -n1 clang-tidy -p build/sanitize --quiet
