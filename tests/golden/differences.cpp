// What differs between two JSON values, in words.
#include <cmath>

#include <boost/json/serialize.hpp>

#include "tests/golden/golden.h"

namespace tided::golden {
namespace json = boost::json;

namespace {

bool is_whole(const json::value& value) {
    return value.is_int64() || value.is_uint64();
}

bool alike(const json::value& expected, const json::value& got, double tolerance) {
    if (!expected.is_number() || !got.is_number() || (is_whole(expected) && is_whole(got))) {
        return expected == got;
    }
    const double a = expected.to_number<double>();
    const double b = got.to_number<double>();
    return std::abs(a - b) <= tolerance * std::abs(a);
}

void compare(const json::value& expected,
             const json::value& got,
             double tolerance,
             const std::string& where,
             std::string& told);

void compare_arrays(const json::array& expected,
                    const json::array& got,
                    double tolerance,
                    const std::string& where,
                    std::string& told) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
        compare(expected[i], got[i], tolerance, where + '[' + std::to_string(i) + ']', told);
    }
}

void compare(const json::value& expected,
             const json::value& got,
             double tolerance,
             const std::string& where,
             std::string& told) {
    if (expected.is_object() && got.is_object()) {
        for (const auto& member : expected.get_object()) {
            const json::value* mate = got.get_object().if_contains(member.key());
            compare(member.value(),
                    mate == nullptr ? json::value("(absent)") : *mate,
                    tolerance,
                    where.empty() ? std::string{member.key()} : where + '.' + member.key_c_str(),
                    told);
        }
        return;
    }
    if (expected.is_array() && got.is_array() &&
        expected.get_array().size() == got.get_array().size()) {
        compare_arrays(expected.get_array(), got.get_array(), tolerance, where, told);
        return;
    }
    if (where == "error_contains" && expected.is_string() && got.is_string()) {
        if (got.get_string().find(expected.get_string()) != json::string::npos) {
            return;
        }
    }
    if (!alike(expected, got, tolerance)) {
        told += (told.empty() ? "" : "; ") + where + ": expected " + json::serialize(expected) +
                ", got " + json::serialize(got);
    }
}

}  // namespace

std::string differences(const json::value& expected,
                        const json::value& got,
                        double relative_tolerance) {
    std::string told;
    compare(expected, got, relative_tolerance, "", told);
    return told;
}

}  // namespace tided::golden
