#include "http.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <new>
#include <stdexcept>

namespace counter::http {

namespace {

/// A wrong option is a mistake in this file, found by its first test.
template <class T>
void set(CURL* handle, CURLoption option, T value) {
    const CURLcode code = curl_easy_setopt(handle, option, value);
    if (code != CURLE_OK) throw std::logic_error(curl_easy_strerror(code));
}

/// The system's certificates. libcurl knows the place of the system that it was built on: where Lambda runs,
/// Amazon Linux has them elsewhere than Debian. OpenSSL takes SSL_CERT_FILE.
const char* certificates() {
    const char* const given =
        std::getenv("SSL_CERT_FILE");  // NOLINT(concurrency-mt-unsafe): nothing sets any
    if (given != nullptr) return given;
    for (const char* const path :
         {"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"}) {
        if (access(path, R_OK) == 0) return path;
    }
    return nullptr;
}

}  // namespace

Global::Global() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl cannot start");
}

Global::~Global() { curl_global_cleanup(); }

void Headers::add(const std::string& line) {
    curl_slist* const grown = curl_slist_append(list_.get(), line.c_str());
    if (grown == nullptr) throw std::bad_alloc();
    // The head stays where it is; only the first call makes one.
    static_cast<void>(list_.release());
    list_.reset(grown);
}

Client::Client(std::size_t most_bytes) : body_{{}, most_bytes}, handle_(curl_easy_init()) {
    if (!handle_) throw std::bad_alloc();
    CURL* const handle = handle_.get();
    set(handle, CURLOPT_WRITEFUNCTION, &Client::append);
    set(handle, CURLOPT_WRITEDATA, &body_);
    set(handle, CURLOPT_TCP_NODELAY, 1L);
    // No handler for SIGALRM around each request: names are resolved in a thread.
    set(handle, CURLOPT_NOSIGNAL, 1L);
    // One request at a time has no use for HTTP/2, and asking for it costs bytes in the TLS handshake.
    set(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    if (const char* const path = certificates()) set(handle, CURLOPT_CAINFO, path);
    // Nothing here is behind a proxy; without this libcurl looks through the environment for one each time.
    set(handle, CURLOPT_PROXY, "");
}

void Client::sign(const Signature& signature) {
    CURL* const handle = handle_.get();
    set(handle, CURLOPT_AWS_SIGV4, signature.scope.c_str());
    set(handle, CURLOPT_USERNAME, signature.access_key_id.c_str());
    set(handle, CURLOPT_PASSWORD, signature.secret_access_key.c_str());
}

Result<long> Client::send(const Request& request) {
    CURL* const handle = handle_.get();
    body_.text.clear();
    if (request.method == Method::get) {
        set(handle, CURLOPT_HTTPGET, 1L);
    } else {
        // Not copied: it lives as long as the exchange.
        set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        set(handle, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    }
    set(handle, CURLOPT_CUSTOMREQUEST, request.method == Method::put ? "PUT" : nullptr);
    set(handle, CURLOPT_URL, request.url.c_str());
    set(handle, CURLOPT_HTTPHEADER, request.headers.get());
    // Of connecting too: reading the certificates and the handshake take a second where a function has a
    // fourteenth of a processor.
    set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    std::array<char, CURL_ERROR_SIZE> detail{};
    set(handle, CURLOPT_ERRORBUFFER, detail.data());
    const CURLcode code = curl_easy_perform(handle);
    set(handle, CURLOPT_ERRORBUFFER, nullptr);
    if (code != CURLE_OK) {
        return failed(detail.front() == '\0' ? curl_easy_strerror(code) : one_line(detail.data()));
    }
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

std::string_view Client::header(const char* name) const {
    curl_header* found = nullptr;
    return curl_easy_header(handle_.get(), name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value
                                                                                           : "";
}

/// Where less is taken than given, libcurl ends with an error.
std::size_t Client::append(const char* data, std::size_t size, std::size_t count, void* body) try {
    auto& [text, most_bytes] = *static_cast<Body*>(body);
    const std::size_t bytes = size * count;
    if (bytes > most_bytes - text.size()) return 0;
    text.append(data, bytes);
    return bytes;
} catch (const std::bad_alloc&) {
    return 0;
}

}  // namespace counter::http
