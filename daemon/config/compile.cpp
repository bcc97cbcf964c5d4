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
                   std::string_view name,
                   Duration value,
                   std::string_view limit_name,
                   Duration limit) {
    if (value > limit) {
        in.report.add(Problem::longer_than,
                      fields.place(name),
                      {name, to_string(value), limit_name, to_string(limit)});
    }
}

Config compile(const Node& root, Report& report, const Confinement& confinement) {
    Compiling in{.root = root, .report = report, .confinement = confinement};
    compile_daemon(in);
    compile_webhooks(in);
    compile_sources(in);
    compile_providers(in);
    compile_pools(in);
    compile_policies(in);
    resolve_references(in);
    return std::move(in.config);
}

}  // namespace tided::config
