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
    install(TARGETS ${name} RUNTIME DESTINATION . COMPONENT ${name})
    install(FILES "${CMAKE_CURRENT_SOURCE_DIR}/THIRD-PARTY-NOTICES.txt" DESTINATION . COMPONENT ${name})
    # What it links beyond glibc goes along, each as one file: a zip of a function has no links.
    install(CODE "set(executable \"$<TARGET_FILE:${name}>\")" COMPONENT ${name})
    install(SCRIPT "${CMAKE_CURRENT_SOURCE_DIR}/cmake/install_libraries.cmake" COMPONENT ${name})
endfunction()
