// The function that counts in DynamoDB. Must not do more than name its store.
#include "dynamodb.hpp"
#include "function.hpp"

int main() {
    return counter::run_function(counter::Scheme::dynamodb, [](const counter::Config& config) {
        return std::make_unique<counter::DynamoDb>(config.aws, config.store, config.update);
    });
}
