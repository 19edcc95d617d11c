// The function that counts in S3. Must not do more than name its store.
#include "function.hpp"
#include "s3.hpp"

int main() {
    return counter::run_function(counter::Scheme::s3, [](const counter::Config& config) {
        return std::make_unique<counter::S3>(config.aws, config.store, config.update);
    });
}
