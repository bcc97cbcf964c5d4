#include "metrics/question_book.h"

#include "metrics/promql/parser.h"
#include "metrics/promql/print.h"
#include "metrics/sources.h"

namespace tided::metrics {
namespace {

/// What tells queries of one expression apart.
std::string aim_of(const Query& query) {
    return '\n' + query.label + (query.extent == Extent::elements ? "\n*" : "");
}

std::string key_of(const Query& query) {
    return query.expression + aim_of(query);
}

}  // namespace

Status QuestionBook::ask(std::vector<Query> queries) {
    Questions asked;
    std::vector<std::size_t> question_of_query;
    std::unordered_map<std::string, std::size_t> places;
    std::unordered_map<std::string, Named> as_written;
    for (const Query& query : queries) {
        auto found = named(query);
        if (!found) {
            return fail(std::move(found).error());
        }
        const auto [at, is_new] = places.emplace(found->first, asked.size());
        if (is_new) {
            asked.push_back(found->second);
        }
        question_of_query.push_back(at->second);
        as_written.emplace(key_of(query), *std::move(found));
    }
    known_.clear();
    for (const auto& [text, place] : places) {
        known_.emplace(text, asked[place]);
    }
    as_written_ = std::move(as_written);
    queries_ = std::move(queries);
    questions_ = std::move(asked);
    question_of_query_ = std::move(question_of_query);
    return {};
}

Result<QuestionBook::Named> QuestionBook::named(const Query& query) const {
    const auto held = as_written_.find(key_of(query));
    return held == as_written_.end() ? read(query) : held->second;
}

// The question of before, with what it knows, or a new one.
Result<QuestionBook::Named> QuestionBook::read(const Query& query) const {
    auto parsed = promql::parse(query.expression, dialect_);
    if (!parsed) {
        return fail(std::move(parsed).error());
    }
    std::string name = promql::print(*parsed) + aim_of(query);
    if (const auto held = known_.find(name); held != known_.end()) {
        return Named{std::move(name), held->second};
    }
    if (auto valid = check_remote_expression(query.expression, dialect_); !valid) {
        return fail(std::move(valid).error());
    }
    return Named{std::move(name),
                 std::make_shared<Question>(*std::move(parsed), query.label, query.extent)};
}

}  // namespace tided::metrics
