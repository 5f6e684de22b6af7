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
# Needs bash, jq, flock, python3 with boto3, and aws with rights on Glue, Step Functions,
# EventBridge, EventBridge Scheduler, S3 and the Data API, all of which AWS CloudShell has. Where SQL runs: REDSHIFT='--workgroup-name NAME' or
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
taken=
while [ $# -gt 0 ]; do
  case $1 in
    --apply) apply=yes ;;
    --again) again=yes ;;
    --at | --since | --run | --expected | --before)
      [ -n "${2:-}" ] || refuse "$1 needs a value"
      case " $taken" in *" $1 "*) refuse "$1 is given twice" ;; esac
      [ "$1" = --run ] || taken+="$1 "
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
incident="${at//[^0-9]/}-${table//[^A-Za-z0-9_.]/_}-$(printf '%s' "$identity" | sha256sum | cut -c 1-12)"
state=${STATE_DIR:-rollback-state}/$incident
scratch=
if [ "$apply" = yes ]; then
  mkdir -p "$state" || refuse "the memory of this rollback can't be written: set STATE_DIR to a folder that can"
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

# State machines that start the job: name, ARN and the other jobs that they start.
live_machines() {
  local listed arn definition found='[]'
  listed=$(aws stepfunctions list-state-machines --output json | jq -r '.stateMachines[]?.stateMachineArn')
  [ -n "$listed" ] || { echo '[]'; return; }
  while read -r arn; do
    definition=$(aws stepfunctions describe-state-machine --state-machine-arn "$arn" --output json)
    found=$(jq -c --arg job "$job" --argjson found "$found" '. as $machine
      | [.definition | fromjson | .. | objects
          | select(.Resource? | tostring | contains(":glue:startJobRun"))
          | (.Parameters // .Arguments // {}).JobName | select(type == "string")] as $jobs
      | $found + (if $jobs | index($job) then [{name: $machine.name, arn: $machine.stateMachineArn,
          jobs: ($jobs - [$job])}] else [] end)' <<< "$definition")
  done <<< "$listed"
  printf '%s\n' "$found"
}

# What starts the job by itself and is on: `trigger|rule|schedule NAME`, of a schedule with its
# group before the name. An on-demand trigger is never active by itself, and fires when it is started.
active_starters() {
  local live arns arn names name listed candidates one schedule
  live=$(live_triggers)
  jq -r '.[] | select(.Type != "ON_DEMAND" and (.State | IN("ACTIVATED", "ACTIVATING", "DEACTIVATING"))) | "trigger \(.Name)"' <<< "$live"
  arns=$(jq -r '.[].arn' "$state/machines")
  for arn in $arns; do
    names=$(aws events list-rule-names-by-target --target-arn "$arn" --output json | jq -r '.RuleNames[]?')
    for name in $names; do
      one=$(aws events describe-rule --name "$name" --output json | jq -r .State)
      [ "$one" != ENABLED ] || printf 'rule %s\n' "$name"
    done
  done
  listed=$(aws scheduler list-schedules --state ENABLED --output json)
  candidates=$(jq -c --slurpfile machines "$state/machines" '.Schedules[]? | {name: .Name, group: .GroupName, arn: .Target.Arn}
    | select((.arn | endswith("aws-sdk:glue:startJobRun") or endswith("aws-sdk:sfn:startExecution")) or (.arn | IN($machines[0][].arn)))' <<< "$listed")
  while read -r one; do
    [ -n "$one" ] || continue
    if jq -e --argjson arns "$(jq -c 'map(.arn)' "$state/machines")" '.arn | IN($arns[])' <<< "$one" > /dev/null; then
      jq -r '"schedule \(.group)/\(.name)"' <<< "$one"
      continue
    fi
    # One that makes the call itself says in its input of what.
    schedule=$(aws scheduler get-schedule --group-name "$(jq -r .group <<< "$one")" --name "$(jq -r .name <<< "$one")" --output json)
    jq -r --arg job "$job" --argjson one "$one" --slurpfile machines "$state/machines" '
      (.Target.Input // "{}" | fromjson? // {}) as $input
      | select($input.JobName == $job or ($input.StateMachineArn | IN($machines[0][].arn)))
      | "schedule \($one.group)/\($one.name)"' <<< "$schedule"
  done <<< "$candidates"
}

# Turns one of them on or off: a schedule takes its whole description for that.
turn() {
  local way=$1 kind=$2 name=$3 schedule
  case $kind/$way in
    trigger/off) aws glue stop-trigger --name "$name" > /dev/null ;;
    trigger/on) aws glue start-trigger --name "$name" > /dev/null ;;
    rule/off) aws events disable-rule --name "$name" ;;
    rule/on) aws events enable-rule --name "$name" ;;
    schedule/*)
      schedule=$(aws scheduler get-schedule --group-name "${name%%/*}" --name "${name#*/}" --output json \
        | jq -c --arg way "$way" 'del(.Arn, .CreationDate, .LastModificationDate)
          | .State = (if $way == "on" then "ENABLED" else "DISABLED" end)')
      aws scheduler update-schedule --cli-input-json "$schedule" > /dev/null
      ;;
  esac
}

freeze() {
  local live missing active kind name
  live=$(live_triggers)
  missing=$(jq -r --argjson target "$target" '([.[].Name]) as $live | $target.triggers - $live | join(", ")' <<< "$live")
  [ -z "$missing" ] || fail "there is no trigger $missing that starts $job: is this the right account and region?"
  live=$(live_machines)
  missing=$(jq -r --argjson target "$target" '([.[].name]) as $live | $target.machines - $live | join(", ")' <<< "$live")
  [ -z "$missing" ] || fail "there is no state machine $missing that starts $job: is this the right account and region?"
  keep machines <<< "$live"
  active=$(active_starters)
  # What was on before the first call that turns something off.
  if [ ! -e "$state/starters" ]; then keep starters <<< "$active"; fi
  if [ "$apply" = no ]; then
    say "  would stop: $(tr '\n' ' ' < "$state/starters")"
    return
  fi
  while [ -n "$active" ]; do
    while read -r kind name; do
      if [ "$kind" = trigger ]; then
        # On a line of its own: within a test a call that fails would be an answer.
        live=$(live_triggers)
        # One that is just being stopped can't be stopped again.
        jq -e --arg name "$name" 'any(.[]; .Name == $name and .State == "ACTIVATED")' <<< "$live" > /dev/null || continue
      fi
      turn off "$kind" "$name"
      say "  stopped the $kind $name"
    done <<< "$active"
    sleep "$pause"
    active=$(active_starters)
  done
}

# Ends what state machines are doing, each of which may start the job, or one that loads the table.
stop_executions() {
  local machines machine arn running execution
  machines=$(jq -c '.[]' "$state/machines")
  while read -r machine; do
    [ -n "$machine" ] || continue
    arn=$(jq -r .arn <<< "$machine")
    running=$(aws stepfunctions list-executions --state-machine-arn "$arn" --status-filter RUNNING --output json | jq -r '.executions[]?.executionArn')
    for execution in $running; do
      if [ "$apply" = no ]; then
        say "  would stop the execution $execution"
        continue
      fi
      aws stepfunctions stop-execution --execution-arn "$execution" --cause "rollback of $table" > /dev/null
      say "  stopped the execution $execution"
    done
  done <<< "$machines"
}

# Runs of a job that have not ended; without a name of ours.
in_flight() {
  aws glue get-job-runs --job-name "${1:-$job}" --output json \
    | jq -r '.JobRuns[]? | select(.JobRunState | IN("STARTING", "RUNNING", "STOPPING", "WAITING")) | "\(.JobRunState) \(.Id)"'
}

# Ends every run of the job and of those that its state machines start, and waits until none is left.
stop_runs() {
  local one jobs
  stop_executions
  jobs=$(jq -r --arg job "$job" '[$job, .[].jobs[]] | unique[]' "$state/machines")
  while read -r one; do
    stop_runs_of "$one"
  done <<< "$jobs"
}

stop_runs_of() {
  local of=$1 flying ids
  flying=$(in_flight "$of")
  if [ "$apply" = no ]; then
    say "  would stop these runs of $of: ${flying:-none}"
    return
  fi
  while [ -n "$flying" ]; do
    say "  in flight: $(tr '\n' ' ' <<< "$flying")"
    mapfile -t ids < <(awk '$1 != "STOPPING" { print $2 }' <<< "$flying")
    while [ -n "${ids[*]:-}" ]; do
      # At most 25 a call. One that ended by itself meanwhile is no error.
      aws glue batch-stop-job-run --job-name "$of" --job-run-ids "${ids[@]:0:25}" > /dev/null
      ids=("${ids[@]:25}")
    done
    sleep "$pause"
    flying=$(in_flight "$of")
  done
}

restore_objects() {
  local what=plan
  [ "$apply" = no ] || what=apply
  python3 "$state/objects.py" "$state/target.json" "$at" "$state/copied" "$what"
}

# A list of the target's statements, with values in their places: a jq program over $clear,
# $load, $guards, $count, $copy and $staged, the last with what fills the staging tables of each run.
statements() {
  jq -c --arg at "${at:0:10} ${at:11:8}" --arg since "${since:0:10} ${since:11:8}" --arg expected "$expected" --arg before "$before" --argjson runs "$runs" '
    def put($name; $value): split("@{" + $name + "}") | join($value);
    def common: map(put("since"; $since) | put("at"; $at) | put("expected"; $expected) | put("before"; $before));
    .partitions as $partitions | .sql as $sql
    | def of($run): reduce ($partitions | to_entries[]) as $one (.; map(put($one.key; $run[$one.value]))) | common;
      .
    | (if $before == "" then $sql.delete else $sql.replace end | common) as $clear
    | [$runs[] as $run | $sql.stage + $sql.apply + $sql.drop | of($run)[]] as $load
    | [$runs[] as $run | $sql.stage + $sql.staged | of($run)] as $staged
    | ($sql.guards | common) as $guards
    | ($sql.count | common) as $count
    | ($sql.copy | common) as $copy
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
    printf '%s-%s-%s-%s' "${incident: -12}" "$what" "$(date +%s)" "$$" | keep "$what.token" || return
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

# A copy with rows of the time or later is of a later time: it would bring the fault back.
check_before() {
  local rows
  [ -n "$before" ] || return 0
  if [ "$apply" = no ]; then
    say "  would count: $(statements '$copy | join("; ")')"
    return
  fi
  rows=$(transaction copy "$(statements '$copy')")
  [ "${rows%%|*}" = 0 ] \
    || fail "$before has ${rows%%|*} rows with {{ column }} from $at on: it is a copy of a later time; restore one of $at or before"
  say "  $before: ${rows##*|} rows, none from $at on"
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

# Refuses where nothing but the job's bookmark tells what a run is of.
check_bookmark() {
  local option
  [ "$(of '.parameters | length')" = 0 ] || return 0
  option=$(aws glue get-job --job-name "$job" --output json | jq -r '.Job.DefaultArguments["--job-bookmark-option"] // ""')
  [ "$option" != job-bookmark-enable ] \
    || fail "only its bookmark tells $job what is new, and no argument what a run is of: rewind it with aws glue reset-job-bookmark --job-name $job --run-id RUN, and run it by hand"
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
      | jq -cS --argjson own "$arguments" '(.Job.DefaultArguments // {}) + $own
        # What the bookmark has passed is what must be read again; the bookmark itself stays where it is.
        | if .["--job-bookmark-option"] == "job-bookmark-enable" then .["--job-bookmark-option"] = "job-bookmark-disable" else . end')
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

# What of ours does not start anything now.
asleep() {
  local active
  active=$(active_starters)
  grep -vxF -e "$active" "$state/starters" | sed '/^$/d' || true
}

# Counts again, and starts what was stopped only if the count is right.
verify_and_thaw() {
  local rows kind name waiting all flying
  if [ "$apply" = no ]; then
    say "  would count again, and start: $(tr '\n' ' ' < "$state/starters")"
    return
  fi
  waiting=$(asleep)
  all=$(sort "$state/starters")
  # Where some are started already, they were since the count was right; from then on it grows.
  if [ ! -e "$state/verified" ] || [ "$(sort <<< "$waiting")" = "$all" ]; then
    rm -f "$state/verified"
    rows=$(transaction count "$(statements '$count')")
    say "  since $since: $(cut -d '|' -f 1 "$state/before") rows before, ${rows%%|*} now, $(cat "$state/expected") expected; in all: $(cut -d '|' -f 2 "$state/before") before, ${rows##*|} now"
    [ "${rows%%|*}" = "$(cat "$state/expected")" ] \
      || fail "the count is not the expected one, since somebody else writes to $table; what starts $job stays stopped"
    flying=$(in_flight)
    [ -z "$flying" ] || fail "a run of $job that this script did not start is in flight; what starts it stays stopped"
    keep verified <<< "$rows"
  fi
  [ -n "$waiting" ] || return 0
  while read -r kind name; do
    turn on "$kind" "$name"
    say "  started the $kind $name"
  done <<< "$waiting"
}

if [ "$apply" = yes ]; then keep given <<< "$given"; fi
step freeze
check_bookmark
say "== stop_runs"
if [ ! -e "$state/rerun.begun" ]; then stop_runs; fi
step check_before
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
