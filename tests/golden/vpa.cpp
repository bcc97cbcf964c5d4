// Suite vpa: streams of pods, samples and kills through the recommender, as the daemon feeds it.
#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "policy/vpa/amount.h"
#include "policy/vpa/ledger.h"
#include "policy/vpa/recommend.h"
#include "tests/golden/golden.h"
#include "tests/golden/vpa_settings.h"

namespace tided::golden {
namespace json = boost::json;

namespace {

using namespace policy::vpa;

const Label selected{.name = "app", .value = "app"};
constexpr std::string_view scope = "default";

bool selects(const HistoryKey& key) {
    return std::ranges::find(key.labels, selected) != key.labels.end();
}

struct Event {
    TimePoint at{};
    std::string kind;
    std::string pod;
    std::string container;
    std::string value;
};

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::stringstream stream{text};
    for (std::string part; std::getline(stream, part, separator);) {
        parts.push_back(part);
    }
    return parts;
}

template <typename Number>
Number number(const std::string& text) {
    Number value{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size()) {
        throw std::invalid_argument{"not a number: \"" + text + '"'};
    }
    return value;
}

Event event_of(const std::string& line, const std::vector<std::string>& columns) {
    const std::vector<std::string> cells = split(line, ',');
    Event event;
    for (std::size_t i = 0; i < std::min(cells.size(), columns.size()); ++i) {
        if (columns[i] == "t_unix_ms") {
            event.at = TimePoint{Duration{number<std::int64_t>(cells[i])}};
        }
    }
    const std::array<std::pair<std::string_view, std::string Event::*>, 4> texts{
        {{"kind", &Event::kind},
         {"pod", &Event::pod},
         {"container", &Event::container},
         {"value", &Event::value}}};
    for (const auto& [name, member] : texts) {
        const auto column = std::ranges::find(columns, name) - columns.begin();
        const auto index = static_cast<std::size_t>(column);
        event.*member = index < cells.size() ? cells[index] : std::string{};
    }
    return event;
}

std::vector<Event> events_of(const std::filesystem::path& stream) {
    std::ifstream file{stream};
    std::string line;
    if (!std::getline(file, line)) {
        throw std::invalid_argument{stream.string() + " cannot be read"};
    }
    const std::vector<std::string> columns = split(line, ',');
    std::vector<Event> events;
    while (std::getline(file, line)) {
        events.push_back(event_of(line, columns));
    }
    return events;
}

/// A recommender and the pods that it would see again after a restart.
struct Recommender {
    Ledger ledger;
    std::map<std::string, Appearance> pods;
};

InstanceId id_of(const std::string& pod) {
    return {.scope = std::string{scope}, .name = pod};
}

void see_pod(Recommender& recommender, const Event& event) {
    Labels labels;
    for (const std::string& label : split(event.value, ';')) {
        const std::size_t middle = label.find('=');
        labels.push_back({label.substr(0, middle), label.substr(middle + 1)});
    }
    const Appearance seen{.labels = normalised(std::move(labels)),
                          .containers = split(event.container, ';'),
                          .at = event.at};
    recommender.ledger.put(id_of(event.pod), seen);
    recommender.pods[event.pod] = seen;
}

void lose_pod(Recommender& recommender, const Event& event) {
    recommender.ledger.remove(id_of(event.pod));
    recommender.pods.erase(event.pod);
}

template <typename Sample>
void take(Recommender& recommender, const Event& event, const Sample& sample) {
    if (Ledger::Container* container = recommender.ledger.find(id_of(event.pod), event.container)) {
        recommender.ledger.take(*container, sample);
    }
}

void take_cpu(Recommender& recommender, const Event& event) {
    const MilliCpu usage{number<std::int64_t>(event.value)};
    take(recommender, event, CpuSample{.at = event.at, .usage = usage});
}

void take_cores(Recommender& recommender, const Event& event) {
    const MilliCpu usage = cpu_of_cores(number<double>(event.value));
    take(recommender, event, CpuSample{.at = event.at, .usage = usage});
}

void take_memory(Recommender& recommender, const Event& event) {
    const Bytes usage{number<std::int64_t>(event.value)};
    take(recommender, event, MemorySample{.at = event.at, .usage = usage});
}

void take_kill(Recommender& recommender, const Event& event) {
    const Bytes request{number<std::int64_t>(event.value)};
    take(recommender, event, OutOfMemory{.at = event.at, .request = request});
}

void collect(Recommender& recommender, const Event& event) {
    recommender.ledger.collect(event.at);
}

void restart(Recommender& recommender, const Event& event) {
    Ledger fresh{recommender.ledger.settings()};
    for (const auto& [container, checkpoint] : recommender.ledger.checkpoints(&selects, event.at)) {
        fresh.load(container, from_checkpoint(checkpoint, fresh.settings()).value());
    }
    for (auto& [pod, seen] : recommender.pods) {
        seen.at = event.at;
        fresh.put(id_of(pod), seen);
    }
    recommender.ledger = std::move(fresh);
}

void probe(Recommender& /*recommender*/, const Event& /*event*/) {}  // by its index, see run()

using Apply = void (*)(Recommender&, const Event&);
const std::map<std::string_view, Apply> kinds{{"pod", &see_pod},
                                              {"delpod", &lose_pod},
                                              {"cpu", &take_cpu},
                                              {"cpuf", &take_cores},
                                              {"mem", &take_memory},
                                              {"oom", &take_kill},
                                              {"gc", &collect},
                                              {"restart", &restart},
                                              {"probe", &probe}};

json::value unix_ms(TimePoint at) {
    return at == never ? json::value(nullptr) : json::value(at.time_since_epoch().count());
}

json::object told(const Amounts& amounts) {
    json::object object;
    if (amounts.cpu) {
        object["cpu_millicores"] = amounts.cpu->count;
    }
    if (amounts.memory) {
        object["memory_bytes"] = amounts.memory->count;
    }
    return object;
}

json::object told(const DecayingHistogram& histogram) {
    const Histogram& weights = histogram.weights();
    json::object buckets;
    for (std::size_t bucket = weights.min(); bucket <= weights.max(); ++bucket) {
        if (weights.weight(bucket) > 0.0) {
            buckets[std::to_string(bucket)] = weights.weight(bucket);
        }
    }
    return {{"reference_unix_ms", unix_ms(histogram.reference())},
            {"total_weight", weights.total()},
            {"min_bucket", weights.min()},
            {"max_bucket", weights.max()},
            {"bucket_weights", std::move(buckets)}};
}

json::object told(const Recommendation& recommendation, const Aggregate& aggregate) {
    return {{"container", recommendation.container},
            {"target", told(recommendation.target)},
            {"lower_bound", told(recommendation.lower)},
            {"upper_bound", told(recommendation.upper)},
            {"uncapped_target", told(recommendation.uncapped)},
            {"total_samples_count", aggregate.samples},
            {"first_sample_unix_ms", unix_ms(aggregate.first_sample)},
            {"last_sample_unix_ms", unix_ms(aggregate.last_sample)},
            {"merged_cpu_histogram", told(aggregate.cpu)},
            {"merged_memory_histogram", told(aggregate.memory)}};
}

json::value probed(Ledger& ledger) {
    const ByContainer merged = ledger.merged(&selects, DayClass::workday);
    json::array all;
    for (const Recommendation& recommendation : recommend(merged, ledger.settings())) {
        all.push_back(told(recommendation, merged.find(recommendation.container)->second));
    }
    return all.empty() ? json::value(nullptr) : json::value(std::move(all));
}

Result<json::value> run(const json::object& scenario, const std::filesystem::path& folder) {
    auto settings = settings_of(scenario);
    if (!settings) {
        return fail(std::move(settings).error());
    }
    std::multimap<std::int64_t, std::size_t> places;  // after which event, which probe
    for (const json::value& wanted : scenario.at("probes").as_array()) {
        places.emplace(wanted.at("after_event").to_number<std::int64_t>(), places.size());
    }
    json::array results(places.size());
    Recommender recommender{.ledger = Ledger{*std::move(settings)}, .pods = {}};
    std::int64_t index = 0;
    for (const Event& event :
         events_of(folder / std::string_view{scenario.at("stream").as_string()})) {
        const auto kind = kinds.find(event.kind);
        if (kind == kinds.end()) {
            return fail(ErrorCode::unsupported, "event kind " + event.kind);
        }
        kind->second(recommender, event);
        const auto [from, to] = places.equal_range(index++);
        for (auto place = from; place != to; ++place) {
            results[place->second] = probed(recommender.ledger);
        }
    }
    return json::value(std::move(results));
}

json::value expected_of(const json::object& scenario) {
    json::array expected;
    for (const json::value& wanted : scenario.at("probes").as_array()) {
        const json::value* said = wanted.as_object().if_contains("expected");
        expected.push_back(said == nullptr ? json::value(nullptr) : *said);
    }
    return expected;
}

Checked check(const json::value& scenario, const std::filesystem::path& folder) {
    Checked checked;
    try {
        checked.id = std::string_view{scenario.at("id").as_string()};
        checked.expected = expected_of(scenario.as_object());
        checked.got = run(scenario.as_object(), folder);
    } catch (const std::exception& problem) {
        checked.got = fail(ErrorCode::corrupt, problem.what());
    }
    return checked;
}

}  // namespace

std::vector<Checked> check_vpa(const json::value& document, const std::filesystem::path& folder) {
    std::vector<Checked> all;
    for (const json::value& scenario : document.at("scenarios").as_array()) {
        all.push_back(check(scenario, folder));
    }
    return all;
}

}  // namespace tided::golden
