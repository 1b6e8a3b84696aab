#!/usr/bin/env bash
# `make chaos`: real processes, killed and starved; documents in = documents accounted for.  The numbers of kills and
# files can be set in the environment; CHAOS_SEED repeats the kills of an earlier run, CHAOS_PRODUCT=module:Class runs
# the rounds against another product (tests/faults/product.py).  One line a part; the exit status is that of the worst.
# Arguments name the parts that are wanted (setup/chaos.sh rounds house); none means all.
set -uo pipefail
cd "$(dirname "$0")/.."
export CHAOS=1
export CHAOS_KILLS=${CHAOS_KILLS:-400} MAIL_KILLS=${MAIL_KILLS:-200} SEAL_KILLS=${SEAL_KILLS:-100}
export FOLDER_KILLS=${FOLDER_KILLS:-200} HOSTILE_FILES=${HOSTILE_FILES:-0} BAD_FILES=${BAD_FILES:-1000}
export MACHINES_PAPERS=${MACHINES_PAPERS:-30}
log=$(mktemp -d)
worst=0
wanted=" $* "
printf 'make chaos, %s, %s cores, %s\n' "$(date -u '+%Y-%m-%d %H:%M UTC')" "$(nproc)" "$(uname -sr)"
part() {
    local name=$1 begun=$SECONDS
    shift
    [ "$wanted" = "  " ] || [[ $wanted == *" $name "* ]] || return
    .venv/bin/python -m pytest -q -s -p no:cacheprovider "$@" >"$log/$name" 2>&1
    local code=$?
    [ $code -gt $worst ] && worst=$code
    printf '%-10s %-6s %5d s  %s\n' "$name" "$([ $code -eq 0 ] && echo well || echo FAILED)" $((SECONDS - begun)) \
        "$(tail -1 "$log/$name")"
    grep -E '^\.?(kills=|round=|in=|failed_fsyncs=|bad_files=|papers=|CHAOS_SEED=)' "$log/$name" | sed 's/^\./  /;s/^/    /'
}
part rounds tests/faults/test_rounds.py
part losses tests/faults/test_losses.py tests/faults/test_disk_full.py
part machines tests/gateway/test_machines.py
part storm tests/faults/test_storm.py
part hostile tests/faults/test_hostile.py
part folder tests/faults/test_killed.py
part seal tests/faults/test_seal_killed.py
part mail tests/faults/test_mail_killed.py
part house tests/acceptance/test_kill.py
printf 'logs: %s\n' "$log"
exit $worst
