# Writes page.html as a C++ string into OUT. Run as: cmake -D PAGE=page.html -D OUT=page.cpp -P embed_page.cmake
file(READ "${PAGE}" hex HEX)
string(REGEX REPLACE "(..)" "\\\\x\\1" escaped "${hex}")
# Each byte is an escape, so nothing in the page can end the literal; lines keep compilers' limits.
string(REGEX REPLACE "((....){32})" "\\1\"\n    \"" escaped "${escaped}")
file(SIZE "${PAGE}" size)
file(WRITE "${OUT}"
"// Made from page.html by embed_page.cmake.
#include \"response.hpp\"

namespace counter {
const std::string_view page_html{
    \"${escaped}\", ${size}};
}
")
