// Footprint: what the process holds in memory beyond what it uses.
#pragma once

namespace tided::daemon {

/// What a large evaluation or answer took goes back to the system once it is done with, instead of
/// staying on a heap that has grown around it. To be called before the first allocation of size.
void give_large_blocks_back();

/// Pages of programs and libraries that only the start has looked at (relocation tables, symbols)
/// go back to the page cache; those that are needed again are mapped again from there.
void leave_start_behind();

}  // namespace tided::daemon
