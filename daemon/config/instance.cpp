#include "daemon/config/instance.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <utility>
#include <vector>

#include <re2/re2.h>

#include "daemon/config/address.h"
#include "daemon/config/workload.h"
#include "metrics/percent.h"
#include "metrics/promql/lexer.h"
#include "metrics/utf8.h"

namespace tided::config {
namespace {

constexpr std::size_t longest_name = 255;

using metrics::percent_decoded;
using metrics::percent_encoded;
using metrics::promql::Token;
using metrics::promql::TokenKind;

tl::unexpected<Error> unfit(std::string why) {
    return fail(ErrorCode::invalid_input, std::move(why));
}

std::string placeholder(std::string_view label) {
    return '{' + std::string{label} + '}';
}

/// As the inside of a PromQL string in `quote` (prometheus.io/docs, "String literals").
std::string escaped(std::string_view value, char quote) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == quote || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7F) {
            out += "\\x";
            out += digits[byte / 16U];
            out += digits[byte % 16U];
        } else {
            out += c;
        }
    }
    return out;
}

bool is_string(const Token& token) {
    return token.kind == TokenKind::string;
}

/// Whether what follows is the value of a label that is matched.
bool matches(TokenKind before) {
    return before == TokenKind::assign || before == TokenKind::not_equal ||
           before == TokenKind::match || before == TokenKind::not_match;
}

bool takes_pattern(TokenKind before) {
    return before == TokenKind::match || before == TokenKind::not_match;
}

Status check_value(const std::string& value) {
    if (value.empty()) {
        return unfit("it is empty, or an element lacks the label");
    }
    if (metrics::valid_utf8_prefix(value) != value.size()) {
        return unfit("it is no valid UTF-8");
    }
    if (value.find('\0') != std::string::npos) {
        return unfit("a NUL character is in it");
    }
    return {};
}

/// What a pool's text is, and so what a value may be in it.
struct Filling {
    std::string_view label;
    const std::string& value;

    [[nodiscard]] std::string into(const std::string& text) const {
        return with_value(text, label, value);
    }
    [[nodiscard]] bool is_in(std::string_view text) const { return has_placeholder(text, label); }
};

/// Programs that take what they are told for a program, without the numbers of their versions.
bool interprets(std::string_view program) {
    static constexpr std::array<std::string_view, 26> names{
        "ash",  "awk",  "bash",   "busybox", "csh",  "dash", "doas", "env", "eval",
        "fish", "gawk", "ksh",    "lua",     "mawk", "node", "perl", "php", "python",
        "ruby", "sed",  "setsid", "sh",      "ssh",  "su",   "sudo", "zsh"};
    program.remove_prefix(program.rfind('/') + 1);  // npos + 1 is 0
    program = program.substr(0, program.find_first_of("0123456789"));
    return std::find(names.begin(), names.end(), program) != names.end();
}

bool is_word(std::string_view text, std::string_view also) {
    return std::all_of(text.begin(), text.end(), [&](unsigned char c) {
        return std::isalnum(c) != 0 || also.find(static_cast<char>(c)) != std::string_view::npos;
    });
}

/// Whether whoever gets the arguments may take one that holds the value for more than data: a
/// shell or the like is among them, or a text of several words.
bool are_interpreted(const Filling& filling, const std::vector<std::string>& arguments) {
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
        return interprets(argument) ||
               (filling.is_in(argument) &&
                !is_word(with_value(argument, filling.label, ""), "-._~/=:@,+%"));
    });
}

/// A value must be data to whatever is run: no option at the start of an argument, and a plain word
/// where it may be interpreted.
Status fill_arguments(const Filling& filling, std::vector<std::string>& arguments) {
    const bool is_filled =
        std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
            return filling.is_in(argument);
        });
    if (is_filled && are_interpreted(filling, arguments) && !is_word(filling.value, "-._")) {
        return unfit(
            "only letters, digits, '.', '_' and '-' may be in it, for a shell or the like "
            "may run it");
    }
    for (std::string& argument : arguments) {
        if (filling.value.starts_with('-') && argument.starts_with(placeholder(filling.label))) {
            return unfit("it begins with '-', and an argument that it begins would be an option");
        }
        argument = filling.into(argument);
    }
    return {};
}

Status fill_directory(const Filling& filling, std::string& directory) {
    if (!filling.is_in(directory)) {
        return {};
    }
    if (filling.value.find('/') != std::string::npos || filling.value == "." ||
        filling.value == "..") {
        return unfit("'directory' wants the name of a directory, without '/'");
    }
    directory = filling.into(directory);
    return {};
}

void fill_environment(const Filling& filling,
                      std::vector<std::pair<std::string, std::string>>& environment) {
    for (auto& [name, value] : environment) {
        value = filling.into(value);
    }
}

/// Within a URL's path the value is percent-encoded; elsewhere it must need no encoding.
Status fill_probe(const Filling& filling, std::string& probe) {
    if (!filling.is_in(probe)) {
        return {};
    }
    probe = with_value(probe, filling.label, percent_encoded(filling.value));
    const Status fits = check_probe(with_value(with_value(probe, "port", "80"), "index", "1"));
    return fits ? Status{} : Status{fail(Error{fits.error()}.within("probe"))};
}

/// Fills what may hold a placeholder in each kind of pool.
struct Fill {
    const Filling& filling;

    Status operator()(actuators::ProcessPoolSpec& spec) const {
        // Of what is filled in later, {index} and {port}, a value must not bring more.
        if (filling.value.find_first_of("{}") != std::string::npos) {
            return unfit("a brace is in it, which has a meaning of its own here");
        }
        Status status = fill_arguments(filling, spec.command);
        if (status) {
            status = fill_directory(filling, spec.directory);
        }
        fill_environment(filling, spec.environment);
        return status ? fill_probe(filling, spec.probe) : status;
    }

    Status operator()(actuators::ExecSpec& spec) const {
        Status status = fill_arguments(filling, spec.observe);
        if (status) {
            status = fill_arguments(filling, spec.apply);
        }
        if (status) {
            status = fill_directory(filling, spec.directory);
        }
        fill_environment(filling, spec.environment);
        return status;
    }

    Status operator()(actuators::KubernetesSpec& spec) const {
        if (filling.value.find('/') != std::string::npos) {
            return unfit("'workload' wants a name without '/'");
        }
        spec.workload = filling.into(spec.workload);
        const Result<std::string> known = canonical_workload(spec.workload);
        return known ? Status{} : Status{fail(Error{known.error()}.within("workload"))};
    }
};

Result<Pool> pool_of(const Template& made_of, const std::string& name, const std::string& value) {
    Pool pool = made_of.pool;
    pool.name = name;
    pool.is_instance = true;
    std::visit([&](auto& spec) { spec.name = name; }, pool.spec);
    const Filling filling{.label = made_of.label, .value = value};
    if (Status fits = std::visit(Fill{filling}, pool.spec); !fits) {
        return fail(std::move(fits).error());
    }
    return pool;
}

}  // namespace

bool has_placeholder(std::string_view text, std::string_view label) {
    return text.find(placeholder(label)) != std::string_view::npos;
}

std::string with_value(std::string text, std::string_view label, std::string_view value) {
    const std::string word = placeholder(label);
    for (std::size_t at = text.find(word); at != std::string::npos;
         at = text.find(word, at + value.size())) {
        text.replace(at, word.size(), value);
    }
    return text;
}

std::string query_with_value(const std::string& query,
                             std::string_view label,
                             std::string_view value) {
    const auto tokens = metrics::promql::tokenize(query);
    if (!tokens || !has_placeholder(query, label)) {
        return query;
    }
    std::string out;
    std::size_t done = 0;
    TokenKind before = TokenKind::end;
    for (const Token& token : *tokens) {
        out += query.substr(done, token.span.begin - done);
        std::string text = query.substr(token.span.begin, token.span.end - token.span.begin);
        if (is_string(token) && has_placeholder(text, label)) {
            const std::string data =
                takes_pattern(before) ? RE2::QuoteMeta(std::string{value}) : std::string{value};
            const std::string filling = escaped(data, text.front());
            text = with_value(std::move(text), label, filling);
        }
        out += text;
        done = token.span.end;
        before = token.kind;
    }
    return out + query.substr(done);
}

std::optional<std::size_t> misplaced(const std::string& query, std::string_view label) {
    const auto tokens = metrics::promql::tokenize(query);
    const std::string word = placeholder(label);
    for (std::size_t at = tokens ? query.find(word) : std::string::npos; at != std::string::npos;
         at = query.find(word, at + 1)) {
        const auto around = std::find_if(tokens->begin(), tokens->end(), [&](const Token& token) {
            return is_string(token) && token.span.begin < at && at < token.span.end;
        });
        const bool is_quoted = around != tokens->end() && around != tokens->begin() &&
                               query[around->span.begin] != '`' && matches(std::prev(around)->kind);
        if (!is_quoted) {
            return at;
        }
    }
    return std::nullopt;
}

std::string instance_name(std::string_view name, std::string_view label, std::string_view value) {
    return std::string{name} + '[' + std::string{label} + '=' + percent_encoded(value) + ']';
}

std::optional<std::string> value_of_instance(const Template& made_of, std::string_view name) {
    const std::string prefix = made_of.policy.spec.name + '[' + made_of.label + '=';
    if (!name.starts_with(prefix) || !name.ends_with(']')) {
        return std::nullopt;
    }
    const std::string_view encoded = name.substr(prefix.size(), name.size() - prefix.size() - 1);
    const std::optional<std::string> value = percent_decoded(encoded);
    // One name per value: another spelling of it is not its name.
    return value && percent_encoded(*value) == encoded ? value : std::nullopt;
}

std::string instance_called(std::string_view said) {
    if (said.find('[') == std::string_view::npos) {
        // No name holds an encoded bracket, so this one is encoded as a whole.
        return percent_decoded(said).value_or("");
    }
    const std::size_t begin = said.find('=');
    if (begin == std::string_view::npos || !said.ends_with(']')) {
        return {};
    }
    const std::string_view value = said.substr(begin + 1, said.size() - begin - 2);
    // With a percent sign it is a value of its own or the name of another.
    return value.find('%') == std::string_view::npos
               ? std::string{said.substr(0, begin + 1)} + percent_encoded(value) + ']'
               : "";
}

Result<Instance> instance_of(const Template& made_of, const std::string& value) {
    if (Status has_name = check_value(value); !has_name) {
        return fail(std::move(has_name).error());
    }
    const auto special = made_of.overrides.find(value);
    Instance instance{
        .policy = special == made_of.overrides.end() ? made_of.policy : special->second,
        .pool = {}};
    const std::string name = instance_name(made_of.policy.spec.name, made_of.label, value);
    if (name.size() > longest_name) {
        return unfit("its name would be " + std::to_string(name.size()) +
                     " bytes long, the most is " + std::to_string(longest_name));
    }
    auto pool = pool_of(made_of, name, value);
    if (!pool) {
        return fail(std::move(pool).error());
    }
    instance.pool = *std::move(pool);
    instance.policy.spec.name = name;
    instance.policy.pool = name;
    instance.policy.made_of = made_of.policy.spec.name;
    for (MetricSource& metric : instance.policy.metrics) {
        metric.query.expression = query_with_value(metric.query.expression, made_of.label, value);
    }
    if (instance.policy.vertical) {
        Vertical filled = *instance.policy.vertical;
        for (metrics::Query& query : filled.queries) {
            query.expression = query_with_value(query.expression, made_of.label, value);
        }
        instance.policy.vertical = Shared{std::move(filled)};
    }
    return instance;
}

}  // namespace tided::config
