#!/usr/bin/env bash
# Rolls {{ table }} back to {{ at }}: freezes the trigger, restores the objects under
# s3://{{ bucket }}/{{ prefix }} as they were, takes back what was loaded since, loads again.
#
# A dry run unless --apply is given. After a failure run it again: what is done is
# skipped. Needs bash, jq, and aws with rights on Glue, S3 and the Data API.
set -euo pipefail
shopt -s inherit_errexit

at='{{ at }}'
bucket='{{ bucket }}'
prefix='{{ prefix }}'
trigger='{{ trigger }}'
job='{{ job }}'
table='{{ table }}'
# The column that tells when a row was loaded or happened.
column=${COLUMN:-'{{ column }}'}
# Where SQL runs: --workgroup-name NAME, or --cluster-identifier NAME --db-user USER.
read -r -a where_sql <<< "${REDSHIFT:---workgroup-name default}"
database=${DATABASE:-dev}
state=${STATE_DIR:-rollback-state}
pause=${PAUSE_SECONDS:-10}

apply=no
if [ "${1:-}" = --apply ]; then apply=yes; fi
mkdir -p "$state"

run() {
  if [ "$apply" = yes ]; then
    "$@"
  else
    printf 'would run:'
    printf ' %q' "$@"
    printf '\n'
  fi
}

step() {
  if [ -e "$state/$1.done" ]; then
    echo "== $1: done before"
    return
  fi
  echo "== $1"
  "$1"
  if [ "$apply" = yes ]; then : > "$state/$1.done"; fi
}

sql() {
  local id status
  id=$(aws redshift-data execute-statement "${where_sql[@]}" --database "$database" \
    --client-token "$1" --sql "$2" --query Id --output text)
  while :; do
    status=$(aws redshift-data describe-statement --id "$id" --query Status --output text)
    case $status in
      FINISHED) echo "$id"; return ;;
      FAILED | ABORTED) echo "statement $id: $status" >&2; return 1 ;;
    esac
    sleep "$pause"
  done
}

freeze() {
  run aws glue stop-trigger --name "$trigger"
}

# The newest version of each object that is not newer than the time; a delete marker
# means that there was none.
list_versions() {
  aws s3api list-object-versions --bucket "$bucket" --prefix "$prefix" --output json \
    > "$state/versions.part"
  jq -r --arg at "$at" '
    [((.Versions // [])[] | . + {gone: false}), ((.DeleteMarkers // [])[] | . + {gone: true})]
    | group_by(.Key)[]
    | sort_by(.LastModified[0:19]) as $all
    | ($all | map(select(.IsLatest)) | last) as $new
    | ($all | map(select(.LastModified[0:19] <= $at[0:19])) | last) as $old
    | if ($old == null or $old.gone) then
        (if $new.gone then empty else ["remove", $new.Key, "-", "-"] end)
      elif $old.VersionId == $new.VersionId then empty
      else ["restore", $old.Key, $old.VersionId, ($old.Key | @uri)] end
    | @tsv' "$state/versions.part" > "$state/plan.part"
  mv "$state/plan.part" "$state/plan.tsv"
  echo "$(grep -c '^restore' "$state/plan.tsv" || true) to restore, $(grep -c '^remove' "$state/plan.tsv" || true) to remove"
}

# A plain copy would copy the faulty objects: each version is named.
restore() {
  touch "$state/restored"
  while IFS=$'\t' read -r what key version encoded; do
    if grep -Fxq -- "$key" "$state/restored"; then continue; fi
    if [ "$what" = restore ]; then
      run aws s3api copy-object --bucket "$bucket" --key "$key" \
        --copy-source "$bucket/$encoded?versionId=$version" --output text --query VersionId
    else
      run aws s3api delete-object --bucket "$bucket" --key "$key"
    fi
    if [ "$apply" = yes ]; then printf '%s\n' "$key" >> "$state/restored"; fi
  done < "$state/plan.tsv"
}

unload() {
  run sql "rollback-${at//[^0-9]/}-unload" "DELETE FROM $table WHERE $column >= '$at'"
}

# The job resumes: batches that are done and unchanged are skipped.
rerun() {
  local id status
  if [ "$apply" = no ]; then
    run aws glue start-job-run --job-name "$job" --arguments '{"--resume":""}'
    return
  fi
  if [ ! -s "$state/run" ]; then
    aws glue start-job-run --job-name "$job" --arguments '{"--resume":""}' \
      --query JobRunId --output text > "$state/run.part"
    mv "$state/run.part" "$state/run"
  fi
  id=$(cat "$state/run")
  while :; do
    status=$(aws glue get-job-run --job-name "$job" --run-id "$id" \
      --query JobRun.JobRunState --output text)
    case $status in
      SUCCEEDED) return ;;
      FAILED | ERROR | TIMEOUT | STOPPED)
        rm -f "$state/run"
        echo "run $id: $status; run this script again" >&2
        return 1
        ;;
    esac
    sleep "$pause"
  done
}

# EXPECTED_ROWS is the count that the job printed: rows written since the time.
verify() {
  local id rows
  if [ "$apply" = no ]; then
    run sql verify "SELECT COUNT(*) FROM $table WHERE $column >= '$at'"
    return
  fi
  id=$(sql "rollback-${at//[^0-9]/}-verify" "SELECT COUNT(*) FROM $table WHERE $column >= '$at'")
  rows=$(aws redshift-data get-statement-result --id "$id" \
    --query 'Records[0][0].longValue' --output text)
  echo "$rows rows since $at"
  if [ -n "${EXPECTED_ROWS:-}" ] && [ "$rows" != "$EXPECTED_ROWS" ]; then
    echo "$EXPECTED_ROWS were expected: the trigger stays stopped" >&2
    return 1
  fi
}

thaw() {
  run aws glue start-trigger --name "$trigger"
}

step freeze
step list_versions
step restore
step unload
step rerun
step verify
step thaw
echo "done"
