#include "metrics/query_answer.h"

#include <array>
#include <cstdint>
#include <cstdio>

#include "metrics/number.h"
#include "metrics/utf8.h"

namespace tided::metrics {
namespace {

void append_escape(std::string& out, unsigned code) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "\\u%04x", code);
    out += text.data();
}

void append_byte(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    const bool is_html = c == '<' || c == '>' || c == '&';
    if (is_html || static_cast<unsigned char>(c) < 0x20) {
        append_escape(out, static_cast<unsigned char>(c));
    } else {
        out += c;
    }
}

// Valid UTF-8; the two Unicode line ends are escaped.
void append_valid(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view character = text.substr(i, 3);
        if (character == "\u2028" || character == "\u2029") {
            append_escape(out, character == "\u2028" ? 0x2028 : 0x2029);
            i += 2;
        } else {
            append_byte(out, text[i]);
        }
    }
}

// A JSON string as Go's encoder writes it: it escapes < > & too and replaces what is no UTF-8.
void append_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const std::size_t valid = valid_utf8_prefix(text);
        append_valid(out, text.substr(0, valid));
        text.remove_prefix(valid);
        if (!text.empty()) {
            out += "\\ufffd";
            text.remove_prefix(1);
        }
    }
    out += '"';
}

// Whole seconds, or three digits behind the point.
void append_instant(std::string& out, TimePoint at) {
    std::int64_t ms = at.time_since_epoch().count();
    if (ms < 0) {
        out += '-';
        ms = -ms;
    }
    out += std::to_string(ms / 1000);
    if (ms % 1000 != 0) {
        std::array<char, 8> text{};
        std::snprintf(text.data(), text.size(), ".%03d", static_cast<int>(ms % 1000));
        out += text.data();
    }
}

void append_point(std::string& out, TimePoint at, double value) {
    out += '[';
    append_instant(out, at);
    out += ",\"";
    append_number(out, value);
    out += "\"]";
}

void append_metric(std::string& out, const Labels& labels) {
    out += "{\"metric\":{";
    const char* separator = "";
    for (const Label& label : labels) {
        out += separator;
        append_string(out, label.name);
        out += ':';
        append_string(out, label.value);
        separator = ",";
    }
    out += "},";
}

class Writer {
public:
    Writer(std::string& out, TimePoint at) : out_(out), at_(at) {}

    void operator()(double value) const {
        out_ += "\"scalar\",\"result\":";
        append_point(out_, at_, value);
    }

    void operator()(const std::string& text) const {
        out_ += "\"string\",\"result\":[";
        append_instant(out_, at_);
        out_ += ',';
        append_string(out_, text);
        out_ += ']';
    }

    void operator()(const promql::Vector& vector) const {
        out_ += "\"vector\",\"result\":[";
        const char* separator = "";
        for (const promql::Element& element : vector) {
            out_ += separator;
            append_metric(out_, element.labels);
            out_ += "\"value\":";
            append_point(out_, at_, element.value);
            out_ += '}';
            separator = ",";
        }
        out_ += ']';
    }

    void operator()(const promql::Matrix& matrix) const {
        out_ += "\"matrix\",\"result\":[";
        const char* separator = "";
        for (const promql::SeriesRange& series : matrix) {
            out_ += separator;
            append_metric(out_, series.labels);
            out_ += "\"values\":[";
            const char* comma = "";
            for (const Sample& sample : series.samples) {
                out_ += comma;
                append_point(out_, sample.at, sample.value);
                comma = ",";
            }
            out_ += "]}";
            separator = ",";
        }
        out_ += ']';
    }

private:
    std::string& out_;
    TimePoint at_;
};

}  // namespace

std::string success_answer(const promql::Value& value, TimePoint at) {
    std::string out = R"({"status":"success","data":{"resultType":)";
    std::visit(Writer{out, at}, value);
    return out + "}}";
}

std::string error_answer(std::string_view error_type, std::string_view message) {
    std::string out = R"({"status":"error","errorType":)";
    append_string(out, error_type);
    out += R"(,"error":)";
    append_string(out, message);
    return out + "}";
}

}  // namespace tided::metrics
