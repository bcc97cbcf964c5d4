// Suite hpa.
#include "tests/golden/golden.h"

namespace tided::golden {

std::vector<Checked> check_hpa(const boost::json::value& /*document*/,
                               const std::filesystem::path& /*folder*/) {
    return {};
}

}  // namespace tided::golden
