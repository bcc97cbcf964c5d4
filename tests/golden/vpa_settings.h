// The configuration of a scenario of suite vpa, as the recommender's settings.
#pragma once

#include <boost/json/object.hpp>

#include "policy/vocab/result.h"
#include "policy/vpa/settings.h"

namespace tided::golden {

/// From `config` and `container_policies`. Errors: a key that is not known here, a value that is
/// not of its form. Throws what Boost.JSON throws where a key is not of its type.
[[nodiscard]] Result<policy::vpa::Settings> settings_of(const boost::json::object& scenario);

}  // namespace tided::golden
