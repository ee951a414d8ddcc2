# Sourced by the servers beside this file: directories, packages, daemons with pid files. Needs bash and Debian's base only.
set -euo pipefail

# Everything a server writes is below one directory of its own; `wipe` removes it.
servers_dir=${TEST_SERVERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/s3-test-servers}
server=$(basename "$0")
dir=$servers_dir/$server

say() { echo "$server: $*" >&2; }

die() {
    say "$*"
    exit 1
}

# Installs Debian packages if COMMAND is not there: need_packages COMMAND PACKAGE...
need_packages() {
    local command=$1
    shift
    command -v "$command" >/dev/null && return 0
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "not root and no sudo: install $* yourself"
        as_root=(sudo -n)
    fi
    say "installing $*"
    {
        "${as_root[@]}" apt-get update -q
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -qy --no-install-recommends "$@"
    } >&2
}

# Whether somebody listens on a local port.
is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints a port of which the COUNT from it on are free: what the knob says, which has to be free; else what the last
# start took and DEFAULT, or the next free one. Kept for the other commands: take_port FILE KNOB DEFAULT COUNT
take_port() {
    local file=$dir/$1 first=${!2:-} last port tries at
    first=${first:-$(cat "$file" 2>/dev/null || echo "$3")}
    for ((tries = 0, port = first; tries < 50; tries++, port += $4)); do
        last=$((port + $4 - 1))
        for ((at = port; at <= last; at++)); do
            is_taken "$at" && break
        done
        if [ "$at" -gt "$last" ]; then
            mkdir -p "$dir"
            echo "$port" >"$file"
            echo "$port"
            return 0
        fi
        [ -z "${!2:-}" ] || die "port $at is taken; set $2 to another"
    done
    die "no free port from $first on; set $2"
}

# The port that the last start took: port_of FILE DEFAULT
port_of() { cat "$dir/$1" 2>/dev/null || echo "$2"; }

is_running() {
    [ -s "$dir/$1.pid" ] && kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null
}

# Starts a daemon that stays in the foreground by itself: run NAME COMMAND...
run() {
    local name=$1
    shift
    is_running "$name" && return 0
    mkdir -p "$dir"
    setsid "$@" >>"$dir/$name.log" 2>&1 </dev/null &
    echo $! >"$dir/$name.pid"
}

# Ends a daemon; by force after so many tenths of a second: end NAME TENTHS
end() {
    is_running "$1" || return 0
    local pid tenths=$2
    pid=$(cat "$dir/$1.pid")
    kill "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do
        if [ "$tenths" -le 0 ]; then
            kill -9 "$pid" 2>/dev/null || true
            break
        fi
        tenths=$((tenths - 1))
        sleep 0.1
    done
    rm -f "$dir/$1.pid"
}

# The status line that `GET PATH` on a local port answers, or nothing. Without curl: Debian's base has none.
status_line() {
    (
        exec 3<>"/dev/tcp/127.0.0.1/$1"
        printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$2" "$1" >&3
        IFS= read -r -t 5 line <&3 && printf '%s' "$line"
    ) 2>/dev/null || true
}

# Waits until the server speaks HTTP: await NAME PORT PATH SECONDS
await() {
    local name=$1 port=$2 path=$3 until=$((SECONDS + $4))
    while [[ $(status_line "$port" "$path") != HTTP/1.*\ [234]* ]]; do
        is_running "$name" || die "$name ended; its last words in $dir/$name.log: $(tail -n 3 "$dir/$name.log")"
        [ "$SECONDS" -lt "$until" ] || die "no answer on port $port; see $dir/$name.log"
        sleep 0.1
    done
}

# What a user exports to work with the server: exports URL REGION KEY SECRET
exports() {
    echo "export ENDPOINT_URL=$1 REGION_NAME=$2 AWS_ACCESS_KEY_ID=$3 AWS_SECRET_ACCESS_KEY=$4"
    # For the AWS CLI, boto3 and s5cmd.
    echo "export AWS_ENDPOINT_URL=$1 AWS_REGION=$2 AWS_DEFAULT_REGION=$2 S3_ENDPOINT_URL=$1"
}

# What the tests call it, after the column of SERVERS.md; a server of which the version is not pinned says so here.
name() { echo "$server"; }

any_running() {
    local pid
    for pid in "$dir"/*.pid; do
        [ -e "$pid" ] && is_running "$(basename "$pid" .pid)" && return 0
    done
    return 1
}

# Does what the command line says with the functions install, start, stop and settings of the server: main "$@"
main() {
    case ${1:-} in
    install) install ;;
    start)
        install
        if ! any_running; then choose_ports; fi
        start
        settings
        ;;
    running) any_running ;;
    name) name ;;
    stop) stop ;;
    env) settings ;;
    wipe)
        stop
        rm -rf "$dir"
        ;;
    *)
        echo "usage: $0 install|start|stop|running|env|name|wipe   (eval \"\$($0 start)\" sets the variables; data is in $dir)" >&2
        exit 2
        ;;
    esac
}
