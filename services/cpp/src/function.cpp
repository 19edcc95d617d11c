#include "function.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "event.hpp"
#include "http.hpp"
#include "router.hpp"
#include "runtime.hpp"

namespace counter {

namespace {

constexpr int exit_failed = 1;
constexpr int exit_unusable = 2;

std::optional<std::string> variable(const char* name) {
    // Nothing here changes the environment, and no thread runs yet.
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

void log(std::string_view line) {
    // One write per line: stderr is unbuffered, and a log may be cut between writes.
    static_cast<void>(std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data()));
}

int run(Scheme scheme, const Open& open) {
    const http::Global curl;
    const auto config = read_config(scheme, variable);
    if (!config) {
        log(config.error().text);
        if (const auto address = variable("AWS_LAMBDA_RUNTIME_API")) {
            Runtime(*address).report_init_error(config.error());
        }
        return exit_unusable;
    }
    Runtime runtime(config->runtime_api);
    const auto store = open(*config);
    Router router(*store, log);
    const auto ended = runtime.run([&router](std::string_view event, Deadline deadline) {
        return parse_event(event).map(
            [&](const Request& request) { return router.answer(request, deadline); });
    });
    log(ended.text);
    return exit_failed;
}

}  // namespace

int run_function(Scheme scheme, const Open& open) noexcept try {
    return run(scheme, open);
} catch (const std::exception& exception) {
    static_cast<void>(std::fprintf(stderr, "the function failed: %s\n", exception.what()));
    return exit_failed;
}

}  // namespace counter
