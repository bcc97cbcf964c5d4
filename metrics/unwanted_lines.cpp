#include "metrics/unwanted_lines.h"

#include <algorithm>

#include "metrics/bytes.h"
#include "metrics/characters.h"

namespace tided::metrics {

using namespace characters;

namespace {

constexpr std::ptrdiff_t longest_name =
    200;  // that is looked for by its end; others are the parser's

// Whether a quote after this byte can only be one that closes: none that opens, none escaped.
bool ends_text(char c) {
    return c != '\\' && c != '=' && c != ' ' && c != '\t' && c != '{' && c != ',' && c != '"';
}

}  // namespace

void UnwantedLines::begin(const char* end) {
    end_ = end;
    names_.fill({});
    last_ = {};
}

const char* UnwantedLines::step_over(const char* at, std::size_t& samples) {
    while (end_ - at > 3) {
        const bool is_metadata = *at == '#';
        const char* stop = nullptr;
        if (is_metadata) {
            stop = metadata_end(at);
        } else if (const char* const name = name_end(at)) {
            stop = series_end(name);
        }
        if (stop == nullptr) {
            break;
        }
        samples += is_metadata ? 0U : 1U;
        at = stop + 1;
    }
    return at;
}

// "# HELP name ...": a name in quotes may hold line ends, and "# EOF" is not to be missed.
const char* UnwantedLines::metadata_end(const char* at) const {
    constexpr std::ptrdiff_t name_at = 7;
    const bool is_plain = end_ - at > name_at && at[1] == ' ' &&
                          (at[2] == 'H' || at[2] == 'T' || at[2] == 'U') && at[6] == ' ' &&
                          is_of(at[name_at], name_start);
    const char* const stop = is_plain ? bytes::find(at, end_, '\n') : end_;
    return stop == end_ ? nullptr : stop;
}

// The end of the unwanted metric name at `at`; null when there is none. A name met before is told
// by its bytes.
const char* UnwantedLines::name_end(const char* at) {
    if (wanted_ == nullptr || !is_of(*at, name_start)) {
        return nullptr;
    }
    const auto same = static_cast<std::ptrdiff_t>(last_.size());
    if (end_ - at > same && same > 0 && (at[same] == '{' || at[same] == ' ') &&
        bytes::equal(at, last_.data(), last_.size())) {
        return at + same;
    }
    const char* const limit = end_ - at > longest_name ? at + longest_name : end_;
    const char* const found = bytes::find_either(at, limit, '{', ' ');
    if (found == limit) {
        return nullptr;
    }
    const std::string_view name = view(at, found);
    std::string_view& met = names_[name.size() % names_.size()];
    if (met.size() == name.size() && bytes::equal(met.data(), name.data(), name.size())) {
        last_ = name;
        return found;
    }
    if (skip(at, found, name_inside) != found || !are_of(name)) {
        return nullptr;
    }
    met = last_ = name;
    return found;
}

// The line end of the unwanted series whose name ends at `name_end`; null when that is not plain.
const char* UnwantedLines::series_end(const char* name_end) const {
    const char* const stop = bytes::find(name_end, end_, '\n');
    if (stop == end_) {
        return nullptr;
    }
    const char* const at = bytes::numbers_before(name_end, stop);
    const bool is_bare = *name_end == ' ' && at == name_end;
    const bool is_closed = *name_end == '{' && at - name_end > 3 && at[-1] == '}' &&
                           at[-2] == '"' && ends_text(at[-3]);
    return is_bare || is_closed ? stop : nullptr;
}

}  // namespace tided::metrics
