#!/usr/bin/env bash
# Runs the sample pipeline for real: PySpark on this machine, moto's server as S3,
# PostgreSQL in Redshift's place for the MERGE. Kills it after every write in turn, then
# deploys its template and lets the schedule start it, with what the template gives alone.
# With `rollback small` or `rollback whole` it runs the rollback's script instead,
# with `rate` it measures how many objects a second the script gets through.
# Installs Java, PostgreSQL and the Python packages where they are missing.
set -euo pipefail
cd "$(dirname "$0")"
program=check.py
arguments=()
if [ "${1:-}" = rate ]; then program=rate.py; fi
if [ "${1:-}" = rollback ]; then
  cargo build --quiet --bin distkey
  program=rollback.py
  arguments=("${2:?small or whole}" "$(realpath "${CARGO_TARGET_DIR:-../../target}")/debug/distkey")
fi
missing=()
command -v java > /dev/null || missing+=(openjdk-17-jre-headless)
command -v jq > /dev/null || missing+=(jq)
compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || missing+=(postgresql)
python3 -c 'import ensurepip' 2> /dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi
venv=${VENV:-../../target/reference_pipeline}
if [ ! -x "$venv/bin/python" ]; then python3 -m venv "$venv"; fi
"$venv/bin/pip" install -q --disable-pip-version-check -r requirements.txt
if [ "$program" = check.py ]; then
  "$venv/bin/cfn-lint" ../../sample_pipeline/template.yaml
  "$venv/bin/python" deployed.py
fi
exec "$venv/bin/python" "$program" "${arguments[@]}"
