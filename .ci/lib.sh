# What the checks share. Sourced, in the checkout's folder.
set -euo pipefail

# Tools of the checks, kept between runs.
tools=$PWD/.lab/ci
mkdir -p "$tools"

# The idiomatic services and the Web Adapter, all that is built in this profile here: optimisation is what takes longest of
# all builds, and changes nothing that a test can see.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1
# Nobody debugs here.
export CARGO_PROFILE_DEV_DEBUG=0

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Installs the Debian packages that are missing. Checks run at the same time, apt does not.
packages() {
    local missing=() package
    exec 8>"$tools/packages.lock"
    flock 8
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    fi
    exec 8>&-
}

# Node.js from elsewhere than Debian brings npm along, and conflicts with Debian's.
npm_package() { command -v npm >/dev/null || packages npm; }

# Names the JDK of the Java functions, which Debian 13 has a package of, as JAVA_HOME.
java_25() {
    local home
    command -v mvn >/dev/null || packages maven
    for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
        grep -qs '^JAVA_VERSION="2[5-9]' "$home/release" && [ -x "$home/bin/javac" ] && export JAVA_HOME=$home && return
    done
    packages openjdk-25-jdk-headless
    export JAVA_HOME=/usr/lib/jvm/java-25-openjdk-$(dpkg --print-architecture)
}

# A virtual environment with exactly the packages of a file with hashes: python_tools NAME FILE.
python_tools() {
    if ! cmp -s "$2" "$tools/$1/requirements"; then
        python3 -m venv --clear "$tools/$1"
        "$tools/$1/bin/pip" install --quiet --no-compile --disable-pip-version-check --require-hashes --no-deps -r "$2"
        cp "$2" "$tools/$1/requirements"
    fi
}

# What the tests need beyond Rust (docs/tests.md). It is fetched beside the builds: infra.sh.
test_tools() {
    # What stores are, as ways.toml has it, and more.
    local engines
    mapfile -t engines < <(sed -n 's/^engine = .* package = "\([^"]*\)".*/\1/p' ways.toml)
    packages build-essential bsdutils chromium chromium-driver cmake docker-registry git libexpected-dev libssl-dev \
        nlohmann-json3-dev openssl python3 python3-pip python3-venv skopeo unzip xz-utils "${engines[@]}"
    npm_package
    java_25

    # AWS's runtime interface emulator, as aws-sam-cli ships it.
    LAB_RIE=$tools/samcli/local/rapid/aws-lambda-rie-$(uname -m | sed s/aarch64/arm64/)
    if [ ! -x "$LAB_RIE" ]; then
        python3 -m pip download --quiet --no-deps --disable-pip-version-check --dest "$tools" aws-sam-cli==1.170.0
        unzip -q -o "$tools"/aws_sam_cli-*.whl 'samcli/local/rapid/*' -d "$tools"
        chmod +x "$LAB_RIE"
    fi

    # checkov, and moto as the AWS stand-in; what reads runs and their archives.
    python_tools infra infra/requirements.txt
    python_tools runs bench/lab/tests/requirements.txt
}
