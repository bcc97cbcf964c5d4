// Boost.JSON's parser with the text of a double read by std::from_chars.
#include "tests/golden/exact_json.h"

#include <charconv>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

namespace tided::golden {
namespace json = boost::json;

namespace {

using boost::system::error_code;

/// What the parser calls; true: go on. The whole text is one buffer, so no number comes in parts.
struct Builder {
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    json::value_stack stack;

    bool push(auto&& how) {
        how();
        return true;
    }

    bool on_document_begin(error_code& /*problem*/) { return true; }
    bool on_document_end(error_code& /*problem*/) { return true; }
    bool on_object_begin(error_code& /*problem*/) { return true; }
    bool on_object_end(std::size_t size, error_code& /*problem*/) {
        return push([&] { stack.push_object(size); });
    }
    bool on_array_begin(error_code& /*problem*/) { return true; }
    bool on_array_end(std::size_t size, error_code& /*problem*/) {
        return push([&] { stack.push_array(size); });
    }
    bool on_key_part(json::string_view text, std::size_t /*size*/, error_code& /*problem*/) {
        return push([&] { stack.push_chars(text); });
    }
    bool on_key(json::string_view text, std::size_t /*size*/, error_code& /*problem*/) {
        return push([&] { stack.push_key(text); });
    }
    bool on_string_part(json::string_view text, std::size_t /*size*/, error_code& /*problem*/) {
        return push([&] { stack.push_chars(text); });
    }
    bool on_string(json::string_view text, std::size_t /*size*/, error_code& /*problem*/) {
        return push([&] { stack.push_string(text); });
    }
    bool on_number_part(json::string_view /*text*/, error_code& /*problem*/) { return true; }
    bool on_int64(std::int64_t value, json::string_view /*text*/, error_code& /*problem*/) {
        return push([&] { stack.push_int64(value); });
    }
    bool on_uint64(std::uint64_t value, json::string_view /*text*/, error_code& /*problem*/) {
        return push([&] { stack.push_uint64(value); });
    }
    bool on_double(double value, json::string_view text, error_code& /*problem*/) {
        std::from_chars(text.data(), text.data() + text.size(), value);
        return push([&] { stack.push_double(value); });
    }
    bool on_bool(bool value, error_code& /*problem*/) {
        return push([&] { stack.push_bool(value); });
    }
    bool on_null(error_code& /*problem*/) {
        return push([&] { stack.push_null(); });
    }
    bool on_comment_part(json::string_view /*text*/, error_code& /*problem*/) { return true; }
    bool on_comment(json::string_view /*text*/, error_code& /*problem*/) { return true; }
};

}  // namespace

json::value parse_exactly(std::string_view text, error_code& problem) {
    json::basic_parser<Builder> parser{json::parse_options{}};
    parser.handler().stack.reset();
    const std::size_t read = parser.write_some(false, text.data(), text.size(), problem);
    if (!problem && read != text.size()) {
        problem = json::error::extra_data;
    }
    return problem ? json::value() : parser.handler().stack.release();
}

}  // namespace tided::golden
