// Schema: what may stand in a policy file, as tables of keys. One table drives the errors about
// unknown keys, types, units and ranges, the defaults that compiling falls back to, and the
// reference part of tided.toml(5), which a test compares with this one line by line.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tided::config {

enum class Form : std::uint8_t {
    text,
    any_text,  ///< may be empty
    boolean,
    integer,
    number,
    duration,  ///< "90s"
    bytes,     ///< "512Mi", or a whole number of bytes
    ratio,     ///< "80%" or 0.8
    quantity,  ///< 100, "250m", "512Mi"
    choice,    ///< one of Key::choices
    secret,    ///< "credential:NAME", "file:/PATH", "env:NAME"
    path,      ///< absolute
    url,       ///< http or https
    texts,     ///< list of strings
    text_or_texts,
    map,        ///< table of strings, any keys
    table,      ///< of Key::inner
    tables,     ///< list of Key::inner
    table_map,  ///< table of Key::inner, any keys
};

enum class Need : std::uint8_t { optional, required };

struct Table;

struct Key {
    std::string_view name;
    Form form = Form::text;
    Need need = Need::optional;
    std::string_view standard{};  ///< the default in the file's own notation; "" = none
    std::string_view low{};       ///< smallest and largest value, in the file's notation
    std::string_view high{};
    std::string_view choices{};    ///< separated by blanks
    std::string_view later{};      ///< choices that this version knows of but does not support
    const Table* inner = nullptr;  ///< of table, tables and table_map
    std::string_view doc{};        ///< sentences for the manual
    std::string_view otherwise{};  ///< what holds without it, in words, when `standard` is empty
};

struct Table {
    std::string_view title;  ///< "[daemon]", "[source.NAME], type = \"scrape\""
    std::string_view doc;
    std::span<const Key> keys;
    const Table* also = nullptr;  ///< further keys, shared with other tables
    std::string_view later{};     ///< keys that this version knows of but does not support

    /// The key called `name` here or in `also`, or null.
    [[nodiscard]] const Key* find(std::string_view name) const;
};

/// One [group.NAME] family: which table holds depends on the value of `type` (or, for pools, on
/// the type of their provider).
struct Variant {
    std::string_view type;  ///< "" when there is only one
    const Table* table;
};
struct Group {
    std::string_view name;      ///< "source"
    std::string_view singular;  ///< "a source"
    std::span<const Variant> variants;

    /// The table for `type`, or null.
    [[nodiscard]] const Table* find(std::string_view type) const;
};

[[nodiscard]] const Table& daemon_table();
[[nodiscard]] const Table& relabel_table();
[[nodiscard]] const Group& source_group();
[[nodiscard]] const Group& provider_group();
[[nodiscard]] const Group& pool_group();
[[nodiscard]] const Group& policy_group();
[[nodiscard]] const Group& notify_group();
[[nodiscard]] const Group& holidays_group();

/// Names of top-level tables that coming versions will have.
[[nodiscard]] std::string_view later_tables();

/// Every table once, in the order of the manual.
[[nodiscard]] std::span<const Table* const> all_tables();

/// The key's line in the manual: `interval = duration; default 5s; 100ms to 1h`.
[[nodiscard]] std::string manual_line(const Key& key);

/// Whether `word` is among the blank-separated `words`.
[[nodiscard]] bool has_word(std::string_view words, std::string_view word);

/// "\"a\", \"b\" or \"c\"".
[[nodiscard]] std::string listed(std::string_view words);

}  // namespace tided::config
