# Installs the Debian packages that are missing. Sourced by the scripts that need them.
#
# trama_packages PACKAGE...
trama_packages() {
    local missing=()
    local package
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
    done
    if [ "${#missing[@]}" -eq 0 ]; then return 0; fi
    local run=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Missing Debian packages: ${missing[*]}. Run this script as root, or install them." >&2
            return 1
        fi
        run=(sudo)
    fi
    echo "Installing ${missing[*]}"
    "${run[@]}" apt-get update --quiet=2 &&
        "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends "${missing[@]}" >/dev/null
}
