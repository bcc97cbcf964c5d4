#include "daemon/config/schema/schema.h"

#include <algorithm>

#include "daemon/config/schema/tables.h"

namespace tided::config {
namespace {

constexpr Variant source_variants[] = {{"scrape", &tables::scrape},
                                       {"prometheus", &tables::prometheus},
                                       {"kubernetes_metrics", &tables::kubernetes_metrics}};
constexpr Variant provider_variants[] = {{"process_pool", &tables::provider},
                                         {"exec", &tables::provider},
                                         {"kubernetes", &tables::provider_kubernetes}};
constexpr Variant pool_variants[] = {{"process_pool", &tables::pool_process},
                                     {"exec", &tables::pool_exec},
                                     {"kubernetes", &tables::pool_kubernetes}};
constexpr Variant policy_variants[] = {{"", &tables::policy}};
constexpr Variant notify_variants[] = {{"", &tables::notify}};
constexpr Variant holidays_variants[] = {{"", &tables::holidays}};

constexpr Group sources{"source", "a source", source_variants};
constexpr Group providers{"provider", "a provider", provider_variants};
constexpr Group pools{"pool", "a pool", pool_variants};
constexpr Group policies{"policy", "a policy", policy_variants};
constexpr Group notifications{"notify", "a notification", notify_variants};
constexpr Group day_lists{"holidays", "a holiday list", holidays_variants};

constexpr const Table* manual_order[] = {&tables::daemon,
                                         &tables::limits,
                                         &tables::daemon_tls,
                                         &tables::daemon_auth,
                                         &tables::scrape,
                                         &tables::file_sd,
                                         &tables::http_sd,
                                         &tables::dns_sd,
                                         &tables::kubernetes_sd,
                                         &tables::pool_sd,
                                         &tables::relabel,
                                         &tables::prometheus,
                                         &tables::kubernetes_metrics,
                                         &tables::http,
                                         &tables::auth,
                                         &tables::tls,
                                         &tables::provider,
                                         &tables::provider_kubernetes,
                                         &tables::facts,
                                         &tables::pool,
                                         &tables::pool_process,
                                         &tables::pool_exec,
                                         &tables::pool_kubernetes,
                                         &tables::policy,
                                         &tables::metric,
                                         &tables::target,
                                         &tables::fallback,
                                         &tables::threshold,
                                         &tables::band,
                                         &tables::backlog,
                                         &tables::latency,
                                         &tables::latency_point,
                                         &tables::behavior,
                                         &tables::scale_up,
                                         &tables::scale_down,
                                         &tables::rate,
                                         &tables::guards,
                                         &tables::approval,
                                         &tables::flapping,
                                         &tables::undo,
                                         &tables::vertical,
                                         &tables::vertical_cpu,
                                         &tables::vertical_memory,
                                         &tables::vertical_estimate,
                                         &tables::sized_container,
                                         &tables::sized_cpu,
                                         &tables::sized_memory,
                                         &tables::joint,
                                         &tables::joint_cpu,
                                         &tables::joint_memory,
                                         &tables::schedule,
                                         &tables::for_each,
                                         &tables::overriding,
                                         &tables::overriding_metric,
                                         &tables::holidays,
                                         &tables::notify};

std::string_view name_of(Form form) {
    switch (form) {
        case Form::text:
        case Form::any_text:
            return "string";
        case Form::boolean:
            return "boolean";
        case Form::integer:
            return "integer";
        case Form::number:
            return "number";
        case Form::duration:
            return "duration";
        case Form::bytes:
            return "size";
        case Form::ratio:
            return "ratio";
        case Form::quantity:
            return "quantity";
        case Form::choice:
            return "choice";
        case Form::secret:
            return "secret";
        case Form::path:
            return "absolute path";
        case Form::url:
            return "URL";
        case Form::texts:
            return "list of strings";
        case Form::text_or_texts:
            return "string or list of strings";
        case Form::map:
            return "table of strings";
        case Form::table:
            return "table";
        case Form::tables:
            return "list of tables";
        case Form::table_map:
            break;
    }
    return "table of tables";
}

}  // namespace

const Key* Table::find(std::string_view name) const {
    for (const Table* table = this; table != nullptr; table = table->also) {
        for (const Key& key : table->keys) {
            if (key.name == name) {
                return &key;
            }
        }
    }
    return nullptr;
}

const Table* Group::find(std::string_view type) const {
    for (const Variant& variant : variants) {
        if (variant.type == type) {
            return variant.table;
        }
    }
    return nullptr;
}

const Table& daemon_table() {
    return tables::daemon;
}
const Table& relabel_table() {
    return tables::relabel;
}
const Group& source_group() {
    return sources;
}
const Group& provider_group() {
    return providers;
}
const Group& pool_group() {
    return pools;
}
const Group& policy_group() {
    return policies;
}
const Group& notify_group() {
    return notifications;
}
const Group& holidays_group() {
    return day_lists;
}

std::string_view later_tables() {
    return "lease shard placement template calendar";
}

std::span<const Table* const> all_tables() {
    return manual_order;
}

bool has_word(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (words.substr(0, end) == word) {
            return true;
        }
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

std::string listed(std::string_view words) {
    std::string out;
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        const bool is_last = end == words.size();
        out += out.empty() ? "" : is_last ? " or " : ", ";
        out += '"' + std::string{words.substr(0, end)} + '"';
        words.remove_prefix(is_last ? end : end + 1);
    }
    return out;
}

std::string manual_line(const Key& key) {
    std::string line{key.name};
    line += " = ";
    line += name_of(key.form);
    line += key.choices.empty() ? "" : ", " + listed(key.choices);
    line += "; ";
    if (key.need == Need::required) {
        line += "required";
    } else {
        line += "default ";
        line += key.standard.empty() ? key.otherwise : key.standard;
    }
    if (!key.low.empty() && !key.high.empty()) {
        line += "; " + std::string{key.low} + " to " + std::string{key.high};
    } else if (!key.low.empty() || !key.high.empty()) {
        line += key.low.empty() ? "; at most " + std::string{key.high}
                                : "; at least " + std::string{key.low};
    }
    return line;
}

}  // namespace tided::config
