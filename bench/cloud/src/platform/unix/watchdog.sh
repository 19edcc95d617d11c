# Ends what the lab leaves behind. Its input is a pipe from the lab, which sends it each process group that begins
# (`+ NUMBER GROUP`) and each that is over (`- NUMBER`). The pipe ends with the lab, however that ends.
trap '' HUP INT QUIT TERM
while read -r sign number group; do
    # A number has one group: one that is sent again was started again.
    for entry; do
        shift
        [ "${entry%:*}" = "$number" ] || set -- "$@" "$entry"
    done
    [ "$sign" = - ] || set -- "$@" "$number:$group"
done
for entry; do kill -s KILL -- "-${entry#*:}"; done
