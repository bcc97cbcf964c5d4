#include "metrics/page_answer.h"

namespace tided::metrics {
namespace {

std::string lower(std::string_view text) {
    std::string lowered{text};
    for (char& c : lowered) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return lowered;
}

// "Text/HTML; charset=utf-8" -> "text/html"
std::string media_type(std::string_view content_type) {
    std::string_view type = content_type.substr(0, content_type.find(';'));
    const std::size_t first = type.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return lower(type.substr(first, type.find_last_not_of(" \t") - first + 1));
}

bool looks_like_html(std::string_view body) {
    const std::size_t start = body.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos || body[start] != '<') {
        return false;
    }
    const std::string head = lower(body.substr(start, 9));
    return head.starts_with("<!doctype") || head.starts_with("<html");
}

ErrorCode code_of(int status) {
    switch (status) {
        case 401:
            return ErrorCode::unauthenticated;
        case 403:
            return ErrorCode::forbidden;
        case 404:
        case 410:
            return ErrorCode::not_found;
        case 429:
            return ErrorCode::throttled;
        default:
            return status >= 500 ? ErrorCode::unavailable : ErrorCode::invalid_input;
    }
}

}  // namespace

Result<Format> format_of(const Page& page) {
    if (page.status != 200) {
        return fail(code_of(page.status),
                    "expected HTTP status 200, got " + std::to_string(page.status));
    }
    const std::string type = media_type(page.content_type);
    if (type == "text/html" || type == "application/xhtml+xml" || looks_like_html(page.body)) {
        return fail(ErrorCode::corrupt,
                    "expected an exposition page, got an HTML page: is the path right?");
    }
    if (type == "application/json") {
        return fail(ErrorCode::corrupt,
                    "expected an exposition page, got JSON: is the path right?");
    }
    if (type == "application/openmetrics-text") {
        return Format::openmetrics;
    }
    // "c 8" may be what came of "c 8012". OpenMetrics says its end itself.
    if (page.is_open_ended && !page.body.ends_with('\n')) {
        return fail(ErrorCode::corrupt,
                    "the page was cut: the answer declares no length and its last line has no end");
    }
    return Format::text;
}

}  // namespace tided::metrics
