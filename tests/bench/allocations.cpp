#include "tests/bench/allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace tided::bench {

namespace {

std::atomic<std::size_t> count{0};

}  // namespace

std::size_t allocations() {
    return count.load(std::memory_order_relaxed);
}

/// Memory for operator new, counted.
void* counted(std::size_t size, std::size_t alignment) {
    count.fetch_add(1, std::memory_order_relaxed);
    const std::size_t whole = (size + alignment - 1) / alignment * alignment;
    if (void* memory = std::aligned_alloc(alignment, whole == 0 ? alignment : whole)) {
        return memory;
    }
    throw std::bad_alloc{};
}

}  // namespace tided::bench

void* operator new(std::size_t size) {
    return tided::bench::counted(size, alignof(std::max_align_t));
}

void* operator new(std::size_t size, std::align_val_t alignment) {
    return tided::bench::counted(size, static_cast<std::size_t>(alignment));
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept {
    std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
    std::free(memory);
}
