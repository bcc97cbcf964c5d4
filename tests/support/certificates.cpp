#include "tests/support/certificates.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <sys/stat.h>

namespace tided::testing {

namespace {

void shell(const std::string& command) {
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) {
        std::fprintf(stderr, "certificates: failed: %s\n", command.c_str());
        std::abort();
    }
}

constexpr const char* new_key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";

}  // namespace

Certificates::Certificates() : ca_(authority("ca")), stranger_(authority("stranger")) {}

CertificateFiles Certificates::authority(const std::string& name) const {
    const CertificateFiles files{.certificate = directory_ / (name + ".pem"),
                                 .key = directory_ / (name + ".key")};
    shell(std::string("openssl req -x509 ") + new_key + "-days 2 -subj '/CN=" + name +
          "' -keyout " + files.key + " -out " + files.certificate);
    return files;
}

CertificateFiles Certificates::issue(const std::string& name,
                                     const std::string& names,
                                     int days) const {
    const CertificateFiles files{.certificate = directory_ / (name + ".pem"),
                                 .key = directory_ / (name + ".key")};
    const std::string request = directory_ / (name + ".csr");
    const std::string extensions = directory_ / (name + ".ext");
    std::ofstream(extensions) << "subjectAltName=" << names << "\n";
    shell(std::string("openssl req ") + new_key + "-subj '/CN=" + name + "' -keyout " + files.key +
          " -out " + request);
    shell("openssl x509 -req -in " + request + " -CA " + ca_.certificate + " -CAkey " + ca_.key +
          " -CAcreateserial -days " + std::to_string(days) + " -extfile " + extensions + " -out " +
          files.certificate);
    ::chmod(files.key.c_str(), 0600);
    return files;
}

const Certificates& certificates() {
    static const Certificates all;
    return all;
}

}  // namespace tided::testing
