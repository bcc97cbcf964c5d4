#include "metrics/page_dump.h"

#include <boost/json.hpp>

#include "metrics/number.h"

namespace tided::metrics {
namespace {

void append_json_string(std::string& out, std::string_view text) {
    out += boost::json::serialize(boost::json::string_view{text.data(), text.size()});
}

void append_line(std::string& out, const PageParser& parser) {
    out += "{\"name\":";
    append_json_string(out, unescaped(parser.raw_name()));
    out += ",\"labels\":{";
    const char* separator = "";
    for (const RawLabel& label : parser.raw_labels()) {
        out += separator;
        append_json_string(out, unescaped(label.name));
        out += ':';
        append_json_string(out, unescaped(label.value));
        separator = ",";
    }
    out += "},\"value\":\"";
    append_number(out, parser.value());
    out += "\",\"timestamp_ms\":";
    out += parser.timestamp_ms() ? std::to_string(*parser.timestamp_ms()) : "null";
    out += "}\n";
}

}  // namespace

Error located(Error error, std::string_view file_name) {
    const std::size_t after_position = error.message.find(": ") + 2;
    error.message.insert(after_position, "error: ");
    error.message.insert(0, std::string{file_name} + ":");
    return error;
}

Status parse_to_json_lines(std::string_view page,
                           Format format,
                           std::string_view file_name,
                           std::string& out) {
    const auto parser = make_parser(format, page);
    for (;;) {
        const auto entry = parser->next();
        if (!entry) {
            return fail(located(entry.error(), file_name));
        }
        if (*entry == Entry::eof) {
            return {};
        }
        if (*entry == Entry::series) {
            append_line(out, *parser);
        }
    }
}

Format guessed_format(std::string_view page) {
    const bool ends_in_eof = page.ends_with("\n# EOF\n") || page.ends_with("\n# EOF") ||
                             page == "# EOF\n" || page == "# EOF";
    return ends_in_eof ? Format::openmetrics : Format::text;
}

}  // namespace tided::metrics
