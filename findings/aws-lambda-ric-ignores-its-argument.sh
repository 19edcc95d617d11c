#!/usr/bin/env bash
# aws-lambda-ric (npm), 4.0.2: the handler that its command line names is not read.
#
# Its README has `ENTRYPOINT ["npx", "aws-lambda-ric"]`, `CMD ["index.handler"]`, and `npx aws-lambda-ric index.handler`. One would
# guess that the argument is the handler, as that of AWS's client for Python, `python -m awslambdaric app.handler`, is. It is not
# looked at: index.mjs takes the handler from the variable _HANDLER only. So an image's command works where something else puts that
# variable there, as the runtime interface emulator does from the same argument, and nowhere else: under a Runtime API alone it
# ends at once, with and without the argument.
#
# Seen with aws-lambda-ric 4.0.2, Node.js 20.20.2 (2026-11-28), a handler that is there, and an address of a Runtime API at which
# nothing listens:
#   with the argument: ends with Runtime.PlatformError, "_HANDLER environment variable is not set"
#   without it: the same
#   with _HANDLER and without the argument: gets as far as its native client, which is not built here
#
# Around it: `env _HANDLER=index.handler npx aws-lambda-ric` (nix/deployed.nix). Exits with 1 if the behaviour changes. Needs
# Node.js 20 or newer and npm's registry; builds nothing, leaves nothing behind.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "private": true }' >package.json
npm install --silent --ignore-scripts --no-audit --no-fund aws-lambda-ric@4.0.2
echo 'exports.handler = async () => "answered";' >index.js

export AWS_LAMBDA_RUNTIME_API=127.0.0.1:1 LAMBDA_TASK_ROOT=$work
unset _HANDLER
client() { timeout 30 node node_modules/aws-lambda-ric/index.mjs "$@" 2>&1 || true; }

missing='_HANDLER environment variable is not set'
status=0
show() {
    echo "$1: $(grep -m 1 -E 'Error' <<<"$2" | sed 's/^ *//')"
}
with=$(client index.handler)
show "with the argument" "$with"
grep -q "$missing" <<<"$with" || status=1
without=$(client)
show "without it" "$without"
grep -q "$missing" <<<"$without" || status=1
variable=$(_HANDLER=index.handler client)
show "with _HANDLER" "$variable"
! grep -q "$missing" <<<"$variable" || status=1
[ $status = 0 ] && echo "as described" || echo "the behaviour has changed"
exit $status
