// Picture: two column charts made of eighth blocks (U+2581 … U+2588), words below them.
// In SVG a block becomes a rectangle, so that columns are whole whatever font the reader has.
#include "daemon/demo/picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace demo {
namespace {

constexpr std::size_t columns = 64;
constexpr std::size_t width = 78;  // of the text below
constexpr std::array<std::string_view, 9> eighths{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

template <class... Values>
std::string format(const char* pattern, Values... values) {
    char buffer[256];
    const int length = std::snprintf(buffer, sizeof buffer, pattern, values...);
    return {buffer, static_cast<std::size_t>(std::clamp(length, 0, 255))};
}

/// Values of `history` averaged into columns; negative where nothing is known.
template <class Value>
std::vector<double> resample(const Scene& scene, Value value) {
    const double from = std::max(0.0, scene.now - scene.length);
    std::vector<double> sums(columns, 0.0);
    std::vector<int> counts(columns, 0);
    for (const Moment& moment : scene.history) {
        const double at = (moment.seconds - from) / scene.length * static_cast<double>(columns);
        if (at < 0.0) {
            continue;
        }
        const std::size_t column = std::min(static_cast<std::size_t>(at), columns - 1);
        sums[column] += value(moment);
        ++counts[column];
    }
    for (std::size_t i = 0; i < columns; ++i) {
        const double before = i > 0 && sums[i - 1] >= 0.0 ? sums[i - 1] : -1.0;
        const bool past = static_cast<double>(i) / static_cast<double>(columns) * scene.length <=
                          scene.now - from;
        sums[i] = counts[i] > 0 ? sums[i] / counts[i] : past ? before : -1.0;
    }
    return sums;
}

struct Chart {
    std::vector<double> values;
    double top = 1.0;
    std::size_t rows = 5;
    Tint tint = Tint::load;
    std::string label{};  ///< beside the topmost row
};

void draw_chart(Lines& lines, const Chart& chart) {
    for (std::size_t row = 0; row < chart.rows; ++row) {
        const double floor = static_cast<double>(chart.rows - 1 - row);
        std::string bars;
        for (const double value : chart.values) {
            const double height = value < 0.0 ? 0.0 : value / chart.top * double(chart.rows);
            const double part = std::clamp(height - floor, 0.0, 1.0);
            bars += eighths[static_cast<std::size_t>(std::lround(part * 8.0))];
        }
        const bool ends = row == 0 || row + 1 == chart.rows;
        const std::string label = row == 0 ? chart.label : "0";
        lines.push_back({{format(" %8s ", ends ? label.c_str() : ""), Tint::dim},
                         {ends ? "┤" : "│", Tint::dim},
                         {bars, chart.tint}});
    }
}

/// `text` broken at spaces into lines of at most `width` characters.
std::vector<std::string> wrapped(std::string_view text) {
    std::vector<std::string> lines;
    while (text.size() > width) {
        const std::size_t space = text.rfind(' ', width);
        const std::size_t cut = space == std::string_view::npos || space == 0 ? width : space;
        lines.emplace_back(text.substr(0, cut));
        text.remove_prefix(std::min(text.size(), cut + (space == cut ? 1 : 0)));
    }
    lines.emplace_back(text);
    return lines;
}

std::string repeated(std::string_view mark, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) {
        text += mark;
    }
    return text;
}

double share_served(const Scene& scene) {
    const auto all = static_cast<double>(scene.served + scene.refused + scene.lost);
    return all > 0.0 ? 100.0 * static_cast<double>(scene.served) / all : 100.0;
}

void draw_numbers(Lines& lines, const Scene& scene) {
    lines.push_back(
        {{"  replicas ", Tint::plain},
         {repeated("█", scene.ready), Tint::replicas},
         {repeated("▒", std::max(0, scene.replicas - scene.ready)), Tint::replicas},
         {repeated("·", std::max(0, scene.max - scene.replicas)), Tint::dim},
         {format("  %d running, %d ready, %d wanted", scene.replicas, scene.ready, scene.wanted),
          Tint::strong},
         {format("  (%d to %d)", scene.min, scene.max), Tint::dim}});
    const bool trouble = scene.refused + scene.lost > 0;
    lines.push_back({{format("  served   %.2f %%", share_served(scene)), Tint::plain},
                     {format("   refused %llu   lost %llu",
                             static_cast<unsigned long long>(scene.refused),
                             static_cast<unsigned long long>(scene.lost)),
                      trouble ? Tint::bad : Tint::dim},
                     {format("   p95 %.0f ms", scene.p95), Tint::plain}});
}

void draw_decisions(Lines& lines, const Scene& scene) {
    bool newest = true;
    for (const std::string& decision : scene.decisions) {
        for (const std::string& line : wrapped(decision)) {
            lines.push_back({{"  " + line, newest ? Tint::strong : Tint::dim}});
        }
        newest = false;
    }
}

const char* escape_of(Tint tint) {
    switch (tint) {
        case Tint::plain:
            return "\x1b[0m";
        case Tint::dim:
            return "\x1b[2m";
        case Tint::strong:
            return "\x1b[1m";
        case Tint::load:
            return "\x1b[36m";
        case Tint::replicas:
            return "\x1b[33m";
        case Tint::bad:
            return "\x1b[31m";
    }
    return "";
}

const char* colour_of(Tint tint) {
    switch (tint) {
        case Tint::plain:
            return "#c9d1d9";
        case Tint::dim:
            return "#6e7681";
        case Tint::strong:
            return "#f0f6fc";
        case Tint::load:
            return "#39c5cf";
        case Tint::replicas:
            return "#d29922";
        case Tint::bad:
            return "#f85149";
    }
    return "";
}

constexpr double cell_width = 8.4;
constexpr double cell_height = 18.0;

/// Eighths of a cell that `mark` fills; 0 for what is a letter.
double filled(std::string_view mark) {
    const auto found = std::find(eighths.begin() + 1, eighths.end(), mark);
    return found == eighths.end() ? (mark == "▒" ? 8.0 : 0.0)
                                  : static_cast<double>(found - eighths.begin());
}

std::string escaped(std::string_view mark) {
    return mark == "<" ? "&lt;" : mark == ">" ? "&gt;" : mark == "&" ? "&amp;" : std::string(mark);
}

/// The UTF-8 characters of `text`.
std::vector<std::string> characters(std::string_view text) {
    std::vector<std::string> found;
    for (const char c : text) {
        const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
        if (continues && !found.empty()) {
            found.back() += c;
        } else {
            found.emplace_back(1, c);
        }
    }
    return found;
}

void span_as_svg(std::string& out, const Span& span, double row, std::size_t& column) {
    std::string letters;
    const std::size_t start = column;
    for (const std::string& mark : characters(span.text)) {
        const double eighth = filled(mark);
        if (eighth > 0.0) {
            const double height = cell_height * eighth / 8.0;
            out += format("<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f' fill='%s'%s/>\n",
                          double(column) * cell_width,
                          row + cell_height - height,
                          cell_width + 0.3,
                          height,
                          colour_of(span.tint),
                          mark == "▒" ? " opacity='.5'" : "");
        }
        letters += eighth > 0.0 ? " " : escaped(mark);
        ++column;
    }
    if (letters.find_first_not_of(' ') != std::string::npos) {
        out += format("<text x='%.1f' y='%.1f' fill='%s'%s xml:space='preserve'>",
                      double(start) * cell_width,
                      row + 13.5,
                      colour_of(span.tint),
                      span.tint == Tint::strong ? " font-weight='bold'" : "") +
               letters + "</text>\n";
    }
}

}  // namespace

std::string clock_text(double seconds) {
    const int whole = static_cast<int>(seconds);
    return format("%d:%02d", whole / 60, whole % 60);
}

Lines draw(const Scene& scene) {
    Lines lines;
    const double offered = scene.history.empty() ? 0.0 : scene.history.back().offered;
    lines.push_back({{"  tided", Tint::strong},
                     {" follows the load   ", Tint::plain},
                     {scene.address + "   " + clock_text(scene.now), Tint::dim}});
    lines.push_back({{format("  load %.0f requests/s", offered), Tint::load}});
    Chart load{.values = resample(scene, [](const Moment& m) { return m.offered; }), .rows = 6};
    load.top = std::max(1.0, *std::max_element(load.values.begin(), load.values.end()));
    load.label = format("%.0f/s", load.top);
    draw_chart(lines, load);
    lines.push_back({{format("  replicas %d", scene.replicas), Tint::replicas}});
    Chart replicas{.values = resample(scene, [](const Moment& m) { return double(m.replicas); }),
                   .top = std::max(1.0, double(scene.max)),
                   .rows = 4,
                   .tint = Tint::replicas,
                   .label = std::to_string(scene.max)};
    draw_chart(lines, replicas);
    lines.push_back({});
    draw_numbers(lines, scene);
    lines.push_back({});
    draw_decisions(lines, scene);
    return lines;
}

std::string as_terminal(const Lines& lines) {
    std::string out = "\x1b[H";
    for (const Line& line : lines) {
        for (const Span& span : line) {
            out += escape_of(span.tint) + span.text + "\x1b[0m";
        }
        out += "\x1b[K\n";
    }
    return out + "\x1b[J";
}

std::string as_svg(const Lines& lines) {
    const double tall = cell_height * static_cast<double>(lines.size() + 1);
    std::string out = format(
        "<svg xmlns='http://www.w3.org/2000/svg' width='%.0f' height='%.0f'"
        " font-family='ui-monospace,Menlo,DejaVu Sans Mono,monospace' font-size='14'>\n"
        "<rect width='100%%' height='100%%' rx='8' fill='#0d1117'/>\n",
        cell_width * double(width + 4),
        tall);
    double row = cell_height / 2.0;
    for (const Line& line : lines) {
        std::size_t column = 0;
        for (const Span& span : line) {
            span_as_svg(out, span, row, column);
        }
        row += cell_height;
    }
    return out + "</svg>\n";
}

std::string as_plain(const Scene& scene) {
    const double offered = scene.history.empty() ? 0.0 : scene.history.back().offered;
    return clock_text(scene.now) +
           format("  load %4.0f/s  replicas %2d (ready %d, wanted %d)  served %.2f %%",
                  offered,
                  scene.replicas,
                  scene.ready,
                  scene.wanted,
                  share_served(scene)) +
           (scene.decisions.empty() ? "" : "  " + scene.decisions.front());
}

}  // namespace demo
