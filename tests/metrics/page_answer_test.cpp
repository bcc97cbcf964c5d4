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

TEST_CASE("page answer: a text page of no declared length ends with a whole line") {
    const auto open_ended = [](std::string body, const char* type = "text/plain") {
        return format_of(Page{
            .status = 200, .content_type = type, .body = std::move(body), .is_open_ended = true});
    };
    CHECK(open_ended("c 8012\n").has_value());
    CHECK(open_ended("c 8012\n# EOF", "application/openmetrics-text").has_value());
    for (const char* body : {"c 8", ""}) {
        const auto cut = open_ended(body);
        REQUIRE_FALSE(cut.has_value());
        CHECK(cut.error().code == ErrorCode::corrupt);
        CHECK(cut.error().message ==
              "the page was cut: the answer declares no length and its last line has no end");
    }
    CHECK(format_of(Page{.status = 200, .content_type = "text/plain", .body = "c 8"}).has_value());
}

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

TEST_CASE("page answer: JSON is refused by name") {
    CHECK(format("application/json; charset=utf-8").error().message ==
          "expected an exposition page, got JSON: is the path right?");
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
