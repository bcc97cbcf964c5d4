// Page answer: the format by content type, refusals by status.
#include "metrics/page_answer.h"

#include <doctest/doctest.h>

using namespace tided;
using namespace tided::metrics;

namespace {

Result<Format> format(const std::string& content_type, const std::string& body = "a 1\n") {
    return format_of(Page{.status = 200, .content_type = content_type, .body = body});
}

Error refusal(int status) {
    return format_of(Page{.status = status, .content_type = {}, .body = {}}).error();
}

}  // namespace

TEST_CASE("page answer: the content type chooses the parser") {
    CHECK(format("text/plain; version=0.0.4") == Format::text);
    CHECK(format("application/openmetrics-text; version=1.0.0; charset=utf-8") ==
          Format::openmetrics);
    CHECK(format(" Application/OpenMetrics-Text ;version=1.0.0") == Format::openmetrics);
    CHECK(format("") == Format::text);
    CHECK(format(" ") == Format::text);
    CHECK(format("application/octet-stream") == Format::text);
}

TEST_CASE("page answer: HTML is refused by name") {
    const std::string message = "expected an exposition page, got an HTML page: is the path right?";
    CHECK(format("text/html; charset=utf-8").error().message == message);
    CHECK(format("text/plain", "\n <!DOCTYPE html>").error().message == message);
    CHECK(format("", "<HTML>").error().message == message);
    CHECK(format("text/html").error().code == ErrorCode::corrupt);
    CHECK(format("text/plain", "<x 1\n") == Format::text);
}

TEST_CASE("page answer: any status but 200 is a refusal") {
    CHECK(refusal(503).message == "expected HTTP status 200, got 503");
    CHECK(refusal(503).code == ErrorCode::unavailable);
    CHECK(refusal(401).code == ErrorCode::unauthenticated);
    CHECK(refusal(403).code == ErrorCode::forbidden);
    CHECK(refusal(404).code == ErrorCode::not_found);
    CHECK(refusal(429).code == ErrorCode::throttled);
    CHECK(refusal(204).code == ErrorCode::invalid_input);
    CHECK(refusal(302).message == "expected HTTP status 200, got 302");
}
