#include "daemon/footprint.h"

#include <cstdint>

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace tided::daemon {
namespace {

/// The read-only segments of one loaded object: clean pages of its file.
int forget_pages(dl_phdr_info* object, std::size_t /*size*/, void* page_size) {
    const auto page = *static_cast<const std::uintptr_t*>(page_size);
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0U) {
            continue;
        }
        const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr + page - 1) & ~(page - 1);
        const std::uintptr_t end =
            (object->dlpi_addr + segment.p_vaddr + segment.p_memsz) & ~(page - 1);
        if (begin < end) {
            // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader gives numbers
            auto* const pages = reinterpret_cast<void*>(begin);
            // Refused for what is no file (the kernel's own object): nothing is lost by that.
            static_cast<void>(::madvise(pages, end - begin, MADV_DONTNEED));
        }
    }
    return 0;
}

}  // namespace

void give_large_blocks_back() {
    constexpr int large = 1024 * 1024;
    ::mallopt(M_MMAP_THRESHOLD, large);
    ::mallopt(M_TRIM_THRESHOLD, 4 * large);  // and nothing smaller goes to and fro
}

void leave_start_behind() {
    auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    ::dl_iterate_phdr(&forget_pages, &page);
}

}  // namespace tided::daemon
