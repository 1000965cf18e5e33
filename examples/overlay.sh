#!/usr/bin/env bash
# An overlay without Kubernetes on this machine: builds Trama, makes two hosts out of network namespaces, runs
# `trama overlay launch` on each, attaches a pod (a namespace too) to each, and pings from pod to pod, IPv4 and IPv6.
# Removes everything that it made, also when it is interrupted; what a run that was killed left, the next one removes.
#
#   examples/overlay.sh           needs Swift 6.3 on the PATH, and root (or sudo)
#   TRAMA=PATH …                  uses that program instead of building one
#   ENCRYPTION=require|prefer …   encrypts what pods send; off unless told otherwise
#
# Ends with 0 if all of it worked.
set -euo pipefail
cd "$(dirname "$0")/.."

encryption=${ENCRYPTION:-off}

. netns-tests/packages.sh
trama_packages libnftnl-dev libmnl-dev libsqlite3-dev pkg-config iproute2 iputils-ping nftables procps wireguard-go

if [ -z "${TRAMA:-}" ]; then
    if ! command -v swift >/dev/null; then
        echo "Swift is not on the PATH: install Swift 6.3 or newer from https://www.swift.org/install/linux/" >&2
        exit 1
    fi
    echo "Building (the first time takes several minutes)"
    swift build --configuration release --product trama
    TRAMA="$(swift build --configuration release --show-bin-path)/trama"
fi
if [ "$(id -u)" -ne 0 ]; then
    exec sudo --preserve-env=ENCRYPTION env TRAMA="$TRAMA" "$0"
fi

# Names of this run's own, so that two runs do not meet, and that say whose they are.
prefix=trama-overlay
run=$prefix-$$
work=${TMPDIR:-/tmp}/$run

# Ends every process of a namespace: the daemon, and wireguard-go, which outlives it. Then the namespace.
remove_namespace() {
    local name=$1
    for _ in $(seq 100); do
        [ -n "$(ip netns pids "$name" 2>/dev/null)" ] || break
        # All of them again: until the daemon has ended, it starts a wireguard-go in the place of one that has.
        ip netns pids "$name" 2>/dev/null | xargs --no-run-if-empty kill 2>/dev/null || true
        sleep 0.1
    done
    ip netns pids "$name" 2>/dev/null | xargs --no-run-if-empty kill -KILL 2>/dev/null || true
    ip netns delete "$name" 2>/dev/null || true
}

# The names of all namespaces; a warning of one that vanishes meanwhile does not matter.
namespaces() { ip netns list 2>/dev/null | awk '{ print $1 }'; }

# Removes what the run of that process number has made.
remove_run() {
    local name
    for name in $(namespaces | grep "^$prefix-$1-" || true); do remove_namespace "$name"; done
    rm -rf "${TMPDIR:-/tmp}/$prefix-$1"
    # A wireguard-go that had to be killed leaves its socket.
    rm -f "/var/run/wireguard/tw$1-1.sock" "/var/run/wireguard/tw$1-2.sock"
}

# Who made what is there now, by process number: of those, the ones that do not run any more.
owners=$({ namespaces; ls "${TMPDIR:-/tmp}"; } | sed -n "s/^$prefix-\([0-9]\+\)\(-.*\)\?$/\1/p" | sort -u)
for owner in $owners; do
    if [ "$owner" = $$ ] || ! grep --quiet --null-data overlay.sh "/proc/$owner/cmdline" 2>/dev/null; then
        remove_run "$owner"
    fi
done

trap 'remove_run $$' EXIT
trap 'exit 130' INT TERM

# on HOST COMMAND…: runs it in one of our namespaces.
on() { ip netns exec "$run-$1" "${@:2}"; }

# trama HOST ARGUMENT…: speaks to the daemon of a host. On machines of their own no --socket is needed.
trama() { on "$1" "$TRAMA" "${@:2}" --socket "$work/$1.sock"; }

give_up() {
    echo "$1" >&2
    for host in host-1 host-2; do
        if [ -f "$work/$host.log" ]; then sed "s/^/$host: /" "$work/$host.log" >&2; fi
    done
    exit 1
}

echo "Making two hosts, 192.0.2.1 and 192.0.2.2, and a pod on each"
mkdir --mode 700 "$work"
for name in host-1 host-2 pod-1 pod-2; do
    ip netns add "$run-$name"
    ip -n "$run-$name" link set lo up
done
ip -n "$run-host-1" link add eth0 type veth peer name eth0 netns "$run-host-2"
for number in 1 2; do
    ip -n "$run-host-$number" address add "192.0.2.$number/24" dev eth0
    ip -n "$run-host-$number" link set eth0 up
done

echo "Making the cluster's token"
"$TRAMA" overlay token --file "$work/token"

# Both are in one file system here: each daemon has its own folder, socket and WireGuard device.
launch() {
    local host=$1 peer=$2
    ip netns exec "$run-$host" "$TRAMA" overlay launch --name "$host" --token-file "$work/token" \
        --encryption "$encryption" --state-dir "$work/$host" --socket "$work/$host.sock" \
        --wireguard-device "tw$$-${host#host-}" "$peer" >"$work/$host.log" 2>&1 &
}

started=$(date +%s%N)
echo "Starting trama overlay launch on each, with the other as its peer"
launch host-1 192.0.2.2
launch host-2 192.0.2.1

# attach POD HOST: the daemon may need a moment before it listens; then it waits for addresses itself.
attach() {
    for _ in $(seq 200); do
        if addresses=$(trama "$2" attach "$run-$1" 2>"$work/error"); then
            echo "$1 on $2 has" $addresses
            return
        fi
        sleep 0.1
    done
    give_up "$1 was not attached: $(cat "$work/error")"
}

attach pod-1 host-1
addresses_1=$addresses
attach pod-2 host-2
addresses_2=$addresses

# reach POD ADDRESS…: pings each address from the pod until it is answered.
reach() {
    local pod=$1 address
    for address in "${@:2}"; do
        for attempt in $(seq 100); do
            if on "$pod" ping -n -c 1 -W 1 "$address" >/dev/null 2>&1; then break; fi
            if [ "$attempt" -eq 100 ]; then give_up "$pod does not reach $address"; fi
            sleep 0.1
        done
    done
}

reach pod-1 $addresses_2
echo "Pod to pod $((($(date +%s%N) - started) / 1000000)) ms after the start"

echo
echo "From pod-1:"
for address in $addresses_2; do
    on pod-1 ping -n -q -c 20 -i 0.05 -W 2 "$address" >"$work/ping" || give_up "pod-1 does not reach $address"
    grep "packets transmitted" "$work/ping" | sed "s/^/  $address: /"
    grep --quiet " 0% packet loss" "$work/ping" || give_up "packets from pod-1 to $address are lost"
done
echo "From pod-2:"
for address in $addresses_1; do
    on pod-2 ping -n -q -c 20 -i 0.05 -W 2 "$address" >"$work/ping" || give_up "pod-2 does not reach $address"
    grep "packets transmitted" "$work/ping" | sed "s/^/  $address: /"
    grep --quiet " 0% packet loss" "$work/ping" || give_up "packets from pod-2 to $address are lost"
done

# The first probes are answered within a second or so.
for _ in $(seq 100); do
    trama host-1 overlay status peers >"$work/peers" || give_up "host-1 does not say its status"
    grep --quiet established "$work/peers" && break
    sleep 0.1
done
grep --quiet established "$work/peers" || give_up "host-1 has no path to host-2: $(cat "$work/peers")"

echo
echo "On host-1, trama overlay status:"
trama host-1 overlay status
echo
echo "trama overlay status peers:"
cat "$work/peers"
echo
echo "What the kernel has of it (ip route show proto 77; bridge fdb show dev trama.vxlan):"
ip -n "$run-host-1" route show proto 77
bridge -n "$run-host-1" fdb show dev trama.vxlan
