// Fuzzes PromQL: parsing in both dialects, and evaluation of what this build supports. Whatever
// the text, an error has a position within it; what evaluates does so twice alike, the age
// companion of what parses parses too, and what is printed parses to what prints alike.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "metrics/evaluate.h"
#include "metrics/promql/parser.h"
#include "metrics/promql/print.h"
#include "metrics/promql/support.h"
#include "metrics/query_answer.h"
#include "metrics/query_command.h"
#include "metrics/sample_age.h"
#include "metrics/sources.h"

namespace {

using namespace tided;
using namespace tided::metrics;

void require(bool holds, const char* property) {
    if (!holds) {
        std::fprintf(stderr, "property broken: %s\n", property);
        std::abort();
    }
}

const Store& data() {
    static const Store& filled = []() -> const Store& {
        static Store store;
        const Status loaded = load_samples(
            "x{i=\"a\"} 1 985\nx{i=\"a\"} 2 1000\nx{i=\"b\"} 5 1000\nx{i=\"b\"} 1 1015\n"
            "y{i=\"a\"} NaN 1010\nsum 3 1015\n# EOF\n",
            "data",
            store);
        require(loaded.has_value(), "the data loads");
        return store;
    }();
    return filled;
}

bool has_position(const std::string& message) {
    unsigned line = 0;
    unsigned column = 0;
    return std::sscanf(message.c_str(), "%u:%u: ", &line, &column) == 2 && line > 0 && column > 0;
}

void check(const std::string& text, promql::Dialect dialect) {
    auto expression = promql::parse(text, dialect);
    if (!expression) {
        require(has_position(expression.error().message), "an error has a position");
        return;
    }
    const std::string printed = promql::print(*expression);
    const auto again = promql::parse(printed, dialect);
    require(again && promql::print(*again) == printed, "what is printed is PromQL and canonical");
    const bool is_supported = promql::check_supported(*expression).has_value();
    const SampleAge age{*std::move(expression)};
    const bool may_be_sent = check_remote_expression(text).has_value();
    if (may_be_sent && dialect == promql::Dialect::prometheus_3 && !age.companion().empty()) {
        require(check_remote_expression(age.companion()).has_value(), "the companion is PromQL");
    }
    const QueryRequest request{.expression = text,
                               .options = {.dialect = dialect, .most_evaluations = 500},
                               .time = TimePoint{std::chrono::seconds{1015}},
                               .steps = {}};
    const QueryAnswer answer = answer_query(request, data());
    require(is_supported || answer.is_error, "what is not supported is refused");
    require(answer_query(request, data()).json == answer.json, "the answer is the same twice");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(bytes), size};
    check(text, promql::Dialect::prometheus_2);
    check(text, promql::Dialect::prometheus_3);
    return 0;
}
