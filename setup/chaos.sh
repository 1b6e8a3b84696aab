#!/usr/bin/env bash
# `make chaos`: real processes, killed and starved; documents in = documents accounted for.  The numbers of kills and
# files can be set in the environment; CHAOS_SEED repeats the kills of an earlier run, CHAOS_PRODUCT=module:Class runs
# the rounds against another product (tests/faults/product.py), CHAOS_AT_ONCE parts run side by side.  Arguments name
# the parts that are wanted (setup/chaos.sh rounds house); none means all.  A table at the end; the exit status is that
# of the worst part, so that any loss is a failure.
set -uo pipefail
cd "$(dirname "$0")/.."
export CHAOS=1
# SEAL_KILLS are for each of two ways to seal; MAIL_KILLS are for SMTP, and as many again for mailboxes: 1,150 kills.
export CHAOS_KILLS=${CHAOS_KILLS:-400} MAIL_KILLS=${MAIL_KILLS:-200} SEAL_KILLS=${SEAL_KILLS:-50}
export FOLDER_KILLS=${FOLDER_KILLS:-200} HOSTILE_FILES=${HOSTILE_FILES:-0} BAD_FILES=${BAD_FILES:-1000}
export BUCKET_KILLS=${BUCKET_KILLS:-50} MACHINES_PAPERS=${MACHINES_PAPERS:-30}
at_once=${CHAOS_AT_ONCE:-2}
log=$(mktemp -d)
declare -A tests=(
    [house]=tests/acceptance/test_kill.py
    [mail]=tests/faults/test_mail_killed.py
    [hostile]=tests/faults/test_hostile.py
    [rounds]=tests/faults/test_rounds.py
    [seal]=tests/faults/test_seal_killed.py
    [folder]=tests/faults/test_killed.py
    [machines]=tests/gateway/test_machines.py
    [bucket]=tests/faults/test_bucket_killed.py
    [acts]="tests/faults/test_recall_killed.py tests/faults/test_gather_killed.py tests/faults/test_fallen.py"
    [storm]=tests/faults/test_storm.py
    [losses]="tests/faults/test_losses.py tests/faults/test_disk_full.py"
)
order="house mail hostile rounds seal folder machines bucket acts storm losses" # the longest first
wanted=${*:-$order}
begun=$SECONDS
printf 'make chaos, %s, %s cores, %s\n' "$(date -u '+%Y-%m-%d %H:%M UTC')" "$(nproc)" "$(uname -sr)"

part() {
    local name=$1 from=$SECONDS
    # shellcheck disable=SC2086 # several files
    .venv/bin/python -m pytest -q -s -p no:cacheprovider ${tests[$name]} >"$log/$name" 2>&1
    local code=$?
    echo "$code $((SECONDS - from))" >"$log/$name.code"
    printf '%s: %s after %d s\n' "$name" "$([ $code -eq 0 ] && echo well || echo FAILED)" $((SECONDS - from))
}

for name in $order; do
    [[ " $wanted " == *" $name "* ]] || continue
    while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n; done
    part "$name" &
done
wait

worst=0 kills=0
printf '\n%-9s %-7s %6s %6s  %s\n' part result s kills 'what pytest said'
for name in $order; do
    [[ " $wanted " == *" $name "* ]] || continue
    read -r code seconds <"$log/$name.code" || code=99
    [ "$code" -gt $worst ] && worst=$code
    killed=$(grep -oE '(^|[^a-z_])kills=[0-9]+' "$log/$name" | awk -F= '{ sum += $2 } END { print sum + 0 }')
    kills=$((kills + killed))
    printf '%-9s %-7s %6d %6d  %s\n' "$name" "$([ "$code" -eq 0 ] && echo well || echo FAILED)" "$seconds" "$killed" \
        "$(tail -1 "$log/$name")"
    grep -oE '(kills=[0-9]+ door|round|failed_fsyncs|fsyncs_before_the_source_goes|bad_files|papers|CHAOS_SEED)=.*' \
        "$log/$name" | grep -v '{' | sed 's/^/    /'
done
printf '%-9s %-7s %6d %6d\nlogs: %s\n' all "$([ $worst -eq 0 ] && echo well || echo FAILED)" $((SECONDS - begun)) \
    $kills "$log"
exit $worst
