#!/bin/sh
# Makes a fresh Debian 12 machine ready for Checklane: system packages that are missing, then `.venv` from uv.lock.
# Run by `make setup`. Asks nothing, installs only what a probe finds missing, and writes nowhere but here and by apt.
set -eu
cd "$(dirname "$0")"

UV_VERSION=0.13.9
VENV=.venv
# Debian keeps mosquitto and ldconfig where a plain user's PATH does not look.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
packages=""

say() { printf 'setup: %s\n' "$*"; }

fail() {
    printf 'setup: %s\n' "$1" >&2
    printf 'setup: %s\n' "$2" >&2
    exit 1
}

# want PACKAGES WHY: puts packages on the list and says what for.
want() {
    say "missing: $2 (Debian: $1)"
    packages="$packages $1"
}

# The first Python that Checklane runs on: $PYTHON, python3, then by version.
find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Checklane needs Python 3.11, 3.12 or 3.13; ${PYTHON:-python3} is none of them." \
        "Install one, on Debian with 'apt-get install python3', or name one: make setup PYTHON=/path/to/python3.11"
}

asked() { "$python" -c "$1" 2>/dev/null; }
opens() { asked "import ctypes; ctypes.CDLL('$1')"; }
holds_file() { for found in "$@"; do [ -e "$found" ] && return; done; return 1; }

# Debian takes ensurepip and Python.h out of its Pythons and packs them apart; other Pythons bring them.
probe_python() {
    version=$(asked 'import sys; print("python%d.%d" % sys.version_info[:2])')
    if ! asked 'import ensurepip, venv'; then
        debians_own "python3-venv" && want "$version-venv" "python's venv, for an environment of our own"
    fi
    if [ -d "$VENV/lib/$version/site-packages/evdev" ] && [ -d "$VENV/lib/$version/site-packages/smartcard" ]; then
        return
    fi
    if ! printf '#include <stdio.h>\n#include <linux/input.h>\n' | cc -x c -fsyntax-only - 2>/dev/null; then
        want "gcc libc6-dev linux-libc-dev" "a C compiler and kernel headers, to build evdev (keyboard scanners)"
    fi
    if ! printf '#include <winscard.h>\n' | cc -x c -fsyntax-only -I/usr/include/PCSC - 2>/dev/null; then
        want libpcsclite-dev "the headers of PC/SC, to build pyscard (card readers)"
    fi
    command -v swig >/dev/null || want swig "swig, to build pyscard (card readers)"
    if ! asked 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'; then
        debians_own "Python.h" && want "$version-dev" "python's headers, to build evdev (keyboard scanners)"
    fi
}

debians_own() {
    case "$python" in
        /usr/bin/* | /bin/*) return ;;
    esac
    fail "$python comes without $1." "Take another Python: make setup PYTHON=/usr/bin/python3"
}

probe_system() {
    opens libEGL.so.1 || want libegl1 "libEGL.so.1, which draws the screens"
    opens libGL.so.1 || want libgl1 "libGL.so.1, which Kivy is linked with"
    # The software renderer, for machines and tests without a graphics card; its name changed with Mesa 25.
    holds_file /usr/lib/*/dri/swrast_dri.so /usr/lib/*/libgallium-*.so /usr/lib/dri/swrast_dri.so /usr/lib64/dri/swrast_dri.so ||
        want libgl1-mesa-dri "Mesa's drivers, which draw without a graphics card as well"
    command -v mosquitto >/dev/null || want mosquitto "the MQTT broker of the demo and the tests"
    command -v pcscd >/dev/null || want pcscd "the PC/SC service, through which the tests read cards"
    holds_file /usr/lib/*/pcsc/drivers/serial/libifdvpcd.so* /usr/lib/pcsc/drivers/serial/libifdvpcd.so* ||
        want vsmartcard-vpcd "a card reader without hardware, for the tests"
    if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then probe_display; fi
}

# SDL opens these by name when there is a display; one that is missing costs touches or the window.
probe_display() {
    for pair in libX11.so.6:libx11-6 libXext.so.6:libxext6 libXi.so.6:libxi6 libXrandr.so.2:libxrandr2 \
        libXcursor.so.1:libxcursor1 libXfixes.so.3:libxfixes3 libXss.so.1:libxss1; do
        opens "${pair%%:*}" || want "${pair#*:}" "${pair%%:*}, for a window on your display"
    done
}

# as_root COMMAND...: as it is for root, else by sudo, which may ask for a password only where a person sits.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

install_packages() {
    [ -n "$packages" ] || return 0
    command -v apt-get >/dev/null ||
        fail "this machine has no apt-get, and something is missing (above)." \
            "Install these by your own package manager, then run make setup again:$packages"
    by_hand="apt-get update && apt-get install -y --no-install-recommends$packages"
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        fail "something is missing (above), and installing it needs root." "As root: $by_hand"
    fi
    say "installing:$packages"
    as_root apt-get update -q || fail "apt-get could not read its package lists." "Look above, then as root: $by_hand"
    # shellcheck disable=SC2086 # a list of packages is split into words
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $packages ||
        fail "apt-get could not install all of it." "Look above, then as root: $by_hand"
    case "$packages" in *mosquitto*) quiet mosquitto "broker" ;; esac
    case "$packages" in *" pcscd"*) quiet pcscd "card reader" ;; esac
}

# quiet SERVICE WHAT: Debian starts a broker on port 1883 and a card reader's service with their packages. Nobody asked
# for them: ours run on ports and sockets of their own, on demand.
quiet() {
    say "switching off the $2 service that came with Debian's $1; ours starts on demand"
    if [ -d /run/systemd/system ]; then
        units="$1.service"
        [ "$1" = pcscd ] && units="pcscd.socket pcscd.service"
        # shellcheck disable=SC2086 # a list of units is split into words
        as_root systemctl disable --now $units || say "that did not work; see: systemctl status $1"
    elif [ -x "/etc/init.d/$1" ]; then
        as_root "/etc/init.d/$1" stop || say "that did not work; see: /etc/init.d/$1 status"
        as_root update-rc.d "$1" disable || say "it may start again with this machine"
    fi
}

# `.venv` with the packages of uv.lock and no others. What is there and fits stays.
make_environment() {
    if ! "$VENV/bin/python" -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))" 2>/dev/null; then
        say "making $VENV with $python"
        "$python" -m venv --clear "$VENV" || fail "$python could not make $VENV." "Look above; a full disk is the usual cause."
    fi
    "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || "$VENV/bin/python" -m ensurepip >/dev/null
    if [ "$("$VENV/bin/uv" --version 2>/dev/null | cut -d' ' -f2)" != "$UV_VERSION" ]; then
        say "installing uv $UV_VERSION into $VENV"
        "$VENV/bin/python" -m pip install --quiet --no-cache-dir --disable-pip-version-check "uv==$UV_VERSION" ||
            fail "uv could not be installed from PyPI." "Check this machine's network or proxy, then run make setup again."
    fi
    say "installing what uv.lock names into $VENV"
    UV_CACHE_DIR="${UV_CACHE_DIR:-$VENV/cache}" UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT="$VENV" \
        "$VENV/bin/uv" sync --quiet --frozen --python "$VENV/bin/python" ||
        fail "the packages of uv.lock could not be installed." "Look above; check the network or proxy, then run make setup again."
}

python=$(find_python)
probe_python
probe_system
install_packages
make_environment
say "ready"
