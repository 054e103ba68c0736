# llama.cpp's "common" library (a third of the compile) serves its command-line
# programs only; nothing that Python loads links it. llama-cpp-python forces the
# option on, so it is turned off from inside llama.cpp's own project() call.
set(LLAMA_BUILD_COMMON OFF)
