#include "tests/support/fake_prometheus.h"

#include <algorithm>
#include <string_view>

#include "metrics/query_command.h"

namespace tided::metrics::test {
namespace {

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size();
        out += is_escape ? static_cast<char>(std::stoi(std::string{text.substr(i + 1, 2)}, {}, 16))
                         : text[i];
        i += is_escape ? 2U : 0U;
    }
    return out;
}

std::string field(std::string_view form, std::string_view name) {
    while (!form.empty()) {
        const std::string_view pair = form.substr(0, form.find('&'));
        form.remove_prefix(std::min(pair.size() + 1, form.size()));
        if (pair.starts_with(name) && pair.substr(name.size()).starts_with("=")) {
            return decoded(pair.substr(name.size() + 1));
        }
    }
    return {};
}

}  // namespace

boost::asio::awaitable<Result<Page>> FakePrometheus::get(Get request, Deadline /*deadline*/) {
    const std::size_t mark = request.url.find('?');
    const bool is_post = !request.body.empty();
    const std::string form =
        is_post ? request.body : request.url.substr(std::min(mark + 1, request.url.size()));
    asked.push_back({.path = request.url.substr(0, mark),
                     .query = field(form, "query"),
                     .time = field(form, "time"),
                     .is_post = is_post,
                     .server = request.server,
                     .headers = request.headers});
    const Asked& one = asked.back();
    if (auto answer = interfere ? interfere(one) : std::nullopt) {
        co_return *std::move(answer);
    }
    QueryRequest query{.expression = one.query,
                       .options = {.dialect = dialect},
                       .time = one.time.empty() ? now : parse_query_time(one.time).value(),
                       .steps = {}};
    QueryAnswer answer = answer_query(query, data.store());
    Page page{.status = answer.is_error ? 422 : 200,
              .content_type = "application/json",
              .body = std::move(answer.json),
              .server = request.server.value_or(server)};
    if (retouch) {
        retouch(page);
    }
    co_return page;
}

Result<std::string> FakePrometheus::read_file(const std::string& path, std::size_t /*limit*/) {
    return fail(ErrorCode::not_found, "reading " + path + ": no such file");
}

Result<Page> refusal(int status, const std::string& type, const std::string& message) {
    Page page{.status = status, .content_type = "application/json", .body = {}};
    page.body = R"({"status":"error","errorType":")" + type + R"(","error":")" + message + "\"}";
    return page;
}

}  // namespace tided::metrics::test
