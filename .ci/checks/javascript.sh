#!/usr/bin/env bash
# The JavaScript services: lints, types, tests.
. .ci/lib.sh

npm_package
cd services/javascript
npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --silent
npm run --silent check
npm test --silent
