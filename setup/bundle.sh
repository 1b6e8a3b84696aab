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
# What apt would install on a machine that has nothing yet: one solution, not every alternative of every dependency.
mapfile -t wanted < <(grep -hEv '^\s*(#|$)' "$OLDPWD/setup/debian-run.txt")
apt-get -s -o Dir::State::status=/dev/null install --no-install-recommends "${wanted[@]}" \
    | awk '/^Inst/ { gsub(/\(/, "", $3); print $2 "=" $3 }' | xargs apt-get download -qq
sha256sum ./*.deb > SHA256SUMS
# A list of them as of an archive, so that apt on the other machine takes only what it lacks.
while read -r sum deb; do
    dpkg-deb -f "$deb"
    printf 'Filename: %s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$sum"
done < SHA256SUMS > Packages
printf '» %s wheels, %s debs in %s\n' "$(ls "$to/wheels" | wc -l)" "$(ls "$to"/debs/*.deb | wc -l)" "$to"
