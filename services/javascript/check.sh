#!/usr/bin/env bash
# The JavaScript services: lints, types, tests. Pages of the report and of lab up: format, lints.
. .ci/lib.sh

npm_package
(cd bench/report && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --silent && npm run --silent check)
cd services/javascript
npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --silent
npm run --silent check
npm test --silent
