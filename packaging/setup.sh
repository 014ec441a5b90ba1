# What start, test and .ci/run share: find Python, install what the system lacks, make .venv from a hashed lock.
# Sourced by POSIX shells. The caller sets:
#   root  the top folder of the checkout
#   yes   not empty: do not ask before installing system packages
# shellcheck shell=sh
: "${root:?}" "${yes?}"

# What Qt (X11 and Wayland) and llama.cpp (libgomp1) load on Linux. Newer releases have libglib2.0-0t64, which installs
# by the old name too.
window_packages="libgl1 libegl1 libxkbcommon0 libdbus-1-3 libglib2.0-0 libfontconfig1
    libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libwayland-cursor0
    libwayland-egl1 libgomp1 libgssapi-krb5-2"
test_packages="xvfb dbus-daemon"

say() {
    printf '%s\n' "$*"
}

stop() {
    printf '%s\n' "$*" >&2
    exit 1
}

# set_up start|test: everything that .venv needs; returns at once when nothing changed since the last time.
set_up() {
    case $1 in
        start) lock=$root/requirements.lock packages=$window_packages ;;
        test) lock=$root/packaging/requirements-test.lock packages="$window_packages $test_packages" ;;
    esac
    stamp=$root/.venv/.set-up-$1
    [ "$(cat "$stamp" 2>/dev/null)" != "$(fingerprint)" ] || return 0
    find_python
    install_system_packages
    make_environment
    fingerprint >"$stamp"
}

# The lock, the project's own description, the place of the checkout and the Python behind .venv.
fingerprint() {
    {
        cat "$lock" "$root/pyproject.toml"
        say "$root" "$(readlink -f "$root/.venv/bin/python")"
    } | cksum
}

find_python() {
    too_old=
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return
        fi
        too_old=$too_old$("$python" -c 'import platform; print(" (found: %s)" % platform.python_version())' 2>/dev/null || :)
    done
    stop "Ollama Desk needs Python 3.11 or newer and there is none$too_old." \
        "Install one (Debian 12 and Ubuntu 24.04 have it: apt-get install python3) and run this again."
}

install_system_packages() {
    if ! command -v dpkg-query >/dev/null; then
        [ "$(uname -s)" != Linux ] || say "This is not Debian or Ubuntu: if the window does not open, install what provides" \
            "libGL, libEGL, libxkbcommon(-x11), libdbus, libglib, libfontconfig, libgssapi, libxcb-cursor, libxcb-icccm," \
            "libxcb-keysyms, libxcb-shape, libgomp and a font."
        return
    fi
    find_missing
    [ -n "$missing" ] || return 0
    say "These system packages are missing:$missing"
    become_root
    # shellcheck disable=SC2086 # a list of words
    if ! { $sudo apt-get update -q && install_now $missing; }; then
        stop "apt-get could not install them; what it said is above. Without a network this cannot go on."
    fi
}

install_now() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
}

find_missing() {
    installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' 2>/dev/null)
    missing=
    for name in $packages; do
        # "ii" is: wanted, installed, in order. Not grep -q: it stops reading, which pipefail would take for "missing".
        say "$installed" | grep -x -E "ii $name(t64)?" >/dev/null || missing="$missing $name"
    done
    has_font || missing="$missing fonts-dejavu-core"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing $python-venv"
}

has_font() {
    [ -n "$(find /usr/share/fonts /usr/local/share/fonts "$HOME/.local/share/fonts" "$HOME/.fonts" \
        -name '*.[ot]t[fc]' -print 2>/dev/null | head -n 1)" ]
}

become_root() {
    sudo=
    [ "$(id -u)" != 0 ] || return 0
    by_hand="As root, run: apt-get install$missing"
    command -v sudo >/dev/null || stop "They can only be installed by root, and there is no sudo here. $by_hand"
    sudo=sudo
    [ -z "$yes" ] || return 0
    [ -t 0 ] || stop "There is no terminal to ask on: run this again with --yes to install them with sudo. $by_hand"
    printf 'Install them now with sudo apt-get? [y/N] '
    read -r answer
    case $answer in
        [yYjJ]*) ;;
        *) stop "Nothing was installed. $by_hand" ;;
    esac
}

make_environment() {
    quiet=
    [ -t 1 ] || quiet=--quiet
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
    inside=$root/.venv/bin/python
    if ! "$inside" -m pip --version >/dev/null 2>&1; then
        say "Making $root/.venv with $("$python" --version)."
        "$python" -m venv --clear "$root/.venv" || stop "The virtual environment could not be made; the reason is above."
    fi
    say "Installing the packages of ${lock#"$root/"} into it; the first time this downloads about 150 MB."
    "$inside" -m pip install $quiet --require-hashes --no-deps --only-binary :all: -r "$lock" ||
        stop "The packages could not be installed; what pip said is above. The first time this needs a network."
    "$inside" -m pip install --quiet --no-index --no-build-isolation --no-deps -e "$root" ||
        stop "Ollama Desk itself could not be installed into $root/.venv; what pip said is above."
}
