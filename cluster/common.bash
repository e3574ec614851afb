# What the commands of this directory share: where the programs are, and how they get there.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/help.bash
source "$root/scripts/help.bash"

# What makes, breaks and measures testnets; it runs `busbar`, which lies beside it, as the nodes.
testnet=$root/.build/release/busbar-testnet

# Installs what is missing and builds; says nothing of what is there already.
prepare() {
    "$root/scripts/setup" </dev/null >&2
    echo "build: release (some minutes the first time)" >&2
    local product
    # The larger first: little is left to build of the other then.
    for product in busbar-testnet busbar; do
        swift build --package-path "$root" -c release --product "$product" </dev/null >&2
    done
}

# The program must have been built, by up.
require_program() {
    if [ ! -x "$testnet" ]; then
        echo "$testnet: is not there yet; cluster/up builds it" >&2
        exit 1
    fi
}

# Whether the option $1 is among the other arguments.
has_option() {
    local option=$1 argument
    shift
    for argument in "$@"; do
        case $argument in
            "$option" | "$option"=*) return 0 ;;
        esac
    done
    return 1
}

# Commands are about the testnet in the project's own directory unless they name another.
default_dir() {
    if ! has_option --dir "$@"; then
        printf '%s\n' --dir "$root/.cluster"
    fi
}
