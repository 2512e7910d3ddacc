#!/usr/bin/env bash
# A real S3 endpoint on the loopback interface, to test the sandbox and the uploader against an independent server:
# a single-node OpenStack Swift with its s3api, from Debian packages.
#
#   scripts/swift-s3.sh up WORKDIR     installs missing packages (needs root), starts the servers, writes WORKDIR/s3.env
#   . WORKDIR/s3.env                   SANDBOX_S3_ENDPOINT, SANDBOX_S3_KEY_ID, SANDBOX_S3_SECRET_KEY
#   scripts/swift-s3.sh down WORKDIR   stops the servers by their process IDs
#
# All files are below WORKDIR, whose file system must support extended attributes. /etc/swift is neither read nor
# written: Swift's servers have no option for the path of swift.conf, so a launcher sets it before they start.
set -euo pipefail

usage() {
	echo "usage: $0 up|down WORKDIR" >&2
	exit 2
}
[ $# -eq 2 ] || usage
action=$1
mkdir -p "$2"
work=$(cd "$2" && pwd)
conf=$work/conf
run=$work/run

install_packages() {
	local program missing=
	for program in swift-{proxy,account,container,object}-server memcached; do
		command -v "$program" >/dev/null || missing=yes
	done
	[ -n "$missing" ] || return 0
	apt-get update -qq
	# Debian starts its own memcached; ours uses another port.
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		swift-proxy swift-account swift-container swift-object python3-swift memcached
}

# Prints the given number of distinct free ports.
free_ports() {
	python3 - "$1" <<'PYTHON'
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for each in sockets:
    each.bind(('127.0.0.1', 0))
print(*[each.getsockname()[1] for each in sockets])
PYTHON
}

write_launcher() {
	cat >"$conf/launch.py" <<'PYTHON'
"""launch.py SWIFT_DIR SERVER ARGUMENTS...: runs one of Swift's servers with SWIFT_DIR/swift.conf."""
import runpy
import shutil
import sys

from swift.common import constraints, utils

swift_dir, server = sys.argv[1:3]
utils.set_swift_dir(swift_dir)
constraints.reload_constraints()
sys.argv = sys.argv[2:]
runpy.run_path(shutil.which(server), run_name='__main__')
PYTHON
}

write_swift_conf() {
	cat >"$conf/swift.conf" <<CONF
[swift-hash]
swift_hash_path_prefix = lab
swift_hash_path_suffix = lab
[swift-constraints]
max_file_size = 5368709122
[storage-policy:0]
name = default
default = yes
CONF
}

# write_storage_conf ROLE PORT WORKERS
write_storage_conf() {
	local role=$1 port=$2 workers=$3
	(
		cd "$conf"
		rm -f "$role.builder" "$role.ring.gz"
		swift-ring-builder "$role.builder" create 4 1 1 >/dev/null
		swift-ring-builder "$role.builder" add "r1z1-127.0.0.1:$port/d1" 1 >/dev/null
		swift-ring-builder "$role.builder" rebalance >/dev/null
	)
	cat >"$conf/$role.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
workers = $workers
user = $(id -un)
swift_dir = $conf
devices = $work/srv
mount_check = false
log_level = WARNING
[pipeline:main]
pipeline = $role-server
[app:$role-server]
use = egg:swift#$role
CONF
}

# write_proxy_conf PORT MEMCACHED_PORT SECRET
write_proxy_conf() {
	cat >"$conf/proxy.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $1
workers = 2
user = $(id -un)
swift_dir = $conf
log_level = WARNING
[pipeline:main]
pipeline = catch_errors gatekeeper proxy-logging cache listing_formats s3api tempauth copy bulk slo dlo versioned_writes proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
s3_acl = false
max_upload_part_num = 10000
max_parts_listing = 1000
[filter:tempauth]
use = egg:swift#tempauth
user_lab_tester = $3 .admin
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:proxy-logging]
use = egg:swift#proxy_logging
access_log_name = none
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$2
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:copy]
use = egg:swift#copy
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
max_manifest_size = 8388608
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = false
CONF
}

# start NAME COMMAND...: in its own session, so that its workers can be stopped with it.
start() {
	local name=$1
	shift
	setsid "$@" >"$run/$name.log" 2>&1 </dev/null &
	echo $! >"$run/$name.pid"
}

start_server() {
	# Debian's Python: another one in PATH would not find Swift.
	start "$1" /usr/bin/python3 "$conf/launch.py" "$conf" "swift-$1-server" "$conf/$1.conf"
}

# Waits for any HTTP response from the proxy.
wait_for_proxy() {
	python3 - "$1" <<'PYTHON'
import sys, time, urllib.error, urllib.request
deadline = time.monotonic() + 60
while True:
    try:
        urllib.request.urlopen(sys.argv[1], timeout=5)
        break
    except urllib.error.HTTPError:
        break
    except OSError:
        if time.monotonic() > deadline:
            sys.exit('the proxy does not respond')
        time.sleep(0.2)
PYTHON
}

up() {
	if [ -e "$work/s3.env" ]; then
		echo "$work already has a running endpoint; stop it with: $0 down $work" >&2
		exit 1
	fi
	install_packages
	mkdir -p "$conf" "$run" "$work/srv/d1"
	local account container object proxy cache secret
	read -r account container object proxy cache < <(free_ports 5)
	secret=$(python3 -c 'import secrets; print(secrets.token_hex(20))')
	write_launcher
	write_swift_conf
	write_storage_conf account "$account" 1
	write_storage_conf container "$container" 1
	write_storage_conf object "$object" 2
	write_proxy_conf "$proxy" "$cache" "$secret"
	start memcached memcached -u "$(id -un)" -l 127.0.0.1 -p "$cache" -m 64
	local role
	for role in account container object proxy; do start_server "$role"; done
	if ! wait_for_proxy "http://127.0.0.1:$proxy/"; then
		tail -n 20 "$run"/*.log >&2
		down
		exit 1
	fi
	cat >"$work/s3.env" <<ENV
export SANDBOX_S3_ENDPOINT=http://127.0.0.1:$proxy
export SANDBOX_S3_KEY_ID=lab:tester
export SANDBOX_S3_SECRET_KEY=$secret
ENV
	echo "S3 endpoint: http://127.0.0.1:$proxy (keys in $work/s3.env)"
}

# Stops each session by the ID of its first process. A process that has already exited is not an error.
down() {
	local file pid
	for file in "$run"/*.pid; do
		[ -e "$file" ] || continue
		pid=$(cat "$file")
		kill -TERM -- "-$pid" 2>/dev/null || true
		rm -f "$file"
	done
	rm -f "$work/s3.env"
}

case $action in
up) up ;;
down) down ;;
*) usage ;;
esac
