#!/usr/bin/env bash
# A Kubernetes cluster of three nodes on this machine: builds Trama, brings the cluster up with each host in a network namespace,
# applies examples/guestbook.yaml with kubectl, and asks its Service from a pod, from a node and from outside.
# Takes everything away that it made, also when it is interrupted.
#
#   examples/quickstart.sh        needs Swift 6.3 on the PATH, and root (or sudo)
#   KEEP=1 …                      leaves the cluster up, and says how to use it and how to take it away
#   LAB=NAME …                    gives the cluster another name than `quickstart`
#   TRAMA=PATH …                  uses that program, and trama-cni and trama-pod beside it, instead of building them
set -euo pipefail
cd "$(dirname "$0")/.."

. netns-tests/packages.sh
trama_packages libnftnl-dev libmnl-dev libsqlite3-dev pkg-config iproute2 nftables curl
# Another kubectl than Debian's will do, and often is newer.
command -v kubectl >/dev/null || trama_packages kubernetes-client

if [ -z "${TRAMA:-}" ]; then
    if ! command -v swift >/dev/null; then
        echo "Swift is not on the PATH: install Swift 6.3 or newer from https://www.swift.org/install/linux/" >&2
        exit 1
    fi
    echo "Building (the first time takes about ten minutes)"
    for product in trama trama-cni trama-pod; do swift build --configuration release --product "$product"; done
    TRAMA="$(swift build --configuration release --show-bin-path)/trama"
fi
if [ "$(id -u)" -ne 0 ]; then
    exec sudo --preserve-env=KEEP,LAB env PATH="$PATH" TRAMA="$TRAMA" "$0"
fi

lab=${LAB:-quickstart}
cleanup() {
    local status=$?
    if [ "$status" -ne 0 ] && [ -f "/run/trama/lab/$lab/kubeconfig" ]; then
        kubectl get nodes,pods --output=wide >&2 || true
        kubectl get events >&2 || true
    fi
    "$TRAMA" lab down --name "$lab"
}
trap 'exit 130' INT TERM

echo "A cluster of a control plane and three nodes:"
trap cleanup EXIT
"$TRAMA" lab up --name "$lab" --nodes 3
export KUBECONFIG=/run/trama/lab/$lab/kubeconfig

echo
kubectl apply --filename examples/guestbook.yaml
kubectl rollout status deployment/guestbook-store --timeout=60s
kubectl rollout status deployment/guestbook --timeout=60s
echo
kubectl get nodes --output=wide
echo
kubectl get pods --output=wide
echo
kubectl get services

# ask WHAT COMMAND...: runs it, and shows who answered and what is in the book.
ask() {
    local what=$1 answer
    shift
    answer=$("$@")
    printf '  %-34s %s\n' "$what" "$(head --lines=1 <<<"$answer")"
}
address=$(kubectl get node node-1 --output='jsonpath={.status.addresses[?(@.type=="InternalIP")].address}')
pod=$(kubectl get pods --selector=tier=back-end --output='jsonpath={.items[0].metadata.name}')

echo
echo "The guestbook, signed and read:"
ask "by name, from a pod" "$TRAMA" lab exec --name "$lab" "pod/default/$pod" -- \
    curl --silent --show-error --fail --max-time 5 http://guestbook/sign/Ada
cluster_address=$(kubectl get service guestbook --output='jsonpath={.spec.clusterIP}')
ask "its ClusterIP, from a node" "$TRAMA" lab exec --name "$lab" node-2 -- \
    curl --silent --show-error --fail --max-time 5 "http://$cluster_address/sign/Grace"
for _ in 1 2 3; do
    ask "its NodePort, from this machine" curl --silent --show-error --fail --max-time 5 "http://$address:30080/"
done
curl --silent --show-error --fail --max-time 5 "http://$address:30080/" | tail --lines=+2

if [ -n "${KEEP:-}" ]; then
    trap - EXIT
    cat <<END

The cluster stays. To use it:

    export KUBECONFIG=$KUBECONFIG
    kubectl get pods --all-namespaces --output=wide
    curl http://$address:30080/
    $TRAMA lab exec --name $lab node-1 -- nft list map ip trama frontends

To take it away:

    $TRAMA lab down --name $lab
END
fi
