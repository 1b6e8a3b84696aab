#!/usr/bin/env bash
# `make audit`: is a known weakness or a withdrawn version among the locked packages?  Asks PyPI's advisories (or OSV's:
# AUDIT_SERVICE=osv) by pip-audit, and the package index for versions taken back; needs a network that reaches them.
# Exit status 1: something was found.  3: nobody could be asked, so that nothing is known.
set -uo pipefail
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv" && "$place/venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check pip-audit ||
    { echo "pip-audit could not be installed: nothing is known." >&2; exit 3; }
worst=0
for lock in setup/requirements.lock setup/requirements-test.lock; do
    echo "== $lock"
    "$place/venv/bin/pip-audit" --vulnerability-service "${AUDIT_SERVICE:-pypi}" --disable-pip --require-hashes \
        --progress-spinner off --requirement "$lock" >"$place/said" 2>"$place/trouble"
    code=$?
    unknown=$(grep -c 'could not be audited' "$place/said")
    locked=$(grep -c '^[a-z0-9].*==' "$lock")
    if grep -q 'Error' "$place/trouble" || [ "$unknown" -ge "$locked" ]; then
        tail -1 "$place/trouble" >&2
        echo "The advisory service ${AUDIT_SERVICE:-pypi} does not answer: nothing is known of $locked packages." >&2
        [ $worst -eq 1 ] || worst=3
    else
        cat "$place/said"
        [ $code -eq 0 ] || worst=1
        [ "$unknown" -eq 0 ] || echo "$unknown of $locked packages are unknown there." >&2
    fi
    if command -v uv >/dev/null; then
        uv pip install --dry-run --no-deps --require-hashes --target "$place/none" --requirement "$lock" 2>&1 |
            grep -i yanked && worst=1
    fi
done
[ $worst -eq 0 ] && echo "No known weakness, no version taken back."
exit $worst
