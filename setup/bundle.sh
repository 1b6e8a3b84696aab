#!/usr/bin/env bash
# Gathers all that an installation needs into a folder, on a machine with internet and the same Debian:
#   setup/bundle.sh /media/usb/vanthu-bundle
# and on the machine without:   VANTHU_BUNDLE=/media/usb/vanthu-bundle setup/setup.sh run
# Wheels are checked against the hash lock on both machines; the debs' sums lie beside them.
set -euo pipefail
to=$(realpath -m "${1:?usage: setup/bundle.sh FOLDER}")
cd "$(dirname "$0")/.."
mkdir -p "$to/wheels" "$to/debs"
${PYTHON:-python3} -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --requirement setup/requirements.lock --dest "$to/wheels"
cd "$to/debs"
grep -hEv '^\s*(#|$)' "$OLDPWD/setup/debian-run.txt" \
    | xargs apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    | grep '^\w' | sort -u | while read -r package; do
        [ "$(apt-cache policy "$package" | sed -n 's/^  Candidate: //p')" = "(none)" ] || printf '%s\n' "$package"
    done | xargs apt-get download -qq
sha256sum ./*.deb > SHA256SUMS
printf '» %s wheels, %s debs in %s\n' "$(ls "$to/wheels" | wc -l)" "$(ls "$to"/debs/*.deb | wc -l)" "$to"
