// The manual: the reference part of tided.toml(5) is exactly what the schema says, key by key with
// type, default and range, and every sample in man page and README loads. With TIDED_REWRITE=1 in
// the environment the reference part is written anew.
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/config/load.h"
#include "daemon/config/schema/schema.h"
#include "daemon/config/values.h"

using namespace tided::config;

namespace {

const std::string manual = TIDED_SOURCE "/systemd/man/tided.toml.5";
constexpr std::string_view begin_mark = ".\\\" begin of reference\n";
constexpr std::string_view end_mark = ".\\\" end of reference\n";

std::string read(const std::string& path) {
    std::ifstream file{path};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

std::string roff(std::string_view text) {
    std::string out{text};
    replace_all(out, "\\", "\\e");
    replace_all(out, "-", "\\-");
    replace_all(out, "'", "\\(aq");
    return out;
}

std::string reference() {
    std::string out;
    for (const Table* table : all_tables()) {
        std::string title = roff(table->title);
        replace_all(title, "\"", "\\(dq");
        out += ".SS \"" + title + "\"\n" + roff(table->doc) + '\n';
        for (const Key& key : table->keys) {
            const std::string line = roff(manual_line(key)).substr(key.name.size());
            out +=
                ".TP\n\\fB" + std::string{key.name} + "\\fR" + line + '\n' + roff(key.doc) + '\n';
        }
    }
    return out;
}

struct Page {
    std::string before;
    std::string reference;
    std::string after;
};

Page split(const std::string& text) {
    const std::size_t begin = text.find(begin_mark) + begin_mark.size();
    const std::size_t end = text.find(end_mark);
    REQUIRE(end != std::string::npos);
    REQUIRE(begin <= end);
    return {text.substr(0, begin), text.substr(begin, end - begin), text.substr(end)};
}

/// Texts between a line `open` and the next line `close`.
std::vector<std::string> blocks(const std::string& text,
                                std::string_view open,
                                std::string_view close) {
    std::vector<std::string> out;
    for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at)) {
        at += open.size();
        const std::size_t end = text.find(close, at);
        REQUIRE(end != std::string::npos);
        out.push_back(text.substr(at, end - at));
    }
    return out;
}

std::string printed(const Loaded& loaded) {
    std::string out;
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        out += render(diagnostic) + '\n';
    }
    return out;
}

/// Tables that a key of some table leads to.
void collect(const Table& table, std::set<const Table*>& seen) {
    for (const Table* part = &table; part != nullptr; part = part->also) {
        seen.insert(part);
        for (const Key& key : part->keys) {
            if (key.inner != nullptr) {
                collect(*key.inner, seen);
            }
        }
    }
}

}  // namespace

TEST_CASE("manual: the reference part is the schema, line by line") {
    Page page = split(read(manual));
    if (std::getenv("TIDED_REWRITE") != nullptr) {
        std::ofstream{manual} << page.before << reference() << page.after;
        page = split(read(manual));
    }
    CHECK(page.reference == reference());
}

TEST_CASE("manual: every table that a file may hold is in it") {
    std::set<const Table*> reachable;
    collect(daemon_table(), reachable);
    for (const Group* group : {&source_group(),
                               &provider_group(),
                               &pool_group(),
                               &policy_group(),
                               &notify_group(),
                               &holidays_group()}) {
        for (const Variant& variant : group->variants) {
            collect(*variant.table, reachable);
        }
    }
    std::set<const Table*> listed_tables{all_tables().begin(), all_tables().end()};
    CHECK(listed_tables.size() == all_tables().size());
    CHECK(listed_tables == reachable);
}

TEST_CASE("schema: every key is told in a sentence, has a default or says what holds without it") {
    for (const Table* table : all_tables()) {
        std::set<std::string_view> names;
        for (const Key& key : table->keys) {
            INFO(table->title << ' ' << key.name);
            CHECK(key.doc.ends_with('.'));
            CHECK(names.insert(key.name).second);
            const bool is_required = key.need == Need::required;
            CHECK((is_required ? 1 : 0) + (key.standard.empty() ? 0 : 1) +
                      (key.otherwise.empty() ? 0 : 1) ==
                  1);
            CHECK((key.form == Form::choice) <= !key.choices.empty());
            CHECK((key.inner != nullptr) == (key.form == Form::table || key.form == Form::tables ||
                                             key.form == Form::table_map));
        }
    }
}

TEST_CASE("schema: defaults are legal values, in range and among the choices") {
    for (const Table* table : all_tables()) {
        for (const Key& key : table->keys) {
            INFO(table->title << ' ' << key.name);
            for (const std::string_view limit : {key.low, key.high}) {
                CHECK((limit.empty() || magnitude(key.form, limit).has_value()));
            }
            if (key.form == Form::choice && !key.standard.empty()) {
                CHECK(has_word(key.choices, key.standard));
            }
            const bool is_quantity = key.form == Form::duration || key.form == Form::bytes ||
                                     key.form == Form::ratio || key.form == Form::integer ||
                                     key.form == Form::number;
            if (is_quantity && !key.standard.empty()) {
                const double value = magnitude(key.form, key.standard).value();
                CHECK((key.low.empty() || value >= magnitude(key.form, key.low).value()));
                CHECK((key.high.empty() || value <= magnitude(key.form, key.high).value()));
            }
        }
    }
}

TEST_CASE("manual: each example loads without a word") {
    const std::vector<std::string> examples = blocks(read(manual), ".\\\" toml\n.EX\n", ".EE\n");
    CHECK(examples.size() == 5);
    for (std::string text : examples) {
        replace_all(text, "\\-", "-");
        replace_all(text, "\\(aq", "'");
        INFO(text);
        CHECK(printed(load_text("example.toml", text, {})) == "");
    }
}

TEST_CASE("readme: each policy file in it loads; nothing is worse than unused") {
    const std::vector<std::string> examples =
        blocks(read(TIDED_SOURCE "/README.md"), "```toml\n", "```\n");
    CHECK_FALSE(examples.empty());
    for (const std::string& text : examples) {
        INFO(text);
        CHECK(printed(load_text("readme.toml", text, {})) == "");
    }
}
