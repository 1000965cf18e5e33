#!/usr/bin/env bash
# Builds the benchmark in release mode and prints its table.
#
#   netns-tests/bench/run.sh                        all parts, about half an hour
#   netns-tests/bench/run.sh --only cold --services 1000
#   netns-tests/bench/run.sh --classic-10000        loads 10,000 Services of the classic layout too, which takes minutes
#   netns-tests/bench/run.sh --only overlay-paths overlay-encrypted overlay-start overlay-fallback overlay-members overlay-simulation
#   netns-tests/bench/run.sh --only store           the control plane's stores, SQLite beside etcd
#   netns-tests/bench/run.sh --only lab             clusters: starts, pods, changes, ten nodes with 300 pods in 8 GiB
#   netns-tests/bench/run.sh --trama PATH           measures that trama program and not the one that is built here
#
# Needs root, for network namespaces, and Swift 6.3 on the PATH; what else is missing is installed from Debian's packages.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ "$(id -u)" -ne 0 ]; then
    echo "Run this as root: it makes network namespaces and writes nftables rules in them." >&2
    exit 1
fi
# shellcheck source=netns-tests/packages.sh
. netns-tests/packages.sh
trama_packages libnftnl-dev libmnl-dev pkg-config nftables iproute2 procps iperf3 iputils-ping wireguard-go wireguard-tools \
    libsqlite3-dev etcd-server
# Another kubectl than Debian's will do, and often is newer.
command -v kubectl >/dev/null || trama_packages kubernetes-client

for product in trama trama-cni trama-pod trama-bench; do
    swift build --configuration release --product "$product"
done
exec "$(swift build --configuration release --show-bin-path)/trama-bench" "$@"
