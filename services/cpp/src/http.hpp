// HTTP over libcurl: one handle, thus one kept connection, per endpoint. Must not retry, nor know AWS's
// services.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "result.hpp"

namespace counter::http {

/// libcurl's global state, as long as this lives.
class Global {
  public:
    Global();
    ~Global();
    Global(const Global&) = delete;
    Global& operator=(const Global&) = delete;
    Global(Global&&) = delete;
    Global& operator=(Global&&) = delete;
};

/// Header lines of a request, each "name: value".
class Headers {
  public:
    void add(const std::string& line);
    [[nodiscard]] curl_slist* get() const { return list_.get(); }

  private:
    struct Free {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };
    std::unique_ptr<curl_slist, Free> list_;
};

enum class Method { get, post, put };

struct Request {
    Method method;
    const std::string& url;
    const Headers& headers;
    std::string_view body;
    /// For the whole exchange; 0: none.
    std::chrono::milliseconds timeout;
};

/// What libcurl signs requests with.
struct Signature {
    /// "aws:amz:REGION:SERVICE".
    std::string scope;
    std::string access_key_id;
    std::string secret_access_key;
};

/// A client of one endpoint.
class Client {
  public:
    /// Responses with a body beyond `most_bytes` are failures.
    explicit Client(std::size_t most_bytes);

    /// Signs every request from now on.
    void sign(const Signature& signature);

    /// Sends `request` and returns the response's status; or why there is none.
    [[nodiscard]] Result<long> send(const Request& request);

    /// The last response's body, valid until the next request.
    [[nodiscard]] std::string_view body() const { return body_.text; }
    /// A header of the last response, valid until the next request; empty if it has none.
    [[nodiscard]] std::string_view header(const char* name) const;

  private:
    struct Body {
        std::string text;
        std::size_t most_bytes;
    };
    struct Free {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };
    static std::size_t append(const char* data, std::size_t size, std::size_t count, void* body);

    // Before the handle, which points to it.
    Body body_;
    std::unique_ptr<CURL, Free> handle_;
};

}  // namespace counter::http
