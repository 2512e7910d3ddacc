#!/usr/bin/env bash
# The tests that move bytes once more, with the sandbox storing into a real S3 server: OpenStack Swift from Debian's packages.
# Needs root on a Debian machine the first time, to install it. Everything it starts listens on the loopback interface.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
finish() {
	bash scripts/swift-s3.sh down "$work"
	rm -rf "$work"
}
trap finish EXIT
bash scripts/swift-s3.sh up "$work"
# shellcheck disable=SC1091
. "$work/s3.env"
npx jest test/integration test/sandbox "$@"
