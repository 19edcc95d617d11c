#!/bin/sh
# Stands in for AWS's command line where a deployment is measured: notes how it is called, and keeps one function's
# environment. `lambda invoke` is a probe: it makes the load that the event asks for.
set -eu
folder=$(dirname "$0")
echo "$*" >> "$folder/calls"
option() { # option NAME ARGUMENT…: the value after NAME
  wanted=$1; shift
  while [ "$1" != "$wanted" ]; do shift; done
  printf '%s' "$2"
}
field() { sed "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/" "$1"; }
case "$1 $2" in
  "lambda get-function-configuration")
    own='{"Variables":{"STORE":"dynamodb://counter/hits"}}'
    [ ! -e "$folder/environments" ] || own=$(tail -n 1 "$folder/environments")
    echo "{\"Environment\":$own}"
    ;;
  "lambda update-function-configuration") option --environment "$@" >> "$folder/environments"; echo >> "$folder/environments"; echo '{}' ;;
  "lambda wait") ;;
  "logs filter-log-events") cat "$folder/events.json" ;;
  "lambda invoke")
    event=$(option --payload "$@"); event=${event#fileb://}
    for answer; do :; done
    "$LAB" load --no-tui --output-format csv -c "$(field "$event" connections)" -n "$(field "$event" calls)" \
      "$(field "$event" url)" -o "$folder/samples.csv"
    awk -F, 'BEGIN { printf "{\"calls\":[" }
      NR > 1 { printf "%s[%.0f,%.0f,%s,%d]", (NR > 2 ? "," : ""), $1 * 1e9, $5 * 1e9, ($3 > 0 ? "true" : "false"), $7 }
      END { printf "],\"unanswered\":0}" }' "$folder/samples.csv" > "$answer"
    echo '{"StatusCode":200}'
    ;;
  *) echo "no such operation: $*" >&2; exit 1 ;;
esac
