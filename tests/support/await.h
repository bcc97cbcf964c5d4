// Runs a coroutine to its end on a loop of its own: how a test calls what is awaitable.
// Nothing a test awaits may wait for time: fakes answer at once.
#pragma once

#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace tided::support {

/// One loop for all: making one costs system calls. It is empty between two calls.
inline boost::asio::io_context& loop() {
    static boost::asio::io_context the_loop{1};
    return the_loop;
}

inline void run_to_end(const bool& is_over, const std::exception_ptr& thrown) {
    loop().restart();
    loop().run();
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    if (!is_over) {
        throw std::logic_error("the coroutine never came to its end");
    }
}

/// Gives back what the coroutine returned, throws what it threw; logic_error if it still waits.
template <typename T>
T await(boost::asio::awaitable<T> work) {
    std::exception_ptr thrown;
    bool is_over = false;
    if constexpr (std::is_void_v<T>) {
        boost::asio::co_spawn(loop(), std::move(work), [&](std::exception_ptr error) {
            thrown = error;
            is_over = true;
        });
        run_to_end(is_over, thrown);
    } else {
        std::optional<T> result;
        boost::asio::co_spawn(loop(), std::move(work), [&](std::exception_ptr error, T value) {
            thrown = error;
            is_over = true;
            result = std::move(value);
        });
        run_to_end(is_over, thrown);
        return *std::move(result);
    }
}

}  // namespace tided::support
