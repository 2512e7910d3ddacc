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
	# Without new lists, the ones that are there may do.
	apt-get update -qq -o Acquire::Retries=3 || true
	# Something else may be installing packages, too. Debian starts its own memcached; ours uses another port.
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		-o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 \
		swift-proxy swift-account swift-container swift-object python3-swift memcached
}

# Prints the given number of distinct free ports. They are below those that Linux gives to connections, one of which could take a port
# before its server listens.
free_ports() {
	python3 - "$1" <<'PYTHON'
import random, socket, sys
sockets = []
while len(sockets) < int(sys.argv[1]):
    each = socket.socket()
    try:
        each.bind(('127.0.0.1', random.randrange(15_000, 32_000)))
    except OSError:
        continue
    sockets.append(each)
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

# A busy machine takes longer than Swift waits by default: half a second to connect, one for a new object to appear in lists.
readonly patience='conn_timeout = 30
node_timeout = 60
container_update_timeout = 60'

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
$patience
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
$patience
# The only server of its kind is not avoided after errors.
error_suppression_limit = 1000000
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

# wait_for PORT...: waits until the server at each port responds, be it that it hangs up on what is no request to it.
wait_for() {
	python3 - "$@" <<'PYTHON'
import socket, sys, time
deadline = time.monotonic() + 180
for port in sys.argv[1:]:
    while True:
        try:
            with socket.create_connection(('127.0.0.1', int(port)), timeout=30) as each:
                each.sendall(b'GET / HTTP/1.0\r\n\r\n')
                each.recv(1)
                break
        except OSError:
            pass
        if time.monotonic() > deadline:
            sys.exit(f'the server at port {port} does not respond')
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
	# The proxy responds before those that it needs.
	if ! wait_for "$cache" "$account" "$container" "$object" "$proxy"; then
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

# Stops each session by the ID of its first process, and waits for the end of all: until then, they write to WORKDIR. A process that has
# already exited is not an error.
down() {
	local file left
	for file in "$run"/*.pid; do
		if [ -e "$file" ]; then signal TERM "$file" || true; fi
	done
	for file in "$run"/*.pid; do
		[ -e "$file" ] || continue
		for ((left = 100; left > 0; left--)); do
			signal 0 "$file" || break
			sleep 0.1
		done
		signal KILL "$file" || true
		rm -f "$file"
	done
	rm -f "$work/s3.env"
}

# signal NAME FILE: to all processes of the session whose ID is in the file. Fails if there is none.
signal() {
	kill "-$1" -- "-$(cat "$2")" 2>/dev/null
}

case $action in
up) up ;;
down) down ;;
*) usage ;;
esac
