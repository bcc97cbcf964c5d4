#include "metrics/target_labels.h"

#include <algorithm>
#include <map>

namespace tided::metrics {
namespace {

constexpr std::string_view exported = "exported_";

Label* find(Labels& labels, std::string_view name) {
    const auto at = std::find_if(
        labels.begin(), labels.end(), [&](const Label& label) { return label.name == name; });
    return at == labels.end() ? nullptr : &*at;
}

void honor(Labels& labels, const Labels& target) {
    for (const Label& label : target) {
        if (find(labels, label.name) == nullptr) {
            labels.push_back(label);
        }
    }
}

bool is_taken(Labels& labels, std::string_view name) {
    const Label* const label = find(labels, name);
    return label != nullptr && !label->value.empty();
}

void override_with(Labels& labels, const Labels& target) {
    Labels displaced;
    for (const Label& label : target) {
        Label* const own = find(labels, label.name);
        if (own == nullptr) {
            labels.push_back(label);
            continue;
        }
        if (!own->value.empty()) {
            displaced.push_back(*own);
        }
        own->value = label.value;
    }
    std::stable_sort(displaced.begin(), displaced.end(), [](const Label& a, const Label& b) {
        return a.name.size() < b.name.size();
    });
    for (Label& label : displaced) {
        do {
            label.name.insert(0, exported);
        } while (is_taken(labels, label.name));
        labels.push_back(std::move(label));
    }
}

// "http://user@host:80/path?x" -> {"http://user@host:80", "host:80", "/path?x"}
struct UrlParts {
    std::string_view origin;
    std::string_view authority;
    std::string_view path;
};

UrlParts parts_of(std::string_view url) {
    const std::size_t host = url.find("://") + 3;
    const std::size_t path = std::min(url.find_first_of("/?", host), url.size());
    std::string_view authority = url.substr(host, path - host);
    if (const std::size_t user = authority.rfind('@'); user != std::string_view::npos) {
        authority.remove_prefix(user + 1);
    }
    return {.origin = url.substr(0, path), .authority = authority, .path = url.substr(path)};
}

// "http://user@host:80/path?x" -> "http://host:80/path"
std::string shown(std::string_view url) {
    const UrlParts parts = parts_of(url);
    return std::string{url.substr(0, url.find("://") + 3)}
        .append(parts.authority)
        .append(parts.path.substr(0, parts.path.find('?')));
}

// How many of the targets have each instance.
std::map<std::string, int> uses_of(const std::vector<Target>& targets) {
    std::map<std::string, int> uses;
    for (const Target& target : targets) {
        ++uses[target.instance];
    }
    return uses;
}

Target completed(const ScrapeSpec& spec, const std::string& address) {
    if (address.find("://") == std::string::npos) {
        const std::string url = spec.scheme + "://" + address + spec.metrics_path;
        return {.url = url, .shown = shown(url), .instance = address};
    }
    const UrlParts parts = parts_of(address);
    const std::string url =
        parts.path.empty() ? std::string{parts.origin} + spec.metrics_path : address;
    return {.url = url, .shown = shown(url), .instance = std::string{parts.authority}};
}

}  // namespace

std::vector<Target> targets_of(const ScrapeSpec& spec) {
    std::vector<Target> targets;
    targets.reserve(spec.targets.size());
    for (const std::string& address : spec.targets) {
        targets.push_back(completed(spec, address));
    }
    const auto by_host = uses_of(targets);
    for (Target& target : targets) {
        target.instance = by_host.at(target.instance) > 1 ? target.shown : target.instance;
    }
    const auto by_url = uses_of(targets);
    std::map<std::string, int> numbers;
    for (Target& target : targets) {
        if (by_url.at(target.instance) > 1) {
            target.instance += "#" + std::to_string(++numbers[target.instance]);
        }
    }
    return targets;
}

Labels target_labels(const ScrapeSpec& spec, std::string_view instance) {
    Labels labels{{.name = "job", .value = spec.name},
                  {.name = "instance", .value = std::string{instance}}};
    labels.insert(labels.end(), spec.labels.begin(), spec.labels.end());
    return normalised(std::move(labels));
}

Labels with_target_labels(const PageParser& parser, const Labels& target, bool honor_labels) {
    Labels labels;
    labels.reserve(parser.raw_labels().size() + target.size() + 1);
    labels.push_back(
        {.name = std::string{metric_name_label}, .value = unescaped(parser.raw_name())});
    for (const RawLabel& label : parser.raw_labels()) {
        labels.push_back({.name = unescaped(label.name), .value = unescaped(label.value)});
    }
    if (honor_labels) {
        honor(labels, target);
    } else {
        override_with(labels, target);
    }
    return normalised(std::move(labels));
}

}  // namespace tided::metrics
