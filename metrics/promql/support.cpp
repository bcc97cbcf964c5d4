#include "metrics/promql/support.h"

#include <string>

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

    template <typename Form>
    [[nodiscard]] Status one(const Node&, const Form&) const {
        return {};
    }
    [[nodiscard]] Status one(const Node& node, const Call& n) const {
        if (n.function->is_supported()) {
            return {};
        }
        return refuse(node.span, "function '" + std::string{n.function->name} + "' is");
    }

    const Expression& expression_;
};

}  // namespace

Status check_supported(const Expression& expression) {
    return Support{expression}.check(*expression.root);
}

}  // namespace tided::metrics::promql
