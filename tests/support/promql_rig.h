// PromqlRig: expressions on a store filled by hand, answers as text:
// "x{i=\"a\"}=40 x{i=\"b\"}=5", "x=[1@0 2@15]" (seconds after `epoch`), "failed: 1:5: ...".
#pragma once

#include <string>

#include "metrics/number.h"
#include "metrics/promql/eval.h"
#include "metrics/promql/parser.h"
#include "tests/support/series_builder.h"

namespace tided::metrics::test {

inline std::string text_of(const promql::Value& value) {
    if (const auto* number = std::get_if<double>(&value)) {
        return format_number(*number);
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return "'" + *text + "'";
    }
    std::string text;
    if (const auto* vector = std::get_if<promql::Vector>(&value)) {
        for (const promql::Element& element : *vector) {
            text += (text.empty() ? "" : " ") + to_string(element.labels) + "=" +
                    format_number(element.value);
        }
        return text;
    }
    for (const promql::SeriesRange& series : std::get<promql::Matrix>(value)) {
        text += (text.empty() ? "" : " ") + to_string(series.labels) + "=[";
        for (const Sample& sample : series.samples) {
            text += (text.back() == '[' ? "" : " ") + format_number(sample.value) + "@" +
                    format_number(to_unix_seconds(sample.at) - to_unix_seconds(epoch));
        }
        text += "]";
    }
    return text;
}

struct PromqlRig {
    SeriesBuilder data;

    std::string at(double second,
                   const char* text,
                   promql::Dialect dialect = promql::Dialect::prometheus_3) {
        promql::Evaluator evaluator{promql::parse(text, dialect).value()};
        const auto value = evaluator.at(data.store(), at_second(second));
        return value ? text_of(*value) : "failed: " + value.error().message;
    }
};

}  // namespace tided::metrics::test
