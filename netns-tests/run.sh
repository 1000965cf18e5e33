#!/usr/bin/env bash
# Builds everything and runs every test, those on the real kernel in network namespaces too.
#
#   netns-tests/run.sh            all tests; as root the kernel tests too
#   REQUIRE_ROOT_TESTS=1 …        fails where the kernel tests could not run
#
# Needs Swift 6.3 on the PATH; what else is missing is installed from Debian's packages.
set -euo pipefail
cd "$(dirname "$0")/.."
export SWIFT_BACKTRACE=enable=no

# The fewest tests that may have run: a filter that matches nothing, or a target that was forgotten, passes otherwise.
floor=2100

if ! command -v swift >/dev/null; then
    echo "Swift is not on the PATH: install Swift 6.3 or newer from https://www.swift.org/install/linux/" >&2
    exit 1
fi
# shellcheck source=netns-tests/packages.sh
. netns-tests/packages.sh
trama_packages libnftnl-dev libmnl-dev pkg-config nftables iproute2 conntrack openssl \
    wireguard-go wireguard-tools iputils-ping iperf3 tcpdump socat iptables containernetworking-plugins procps \
    libsqlite3-dev etcd-server curl python3-kubernetes
# Another kubectl than Debian's will do, and often is newer.
command -v kubectl >/dev/null || trama_packages kubernetes-client

echo "== format"
swift format lint --strict --recursive Package.swift Sources Tests netns-tests

echo "== build"
flags=(--explicit-target-dependency-import-check error -Xswiftc -warnings-as-errors)
swift build --build-tests "${flags[@]}"

output=$(mktemp)
trap 'rm -f "$output"' EXIT
failed=0
# A group that fails does not keep the others from saying what else is wrong.
run() { swift test --skip-build "${flags[@]}" "$@" 2>&1 | tee --append "$output" || failed=1; }

# Apart: long calculations, and tests that block threads, keep others' timers from being served.
long='OverlayCoreTests|OverlaySimulationTests|APIRegistryTests|APISchemaTests|ControllersTests|PodRuntimeTests'
servers='^StorageTests|^APIServerTests|^ControlPlaneTests|^KubeletServerTests'
# Each of these runs a cluster, or a good part of one.
clusters='NetnsTests\.(Lab|Quickstart|ExampleManifest|Node(Flag|Pod|Registration)|Pod(Adoption|Chaos|Life|Probe)|EtcdCluster|ControlPlaneCluster|ClusterNames|RoutingTestProgram)'
echo "== tests"
run --skip "NetnsTests|AttachmentTests|$long|$servers"
run --filter '^AttachmentTests'
echo "== long tests"
run --filter "$long"
echo "== tests of the control plane's store and server"
run --filter "$servers"
echo "== tests on the kernel"
run --filter NetnsTests --skip "NetnsTests\.Overlay|$clusters"
echo "== tests of whole clusters on the kernel"
run --no-parallel --filter "$clusters"
# One after the other: each runs several daemons. Those that mostly wait, for a minute some of them, wait together.
waiting='NetnsTests\.Overlay(Block|Fallback|Removal|Underlay)Tests'
echo "== tests of the overlay on the kernel"
run --no-parallel --filter 'NetnsTests\.Overlay' --skip "$waiting"
run --filter "$waiting"

if [ "$failed" -ne 0 ]; then
    echo "== what failed"
    grep -E '✘|Fatal error|error: ' "$output" || tail --lines=40 "$output"
    exit 1
fi

# Swift Testing's closing lines: "Test run with 321 tests in 45 suites passed after 12.3 seconds."
ran=$(sed -n 's/.*Test run with \([0-9]*\) tests\{0,1\} .*/\1/p' "$output" | awk '{ sum += $1 } END { print sum + 0 }')
if [ "$ran" -lt "$floor" ]; then
    echo "Only $ran tests ran; at least $floor must. Was a test target left out?" >&2
    exit 1
fi
echo "$ran tests ran (the floor is $floor)."
if [ "$(id -u)" -ne 0 ] && [ -z "${REQUIRE_ROOT_TESTS:-}" ]; then
    echo "The tests on the real kernel were skipped: they need root."
fi
