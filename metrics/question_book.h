// QuestionBook: which question answers each query of a Prometheus source. Queries that say the same
// are one question, whatever their blanks; what is asked again keeps what it knows. Of thousands of
// queries few change when a policy comes or goes: only those are parsed.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "metrics/promql/ast.h"
#include "metrics/question.h"
#include "metrics/source.h"
#include "policy/vocab/result.h"

namespace tided::metrics {

class QuestionBook {
public:
    using Questions = std::vector<std::shared_ptr<Question>>;

    explicit QuestionBook(promql::Dialect dialect) : dialect_(dialect) {}

    /// Replaces what is asked. Errors: an expression that does not parse or gives no vector and no
    /// number; then all stays as it was.
    [[nodiscard]] Status ask(std::vector<Query> queries);

    [[nodiscard]] const Questions& questions() const { return questions_; }

    /// Of queries[index] of the last ask().
    [[nodiscard]] const Question& question(std::size_t index) const {
        return *questions_.at(question_of_query_.at(index));
    }
    [[nodiscard]] const Query& query(std::size_t index) const { return queries_.at(index); }

private:
    /// A question and the canonical text that names it.
    using Named = std::pair<std::string, std::shared_ptr<Question>>;

    [[nodiscard]] Result<Named> named(const Query& query) const;
    [[nodiscard]] Result<Named> read(const Query& query) const;

    promql::Dialect dialect_;
    std::vector<Query> queries_;
    Questions questions_;
    std::vector<std::size_t> question_of_query_;
    std::unordered_map<std::string, std::shared_ptr<Question>> known_;  ///< by canonical text
    std::unordered_map<std::string, Named> as_written_;                 ///< by the text asked
};

}  // namespace tided::metrics
