// Certificates made by the openssl program when a test needs them: a CA, and certificates it
// signs. Elliptic curves, so that each takes milliseconds.
#pragma once

#include <string>

#include "tests/support/temporary_directory.h"

namespace tided::testing {

struct CertificateFiles {
    std::string certificate;
    std::string key;
};

class Certificates {
public:
    Certificates();

    /// The CA's certificate, and one of another CA that signed nothing here.
    [[nodiscard]] const std::string& ca() const { return ca_.certificate; }
    [[nodiscard]] const std::string& stranger() const { return stranger_.certificate; }

    /// Signed by the CA for `names` ("DNS:localhost,IP:127.0.0.1"). `days` < 0: expired already.
    [[nodiscard]] CertificateFiles issue(const std::string& name,
                                         const std::string& names,
                                         int days = 2) const;

private:
    [[nodiscard]] CertificateFiles authority(const std::string& name) const;

    TemporaryDirectory directory_;
    CertificateFiles ca_;
    CertificateFiles stranger_;
};

/// One set for the whole test program, made at first use.
[[nodiscard]] const Certificates& certificates();

}  // namespace tided::testing
