// The checkpoint as JSON: written whole, read strictly, since a child misread is a child orphaned.
#include "actuators/process_pool/checkpoint.h"

#include <charconv>
#include <optional>
#include <set>

#include <boost/json.hpp>

#include "actuators/json_fields.h"

namespace tided::actuators {

namespace {

namespace json = boost::json;

constexpr std::uint64_t version = 1;

json::object to_json(const KeptChild& child) {
    return {{"index", child.index},
            {"pid", child.id.pid},
            {"start_ticks", child.id.start_ticks},
            {"boot", child.id.boot},
            {"phase", std::string{to_string(child.phase)}},
            {"made", std::to_string(child.made)}};
}

std::optional<Phase> phase_of(const std::optional<std::string>& name) {
    for (const Phase phase : {Phase::starting, Phase::ready, Phase::stopping}) {
        if (name == to_string(phase)) {
            return phase;
        }
    }
    return std::nullopt;
}

/// A text, for JSON readers lose digits of such large numbers.
std::optional<std::uint64_t> made_of(const std::optional<std::string>& text) {
    std::uint64_t made = 0;
    if (!text) {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), made);
    return error == std::errc{} && end == text->data() + text->size() ? std::optional{made}
                                                                      : std::nullopt;
}

std::optional<KeptChild> read_child(const json::value& value) {
    if (!value.is_object()) {
        return std::nullopt;
    }
    const json::object& from = value.get_object();
    const auto index = replicas_field(from, "index");
    const auto pid = replicas_field(from, "pid");
    const auto start_ticks = number_field(from, "start_ticks");
    const auto boot = text_field(from, "boot");
    const auto phase = phase_of(text_field(from, "phase"));
    const auto made =
        from.contains("made") ? made_of(text_field(from, "made")) : std::optional{std::uint64_t{0}};
    if (!made || !index || !pid || pid->count == 0 || !start_ticks || !boot || !phase) {
        return std::nullopt;
    }
    return KeptChild{
        .index = index->count,
        .id = {.pid = pid->count, .start_ticks = *start_ticks, .boot = *boot},
        .phase = *phase,
        .made = *made,
    };
}

tl::unexpected<Error> corrupt(const std::string& what) {
    return fail(ErrorCode::corrupt, "the saved state of the pool cannot be read: " + what);
}

Result<std::vector<KeptChild>> read_children(const json::value* list) {
    if (list == nullptr || !list->is_array()) {
        return corrupt("'children' is not a list");
    }
    std::vector<KeptChild> children;
    std::set<std::int32_t> seen;
    for (const json::value& entry : list->get_array()) {
        const auto child = read_child(entry);
        if (!child || !seen.insert(child->index).second) {
            return corrupt("child " + std::to_string(children.size()) +
                           " of the list is incomplete or there twice");
        }
        children.push_back(*child);
    }
    return children;
}

}  // namespace

PoolCheckpoint checkpoint_of(const Children& children, bool keep) {
    PoolCheckpoint checkpoint{
        .wanted = children.wanted(), .begun = children.begun(), .keep = keep, .children = {}};
    for (const auto& [index, child] : children.all()) {
        if (child.phase == Phase::waiting) {
            continue;
        }
        const bool is_unasked = child.phase == Phase::stopping && child.stop == Stop::due;
        checkpoint.children.push_back({.index = index,
                                       .id = child.id,
                                       .phase = is_unasked ? Phase::starting : child.phase,
                                       .made = child.made});
    }
    return checkpoint;
}

std::string write_checkpoint(const PoolCheckpoint& checkpoint) {
    json::array children;
    for (const KeptChild& child : checkpoint.children) {
        children.push_back(to_json(child));
    }
    json::object object{{"version", version},
                        {"wanted", checkpoint.wanted.count},
                        {"begun", checkpoint.begun.count},
                        {"keep", checkpoint.keep}};
    if (checkpoint.first_port) {
        object["first_port"] = *checkpoint.first_port;
    }
    object["children"] = std::move(children);
    return json::serialize(object);
}

Result<PoolCheckpoint> read_checkpoint(std::string_view from) {
    const auto object = parse_object(from);
    if (!object) {
        return corrupt("it is not a JSON object");
    }
    if (number_field(*object, "version") != version) {
        return corrupt("its version is not " + std::to_string(version));
    }
    const auto wanted = replicas_field(*object, "wanted");
    const json::value* keep = object->if_contains("keep");
    if (!wanted || keep == nullptr || !keep->is_bool()) {
        return corrupt("'wanted' or 'keep' is missing");
    }
    const auto begun =
        object->contains("begun") ? replicas_field(*object, "begun") : std::optional{Replicas{}};
    if (!begun) {
        return corrupt("'begun' is no count");
    }
    auto children = read_children(object->if_contains("children"));
    if (!children) {
        return fail(std::move(children).error());
    }
    const auto port = number_field(*object, "first_port");
    if (object->contains("first_port") && (!port || *port > UINT16_MAX)) {
        return corrupt("'first_port' is no port");
    }
    return PoolCheckpoint{
        .wanted = *wanted,
        .begun = *begun,
        .keep = keep->get_bool(),
        .first_port = port ? std::optional{static_cast<std::uint16_t>(*port)} : std::nullopt,
        .children = *std::move(children)};
}

}  // namespace tided::actuators
