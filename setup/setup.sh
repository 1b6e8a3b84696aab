#!/usr/bin/env bash
# Brings this checkout to the point where it can run or be tested: Debian packages, virtual environment, locked
# dependencies.  Idempotent; the second call only compares two stamps.  Usage: setup/setup.sh run|test
# VANTHU_BUNDLE=DIR installs from a folder that setup/bundle.sh has filled, without internet.
set -euo pipefail
cd "$(dirname "$0")/.."
want=${1:-run}
say() { printf '» %s\n' "$*"; }
list() { grep -hEv '^\s*(#|$)' "$@"; }

lists=(setup/debian-run.txt)
locks=(setup/requirements.lock)
if [ "$want" = test ]; then
    lists+=(setup/debian-test.txt)
    locks+=(setup/requirements-test.lock)
fi

missing=()
while read -r package; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
done < <(list "${lists[@]}")
if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" -ne 0 ]; then
        say "These Debian packages are missing, and installing them needs root: ${missing[*]}"
        say "Run:  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
        exit 1
    fi
    say "Installing Debian packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    if [ -n "${VANTHU_BUNDLE:-}" ]; then
        (cd "$VANTHU_BUNDLE/debs" && sha256sum --quiet -c SHA256SUMS)
        # The folder is an archive of its own; the machine's others, which cannot be reached, are not asked.
        place=$(mktemp -d)
        debs="$(realpath "$VANTHU_BUNDLE")/debs"
        printf 'deb [trusted=yes] file:%s ./\n' "${debs// /%20}" > "$place/sources.list"
        mkdir -p "$place/lists/partial"
        from=(-o Dir::Etc::sourcelist="$place/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$place/lists"
              -o APT::Sandbox::User=root)
        apt-get "${from[@]}" update -qq
        apt-get "${from[@]}" install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
        rm -rf "$place"
    else
        apt-get update -qq
        apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
    fi
fi

from=()
[ -z "${VANTHU_BUNDLE:-}" ] || from=(--no-index --no-build-isolation --find-links "$VANTHU_BUNDLE/wheels")
python=${PYTHON:-}
if [ -z "$python" ]; then
    for candidate in /usr/bin/python3.11 python3.11 python3; do
        if "$candidate" -c 'import sys, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
fi
if [ -z "$python" ]; then
    say "Python 3.11 with its venv module was not found.  On Debian 12: apt-get install python3 python3-venv"
    exit 1
fi

stamp=".venv/.installed-$want"
sum=$(cat "${locks[@]}" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null)" != "$sum" ]; then
    [ -x .venv/bin/python ] || { say "Creating the virtual environment .venv"; "$python" -m venv .venv; }
    for lock in "${locks[@]}"; do
        say "Installing the locked Python dependencies of $lock"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check "${from[@]}" --no-deps --require-hashes --requirement "$lock"
    done
    # The command `vanthu` and the four packages come from the checkout itself: a path file, no build step.
    site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    pwd > "$site/vanthu-checkout.pth"
    printf '#!%s\nfrom gateway.cli import main\nraise SystemExit(main())\n' "$PWD/.venv/bin/python" > .venv/bin/vanthu
    chmod +x .venv/bin/vanthu
    echo "$sum" > "$stamp"
fi
say "Set-up for '$want' is complete."
