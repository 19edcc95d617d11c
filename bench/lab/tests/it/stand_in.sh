#!/bin/sh
# Stands in for a tool under whose name it is linked: notes how it is called, and answers as the test wrote beside it.
folder=$(dirname "$0")
tool=$(basename "$0")
echo "$tool $*" >> "$folder/calls"
echo "$KOPS_STATE_STORE $KUBECONFIG" > "$folder/$tool.env"
case "$*" in
  *"-f -"*) cat > "$folder/$tool.in" ;;
esac
. "$folder/answers"
