#include "policy/joint/wording.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "policy/number.h"

namespace tided::policy::joint {

namespace {

constexpr double bytes_per_mib = 1024.0 * 1024.0;

std::string money(Price price, int digits) {
    std::array<char, 400> text{};
    const auto end = std::to_chars(
        text.data(), text.data() + text.size(), price.per_hour, std::chars_format::fixed, digits);
    return {text.data(), end.ptr};
}

/// Digits after the point that show so many figures of `amount`: 2 .. 8.
int digits_for(double amount, int figures) {
    int digits = figures;
    for (double shown = std::abs(amount); shown < 1.0 && shown > 0.0 && digits < 9; shown *= 10.0) {
        ++digits;
    }
    return std::clamp(digits - 1, 2, 8);
}

std::string memory_text(Bytes memory) {
    const auto bytes = static_cast<double>(memory.count);
    if (bytes >= bytes_per_gib) {
        return number(bytes / bytes_per_gib) + "Gi";
    }
    return bytes >= bytes_per_mib ? number(bytes / bytes_per_mib) + "Mi" : number(bytes);
}

Shape shape_of(const Priced& priced) {
    return {.replicas = priced.replicas, .size = priced.size};
}

const char* change_clause(Change change) {
    switch (change) {
        case Change::none:
            return "no change of size";
        case Change::in_place:
            return "no restart";
        default:
            return "with restarts";
    }
}

/// Why `other` came second when its price does not tell.
const char* flaw_clause(const Priced& other, const Priced& best) {
    if (best.fit == Fit::carries_all && other.fit == Fit::carries_all) {
        return "";
    }
    switch (other.fit) {
        case Fit::not_allowed:
            return ", but its memory is at risk or its size out of bounds";
        case Fit::too_few:
            return ", but the quota does not allow its least count";
        case Fit::too_small:
            return other.fit == best.fit ? ", but it carries no more"
                                         : ", but it does not carry the demand";
        default:
            return other.fit == best.fit ? ", but it carries no more"
                                         : ", but it does not carry the peak seen";
    }
}

std::string because_clause(const Choice& choice) {
    const std::string present = to_string(choice.from.size);
    switch (choice.because) {
        case Because::not_due:
            return "that is what demand needs";
        case Because::stays:
            return "no other size is cheaper by the margin";
        case Because::cheaper:
            return "it is cheaper";
        case Because::count_at_max:
            return "the count would pass its maximum at " + present;
        case Because::peak_at_max:
            return "the count would pass its maximum at the peak seen at " + present;
        case Because::memory_at_risk:
            return "the memory of " + present + " is too little";
        default:
            return present + " is out of bounds";
    }
}

}  // namespace

std::string to_string(const Size& size) {
    return number(cores(size.cpu)) + " CPU / " + memory_text(size.memory);
}

std::string to_string(const Shape& shape) {
    return tided::to_string(shape.replicas) + " x " + to_string(shape.size);
}

std::string to_string(const Ranking& ranking) {
    const Price best = ranking.best.price.total();
    const std::string winner = to_string(shape_of(ranking.best));
    if (!ranking.runner_up) {
        return winner + " at " + money(best, digits_for(best.per_hour, 2)) +
               " an hour; there is no other size";
    }
    const Priced& other = *ranking.runner_up;
    const double more = other.price.total().per_hour - best.per_hour;
    const int digits = std::max(digits_for(best.per_hour, 2), digits_for(more, 1));
    const std::string difference =
        more == 0.0 ? "as dear"
                    : money({std::abs(more)}, digits) + (more > 0.0 ? " dearer" : " cheaper");
    return winner + " at " + money(best, digits) + " an hour; runner-up " +
           to_string(shape_of(other)) + " at " + money(other.price.total(), digits) + ": " +
           difference + ", " + change_clause(other.change) + flaw_clause(other, ranking.best);
}

std::string to_string(const Parts& parts) {
    const int digits = digits_for(parts.total().per_hour, 2);
    return "hire " + money(parts.hire, digits) + ", out-of-memory risk " +
           money(parts.risk, digits) + ", change " + money(parts.change, digits);
}

std::string explain(const Choice& choice) {
    std::string text = to_string(choice.from);
    text += choice.from == choice.to ? " stays" : " -> " + to_string(choice.to);
    text += " because " + because_clause(choice);
    if (choice.ranking) {
        text += ": " + to_string(*choice.ranking);
    }
    if (choice.is_too_small) {
        text += "; nothing that is allowed carries the demand, this carries most";
    }
    if (choice.memory_is_beyond) {
        text += "; no allowed memory is enough, the largest counts as such";
    }
    return text;
}

}  // namespace tided::policy::joint
