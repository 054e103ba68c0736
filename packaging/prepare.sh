# Sourced by `run` and `test`: makes .venv, compiles the engine once, finds missing system libraries.
# $purpose is "run" or "test"; sets $bin to the environment's programs. Does nothing when nothing changed.

set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
case $(uname -s) in MINGW* | MSYS* | CYGWIN*) bin=.venv/Scripts ;; esac # Git's bash on Windows

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
stop() { printf '%s\n' "$*" >&2; exit 1; }

# ── nothing changed since the last time: go on at once ─────────────────────────────────────────────────
# A build for a graphics card, once chosen with CMAKE_ARGS, stays until another is asked for.
engine=".venv/fireside-engine"
built=$(cat "$engine" 2>/dev/null || :)
options=${CMAKE_ARGS-${built#built }}
wanted="$purpose $(cat pyproject.toml packaging/prepare.sh packaging/engine.cmake packaging/system.py | cksum) $options"
ready=".venv/fireside-$purpose"
[ -x "$bin/python" ] && [ "$(cat "$ready" 2>/dev/null)" = "$wanted" ] && return 0

# ── Python and a C++ compiler ──────────────────────────────────────────────────────────────────────────
# With the name of a package: installs it when this is root on an apt machine, else says what to type.
need() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing $* …"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    elif command -v apt-get >/dev/null; then
        stop "Something is missing. Type this, then start again:" "  sudo apt-get install $*"
    else
        stop "Something is missing. Install what your system calls: $*"
    fi
}

python=""
for candidate in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || stop "Fireside needs Python 3.11 or newer. Install it, or name it: PYTHON=/path/to/python3 sh packaging/$purpose"
command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null || need g++

if ! "$bin/python" -c '' 2>/dev/null; then
    say "Making .venv …"
    rm -rf .venv
    built=
    "$python" -c 'import ensurepip, venv' 2>/dev/null || need python3-venv
    "$python" -m venv .venv
fi

# ── Python packages; the engine is compiled once and kept in pip's cache ───────────────────────────────
pip() { "$bin/python" -m pip --disable-pip-version-check -q "$@"; }

"$bin/python" -m pip --version | grep -qE 'pip (2[6-9]|25\.[1-9])' || pip install --upgrade 'pip>=25.1'

if [ "$built" != "built $options" ]; then
    say "Setting up the engine. The first time it is compiled, which takes about four minutes on two cores …"
    began=$(date +%s)
    # pip's cache does not look at CMAKE_ARGS: a build of one's own must not come from it
    fresh=""
    [ -z "$options" ] || fresh="--force-reinstall --no-cache-dir"
    requirement=$(sed -n 's/^ *"\(llama-cpp-python[^"]*\)".*/\1/p' pyproject.toml)
    (while sleep 30; do printf '  … %d s\n' $(($(date +%s) - began)) >&2; done) &
    ticking=$!
    trap 'kill $ticking 2>/dev/null || :' EXIT
    here=$(pwd -W 2>/dev/null || pwd) # in Git's bash the path as other programs know it
    include="'-DCMAKE_PROJECT_llama.cpp_INCLUDE=$here/packaging/engine.cmake' '-DCMAKE_PROJECT_ggml_INCLUDE=$here/packaging/gpu/vulkan.cmake'"
    # shellcheck disable=SC2086
    CMAKE_ARGS="$include $options" pip install $fresh "$requirement"
    kill $ticking 2>/dev/null || :
    trap - EXIT
    printf 'built %s' "$options" >"$engine"
fi

say "Installing the Python packages (about 20 seconds) …"
if [ "$purpose" = test ]; then pip install -e . --group dev; else pip install -e .; fi

# ── libraries of the system that Qt loads when the window opens ────────────────────────────────────────
missing=$("$bin/python" packaging/system.py "$purpose")
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086
    need $missing
    missing=$("$bin/python" packaging/system.py "$purpose")
    [ -z "$missing" ] || stop "Still missing after the installation: $missing"
fi

printf '%s' "$wanted" >"$ready"
