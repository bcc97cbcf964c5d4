#include "metrics/scrape_demand.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "metrics/evaluate.h"
#include "metrics/matcher.h"
#include "metrics/scraper.h"

namespace tided::metrics {
namespace {

/// What a query becomes: one of the former demands, or an evaluator made for it.
struct Maker {
    ScrapeDemand* former = nullptr;
    std::optional<promql::Evaluator> made{};
};

Result<std::vector<Maker>> makers_of(const std::vector<Query>& queries,
                                     std::vector<ScrapeDemand>& former,
                                     promql::Dialect dialect) {
    std::unordered_multimap<std::string_view, ScrapeDemand*> free;
    for (ScrapeDemand& demand : former) {
        free.emplace(demand.evaluator.expression().text, &demand);
    }
    std::vector<Maker> makers;
    makers.reserve(queries.size());
    for (const Query& query : queries) {
        if (const auto same = free.find(query.expression); same != free.end()) {
            makers.push_back({.former = same->second});
            free.erase(same);
            continue;
        }
        auto evaluator = make_evaluator(query.expression, {.dialect = dialect});
        if (!evaluator) {
            return fail(std::move(evaluator).error());
        }
        makers.push_back({.made = *std::move(evaluator)});
    }
    return makers;
}

}  // namespace

Result<std::vector<ScrapeDemand>> make_demands(std::vector<Query> queries,
                                               std::vector<ScrapeDemand>& former,
                                               promql::Dialect dialect,
                                               const std::shared_ptr<promql::SharedParts>& parts,
                                               bool are_gathered) {
    auto makers = makers_of(queries, former, dialect);
    if (!makers) {
        return fail(std::move(makers).error());
    }
    std::vector<ScrapeDemand> demands;
    demands.reserve(queries.size());
    for (std::size_t i = 0; i < queries.size(); ++i) {
        Maker& maker = (*makers)[i];
        if (maker.former != nullptr) {
            demands.push_back(std::move(*maker.former));
            demands.back().max_age = queries[i].max_age;
            demands.back().label = std::move(queries[i].label);
            continue;
        }
        maker.made->share(parts);
        const Duration window = window_of(maker.made->expression());
        demands.push_back({.evaluator = *std::move(maker.made),
                           .max_age = queries[i].max_age,
                           .label = std::move(queries[i].label),
                           .window = window,
                           .is_wider = are_gathered});
    }
    return demands;
}

bool is_made(const promql::SelectorUse& use) {
    const std::vector<Matcher>& matchers = use.selector->matchers;
    return std::any_of(matchers.begin(), matchers.end(), [](const Matcher& m) {
        return m.name() == metric_name_label && m.op() == MatchOp::equal &&
               is_made_by_scrapes(m.value());
    });
}

bool covers_failing(const ScrapeDemand& demand, const ScrapeLanes& lanes) {
    const auto uses = promql::selectors_of(demand.evaluator.expression());
    return std::any_of(uses.begin(), uses.end(), [&](const promql::SelectorUse& use) {
        return !is_made(use) && lanes.has_at_least(1, [&](const ScrapeLane& lane) {
            return lane.is_failing && lane.scraper.may_match(use.selector->matchers);
        });
    });
}

}  // namespace tided::metrics
