#include "metrics/promql/support.h"

#include <string>

#include "metrics/promql/aggregate.h"
#include "metrics/promql/functions.h"
#include "metrics/promql/signatures.h"

namespace tided::metrics::promql {
namespace {

class Support {
public:
    explicit Support(const Expression& expression) : expression_(expression) {}

    [[nodiscard]] Status check(const Node& node) const {
        Status here = std::visit([&](const auto& form) { return one(node, form); }, node.form);
        for (const Node* child : children_of(node)) {
            if (!here) {
                return here;
            }
            here = check(*child);
        }
        return here;
    }

private:
    [[nodiscard]] tl::unexpected<Error> refuse(Span where, std::string_view what) const {
        return fail(ErrorCode::unsupported,
                    position_prefix(expression_.text, where.begin) + std::string{what} +
                        " not supported by this version");
    }

    [[nodiscard]] Status unshifted(const Shift& shift) const {
        if (shift.is_none()) {
            return {};
        }
        const bool is_offset = expression_.text[shift.span.begin] != '@';
        return refuse(shift.span, is_offset ? "the offset modifier is" : "the @ modifier is");
    }

    template <typename Form>
    [[nodiscard]] Status one(const Node&, const Form&) const {
        return {};
    }
    [[nodiscard]] Status one(const Node&, const VectorSelector& n) const {
        return unshifted(n.shift);
    }
    [[nodiscard]] Status one(const Node&, const MatrixSelector& n) const {
        return unshifted(n.selector.shift);
    }
    [[nodiscard]] Status one(const Node& node, const Subquery&) const {
        return refuse(node.span, "subqueries are");
    }
    [[nodiscard]] Status one(const Node& node, const Call& n) const {
        if (range_function(n.function->name)) {
            return {};
        }
        auto refused = refuse(node.span, "function '" + std::string{n.function->name} + "' is");
        refused.value().message += "; supported are " + supported_functions();
        return refused;
    }
    [[nodiscard]] Status one(const Node& node, const Aggregation& n) const {
        if (is_supported(n.op)) {
            return {};
        }
        auto refused = refuse(node.span, "aggregation '" + std::string{to_string(n.op)} + "' is");
        refused.value().message += "; supported are sum, avg, min, max, count";
        return refused;
    }
    [[nodiscard]] Status one(const Node&, const Binary& n) const {
        if (is_set_operator(n.op) || n.op == BinaryOp::atan2) {
            return refuse(n.op_span, "operator '" + std::string{to_string(n.op)} + "' is");
        }
        if (n.matching.group != Matching::Group::none) {
            return refuse(n.matching.span, "many-to-one matching (group_left, group_right) is");
        }
        return {};
    }

    const Expression& expression_;
};

}  // namespace

Status check_supported(const Expression& expression) {
    return Support{expression}.check(*expression.root);
}

}  // namespace tided::metrics::promql
