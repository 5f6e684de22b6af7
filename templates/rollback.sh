#!/usr/bin/env bash
# Rolls {{ table }} back{% if let Some(at) = at %} to {{ at }}{% endif %}: stops what starts {{ job }} and its runs, brings the
# objects and the job's state back, runs the job again, puts its rows into the table in one
# transaction, counts, and only then lets the job start by itself again.
#
#   rollback.sh {% if at.is_none() %}--at TIME {% endif %}{% if !parameters.is_empty() %}--run '{{ example }}' {% endif %}               says what it would do, and changes nothing
#   rollback.sh … --apply        does it, up to the count of rows that it asks for
#   rollback.sh … --expected ROWS --apply
#
#   --run 'NAME=VALUE …'  one run of the job, in the order of time; give one for each that the
#                         time since needs{% if parameters.is_empty() %} (this job takes no parameters: leave it away){% else %}: {{ parameters }}{% endif %}
#   --since TIME          where {{ column }} of what was loaded wrongly begins, where that is
#                         earlier than the time: rows from then on are taken away and loaded
#                         again, so that the runs must give all of them
#   --expected ROWS       rows with {{ column }} from then on that are right
#   --before TABLE        a copy of {{ table }} of the time or shortly before it, restored from a
#                         snapshot: the table then starts from it, and rows that were changed
#                         or added with an earlier {{ column }} are right, too
#   --again               does an incident over that was finished
#
# After a failure at any point start it again with the same arguments: it goes on there. Its
# memory is a folder for each incident, below STATE_DIR (rollback-state).
#
# Needs bash, jq, flock, python3 with boto3, and aws with rights on Glue, S3 and the Data
# API, all of which AWS CloudShell has. Where SQL runs: REDSHIFT='--workgroup-name NAME' or
# '--cluster-identifier NAME --db-user USER', and DATABASE; or psql, where PGHOST is set.
#
# Programs of jq stand in single quotes: their $names are jq's.
# shellcheck disable=SC2016
set -euo pipefail
shopt -s inherit_errexit

target=$(cat <<'TARGET'
{{ target }}
TARGET
)
objects=$(cat <<'OBJECTS'
{{ objects }}
OBJECTS
)

say() { printf '%s\n' "$*"; }
refuse() { printf 'refused: %s\n' "$*" >&2; exit 2; }
fail() { printf 'stopped: %s\n' "$*" >&2; exit 1; }
of() { jq -r "$1" <<< "$target"; }

at=$(of '.at // ""')
runs='[]'
since=
expected=
before=
apply=no
again=no
while [ $# -gt 0 ]; do
  case $1 in
    --apply) apply=yes ;;
    --again) again=yes ;;
    --at | --since | --run | --expected | --before)
      [ $# -gt 1 ] || refuse "$1 needs a value"
      case $1 in
        --at)
          [ -z "$at" ] || [ "$at" = "$2" ] || refuse "this script is of $at"
          at=$2
          ;;
        --since) since=$2 ;;
        --expected) expected=$2 ;;
        --before) before=$2 ;;
        --run)
          runs=$(jq -c --arg run "$2" '. + [$run | [splits("\\s+") | select(. != "")
            | capture("^(?<key>[A-Za-z0-9_-]+)=(?<value>[A-Za-z0-9_.:/+-]+)$")] | from_entries]' <<< "$runs") \
            || refuse "--run $2: write NAME=VALUE, with blanks between"
          [ "$(jq -n --arg run "$2" '[$run | splits("\\s+") | select(. != "")] | length')" = "$(jq '.[-1] | length' <<< "$runs")" ] \
            || refuse "--run $2: write NAME=VALUE once for each name, of letters, digits and _.:/+-"
          ;;
      esac
      shift
      ;;
    *) refuse "$1 is not known; the head of this script says what is" ;;
  esac
  shift
done

for program in jq python3 aws flock; do
  command -v "$program" > /dev/null || refuse "$program is missing"
done
[ -n "$at" ] || refuse "--at TIME is missing: the time to go back to, as 2026-01-02T03:00:00Z"
# In UTC, whole seconds.
time_of() {
  python3 - "$1" "$2" <<'TIME'
import datetime, re, sys

flag, text = sys.argv[1:]
try:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", text):
        raise ValueError("write it as 2026-01-02T03:00:00Z, or with an offset as +02:00")
    time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(datetime.timezone.utc)
    if time > datetime.datetime.now(datetime.timezone.utc):
        raise ValueError("it is in the future")
except ValueError as error:
    print(f"refused: {flag} {text}: {error}", file=sys.stderr)
    sys.exit(2)
print(time.strftime("%Y-%m-%dT%H:%M:%SZ"))
TIME
}
at=$(time_of --at "$at")
since=$(time_of --since "${since:-$at}")
[[ ! $since > $at ]] || refuse "--since $since is later than --at $at"
if [ "$(of .whole_days)" = true ] && [[ $since != *T00:00:00Z ]]; then
  refuse "$(of .column) holds days: --since (or --at) must be midnight UTC"
fi
[[ $expected =~ ^[0-9]*$ ]] || refuse "--expected $expected is no number of rows"
[[ $before =~ ^([A-Za-z_][A-Za-z0-9_]*\.)?[A-Za-z_][A-Za-z0-9_]*$|^$ ]] || refuse "--before $before is no name of a table"
[ -z "$before" ] || [ "$(of '.sql.replace | length')" != 0 ] \
  || refuse "--before can't be used here: the load appends, or the columns of $(of .table) are not known or hold an IDENTITY"
wanted=$(of '.parameters | sort | join(" ")')
if [ -z "$wanted" ] && [ "$runs" = '[]' ]; then runs='[{}]'; fi
[ "$runs" != '[]' ] || refuse "--run is missing: one for each run that is needed, with $wanted"
jq -e --argjson target "$target" 'all(.[]; (keys | sort) == ($target.parameters | sort))' <<< "$runs" > /dev/null \
  || refuse "every --run names exactly: $wanted"
[ "$(jq 'length - (unique | length)' <<< "$runs")" = 0 ] || refuse "a --run is given twice"

job=$(of .job)
table=$(of .table)
read -r -a where_sql <<< "${REDSHIFT:---workgroup-name default}"
database=${DATABASE:-dev}
pause=${PAUSE_SECONDS:-10}

# The memory of this incident, and of no other.
identity=$(jq -cS --arg at "$at" '{at: $at, job, table, places}' <<< "$target")
name="${at//[^0-9]/}-${table//[^A-Za-z0-9_.]/_}-$(printf '%s' "$identity" | sha256sum | cut -c 1-12)"
state=${STATE_DIR:-rollback-state}/$name
scratch=
if [ "$apply" = yes ]; then
  mkdir -p "$state"
else
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  if [ -d "$state" ]; then cp -R "$state/." "$scratch"; fi
  state=$scratch
fi
exec 9> "$state/lock"
flock -n 9 || refuse "this rollback runs already"

# Written whole or not at all.
keep() { cat > "$state/$1.part" && mv "$state/$1.part" "$state/$1"; }

if [ -e "$state/identity" ]; then
  [ "$(cat "$state/identity")" = "$identity" ] || refuse "$state is of another incident"
else
  keep identity <<< "$identity"
fi
if [ -e "$state/finished" ]; then
  if [ "$again" = no ]; then
    refuse "this incident was finished on $(cat "$state/finished"), so nothing is called; --again does it over"
  fi
  if [ "$apply" = yes ]; then
    find "$state" -mindepth 1 ! -name lock ! -name identity -delete
  else
    rm -f "$state"/*.done "$state/finished"
  fi
fi
given=$(jq -cS -n --argjson runs "$runs" --arg before "$before" --arg since "$since" \
  '{runs: $runs, before: $before, since: $since}')
if [ -e "$state/given" ]; then
  [ "$(cat "$state/given")" = "$given" ] \
    || refuse "this incident was begun with $(cat "$state/given"); give the same, or move $state away"
fi
jq --argjson runs "$runs" '. + {runs: $runs}' <<< "$target" | keep target.json
keep objects.py <<< "$objects"

say "$table back to $at, job $job, $(jq length <<< "$runs") run(s); memory: $state"

step() {
  if [ -e "$state/$1.done" ]; then
    say "== $1: done before"
    return
  fi
  say "== $1"
  "$1"
  if [ "$apply" = yes ]; then : > "$state/$1.done"; fi
}

# Triggers that start the job, whoever described them.
live_triggers() {
  aws glue get-triggers --dependent-job-name "$job" --output json \
    | jq -c --arg job "$job" '[.Triggers[]? | select(any(.Actions[]?; .JobName == $job))]'
}

freeze() {
  local live missing active
  live=$(live_triggers)
  missing=$(jq -r --argjson target "$target" '([.[].Name]) as $live | $target.triggers - $live | join(", ")' <<< "$live")
  [ -z "$missing" ] || fail "there is no trigger $missing that starts $job: is this the right account and region?"
  if [ ! -e "$state/triggers" ]; then
    # An on-demand trigger is never active by itself, and fires when it is started.
    jq -r '.[] | select(.Type != "ON_DEMAND" and (.State | IN("ACTIVATED", "ACTIVATING"))) | .Name' <<< "$live" \
      | keep triggers
  fi
  if [ "$apply" = no ]; then
    say "  would stop: $(tr '\n' ' ' < "$state/triggers")"
    return
  fi
  while :; do
    active=$(live_triggers | jq -r '.[] | select(.Type != "ON_DEMAND" and (.State | IN("ACTIVATED", "ACTIVATING", "DEACTIVATING"))) | "\(.State) \(.Name)"')
    [ -n "$active" ] || break
    while read -r one trigger; do
      if [ "$one" = ACTIVATED ]; then
        aws glue stop-trigger --name "$trigger" > /dev/null
        say "  stopped the trigger $trigger"
      fi
    done <<< "$active"
    sleep "$pause"
  done
}

in_flight() {
  aws glue get-job-runs --job-name "$job" --output json \
    | jq -r '.JobRuns[]? | select(.JobRunState | IN("STARTING", "RUNNING", "STOPPING", "WAITING")) | "\(.JobRunState) \(.Id)"'
}

# Ends every run of the job, and waits until none is left.
stop_runs() {
  local flying ids
  flying=$(in_flight)
  if [ "$apply" = no ]; then
    say "  would stop these runs: ${flying:-none}"
    return
  fi
  while [ -n "$flying" ]; do
    say "  in flight: $(tr '\n' ' ' <<< "$flying")"
    mapfile -t ids < <(awk '$1 != "STOPPING" { print $2 }' <<< "$flying")
    while [ -n "${ids[*]:-}" ]; do
      # At most 25 a call. One that ended by itself meanwhile is no error.
      aws glue batch-stop-job-run --job-name "$job" --job-run-ids "${ids[@]:0:25}" > /dev/null
      ids=("${ids[@]:25}")
    done
    sleep "$pause"
    flying=$(in_flight)
  done
}

restore_objects() {
  local what=plan
  [ "$apply" = no ] || what=apply
  python3 "$state/objects.py" "$state/target.json" "$at" "$state/copied" "$what"
}

# A list of the target's statements, with values in their places: a jq program over $clear,
# $load, $guards, $count and $staged, the last with what fills the staging tables of each run.
statements() {
  jq -c --arg since "${since:0:10} ${since:11:8}" --arg expected "$expected" --arg before "$before" --argjson runs "$runs" '
    def put($name; $value): split("@{" + $name + "}") | join($value);
    def common: map(put("since"; $since) | put("expected"; $expected) | put("before"; $before));
    .partitions as $partitions | .sql as $sql
    | def of($run): reduce ($partitions | to_entries[]) as $one (.; map(put($one.key; $run[$one.value]))) | common;
      .
    | (if $before == "" then $sql.delete else $sql.replace end | common) as $clear
    | [$runs[] as $run | $sql.stage + $sql.apply + $sql.drop | of($run)[]] as $load
    | [$runs[] as $run | $sql.stage + $sql.staged | of($run)] as $staged
    | ($sql.guards | common) as $guards
    | ($sql.count | common) as $count
    | '"$1" <<< "$target"
}

# Runs a list of statements as one transaction; prints what the last of them gives.
# Whoever calls this may look at how it ends, which turns `set -e` off in it.
transaction() {
  local what=$1 list=$2 id status answer
  if [ -n "${PGHOST:-}" ]; then
    jq -r '.[] + ";"' <<< "$list" | keep "$what.sql" || return
    psql -X -q -A -t -v ON_ERROR_STOP=1 --single-transaction -f "$state/$what.sql" > "$state/$what.out" || return
    tail -n 1 "$state/$what.out"
    return
  fi
  if [ "$(jq length <<< "$list")" -gt 40 ]; then
    say "the Data API takes 40 statements in a transaction, and these are $(jq length <<< "$list"): use psql (PGHOST, PGUSER, PGDATABASE)" >&2
    return 1
  fi
  # The token makes a call that is repeated, since its answer was lost, the same call.
  if [ ! -s "$state/$what.token" ]; then
    printf '%s-%s-%s-%s' "${name: -12}" "$what" "$(date +%s)" "$$" | keep "$what.token" || return
  fi
  keep "$what.sql" <<< "$list" || return
  id=$(aws redshift-data batch-execute-statement "${where_sql[@]}" --database "$database" \
    --client-token "$(cat "$state/$what.token")" --sqls "file://$state/$what.sql" --query Id --output text) || return
  while :; do
    answer=$(aws redshift-data describe-statement --id "$id" --output json) || return
    status=$(jq -r .Status <<< "$answer") || return
    case $status in
      FINISHED) break ;;
      FAILED | ABORTED)
        rm -f "$state/$what.token"
        jq -r '"  \(.Error // .Status)", (.SubStatements[]? | select(.Status == "FAILED") | "  in: \(.QueryString)")' <<< "$answer" >&2
        return 1
        ;;
    esac
    sleep "$pause"
  done
  if [ "$(jq '.SubStatements[-1].HasResultSet // false' <<< "$answer")" = true ]; then
    answer=$(aws redshift-data get-statement-result --id "$(jq -r '.SubStatements[-1].Id' <<< "$answer")" --output json) || return
    jq -r '.Records[0] | map(.longValue // .stringValue) | join("|")' <<< "$answer" || return
  fi
  rm -f "$state/$what.token"
}

count_before() {
  local rows
  if [ "$apply" = no ]; then
    say "  would count: $(statements '$count | join("; ")')"
    return
  fi
  rows=$(transaction count "$(statements '$count')")
  keep before <<< "$rows"
  say "  ${rows%%|*} rows since $since, ${rows##*|} in all"
}

# Runs the job once for each --run, with every argument that it requires.
rerun() {
  local number count arguments run status
  count=$(jq length <<< "$runs")
  for ((number = 0; number < count; number++)); do
    arguments=$(jq -c --argjson number "$number" --argjson target "$target" \
      '.[$number] as $run | $target.arguments | map_values($run[.])' <<< "$runs")
    # With the defaults, whether Glue adds them or not.
    arguments=$(aws glue get-job --job-name "$job" --output json \
      | jq -cS --argjson own "$arguments" '(.Job.DefaultArguments // {}) + $own')
    if [ "$apply" = no ]; then
      say "  would run: aws glue start-job-run --job-name $job --arguments $arguments"
      continue
    fi
    if [ -e "$state/run-$number.done" ]; then continue; fi
    if [ ! -s "$state/run-$number" ]; then
      # One whose start was not answered may be running.
      stop_runs
      aws glue start-job-run --job-name "$job" --arguments "$arguments" --query JobRunId --output text \
        | keep "run-$number"
    fi
    run=$(cat "$state/run-$number")
    say "  run $run with $arguments"
    while :; do
      status=$(aws glue get-job-run --job-name "$job" --run-id "$run" --query JobRun.JobRunState --output text)
      case $status in
        SUCCEEDED) break ;;
        FAILED | ERROR | TIMEOUT | STOPPED | EXPIRED)
          rm -f "$state/run-$number"
          fail "run $run is $status; see /aws-glue/jobs/error in CloudWatch, and start this script again"
          ;;
      esac
      sleep "$pause"
    done
    : > "$state/run-$number.done"
  done
}

# What COPY and MERGE give, in one transaction with what they replace, or nothing of it.
load() {
  local list rows number flying
  list=$(statements '$sql.lock + $clear + $load + $guards')
  if [ "$apply" = no ]; then
    say "  would run in one transaction:"
    jq -r '.[] | "    " + (. | gsub("\n"; "\n    ")) + ";"' <<< "$list"
    return
  fi
  if [ -z "$expected" ]; then
    # A preview: temporary tables that nothing else sees.
    for ((number = 0; number < $(jq length <<< "$runs"); number++)); do
      rows=$(transaction staged "$(statements "\$staged[$number]")") || rows='? | ?'
      say "  files of run $((number + 1)): ${rows%%|*} rows since $since, ${rows##*|} in all"
    done
    say "  the table had $(cut -d '|' -f 1 "$state/before") rows since $since"
    say "  Compare with what the runs wrote (/aws-glue/jobs/output in CloudWatch, one stream for each run):"
    cat "$state"/run-*[0-9] | sed 's/^/    /'
    say "  and start this script again with --expected ROWS. Nothing was changed in $table yet."
    exit 3
  fi
  if [ "$expected" = 0 ] && [ "$(cut -d '|' -f 1 "$state/before")" != 0 ]; then
    fail "there were $(cut -d '|' -f 1 "$state/before") rows since $since, so that none can't be right"
  fi
  # On a line of its own: within a test a call that fails would be an answer without runs.
  flying=$(in_flight)
  [ -z "$flying" ] || fail "a run of $job that this script did not start is in flight: find what starts it"
  printf '%s' "$expected" | keep expected
  transaction load "$list" > /dev/null \
    || fail "the transaction was rolled back, $table is as it was; a division by zero is a count that is not the expected one"
}

# Triggers of ours that do not start anything now.
asleep() {
  live_triggers | jq -r --rawfile ours "$state/triggers" \
    '($ours | split("\n") - [""]) as $ours | .[] | select(.State | IN("ACTIVATED", "ACTIVATING") | not) | .Name | select(IN($ours[]))'
}

# Counts again, and starts what was stopped only if the count is right.
verify_and_thaw() {
  local rows trigger waiting all flying
  if [ "$apply" = no ]; then
    say "  would count again, and start: $(tr '\n' ' ' < "$state/triggers")"
    return
  fi
  waiting=$(asleep)
  all=$(sort "$state/triggers")
  # Where some are started already, they were since the count was right; from then on it grows.
  if [ ! -e "$state/verified" ] || [ "$(sort <<< "$waiting")" = "$all" ]; then
    rm -f "$state/verified"
    rows=$(transaction count "$(statements '$count')")
    say "  since $since: $(cut -d '|' -f 1 "$state/before") rows before, ${rows%%|*} now, $(cat "$state/expected") expected; in all: $(cut -d '|' -f 2 "$state/before") before, ${rows##*|} now"
    [ "${rows%%|*}" = "$(cat "$state/expected")" ] \
      || fail "the count is not the expected one, since somebody else writes to $table; the triggers stay stopped"
    flying=$(in_flight)
    [ -z "$flying" ] || fail "a run of $job that this script did not start is in flight; the triggers stay stopped"
    keep verified <<< "$rows"
  fi
  [ -n "$waiting" ] || return 0
  while read -r trigger; do
    aws glue start-trigger --name "$trigger" > /dev/null
    say "  started the trigger $trigger"
  done <<< "$waiting"
}

if [ "$apply" = yes ]; then keep given <<< "$given"; fi
step freeze
say "== stop_runs"
if [ ! -e "$state/rerun.begun" ]; then stop_runs; fi
step restore_objects
step count_before
if [ "$apply" = yes ]; then : > "$state/rerun.begun"; fi
step rerun
step load
say "== verify_and_thaw"
verify_and_thaw
if [ "$apply" = no ]; then
  say "Nothing was changed: --apply does it."
  exit 0
fi
date -u +%Y-%m-%dT%H:%M:%SZ | keep finished
say "done: $table is as the runs give it. Rows with an earlier {{ column }} than $since that were changed are$([ -n "$before" ] && echo " right" || echo " not looked at")."
