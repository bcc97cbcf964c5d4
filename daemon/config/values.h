// Values: one node of the document read as what its key's form says, and a whole table read
// through its schema. What the check has found wrong reads as absent, so that compiling goes on
// and finds the remaining mistakes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/config/document.h"
#include "daemon/config/schema/schema.h"
#include "policy/vocab/result.h"
#include "policy/vocab/time.h"
#include "policy/vocab/units.h"

namespace tided::config {

/// The size of a quantity-like value for range checks, in the base unit of its form (milliseconds,
/// bytes, one). Errors: text that is no such quantity.
[[nodiscard]] Result<double> magnitude(Form form, const Node& node);
[[nodiscard]] Result<double> magnitude(Form form, std::string_view text);

/// As a person would write it: "5s", 0.5, true.
[[nodiscard]] std::string shown(const Node& node);

/// The same without quotes, for sentences that compare amounts.
[[nodiscard]] std::string said(const Node& node);

/// "credential:NAME", "file:/PATH", "env:NAME". Errors name the rule and never echo the text.
[[nodiscard]] Result<SecretRef> parse_secret_reference(std::string_view text);

/// One table of the document, read through its schema. REQUIRES: both outlive it, and each name
/// that is asked for is a key of `schema`.
class Fields {
public:
    Fields(const Node* node, const Table& schema) : node_{node}, schema_{schema} {}

    /// The value as written, or null when it is absent or was found wrong.
    [[nodiscard]] const Node* find(std::string_view name) const;
    /// Where to point when complaining about `name`: at its value, else at the table.
    [[nodiscard]] Place place(std::string_view name) const;
    /// The inner table `name`; reads as all defaults when it is absent.
    [[nodiscard]] Fields inner(std::string_view name) const;
    /// Whether the key is written at all, right or wrong.
    [[nodiscard]] bool is_written(std::string_view name) const;

    // Written or default.
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] bool boolean(std::string_view name) const;
    [[nodiscard]] std::int64_t integer(std::string_view name) const;
    [[nodiscard]] double number(std::string_view name) const;  ///< number, ratio or quantity
    [[nodiscard]] Duration duration(std::string_view name) const;
    [[nodiscard]] std::size_t bytes(std::string_view name) const;

    // Written or empty.
    [[nodiscard]] std::optional<Duration> written_duration(std::string_view name) const;
    [[nodiscard]] std::optional<SecretRef> secret(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> map(std::string_view name) const;

    [[nodiscard]] const Node* node() const { return node_; }

private:
    [[nodiscard]] std::string_view standard(std::string_view name) const;

    const Node* node_;
    const Table& schema_;
};

}  // namespace tided::config
