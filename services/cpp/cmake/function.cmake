# add_function(NAME MAIN): a Lambda function, its executable NAME/bootstrap, its install component NAME.
function(add_function name main)
    add_executable(${name} ${main})
    set_target_properties(${name} PROPERTIES
        OUTPUT_NAME bootstrap
        RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/${name}"
        INSTALL_RPATH "$ORIGIN/lib")
    target_link_libraries(${name} PRIVATE counter)
    if(NOT COUNTER_SANITIZE)
        target_link_options(${name} PRIVATE
            -static-libstdc++ -static-libgcc -Wl,--gc-sections,--as-needed
            # DT_RPATH, which holds for the libraries' own libraries too, as DT_RUNPATH does not.
            -Wl,--disable-new-dtags
            $<$<CONFIG:Release>:-s>)
    endif()
    # The loader and libc's own parts come with the system; all else is carried.
    install(TARGETS ${name}
        RUNTIME_DEPENDENCIES
            PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread|resolv|util|nsl)[.]so"
            POST_EXCLUDE_REGEXES "/ld-linux"
        RUNTIME DESTINATION . COMPONENT ${name}
        LIBRARY DESTINATION lib COMPONENT ${name})
endfunction()
