# The libraries, or one line that says which package brings what is missing.
function(need found what package)
    if(NOT ${found})
        message(FATAL_ERROR "${what} is missing: apt-get install ${package}")
    endif()
endfunction()

# A static libcurl, as libcurl.sh makes one, gets a static OpenSSL. 7.88 is Debian 12's; 7.83 brought curl_easy_header, 7.75 SigV4.
if(COUNTER_STATIC)
    set(OPENSSL_USE_STATIC_LIBS ON)
endif()
find_package(CURL 7.83 QUIET)
need(CURL_FOUND "libcurl (7.83 or newer)" libcurl4-openssl-dev)
find_package(nlohmann_json 3.11 QUIET)
need(nlohmann_json_FOUND "nlohmann's JSON library (3.11 or newer)" nlohmann-json3-dev)
find_package(tl-expected QUIET)
need(tl-expected_FOUND "tl::expected" libexpected-dev)

set(COUNTER_PAGE "${CMAKE_CURRENT_SOURCE_DIR}/../page.html" CACHE FILEPATH "The page that is embedded")
if(NOT EXISTS "${COUNTER_PAGE}")
    message(FATAL_ERROR "there is no page at ${COUNTER_PAGE}: set COUNTER_PAGE to services/page.html")
endif()
