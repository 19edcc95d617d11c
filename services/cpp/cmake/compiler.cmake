# How everything here is compiled: target `compiler`, which all link.
add_library(compiler INTERFACE)
target_compile_features(compiler INTERFACE cxx_std_20)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

target_compile_options(compiler INTERFACE
    -Werror -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wcast-align
    -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference -Wdouble-promotion -Wformat=2
    -Wimplicit-fallthrough)

if(COUNTER_SANITIZE)
    target_compile_options(compiler INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(compiler INTERFACE -fsanitize=address,undefined)
else()
    # _FORTIFY_SOURCE needs optimisation; it and the sanitizers exclude each other.
    target_compile_options(compiler INTERFACE
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
        $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection>)
    include(CheckIPOSupported)
    check_ipo_supported(RESULT has_lto LANGUAGES CXX)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${has_lto})
endif()
target_link_options(compiler INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
