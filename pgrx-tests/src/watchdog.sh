# Owns one directory and at most one server, for a test process at the other end of stdin.
# When stdin ends, for whatever reason, it stops the server at once and removes the directory.
#
#   $1      signal that stops the server at once
#   $2      where to make the directory
#   stdin   run COMMAND     run it to its end; answers its status
#           start COMMAND   start it as the server; answers its process id
#           stop SIGNAL     signal the server and wait for its end; answers its status
#           kill PID        SIGKILL; answers the status of kill
#   stdout  the directory, then an answer per line

umask 077
signal=$1
server=
dir=$(mktemp -d "$2/pg_crm_test.XXXXXX") || exit 1

clean_up() {
    trap '' HUP INT TERM PIPE
    if [ -n "$server" ]; then
        kill -s "$signal" "$server"
        wait "$server"
    fi
    # Backends outlive a postmaster that was killed; they stand in its data directory.
    find /proc -maxdepth 2 -name cwd -lname "$dir/*" | while IFS=/ read -r _ _ stray _; do
        kill -s KILL "$stray"
    done
    # So does its shared memory, which the seventh line of a file that it left names.
    if [ -f data/postmaster.pid ]; then
        read -r _ segment <<EOF
$(sed -n 7p data/postmaster.pid)
EOF
        ipcrm -m "$segment"
    fi
    cd /
    rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }
} 2>/dev/null

trap clean_up EXIT
# Handled, not ignored: children would inherit an ignored signal.
trap 'exit 1' HUP INT TERM PIPE

cd "$dir" || exit 1
: >log
echo "$dir"

while read -r verb rest; do
    case $verb in
        run)
            eval "$rest" </dev/null >>log 2>&1
            echo $?
            ;;
        start)
            eval "exec $rest" </dev/null >>log 2>&1 &
            server=$!
            echo "$server"
            ;;
        stop)
            kill -s "$rest" "$server" 2>>log
            wait "$server" 2>>log
            echo $?
            server=
            ;;
        kill)
            kill -s KILL "$rest" 2>>log
            echo $?
            ;;
    esac
done
