#!/usr/bin/env bash
# Real clients against the local S3 and DynamoDB: AWS's SDKs and command line play one table of scenarios.
. .ci/lib.sh

packages build-essential python3 python3-venv
npm_package
# What the machine brings is as new as it needs to be.
command -v go >/dev/null || packages golang-go
command -v mvn >/dev/null || packages default-jdk-headless maven
LAB_REQUIRE=all python3 bench/clients/run.py
