// Fuzzes the parser of OpenMetrics.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/page_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tided::metrics;
    test::check_page(Format::openmetrics, {reinterpret_cast<const char*>(data), size});
    return 0;
}
