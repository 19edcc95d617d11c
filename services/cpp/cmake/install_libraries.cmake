# Copies the shared libraries of `executable` into lib/, without those of glibc, which come with the system.
# An install script: knows no target.
file(GET_RUNTIME_DEPENDENCIES
    EXECUTABLES "${executable}"
    RESOLVED_DEPENDENCIES_VAR libraries
    PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|resolv|util|nsl)[.]so")
foreach(library IN LISTS libraries)
    get_filename_component(name "${library}" NAME)
    if(NOT name MATCHES "^ld-linux")
        file(REAL_PATH "${library}" real)
        file(MAKE_DIRECTORY "${CMAKE_INSTALL_PREFIX}/lib")
        file(COPY_FILE "${real}" "${CMAKE_INSTALL_PREFIX}/lib/${name}" ONLY_IF_DIFFERENT)
    endif()
endforeach()
