// The Prometheus text format 0.0.4 as Prometheus itself reads it:
//
//   # HELP name text      # TYPE name counter|gauge|histogram|summary|untyped      # comment
//   name{label="value",...} value [timestamp in ms]        {"quoted name",label="value"} value
//
// Spaces and tabs are free between tokens but not before a name, a comma between labels is
// optional, label values may hold raw line ends, the last line needs no end; a NUL at the start
// of a line or in a comment like "#x" ends the page. "\r" is no white space, timestamps have no
// sign. All of this is Prometheus' reading of
// https://prometheus.io/docs/instrumenting/exposition_formats/.
#pragma once

#include "metrics/page_parser.h"

namespace tided::metrics {

class ExpositionParser final : public PageParser {
public:
    using PageParser::PageParser;

    [[nodiscard]] Result<Entry> next() override;
    [[nodiscard]] bool next_known(std::string_view known_key) override;

private:
    [[nodiscard]] Result<Entry> hash_line(const char* line_start);
    [[nodiscard]] Result<Entry> metadata(const char* line_start, Entry entry);
    [[nodiscard]] Result<Entry> series();
    [[nodiscard]] Status suffix();
    void end_line(const char* line_start);
    [[nodiscard]] bool at_line_end() const { return cursor_ == end_ || *cursor_ == '\n'; }
};

}  // namespace tided::metrics
