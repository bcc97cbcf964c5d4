#include "daemon/telemetry/exposition.h"

namespace tided::daemon {
namespace {

std::string_view word_of(MetricKind kind) {
    switch (kind) {
        case MetricKind::counter:
            return "counter";
        case MetricKind::gauge:
            return "gauge";
        case MetricKind::histogram:
            return "histogram";
    }
    return "unknown";
}

void append_escaped(std::string_view text, bool quotes, std::string& out) {
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\\' || (c == '"' && quotes)) {
            out += '\\';
            out += c;
        } else {
            out += c;
        }
    }
}

}  // namespace

void append_head(Telemetry::Format format,
                 std::string_view name,
                 std::string_view help,
                 MetricKind kind,
                 std::string& out) {
    const bool open_metrics = format == Telemetry::Format::openmetrics_1_0;
    constexpr std::string_view suffix = "_total";
    if (open_metrics && kind == MetricKind::counter && name.ends_with(suffix)) {
        name.remove_suffix(suffix.size());
    }
    out += "# HELP ";
    out += name;
    out += ' ';
    append_escaped(help, open_metrics, out);
    out += "\n# TYPE ";
    out += name;
    out += ' ';
    out += word_of(kind);
    out += '\n';
}

void append_label(std::string_view key, std::string_view value, std::string& out) {
    if (!out.empty() && out.back() != '{') {
        out += ',';
    }
    out += key;
    out += "=\"";
    append_escaped(value, true, out);
    out += '"';
}

}  // namespace tided::daemon
