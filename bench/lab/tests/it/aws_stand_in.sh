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
  "lambda update-function-configuration")
    option --environment "$@" >> "$folder/environments"; echo >> "$folder/environments"
    # A clock of its own: ten seconds from one change to the next.
    printf '{"LastModified":"2026-11-25T00:00:%d0.000+0000"}\n' "$(wc -l < "$folder/environments")"
    ;;
  "lambda get-account-settings") cat "$folder/account.json" ;;
  "cloudwatch get-metric-statistics") echo '{"Datapoints":[{"Sum":4.0,"Unit":"Count"}]}' ;;
  "lambda wait") ;;
  "logs filter-log-events")
    # Nothing but the forced calls has been made as long as the environment is changed.
    if tail -n 1 "$folder/environments" | grep -q LAB_COLD_START; then cat "$folder/forced.json"; else cat "$folder/events.json"; fi
    ;;
  "ecs list-tasks") echo '{"taskArns": ["arn:task"]}' ;;
  "ecs describe-tasks")
    echo '{"tasks": [{"attachments": [{"details": [{"name": "networkInterfaceId", "value": "eni-1"}]}]}]}'
    ;;
  "ec2 describe-network-interfaces") echo '{"NetworkInterfaces": [{"Association": {"PublicIp": "127.0.0.1"}}]}' ;;
  "lambda invoke")
    event=$(option --payload "$@"); event=${event#fileb://}
    for answer; do :; done
    if grep -q '"start"' "$event"; then
      # One of many at once: a tally.
      "$LAB" load --open-loop "$(cat "$event")" -o "$event.csv"
      awk -F, -v due="$(field "$event" calls)" -v pace="$(cat "$event.csv.pace")" '
        NR > 1 { statuses[$7]++; if ($7 == 200 && $3 == 0) buckets = buckets (buckets ? "," : "") sprintf("[%.0f,1]", $5 * 1e9) }
        END { for (status in statuses) counts = counts (counts ? "," : "") sprintf("\"%d\":%d", status, statuses[status])
          printf "{\"due\":%d,\"pace\":%s,\"latencies\":[%s],\"statuses\":{%s},\"unanswered\":0", due, pace, buckets, counts
          printf ",\"generator\":{\"cores\":1.1,\"cores_max\":1.2}}" }' "$event.csv" > "$answer"
      echo '{"StatusCode":200}'
      exit
    fi
    "$LAB_OHA" --no-tui --output-format csv -c "$(field "$event" connections)" -n "$(field "$event" calls)" \
      "$(field "$event" url)" -o "$folder/samples.csv"
    awk -F, 'BEGIN { printf "{\"calls\":[" }
      NR > 1 { printf "%s[%.0f,%.0f,%s,%d]", (NR > 2 ? "," : ""), $1 * 1e9, $5 * 1e9, ($3 > 0 ? sprintf("%.0f", $3 * 1e9) : "null"), $7 }
      END { printf "],\"unanswered\":0}" }' "$folder/samples.csv" > "$answer"
    echo '{"StatusCode":200}'
    ;;
  *) echo "no such operation: $*" >&2; exit 1 ;;
esac
