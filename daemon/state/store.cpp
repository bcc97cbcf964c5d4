// StateStore: the thread, the queue and group commit. Consecutive writes in the queue share one
// transaction and so one fsync; when the shared one fails each is tried alone, so that one bad
// batch takes no other with it. Old rows are deleted between the groups, a bite at a time.
#include "daemon/state/store.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include <unistd.h>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/state/json.h"
#include "daemon/state/lock.h"
#include "daemon/state/records.h"
#include "daemon/state/schema.h"

namespace tided::daemon {
namespace {

namespace asio = boost::asio;

constexpr std::size_t group_limit = 64;       ///< transactions that may share one fsync
constexpr std::size_t retirement_bite = 200;  ///< rows deleted at once
constexpr auto retirement_pause = std::chrono::seconds{10};

struct Write {
    Batch batch;
    Durability durability = Durability::full;
    std::function<void(Status)> done;
};

struct Read {
    EventQuery query;
    std::function<void(Result<std::vector<Event>>)> done;
};

using Job = std::variant<Write, Read>;

TimePoint wall_now() {
    return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

}  // namespace

struct StateStore::Impl {
    Impl(StoreOptions options, asio::any_io_executor io, StateLock lock, Records records)
        : options_(std::move(options)),
          io_(std::move(io)),
          lock_(std::move(lock)),
          records_(std::move(records)) {}

    ~Impl() {
        {
            const std::lock_guard guard{mutex_};
            stopping_ = true;
        }
        wake_.notify_one();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    void start() {
        thread_ = std::thread{[this] { run(); }};
    }

    void enqueue(Job job) {
        {
            const std::lock_guard guard{mutex_};
            jobs_.push_back(std::move(job));
        }
        wake_.notify_one();
    }

    /// The store's thread: jobs in order until stopped and drained; retirement in between.
    void run();
    [[nodiscard]] std::deque<Job> next_jobs();
    void write_group(std::deque<Write>& group);
    [[nodiscard]] Status write_together(const std::deque<Write>& group, Durability durability);
    void retire();

    StoreOptions options_;
    asio::any_io_executor io_;
    StateLock lock_;
    Records records_;
    Snapshot snapshot_;
    std::atomic<std::size_t> unwritten_{0};

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> jobs_;
    bool stopping_ = false;
    std::chrono::steady_clock::time_point retire_at_{};  ///< of the store's thread
    std::thread thread_;
};

std::deque<Job> StateStore::Impl::next_jobs() {
    std::unique_lock guard{mutex_};
    const auto has_work = [this] { return stopping_ || !jobs_.empty(); };
    if (!has_work()) {
        wake_.wait_until(guard, retire_at_, has_work);
    }
    return std::exchange(jobs_, {});
}

void StateStore::Impl::run() {
    retire_at_ = std::chrono::steady_clock::now() + retirement_pause;
    for (;;) {
        std::deque<Job> jobs = next_jobs();
        while (!jobs.empty()) {
            std::deque<Write> group;
            while (!jobs.empty() && group.size() < group_limit &&
                   std::holds_alternative<Write>(jobs.front())) {
                group.push_back(std::move(std::get<Write>(jobs.front())));
                jobs.pop_front();
            }
            if (!group.empty()) {
                write_group(group);
                continue;
            }
            Read read = std::move(std::get<Read>(jobs.front()));
            jobs.pop_front();
            read.done(records_.read_events(read.query));
        }
        {
            const std::lock_guard guard{mutex_};
            if (stopping_ && jobs_.empty()) {
                return;
            }
        }
        retire();
    }
}

Status StateStore::Impl::write_together(const std::deque<Write>& group, Durability durability) {
    const TimePoint now = wall_now();
    Status status = records_.begin(durability);
    for (auto write = group.begin(); status && write != group.end(); ++write) {
        status = records_.write(write->batch, now);
    }
    if (!status) {
        records_.rollback();
        return status;
    }
    return records_.commit();
}

void StateStore::Impl::write_group(std::deque<Write>& group) {
    const bool full = std::any_of(group.begin(), group.end(), [](const Write& write) {
        return write.durability == Durability::full;
    });
    const Durability durability = full ? Durability::full : Durability::tick;
    const Status together = write_together(group, durability);
    const bool apart = !together && group.size() > 1;
    for (Write& write : group) {
        Status status = together;
        if (apart) {  // one bad batch must not take the others with it
            std::deque<Write> alone;
            alone.push_back(std::move(write));
            status = write_together(alone, alone.front().durability);
            write = std::move(alone.front());
        }
        if (!status) {
            status = fail(Error{status.error()}.within("writing the state"));
        }
        --unwritten_;
        write.done(std::move(status));
    }
    records_.checkpoint();
}

void StateStore::Impl::retire() {
    const auto now = std::chrono::steady_clock::now();
    if (now < retire_at_) {
        return;
    }
    Status status = records_.begin(Durability::tick);
    std::size_t gone = 0;
    if (status) {
        const auto retired =
            records_.retire(wall_now() - options_.retention, options_.event_limit, retirement_bite);
        gone = retired.value_or(0);
        status = retired ? Status{} : Status{fail(retired.error())};
    }
    if (status) {
        status = records_.commit();
    } else {
        records_.rollback();
    }
    const bool more = status && gone > 0;
    if (more) {
        static_cast<void>(records_.shrink());
    }
    // While there is more, go on after every group of writes; a failure waits for the next pause.
    retire_at_ = more ? now : now + retirement_pause;
}

StateStore::StateStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StateStore::~StateStore() = default;

namespace {

/// Opens what `directory` holds, locked.
Result<std::pair<StateLock, Records>> open_records(const std::string& directory) {
    Result<StateLock> lock = StateLock::acquire(directory);
    if (!lock) {
        return fail(lock.error());
    }
    Result<Database> database = open_database(directory);
    if (!database) {
        return fail(database.error());
    }
    Result<Records> records = Records::open(std::move(*database));
    if (!records) {
        return fail(Error{records.error()}.within("opening " + directory + "/tided.db"));
    }
    return std::pair{std::move(*lock), std::move(*records)};
}

/// Counts this opening, durably.
Status count_boot(Records& records, Snapshot& snapshot) {
    std::uint64_t boot = 0;
    if (const auto known = snapshot.facts.find("boot"); known != snapshot.facts.end()) {
        boot = std::strtoull(known->second.c_str(), nullptr, 10);
    }
    snapshot.boot = boot + 1;
    Batch batch;
    batch.facts["boot"] = std::to_string(snapshot.boot);
    for (const Damage& damage : snapshot.damage) {
        batch.facts[damage.fact] = damage.bytes;
    }
    Status status = records.begin(Durability::full);
    if (status) {
        status = records.write(batch, wall_now());
    }
    if (!status) {
        records.rollback();
        return status;
    }
    snapshot.facts.erase("boot");
    return records.commit();
}

}  // namespace

Result<std::unique_ptr<StateStore>> StateStore::open(StoreOptions options,
                                                     asio::any_io_executor io) {
    const std::string path = options.directory + "/tided.db";
    auto opened = open_records(options.directory);
    if (!opened) {
        return fail(opened.error());
    }
    Result<Snapshot> snapshot = opened->second.read_snapshot();
    if (!snapshot) {
        return fail(unreadable(path, snapshot.error()));
    }
    if (Status counted = count_boot(opened->second, *snapshot); !counted) {
        return fail(Error{counted.error()}.within("writing " + path));
    }
    auto impl = std::make_unique<Impl>(
        std::move(options), std::move(io), std::move(opened->first), std::move(opened->second));
    impl->snapshot_ = std::move(*snapshot);
    impl->start();
    return std::unique_ptr<StateStore>{new StateStore{std::move(impl)}};
}

const Snapshot& StateStore::snapshot() const {
    return impl_->snapshot_;
}

std::size_t StateStore::backlog() const {
    return impl_->unwritten_;
}

namespace {

/// A copyable function that resumes `handler` with the value on the io executor.
template <typename Value, typename Handler>
std::function<void(Value)> resume_on(const asio::any_io_executor& io, Handler handler) {
    auto shared = std::make_shared<Handler>(std::move(handler));
    return [shared, work = asio::make_work_guard(io)](Value value) {
        asio::post(work.get_executor(), [shared, value = std::move(value)]() mutable {
            Handler taken = std::move(*shared);
            std::move(taken)(std::move(value));
        });
    };
}

}  // namespace

asio::awaitable<Status> StateStore::commit(Batch batch, Durability durability) {
    if (batch.empty()) {
        co_return Status{};
    }
    const std::uint64_t boot = std::exchange(impl_->snapshot_, {}).boot;
    impl_->snapshot_.boot = boot;
    ++impl_->unwritten_;
    const auto start = [this, durability](auto handler, Batch taken) {
        impl_->enqueue(Write{.batch = std::move(taken),
                             .durability = durability,
                             .done = resume_on<Status>(impl_->io_, std::move(handler))});
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Status)>(
        start, asio::use_awaitable, std::move(batch));
}

asio::awaitable<Result<std::vector<Event>>> StateStore::events(EventQuery query) {
    const auto start = [this](auto handler, EventQuery taken) {
        impl_->enqueue(
            Read{.query = std::move(taken),
                 .done = resume_on<Result<std::vector<Event>>>(impl_->io_, std::move(handler))});
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                            void(Result<std::vector<Event>>)>(
        start, asio::use_awaitable, std::move(query));
}

Result<std::string> export_state(const std::string& directory) {
    if (::access((directory + "/tided.db").c_str(), F_OK) != 0) {
        return fail(ErrorCode::not_found, directory + " holds no state: there is no tided.db");
    }
    auto opened = open_records(directory);
    if (!opened) {
        return fail(opened.error());
    }
    Result<Batch> everything = opened->second.read_everything();
    if (!everything) {
        return fail(Error{everything.error()}.within("reading " + directory + "/tided.db"));
    }
    return export_document(*everything);
}

Status import_state(const std::string& directory, const std::string& json) {
    Result<Batch> batch = parse_document(json);
    if (!batch) {
        return fail(Error{batch.error()}.within("reading the export"));
    }
    auto opened = open_records(directory);
    if (!opened) {
        return fail(opened.error());
    }
    Records& records = opened->second;
    const Result<Batch> present = records.read_everything();
    if (!present) {
        return fail(present.error());
    }
    if (!present->empty()) {
        return fail(ErrorCode::conflict,
                    directory + " already holds state: import needs an empty directory");
    }
    Status status = records.begin(Durability::full);
    if (status) {
        status = records.write(*batch, wall_now());
    }
    if (!status) {
        records.rollback();
        return status;
    }
    return records.commit();
}

}  // namespace tided::daemon
