#!/usr/bin/env bash
# Runs the transfer tests again, with the sandbox storing in a real S3 server: OpenStack Swift from Debian packages.
# The first run installs it, which requires root on Debian. All servers listen on the loopback interface only.
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
# One after the other: all of them store in the same containers of one server.
npx jest --runInBand test/integration test/sandbox "$@"
