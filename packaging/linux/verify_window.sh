#!/bin/sh
# Run by verify.sh on a screen, as an ordinary user: the real window, and a second start with a model file.
set -eu
model="$HOME/ein kleines 模型.gguf"
export XDG_RUNTIME_DIR="$HOME/run"
mkdir -p "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"

appeared() { # how long until the window is on the screen, in ms
    began=$(date +%s%3N)
    while ! xdotool search --onlyvisible --name "Fireside" >/dev/null 2>&1; do
        [ $(($(date +%s%3N) - began)) -lt 30000 ] || { echo "no window"; exit 1; }
        sleep 0.02
    done
    echo $(($(date +%s%3N) - began))
}

fireside 2>"$HOME/errors" &
first=$!
echo "  window on the screen after $(appeared) ms"
sleep 4
xdotool type --delay 5 "a word that stays"
xdotool key Return
sleep 6
ps -o rss=,args= -u "$(id -u)" | awk '/lib\/fireside|fireside/ && !/awk|sh / {sum += $1; printf "  %d MB  %s\n", $1 / 1024, $2 " " $3 " " $4}
    END {printf "  %d MB together (pages that both use are counted twice)\n", sum / 1024}'
fireside "$model" || { echo "the second start failed"; exit 1; }
tries=0
until grep -q "模型" "$HOME/.local/share/Fireside/fireside.db-wal" "$HOME/.local/share/Fireside/fireside.db" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || { echo "the window did not take the model"; exit 1; }
    sleep 0.2
done
echo "  ok: the open window took the model of the second start"
kill -TERM $first
wait $first || { echo "the window ended with $?"; cat "$HOME/errors"; exit 1; }
grep -q "a word that stays" "$HOME/.local/share/Fireside/fireside.db" || { echo "what was typed is not on disk"; exit 1; }
echo "  ok: what was typed is on disk"
