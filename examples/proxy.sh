#!/usr/bin/env bash
# Kubernetes Services on this machine, without a cluster: builds Trama, makes a node, three backends and a client out of network
# namespaces, runs `trama proxy` on the node with the manifests in examples/proxy, and connects to the Service.
# Removes everything that it made, also when it is interrupted.
#
#   examples/proxy.sh             needs Swift 6.3 on the PATH, and root (or sudo)
#   TRAMA=PATH …                  uses that program instead of building one
set -euo pipefail
cd "$(dirname "$0")/.."

connections=${CONNECTIONS:-120}

. netns-tests/packages.sh
trama_packages libnftnl-dev libmnl-dev libsqlite3-dev pkg-config iproute2 nftables procps

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
    exec sudo --preserve-env=CONNECTIONS env TRAMA="$TRAMA" "$0"
fi

# Names of this run's own, so that two runs do not meet.
run=trama-proxy-$$
node=$run-node
client=$run-client
backends=(1 2 3)
work=$(mktemp --directory)
started=()

cleanup() {
    local pid name
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
    for name in "$node" "$client" "${backends[@]/#/$run-backend-}"; do
        ip netns pids "$name" 2>/dev/null | xargs --no-run-if-empty kill 2>/dev/null || true
        ip netns delete "$name" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

on() { ip netns exec "$@"; }

# A host behind the node: join HOST NAME-OF-THE-LINK NETWORK-V4 NETWORK-V6; the node is .1, the host .2 (or another).
join() {
    local host=$1 link=$2 network4=$3 network6=$4
    ip netns add "$host"
    ip -n "$node" link add "$link" type veth peer name eth0 netns "$host"
    ip -n "$node" address add "$network4.1/24" dev "$link"
    ip -n "$node" address add "$network6::1/64" dev "$link" nodad
    ip -n "$node" link set "$link" up
    ip -n "$host" link set lo up
    ip -n "$host" address add "$network4.2/24" dev eth0
    ip -n "$host" address add "$network6::2/64" dev eth0 nodad
    ip -n "$host" link set eth0 up
    ip -n "$host" route add default via "$network4.1"
    ip -n "$host" -6 route add default via "$network6::1"
}

echo "Making a node, three backends and a client"
ip netns add "$node"
ip -n "$node" link set lo up
on "$node" sysctl --quiet --write net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
join "$client" client 192.0.2 2001:db8
for number in "${backends[@]}"; do
    backend=$run-backend-$number
    join "$backend" "backend-$number" "10.244.$number" "fd00:10:244:$number"
    on "$backend" perl examples/proxy/backend.pl "backend-$number" 8080 8007 &
    started+=($!)
done

echo "Starting trama proxy on the node"
on "$node" "$TRAMA" proxy --manifests examples/proxy --hostname-override node-1 2>"$work/proxy.log" &
proxy=$!
started+=("$proxy")
for _ in $(seq 100); do
    grep --quiet "Services are served" "$work/proxy.log" && break
    kill -0 "$proxy" 2>/dev/null || break
    sleep 0.1
done
if ! grep --quiet "Services are served" "$work/proxy.log"; then
    echo "trama proxy did not start:" >&2
    cat "$work/proxy.log" >&2
    exit 1
fi

# Runs on the client: says hello to PROTOCOL ADDRESS PORT, and prints the answer.
hello='exec 3<>"/dev/$0/$1/$2" && { [ "$0" = tcp ] || echo hello >&3; } && timeout 5 head --lines=1 <&3'

# ask WHAT PROTOCOL ADDRESS PORT: connects again and again, 20 at a time, and counts who answers.
ask() {
    local what=$1 answers=$work/answers total client_pids=()
    for _ in $(seq "$connections"); do
        on "$client" bash -c "$hello" "${@:2}" &
        client_pids+=($!)
        if [ "${#client_pids[@]}" -eq 20 ]; then
            wait "${client_pids[@]}" || true
            client_pids=()
        fi
    done >"$answers" 2>"$work/errors"
    if [ "${#client_pids[@]}" -gt 0 ]; then wait "${client_pids[@]}" || true; fi
    total=$(grep --count '^backend-' "$answers" || true)
    printf '  %-38s %s\n' "$what" "$(sort "$answers" | uniq -c | awk '{printf "%s%s %d times", separator, $2, $1; separator = ", "}')"
    if [ "$total" -ne "$connections" ]; then
        echo "Only $total of $connections were answered:" >&2
        cat "$work/errors" "$work/proxy.log" >&2
        exit 1
    fi
}

echo
echo "$connections connections each, from the client:"
ask "ClusterIP, TCP   10.96.0.10:80" tcp 10.96.0.10 80
ask "ClusterIP, UDP   10.96.0.10:7" udp 10.96.0.10 7
ask "NodePort,  TCP   192.0.2.1:30080" tcp 192.0.2.1 30080
ask "NodePort,  UDP   192.0.2.1:30007" udp 192.0.2.1 30007
ask "ClusterIP, TCP   [fd00:10:96::10]:80" tcp fd00:10:96::10 80
ask "NodePort,  UDP   [2001:db8::1]:30007" udp 2001:db8::1 30007

echo
echo "What the kernel looks connections up in (nft list map ip trama frontends):"
on "$node" nft list map ip trama frontends
