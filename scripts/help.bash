# How every script answers --help: with the comment at its top, at once and without building.
# shellcheck shell=bash

# Prints that comment and ends, if --help or -h is among the arguments.
help_if_asked() {
    local argument
    for argument in "$@"; do
        case $argument in
            --help | -h)
                print_help
                exit 0
                ;;
        esac
    done
}

print_help() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[-1]}"; }
