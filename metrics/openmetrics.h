// OpenMetrics 1.0 as Prometheus reads it:
//
//   # HELP name text   # TYPE name counter|...   # UNIT name unit   # EOF (required, the last line)
//   name{label="value",...} value [timestamp in s] [# {label="value"} value [timestamp in s]]
//
// One space between tokens and nowhere else, no blank lines, no comments, every line ended. The
// part after "#" on a sample line is its exemplar. Source: the OpenMetrics specification,
// section "Text format", as Prometheus 3 takes it: a comma may end the labels (2.42 refuses that),
// any series may carry an exemplar (2.42: only _total and _bucket), suffixes of names and the
// order of families are not judged.
#pragma once

#include "metrics/page_parser.h"

namespace tided::metrics {

class OpenMetricsParser final : public PageParser {
public:
    using PageParser::PageParser;

    [[nodiscard]] Result<Entry> next() override;
    [[nodiscard]] bool next_known(std::string_view known_key) override;

private:
    [[nodiscard]] Result<Entry> hash_line();
    [[nodiscard]] Result<Entry> end_of_page();
    [[nodiscard]] Result<Entry> metadata(const char* line_start, Entry entry);
    [[nodiscard]] Result<Entry> judged_metadata(Entry entry);
    [[nodiscard]] Result<Entry> series();
    [[nodiscard]] Status suffix();
    [[nodiscard]] bool take_plain_suffix();
    [[nodiscard]] Status exemplar_suffix();
    [[nodiscard]] Status scan_value(const char* what, double& value);
    [[nodiscard]] Status scan_timestamp(std::optional<std::int64_t>& timestamp_ms);
    [[nodiscard]] Status end_line(const char* after);
    [[nodiscard]] bool at(std::string_view text) const {
        return std::string_view{cursor_, static_cast<std::size_t>(end_ - cursor_)}.substr(
                   0, text.size()) == text;
    }
};

}  // namespace tided::metrics
