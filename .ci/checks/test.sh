#!/usr/bin/env bash
# The README's test command, with everything that a test can need. A test that is skipped all the same fails, but for
# the needs in .ci/exceptions.
. .ci/lib.sh

test_tools
# axe, for the report's page.
[ -e bench/report/node_modules/axe-core ] ||
    (cd bench/report && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --silent)
export LAB_RIE LAB_CHECKOV=$tools/infra/bin/checkov LAB_MOTO=$tools/infra/bin/moto_server
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
# Many wait: for a process, for another test's build, for a share of a processor.
export RUST_TEST_THREADS=4
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
    # A language's own bound, where ways.toml has one.
    language=${zip##*/lambda-}
    language=${language%%[-./]*}
    own=$(sed -n "/^\[language.$language\]/,/^\[/s/^zip_bytes_max = //p" ways.toml | tr -d _)
    most=${own:-$most}
    echo "$zip: $bytes bytes"
    [ "$bytes" -le "$most" ]
done
