#include "daemon/config/redact.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace tided::config {
namespace {

constexpr std::array<std::string_view, 10> telling{"password",
                                                   "passwd",
                                                   "passphrase",
                                                   "secret",
                                                   "token",
                                                   "bearer",
                                                   "apikey",
                                                   "api_key",
                                                   "api-key",
                                                   "private"};

std::string lowered(std::string_view text) {
    std::string low{text};
    std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return low;
}

bool is_bare(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/// "https://user:pw@host", "--password=x": text that gives a secret away by its form.
bool gives_a_secret_away(std::string_view text) {
    if (text.starts_with('-') && names_a_secret(text.substr(0, text.find('=')))) {
        return true;
    }
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) {
        return false;
    }
    const std::size_t at = text.find('@', scheme);
    return at != std::string_view::npos && at < text.find_first_of("/ ", scheme + 3);
}

/// Goes over the lines of a file in order; `closing_` is set inside a string over several lines.
class Masker {
public:
    std::string mask(std::string_view line) {
        line_ = line;
        at_ = 0;
        if (!closing_.empty() && !leave_string()) {
            return is_hidden_ ? "***" : std::string{line};
        }
        while (at_ < line_.size()) {
            if (const auto cut = step()) {
                return std::string{line_.substr(0, *cut)} + "***";
            }
        }
        return std::string{line};
    }

private:
    /// True when the string over several lines ends here and showing may go on behind it.
    bool leave_string() {
        const std::size_t end = line_.find(closing_);
        if (end == std::string_view::npos) {
            return false;
        }
        at_ = end + closing_.size();
        closing_ = {};
        return !is_hidden_;
    }

    void skip_blanks() {
        while (at_ < line_.size() && is_blank(line_[at_])) {
            ++at_;
        }
    }

    /// One token; gives back where to cut the line, if here.
    std::optional<std::size_t> step() {
        const std::size_t begin = at_;
        const char c = line_[at_];
        std::string_view word;
        if (c == '"' || c == '\'') {
            word = read_string();
            if (gives_a_secret_away(word)) {
                return begin;
            }
        } else if (is_bare(c)) {
            while (at_ < line_.size() && is_bare(line_[at_])) {
                ++at_;
            }
            word = line_.substr(begin, at_ - begin);
        } else {
            ++at_;
            return std::nullopt;
        }
        const bool may_tell = names_a_secret(word) || is_escaped_key(word);
        return may_tell ? after_telling_word() : std::nullopt;
    }

    /// A key with escapes may spell anything: it counts as telling.
    [[nodiscard]] bool is_escaped_key(std::string_view word) const {
        const std::size_t next = line_.find_first_not_of(" \t", at_);
        return word.find('\\') != std::string_view::npos && next != std::string_view::npos &&
               line_[next] == '=';
    }

    std::optional<std::size_t> after_telling_word() {
        skip_blanks();
        if (at_ == line_.size() || line_[at_] == ']' || line_[at_] == '.') {
            return std::nullopt;
        }
        const std::size_t behind_word = at_;
        if (line_[at_] == '=') {
            ++at_;
            skip_blanks();
        }
        const std::size_t value = at_;
        if (value == line_.size()) {
            return std::nullopt;
        }
        const char c = line_[value];
        if (line_[behind_word] == '=' && (c == '"' || c == '\'')) {
            if (is_secret_reference(read_string()) && closing_.empty()) {
                return std::nullopt;
            }
        } else if (c == '[') {
            closing_ = line_.find(']', value) == std::string_view::npos ? "]" : "";
        }
        is_hidden_ = !closing_.empty();
        return value;
    }

    /// The contents of the string at at_, which moves behind it; may open a longer one.
    std::string_view read_string() {
        const char quote = line_[at_];
        const std::string_view three = quote == '"' ? R"(""")" : "'''";
        if (line_.substr(at_).starts_with(three)) {
            const std::size_t begin = at_ + 3;
            const std::size_t end = line_.find(three, begin);
            closing_ = end == std::string_view::npos ? three : "";
            is_hidden_ = false;
            at_ = end == std::string_view::npos ? line_.size() : end + 3;
            return line_.substr(begin, end == std::string_view::npos ? end : end - begin);
        }
        const std::size_t begin = ++at_;
        while (at_ < line_.size() && line_[at_] != quote) {
            at_ += line_[at_] == '\\' && quote == '"' && at_ + 1 < line_.size() ? 2U : 1U;
        }
        const std::string_view contents = line_.substr(begin, at_ - begin);
        at_ = std::min(at_ + 1, line_.size());
        return contents;
    }

    std::string_view line_;
    std::size_t at_ = 0;
    std::string_view closing_;
    bool is_hidden_ = false;
};

}  // namespace

bool names_a_secret(std::string_view key) {
    const std::string low = lowered(key);
    return low == "key" || low == "kubeconfig" || low == "pwd" || low.ends_with("_key") ||
           low.ends_with("-key") ||
           std::any_of(telling.begin(), telling.end(), [&](std::string_view word) {
               return low.find(word) != std::string::npos;
           });
}

bool is_secret_reference(std::string_view text) {
    for (const std::string_view kind : {"credential:", "file:", "env:"}) {
        if (text.starts_with(kind)) {
            return text.size() > kind.size();
        }
    }
    return false;
}

std::vector<std::string> masked_lines(std::string_view text) {
    std::vector<std::string> lines;
    Masker masker;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string_view line = text.substr(begin, end - begin);
        line.remove_suffix(line.ends_with('\r') ? 1 : 0);
        lines.push_back(masker.mask(line));
        begin = end + 1;
    }
    return lines;
}

}  // namespace tided::config
