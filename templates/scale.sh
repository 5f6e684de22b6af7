#!/usr/bin/env bash
# Sets the most workers of {{ job }} by its backlog, within bounds: call it with the
# gigabytes that wait. A dry run unless --apply is given.
#
#   scale.sh 120 --apply
set -euo pipefail
shopt -s inherit_errexit

job='{{ job }}'
backlog=${1:?the gigabytes that wait}
least=${MIN_WORKERS:-2}
most=${MAX_WORKERS:-{{ workers }}}
# What one worker does between two runs: from the job's own metrics.
per_worker=${GB_PER_WORKER:?gigabytes that one worker does in a run, from the metrics of the job}

wanted=$(jq -n --argjson gb "$backlog" --argjson each "$per_worker" \
  --argjson least "$least" --argjson most "$most" \
  '($gb / $each) | ceil | if . < $least then $least elif . > $most then $most else . end')
now=$(aws glue get-job --job-name "$job" --query Job --output json)
workers=$(jq '.NumberOfWorkers' <<< "$now")
if [ "$workers" = "$wanted" ]; then
  echo "$job has $workers workers: nothing to change"
  exit 0
fi
echo "$job: $workers -> $wanted workers"
# update-job replaces the whole definition, so it starts from what there is.
update=$(jq --argjson wanted "$wanted" 'del(.Name, .CreatedOn, .LastModifiedOn, .LastModifiedBy,
  .AllocatedCapacity, .MaxCapacity, .ProfileName) | .NumberOfWorkers = $wanted' <<< "$now")
if [ "${2:-}" = --apply ]; then
  aws glue update-job --job-name "$job" --job-update "$update"
else
  echo "would update it; --apply does"
fi
