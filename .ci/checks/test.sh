#!/usr/bin/env bash
# The README's test command, with everything that a test can need. A test that is skipped all the same fails, but for
# the needs in .ci/exceptions.
. .ci/lib.sh

packages build-essential bsdutils chromium chromium-driver cmake docker-registry git libexpected-dev libssl-dev \
    nlohmann-json3-dev openssl python3 python3-pip python3-venv redis-server skopeo unzip xz-utils
npm_package

# axe, for the report's page.
[ -e bench/report/node_modules/axe-core ] ||
    (cd bench/report && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --silent)

# AWS's runtime interface emulator, as aws-sam-cli ships it.
LAB_RIE=$tools/samcli/local/rapid/aws-lambda-rie-$(uname -m | sed s/aarch64/arm64/)
if [ ! -x "$LAB_RIE" ]; then
    python3 -m pip download --quiet --no-deps --disable-pip-version-check --dest "$tools" aws-sam-cli==1.170.0
    unzip -q -o "$tools"/aws_sam_cli-*.whl 'samcli/local/rapid/*' -d "$tools"
    chmod +x "$LAB_RIE"
fi
export LAB_RIE

# checkov, and moto as the AWS stand-in.
python_tools infra infra/requirements.txt
export LAB_CHECKOV=$tools/infra/bin/checkov LAB_MOTO=$tools/infra/bin/moto_server
"$tools/infra/bin/python" infra/kubernetes/validate.py infra/rendered/ways.json

"$tools/infra/bin/python" infra/shards/validate.py

# What reads runs and their archives.
python_tools runs bench/lab/tests/requirements.txt
export LAB_DUCKDB_PYTHON=$tools/runs/bin/python

# Terraform's providers, where the machine brings them.
providers=()
while read -r folder; do providers+=("${folder%/*/hashicorp/aws}"); done \
    < <(find /opt /usr/local/share /usr/share "$HOME/.terraform.d" -maxdepth 8 -type d -path '*/hashicorp/aws' 2>/dev/null)
if [ ${#providers[@]} -gt 0 ]; then
    LAB_TERRAFORM_PLUGINS=$(IFS=:; echo "${providers[*]}")
    export LAB_TERRAFORM_PLUGINS
fi

LAB_REQUIRE=all$(sed -n 's/^\([a-z][a-z-]*\) .*/,-\1/p' .ci/exceptions | tr -d '\n')
export LAB_REQUIRE LAB_SKIPPED=$tools/skipped
rm -f "$LAB_SKIPPED"
test_command=$(grep --max-count=1 '^cargo test' README.md)
echo "LAB_REQUIRE=$LAB_REQUIRE $test_command"
eval "$test_command"
if [ -e "$LAB_SKIPPED" ]; then
    echo "Skipped, as .ci/exceptions allows:"
    cat "$LAB_SKIPPED"
fi

echo "Each Lambda zip is at most 3 MB, as its community ships it at most 8 MB:"
for zip in .lab/artifacts/*.zip; do
    # A server in a function is no function: its size is the server's.
    [[ $zip != */lambdaweb* ]] || continue
    bytes=$(stat --format %s "$zip") most=3000000
    [[ $zip != *-idiomatic.zip ]] || most=8000000
    # Go links its runtime.
    [[ $zip != */lambda-go-* ]] || most=4000000
    echo "$zip: $bytes bytes"
    [ "$bytes" -le "$most" ]
done
