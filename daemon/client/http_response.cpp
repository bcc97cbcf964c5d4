#include "daemon/client/http_response.h"

#include <algorithm>
#include <charconv>

namespace tided::daemon {

namespace {

constexpr std::size_t head_limit = 64 * 1024;
constexpr std::size_t reserve_limit = 1024 * 1024;

tl::unexpected<Error> corrupt(std::string message) {
    return fail(ErrorCode::corrupt, std::move(message));
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_token(char c) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
}

bool is_text(char c) {
    return static_cast<unsigned char>(c) >= ' ' || c == '\t';
}

std::string_view trim(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// Whether the comma-separated `list` holds `word`.
bool lists(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        if (same_name(trim(list.substr(0, end)), word)) {
            return true;
        }
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

/// The beginning of what is no HTTP, fit for a message.
std::string excerpt(std::string_view line) {
    std::string result(line.substr(0, 32));
    std::replace_if(
        result.begin(), result.end(), [](char c) { return c < ' ' || c > '~' || c == '"'; }, '.');
    return "\"" + result + "\"";
}

template <typename T>
std::optional<T> whole_number(std::string_view text, int base) {
    T value{};
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc{} || at != end || text.front() == '-') {
        return std::nullopt;
    }
    return value;
}

}  // namespace

bool same_name(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) {
               return lower(a) == lower(b);
           });
}

Result<std::size_t> ResponseReader::feed(std::string_view bytes) {
    const std::size_t given = bytes.size();
    begun_ = begun_ || given > 0;
    while (!bytes.empty() && state_ != State::done) {
        Status step;
        if (state_ == State::sized_body || state_ == State::chunk_body ||
            state_ == State::open_body) {
            const auto take =
                state_ == State::open_body
                    ? bytes.size()
                    : static_cast<std::size_t>(std::min<std::uint64_t>(expected_, bytes.size()));
            step = add_body(bytes.substr(0, take));
            bytes.remove_prefix(take);
        } else {
            std::string_view line;
            const auto whole = take_line(bytes, line);
            if (!whole) {
                return fail(whole.error());
            }
            if (*whole) {
                step = on_line(line);
                partial_.clear();
            }
        }
        if (!step) {
            return fail(std::move(step).error());
        }
    }
    return given - bytes.size();
}

/// Takes one line off `bytes`; false when its end has not come yet. `line` lies in `bytes` or in
/// partial_, without its line end.
Result<bool> ResponseReader::take_line(std::string_view& bytes, std::string_view& line) {
    const auto end = bytes.find('\n');
    const auto take = end == std::string_view::npos ? bytes.size() : end + 1;
    head_bytes_ += take;
    if (head_bytes_ > head_limit) {
        return fail(ErrorCode::invalid_input, "the answer's headers are larger than 64kB");
    }
    if (end == std::string_view::npos || !partial_.empty()) {
        partial_.append(bytes.substr(0, take));
        line = partial_;
    } else {
        line = bytes.substr(0, take);
    }
    bytes.remove_prefix(take);
    if (end == std::string_view::npos) {
        if (state_ == State::status_line &&
            !std::string_view("HTTP/1.").starts_with(line.substr(0, 7))) {
            return corrupt("the answer is not HTTP; it begins with " + excerpt(line));
        }
        return false;
    }
    line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
    return true;
}

Status ResponseReader::on_line(std::string_view line) {
    switch (state_) {
        case State::status_line:
            return on_status_line(line);
        case State::header:
            return line.empty() ? on_head_end() : on_header(line);
        case State::chunk_size:
            return on_chunk_size(line);
        case State::chunk_end:
            if (!line.empty()) {
                return corrupt("a chunk of the answer is longer than it says");
            }
            state_ = State::chunk_size;
            return {};
        case State::trailer:
            return line.empty() ? finish_body() : Status{};
        default:
            return {};
    }
}

Status ResponseReader::on_status_line(std::string_view line) {
    const bool shaped = line.starts_with("HTTP/1.") && line.size() >= 12 && line[8] == ' ' &&
                        (line.size() == 12 || line[12] == ' ');
    const auto status = shaped ? whole_number<int>(line.substr(9, 3), 10) : std::nullopt;
    if (!status || *status < 100 || (line[7] != '0' && line[7] != '1')) {
        return corrupt("the answer is not HTTP; it begins with " + excerpt(line));
    }
    answer_.status = *status;
    keep_alive_ = line[7] == '1';
    state_ = State::header;
    return {};
}

Status ResponseReader::on_header(std::string_view line) {
    const auto colon = line.find(':');
    const auto name = line.substr(0, std::min(colon, line.size()));
    const bool named = colon != std::string_view::npos && !name.empty() &&
                       std::all_of(name.begin(), name.end(), is_token);
    const auto value = named ? trim(line.substr(colon + 1)) : std::string_view();
    if (!named || !std::all_of(value.begin(), value.end(), is_text)) {
        return corrupt("the answer has a malformed header " + excerpt(name));
    }
    if (shape_.keep_headers) {
        answer_.headers.emplace_back(name, value);
    }
    return on_known_header(name, value);
}

Status ResponseReader::on_known_header(std::string_view name, std::string_view value) {
    if (same_name(name, "content-length")) {
        return on_content_length(value);
    }
    if (same_name(name, "content-type")) {
        answer_.content_type = value;
    } else if (same_name(name, "location")) {
        answer_.location = value;
    } else if (same_name(name, "connection")) {
        keep_alive_ = lists(value, "close") ? false : keep_alive_ || lists(value, "keep-alive");
    } else if (same_name(name, "transfer-encoding")) {
        if (!same_name(value, "chunked") || chunked_) {
            return fail(ErrorCode::unsupported,
                        "the answer comes in the unknown transfer encoding " + excerpt(value));
        }
        chunked_ = true;
    } else if (same_name(name, "content-encoding")) {
        gzip_ = same_name(value, "gzip") || same_name(value, "x-gzip");
        if (!gzip_ && !value.empty() && !same_name(value, "identity")) {
            return fail(ErrorCode::unsupported,
                        "the answer comes in the unknown encoding " + excerpt(value));
        }
    }
    return {};
}

Status ResponseReader::on_content_length(std::string_view value) {
    const auto length = value.empty() ? std::nullopt : whole_number<std::uint64_t>(value, 10);
    if (!length || (length_ && *length_ != *length)) {
        return corrupt("the answer has a malformed Content-Length " + excerpt(value));
    }
    length_ = length;
    return {};
}

Status ResponseReader::on_head_end() {
    if (shape_.on_body && answer_.status >= 200) {
        if (gzip_) {
            return corrupt("the answer is compressed, which was not asked for");
        }
        shape_.on_body(answer_.status, {});
    }
    const int status = answer_.status;
    if (status == 101) {
        return corrupt("the peer switched to a protocol nobody asked for");
    }
    if (status < 200) {  // an interim answer: the real one follows
        answer_ = {};
        length_.reset();
        chunked_ = gzip_ = false;
        state_ = State::status_line;
        return {};
    }
    if (shape_.bodiless || status == 204 || status == 304) {
        state_ = State::done;
        return {};
    }
    if (shape_.bodies != nullptr) {
        answer_.body = shape_.bodies->take();
    }
    if (gzip_) {
        inflate_.emplace();
    }
    if (chunked_) {
        keep_alive_ = keep_alive_ && !length_;  // both is a smuggler's trick: trust it no further
        state_ = State::chunk_size;
        return {};
    }
    if (!length_) {
        keep_alive_ = false;
        state_ = State::open_body;
        return {};
    }
    expected_ = *length_;
    if (expected_ > shape_.body_limit) {
        return add_body({});
    }
    if (expected_ == 0) {
        return finish_body();
    }
    answer_.body.reserve(std::min<std::size_t>(expected_, reserve_limit));
    state_ = State::sized_body;
    return {};
}

Status ResponseReader::on_chunk_size(std::string_view line) {
    const auto digits = trim(line.substr(0, std::min(line.find(';'), line.size())));
    const auto size = digits.empty() || digits.size() > 15
                          ? std::nullopt
                          : whole_number<std::uint64_t>(digits, 16);
    if (!size) {
        return corrupt("the answer has a malformed chunk size " + excerpt(line));
    }
    head_bytes_ = 0;
    expected_ = *size;
    state_ = *size == 0 ? State::trailer : State::chunk_body;
    return {};
}

Status ResponseReader::add_body(std::string_view piece) {
    wire_bytes_ += piece.size();
    expected_ -= std::min<std::uint64_t>(expected_, piece.size());
    const auto announced = wire_bytes_ + (state_ == State::open_body ? 0 : expected_);
    Status added;
    if (shape_.on_body) {
        shape_.on_body(answer_.status, piece);
    } else if (announced > shape_.body_limit) {
        added = fail(ErrorCode::invalid_input, "");
    } else if (inflate_) {
        added = inflate_->add(piece, answer_.body, shape_.body_limit);
    } else {
        answer_.body.append(piece);
    }
    if (!added && added.error().code == ErrorCode::invalid_input) {
        return fail(ErrorCode::invalid_input,
                    "the answer is larger than the limit of " + std::to_string(shape_.body_limit) +
                        " bytes");
    }
    if (!added || expected_ > 0 || state_ == State::open_body) {
        return added;
    }
    if (state_ == State::sized_body) {
        return finish_body();
    }
    state_ = State::chunk_end;
    return {};
}

Status ResponseReader::finish_body() {
    if (inflate_ && wire_bytes_ > 0 && !inflate_->is_complete()) {
        return corrupt("the answer's compressed body is cut off");
    }
    state_ = State::done;
    return {};
}

Status ResponseReader::close() {
    keep_alive_ = false;
    switch (state_) {
        case State::done:
            return {};
        case State::open_body:
            // A compressed body says its end itself.
            answer_.is_open_ended = !inflate_ || wire_bytes_ == 0;
            return finish_body();
        case State::sized_body:
            return corrupt("the answer ended after " + std::to_string(wire_bytes_) + " of " +
                           std::to_string(*length_) + " bytes");
        case State::chunk_size:
        case State::chunk_body:
        case State::chunk_end:
        case State::trailer:
            return corrupt("the answer ended after " + std::to_string(wire_bytes_) +
                           " bytes, before its last chunk");
        default:
            break;
    }
    if (begun_) {
        return corrupt("the answer ended within its headers");
    }
    return fail(ErrorCode::unavailable, "the connection was closed before an answer came");
}

}  // namespace tided::daemon
