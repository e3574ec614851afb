# What the commands of this directory share: where the program is, and how it gets there.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
busbar=$root/.build/release/busbar

# Installs what is missing and builds; says nothing of what is there already.
prepare() {
    "$root/scripts/setup" </dev/null >&2
    echo "build: release (some minutes the first time)" >&2
    swift build --package-path "$root" -c release --product busbar </dev/null >&2
}

# The program must have been built, by up.
require_program() {
    if [ ! -x "$busbar" ]; then
        echo "$busbar: is not there yet; cluster/up builds it" >&2
        exit 1
    fi
}

# Whether the option $1 is among the other arguments.
has_option() {
    local option=$1 argument
    shift
    for argument in "$@"; do
        case $argument in
            "$option" | "$option"=* | --help | -h) return 0 ;;
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
