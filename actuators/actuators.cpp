// The table of actuators, one row a kind of pool.
#include "actuators/actuators.h"

#include "actuators/exec/exec.h"
#include "actuators/kubernetes/kubernetes.h"
#include "actuators/process_pool/process_pool.h"

namespace tided::actuators {

namespace {

/// One row per kind of pool.
struct Make {
    const Ports& ports;

    using Made = Result<std::unique_ptr<Actuator>>;

    Made operator()(const ProcessPoolSpec& spec) const { return make_process_pool(spec, ports); }
    Made operator()(const ExecSpec& spec) const { return make_exec(spec, ports); }
    Made operator()(const KubernetesSpec& spec) const { return make_kubernetes(spec, ports); }
};

}  // namespace

Result<std::unique_ptr<Actuator>> make_actuator(const PoolSpec& spec, const Ports& ports) {
    return std::visit(Make{ports}, spec);
}

}  // namespace tided::actuators
