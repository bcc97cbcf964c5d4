// Filling the template, and what a spec may not ask for.
#include "actuators/process_pool/template.h"

#include <algorithm>

namespace tided::actuators {

namespace {

constexpr std::string_view index_hole = "{index}";
constexpr std::string_view port_hole = "{port}";
constexpr std::int64_t last_port = 65535;

void replace_all(std::string& text, std::string_view hole, const std::string& with) {
    for (auto at = text.find(hole); at != std::string::npos; at = text.find(hole, at)) {
        text.replace(at, hole.size(), with);
        at += with.size();
    }
}

bool uses_port(const ProcessPoolSpec& spec) {
    const auto has_hole = [](std::string_view text) {
        return text.find(port_hole) != std::string_view::npos;
    };
    return std::any_of(spec.command.begin(), spec.command.end(), has_hole) ||
           std::any_of(spec.environment.begin(),
                       spec.environment.end(),
                       [&](const auto& entry) { return has_hole(entry.second); }) ||
           has_hole(spec.directory) || has_hole(spec.probe);
}

tl::unexpected<Error> invalid(const ProcessPoolSpec& spec, const std::string& what) {
    return fail(ErrorCode::invalid_input, "pool " + spec.name + ": " + what);
}

}  // namespace

Status check_count(const ProcessPoolSpec& spec, Replicas count) {
    if (count.count < 0) {
        return invalid(spec, "it cannot be " + to_string(count) + " large");
    }
    const std::int64_t highest = std::int64_t{spec.first_port} + count.count - 1;
    if (spec.first_port != 0 && highest > last_port) {
        return invalid(spec,
                       to_string(count) + " copies from port " + std::to_string(spec.first_port) +
                           " on would need ports up to " + std::to_string(highest) +
                           ", beyond 65535");
    }
    return {};
}

Status check_template(const ProcessPoolSpec& spec) {
    if (spec.command.empty() || spec.command.front().empty()) {
        return invalid(spec, "it has no command");
    }
    if (spec.first_port == 0 && uses_port(spec)) {
        return invalid(spec, "it uses {port} without a first_port");
    }
    const std::string_view probe = spec.probe;
    if (!probe.empty() && !probe.starts_with("tcp://") && !probe.starts_with("http://")) {
        return invalid(spec,
                       "its probe '" + spec.probe + "' begins with neither tcp:// nor http://");
    }
    for (const auto& [name, value] : spec.environment) {
        if (name == mark_variable) {
            return invalid(spec, "its environment may not set " + name);
        }
    }
    return check_count(spec, spec.initial);
}

std::string fill(std::string_view text, const ProcessPoolSpec& spec, std::int32_t index) {
    std::string filled{text};
    replace_all(filled, index_hole, std::to_string(index));
    replace_all(filled, port_hole, std::to_string(spec.first_port + index));
    return filled;
}

std::uint64_t fingerprint(const ProcessPoolSpec& spec) {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&hash](std::string_view text) {
        for (const char c : text) {
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        }
        hash *= 0x100000001b3;  // a byte 0 between the parts
    };
    for (const std::string& argument : spec.command) {
        add(argument);
    }
    add("");
    for (const auto& [name, value] : spec.environment) {
        add(name);
        add(value);
    }
    add(spec.directory);
    add(spec.keep ? "kept" : "");
    return hash == 0 ? 1 : hash;
}

Command fill_command(const ProcessPoolSpec& spec, std::int32_t index, const std::string& mark) {
    Command command;
    for (const std::string& word : spec.command) {
        command.argv.push_back(fill(word, spec, index));
    }
    for (const auto& [name, value] : spec.environment) {
        command.environment.emplace_back(name, fill(value, spec, index));
    }
    command.environment.emplace_back(mark_variable, mark);
    command.directory = fill(spec.directory, spec, index);
    return command;
}

}  // namespace tided::actuators
