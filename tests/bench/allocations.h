// How often this program has asked operator new for memory: a benchmark that promises "nothing
// allocated" reads it before and after. Linking bench_allocations replaces operator new.
#pragma once

#include <cstddef>

namespace tided::bench {

[[nodiscard]] std::size_t allocations();

}  // namespace tided::bench
