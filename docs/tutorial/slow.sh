#!/bin/sh
# Makes a machine slow on purpose, in three ways, until Ctrl-C or for as many seconds as told: slow.sh [SECONDS]
folder=$(mktemp -d)
started=
trap 'kill $started 2>/dev/null; rm -rf "$folder"' EXIT
trap exit INT TERM

# More work than CPUs: twice as many loops as there are.
for _ in $(seq $(($(nproc) * 2))); do
  sh -c 'printf cruncher >/proc/$$/comm; while :; do :; done' &
  started="$started $!"
done

# A logger that waits for the disk at every line.
cp "$(command -v dd)" "$folder/logger"
"$folder/logger" if=/dev/zero of="$folder/log" bs=512 count=10000000 oflag=dsync conv=notrunc 2>/dev/null &
started="$started $!"

# A program that starts another one to look for a file that is not there, again and again.
sh -c 'printf searcher >/proc/$$/comm; while :; do cat /etc/searcher/settings.conf 2>/dev/null; sleep 0.02; done' &
started="$started $!"

sleep "${1:-60}"
