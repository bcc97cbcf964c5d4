#include "daemon/config/compile.h"

#include "daemon/config/check.h"

namespace tided::config {

void for_each_member(const Compiling& in,
                     const Group& group,
                     const std::function<void(const Node&, const Fields&)>& use) {
    const Node* members = in.root.find(group.name);
    if (members == nullptr || members->kind != Node::Kind::table) {
        return;
    }
    for (const Node& member : members->children) {
        const Table* table = table_of(in.root, group, member);
        if (member.kind == Node::Kind::table && table != nullptr) {
            use(member, Fields{&member, *table});
        }
    }
}

void refuse_longer(Compiling& in,
                   const Fields& fields,
                   const NamedDuration& value,
                   const NamedDuration& limit) {
    if (value.value > limit.value) {
        in.report.add(Problem::longer_than,
                      fields.place(value.key),
                      {value.key, to_string(value.value), limit.key, to_string(limit.value)});
    }
}

Config compile(const Node& root, Report& report, const Surroundings& around) {
    Compiling in{
        .root = root, .report = report, .confinement = around.confinement, .now = around.now};
    compile_daemon(in);
    compile_webhooks(in);
    compile_sources(in);
    compile_providers(in);
    compile_pools(in);
    compile_holidays(in);
    compile_policies(in);
    warn_of_unused_holidays(in);
    resolve_references(in);
    return std::move(in.config);
}

}  // namespace tided::config
