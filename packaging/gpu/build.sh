#!/bin/sh
# Builds the engine for graphics cards, as a pack that Fireside uses when it finds one: build/engines/<name>, and the same as .zip.
#
#     sh packaging/gpu/build.sh cuda|vulkan|rocm|cpu
#
# Needed beside a C++ compiler: the CUDA toolkit; Vulkan's library, headers since 1.3.272 (else vulkan.cmake says how to get them),
# glslc and SPIRV-Headers; ROCm. "cpu" needs nothing and is for trying it out.
# PYTHON names the interpreter; on Windows this runs in Git's bash. More for the compiler: CMAKE_ARGS.
set -eu
cd "$(dirname "$0")/../.."
here=$(pwd -W 2>/dev/null || pwd) # in Git's bash the path as other programs know it
kind=${1:?which one: cuda, vulkan, rocm or cpu}
case $kind in
    cuda) options="-DGGML_CUDA=ON" ;;
    vulkan) options="-DGGML_VULKAN=ON '-DCMAKE_PROJECT_ggml_INCLUDE=$here/packaging/gpu/vulkan.cmake'" ;;
    # without this list, a computer without such a card builds for a single, old one
    rocm) options="-DGGML_HIP=ON -DGPU_TARGETS=gfx1030;gfx1100;gfx1101;gfx1102;gfx1151;gfx1200;gfx1201" ;;
    cpu) options="" ;;
    *) echo "There is no engine called $kind: cuda, vulkan, rocm or cpu." >&2; exit 2 ;;
esac
python=${PYTHON:-.venv/bin/python}
[ -x "$python" ] || python=$(command -v "$python" || command -v python3 || command -v python)

# The bindings in the program and the libraries in the pack must be of one version: the one that is installed here, or the newest
# that pyproject.toml (and PIP_CONSTRAINT) allows.
wanted=$("$python" -c 'from importlib.metadata import version; print("llama-cpp-python==" + version("llama-cpp-python"))' 2>/dev/null) \
    || wanted=$(sed -n 's/^ *"\(llama-cpp-python[^"]*\)".*/\1/p' pyproject.toml)

wheels=build/engines/wheels-$kind
rm -rf "$wheels"
# NATIVE off: for every x86-64 processor with AVX2, not for the one that builds. Pip's cache does not look at CMAKE_ARGS.
CMAKE_ARGS="'-DCMAKE_PROJECT_llama.cpp_INCLUDE=$here/packaging/engine.cmake' -DLLAVA_BUILD=OFF -DGGML_NATIVE=OFF $options ${CMAKE_ARGS-}" \
    "$python" -m pip --disable-pip-version-check wheel --no-cache-dir --no-deps --no-binary llama-cpp-python \
    -w "$wheels" "$wanted"
"$python" packaging/gpu/pack.py "$kind" "$wheels" build/engines
rm -rf "$wheels"
