// Entries: a whole page as a list of one-line texts, so that a test compares pages at a glance.
//
//   help name|text   type name|3   unit name|s   comment #text   series key|labels|value|stamp
//   ... and the first error, if any, as the last line: "error 1:3: expected ..."
#pragma once

#include <string>
#include <vector>

#include "metrics/number.h"
#include "metrics/page_parser.h"

namespace tided::metrics::test {

inline std::string series_text(const PageParser& parser) {
    std::string text = "series " + to_string(parser.labels()) + " " + format_number(parser.value());
    if (parser.timestamp_ms()) {
        text += " @" + std::to_string(*parser.timestamp_ms());
    }
    if (const Exemplar* exemplar = parser.exemplar(); exemplar != nullptr) {
        text += " #";
        for (const RawLabel& label : exemplar->labels) {
            text += std::string{label.name} + "=" + unescaped(label.value) + " ";
        }
        text += format_number(exemplar->value);
        if (exemplar->timestamp_ms) {
            text += " @" + std::to_string(*exemplar->timestamp_ms);
        }
    }
    return text;
}

inline std::string entry_text(const PageParser& parser, Entry entry) {
    switch (entry) {
        case Entry::help:
            return "help " + std::string{parser.family()} + "|" + std::string{parser.text()};
        case Entry::type:
            return "type " + std::string{parser.family()} + "|" +
                   std::to_string(static_cast<int>(parser.type()));
        case Entry::unit:
            return "unit " + std::string{parser.family()} + "|" + std::string{parser.text()};
        case Entry::comment:
            return "comment " + std::string{parser.text()};
        case Entry::series:
            return series_text(parser);
        case Entry::eof:
            return "eof";
    }
    return {};
}

inline std::vector<std::string> entries(Format format, std::string_view page) {
    const auto parser = make_parser(format, page);
    std::vector<std::string> texts;
    for (;;) {
        const auto entry = parser->next();
        if (!entry) {
            texts.push_back("error " + entry.error().message);
            return texts;
        }
        if (*entry == Entry::eof) {
            return texts;
        }
        texts.push_back(entry_text(*parser, *entry));
    }
}

/// The error of a page that must have one, without the entries before it; "" when it has none.
inline std::string error_of(Format format, std::string_view page) {
    const auto texts = entries(format, page);
    const bool failed = !texts.empty() && texts.back().starts_with("error ");
    return failed ? texts.back().substr(6) : "";
}

}  // namespace tided::metrics::test
