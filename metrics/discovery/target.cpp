#include "metrics/discovery/target.h"

#include <algorithm>
#include <map>
#include <utility>

#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "metrics/utf8.h"

namespace tided::metrics {
namespace {

constexpr std::string_view scheme_label = "__scheme__";
constexpr std::string_view path_label = "__metrics_path__";
constexpr std::string_view parameter_prefix = "__param_";
constexpr std::string_view instance_label = "instance";

void add_missing(Labels& labels, std::string_view name, const std::string& value) {
    if (value_of(labels, name).empty()) {
        labels.push_back({.name = std::string{name}, .value = value});
        labels = normalised(std::move(labels));
    }
}

Labels completed(const ScrapeSpec& spec, Labels found) {
    Labels labels = std::move(found);
    labels.insert(labels.end(), spec.labels.begin(), spec.labels.end());
    labels = normalised(std::move(labels));
    add_missing(labels, "job", spec.name);
    add_missing(labels, scheme_label, spec.scheme);
    add_missing(labels, path_label, spec.metrics_path);
    return labels;
}

// As Go writes a query, for whoever compares URLs.
std::string encoded(std::string_view text) {
    boost::urls::encoding_opts options;
    options.space_as_plus = true;
    return boost::urls::encode(text, boost::urls::unreserved_chars, options);
}

std::string url_of(const Labels& labels) {
    std::string url{value_of(labels, scheme_label)};
    url += "://";
    url += value_of(labels, address_label);
    url += value_of(labels, path_label);
    char before = url.find('?') == std::string::npos ? '?' : '&';
    for (const Label& label : labels) {
        if (label.name.starts_with(parameter_prefix)) {
            url += std::exchange(before, '&');
            url += encoded(std::string_view{label.name}.substr(parameter_prefix.size())) + '=' +
                   encoded(label.value);
        }
    }
    return url;
}

std::string_view without_user(std::string_view authority) {
    const std::size_t user = authority.rfind('@');
    return user == std::string_view::npos ? authority : authority.substr(user + 1);
}

// "http://user@host:80/path?x" -> {"http", "user@host:80", "/path?x"}
struct UrlParts {
    std::string_view scheme;
    std::string_view authority;
    std::string_view path;
};

UrlParts parts_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::size_t host = scheme + 3;
    const std::size_t path = std::min(url.find_first_of("/?", host), url.size());
    return {.scheme = url.substr(0, scheme),
            .authority = url.substr(host, path - host),
            .path = url.substr(path)};
}

// "http://user@host:80/path?x" -> "http://host:80/path"
std::string shown(std::string_view url) {
    const UrlParts parts = parts_of(url);
    return std::string{parts.scheme}
        .append("://")
        .append(without_user(parts.authority))
        .append(parts.path.substr(0, parts.path.find('?')));
}

std::string objection_to(const Labels& labels) {
    const std::string_view address = value_of(labels, address_label);
    const std::string_view scheme = value_of(labels, scheme_label);
    if (address.empty()) {
        return "no __address__ is left: " + to_string(labels);
    }
    if (address.find('/') != std::string_view::npos) {
        return "\"" + std::string{address} + "\" is not host:port";
    }
    if (scheme != "http" && scheme != "https") {
        return std::string{address} + " has the scheme \"" + std::string{scheme} +
               "\", not http or https";
    }
    for (const Label& label : labels) {
        if (valid_utf8_prefix(label.value) != label.value.size()) {
            return std::string{address} + ": its label " + label.name + " is not UTF-8";
        }
    }
    return {};
}

}  // namespace

Judged judged(const ScrapeSpec& spec, const Relabelling& relabelling, Labels found) {
    using Verdict = Judged::Verdict;
    Labels labels = completed(spec, std::move(found));
    if (!relabelling.apply(labels)) {
        return {};
    }
    if (std::string why = objection_to(labels); !why.empty()) {
        return {.verdict = Verdict::invalid, .why = std::move(why)};
    }
    const std::string url = url_of(labels);
    if (!boost::urls::parse_uri(url).has_value()) {
        return {.verdict = Verdict::invalid, .why = shown(url) + " is no URL"};
    }
    add_missing(labels, instance_label, std::string{without_user(value_of(labels, address_label))});
    std::erase_if(labels, [](const Label& label) { return label.name.starts_with("__"); });
    return {.verdict = Verdict::kept,
            .target = {.url = url, .shown = shown(url), .labels = std::move(labels)}};
}

namespace {

/// One of the source's addresses on its way to labels.
struct Listed {
    std::string url;
    std::string address;
    std::string instance;
};

Listed listed(const ScrapeSpec& spec, const std::string& address) {
    if (address.find("://") == std::string::npos) {
        return {.url = spec.scheme + "://" + address + spec.metrics_path,
                .address = address,
                .instance = address};
    }
    const UrlParts parts = parts_of(address);
    return {.url = parts.path.empty() ? address + spec.metrics_path : address,
            .address = std::string{parts.authority},
            .instance = std::string{without_user(parts.authority)}};
}

std::map<std::string, int> uses_of(const std::vector<Listed>& all) {
    std::map<std::string, int> uses;
    for (const Listed& one : all) {
        ++uses[one.instance];
    }
    return uses;
}

void tell_apart(std::vector<Listed>& all) {
    const auto by_host = uses_of(all);
    for (Listed& one : all) {
        one.instance = by_host.at(one.instance) > 1 ? shown(one.url) : one.instance;
    }
    const auto by_url = uses_of(all);
    std::map<std::string, int> numbers;
    for (Listed& one : all) {
        if (by_url.at(one.instance) > 1) {
            one.instance += "#" + std::to_string(++numbers[one.instance]);
        }
    }
}

}  // namespace

std::vector<Labels> listed_targets(const ScrapeSpec& spec) {
    std::vector<Listed> all;
    all.reserve(spec.targets.size());
    for (const std::string& address : spec.targets) {
        all.push_back(listed(spec, address));
    }
    tell_apart(all);
    std::vector<Labels> labels;
    labels.reserve(all.size());
    for (const Listed& one : all) {
        const UrlParts parts = parts_of(one.url);
        Labels found{{std::string{address_label}, one.address},
                     {std::string{scheme_label}, std::string{parts.scheme}},
                     {std::string{path_label}, std::string{parts.path}}};
        if (one.instance != without_user(one.address)) {
            found.push_back({std::string{instance_label}, one.instance});
        }
        labels.push_back(normalised(std::move(found)));
    }
    return labels;
}

}  // namespace tided::metrics
