// ResponseReader: the bytes of one HTTP/1.1 answer -> status, headers, decoded body. Pure: fed by
// whoever has the socket. RFC 9112, the client's half; strict where a mistake could be taken for
// data:
//   status line · headers · (chunked | Content-Length | until the peer closes) · gzip or identity
// A body that ends early is an error, never a shorter body. Everything is bounded: 64 kB of
// headers, `body_limit` decoded bytes, as many on the wire.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/client/inflate.h"
#include "daemon/client/spare_bodies.h"
#include "policy/vocab/result.h"

namespace tided::daemon {

struct HttpAnswer {
    int status = 0;
    std::string content_type;
    std::string location;                                      ///< of a redirect
    std::vector<std::pair<std::string, std::string>> headers;  ///< only when asked for
    std::string body;
    bool is_open_ended = false;  ///< the body ended where the peer closed: it may have been cut
};

struct AnswerShape {
    std::size_t body_limit = 64 * 1024 * 1024;
    bool bodiless = false;          ///< the request was HEAD or CONNECT
    bool keep_headers = false;      ///< fill HttpAnswer::headers
    SpareBodies* bodies = nullptr;  ///< whose memory the body is made in; null: its own
    /// Takes the body as it comes, which is then not kept; called with nothing when the head ends.
    /// A compressed body is refused.
    std::function<void(int status, std::string_view piece)> on_body{};
};

class ResponseReader {
public:
    explicit ResponseReader(AnswerShape shape) : shape_(std::move(shape)) {}

    /// Takes bytes in; gives back how many were used: all, unless the answer became complete.
    /// Errors: corrupt (not HTTP, cut or malformed), invalid_input (over a limit), unsupported.
    [[nodiscard]] Result<std::size_t> feed(std::string_view bytes);

    /// The peer closed. Errors: corrupt when that was too early.
    [[nodiscard]] Status close();

    [[nodiscard]] bool is_complete() const { return state_ == State::done; }
    /// True as soon as one byte came.
    [[nodiscard]] bool has_begun() const { return begun_; }
    /// Whether the connection may carry another request.
    [[nodiscard]] bool is_reusable() const { return is_complete() && keep_alive_; }

    /// Decoded bytes so far.
    [[nodiscard]] std::size_t body_size() const { return answer_.body.size(); }

    /// The complete answer, once.
    [[nodiscard]] HttpAnswer take() { return std::move(answer_); }

private:
    enum class State : std::uint8_t {
        status_line,
        header,
        sized_body,
        open_body,
        chunk_size,
        chunk_body,
        chunk_end,
        trailer,
        done
    };

    Result<bool> take_line(std::string_view& bytes, std::string_view& line);
    Status on_line(std::string_view line);
    Status on_status_line(std::string_view line);
    Status on_header(std::string_view line);
    Status on_known_header(std::string_view name, std::string_view value);
    Status on_content_length(std::string_view value);
    Status on_head_end();
    Status on_chunk_size(std::string_view line);
    Status add_body(std::string_view piece);
    Status finish_body();

    AnswerShape shape_;
    HttpAnswer answer_;
    State state_ = State::status_line;
    std::string partial_;         ///< a line whose end has not come yet
    std::size_t head_bytes_ = 0;  ///< of status line, headers and trailers so far
    std::optional<std::uint64_t> length_;
    std::uint64_t expected_ = 0;  ///< bytes left in the sized body or chunk
    std::uint64_t wire_bytes_ = 0;
    bool begun_ = false;
    bool chunked_ = false;
    bool gzip_ = false;
    bool keep_alive_ = true;
    std::optional<Inflate> inflate_;
};

/// Equal but for the case of ASCII letters.
[[nodiscard]] bool same_name(std::string_view left, std::string_view right);

}  // namespace tided::daemon
