// Power: x to a whole exponent, by repeated squaring. The C library's pow() rounds better; but Go's
// math.Pow squares, and the last bit decides: bucket 4 of memory starts at 43101249.99999996 bytes
// for upstream, which is cut to 43101249, and at 43101250 for whoever rounds well.
#pragma once

namespace tided::policy::vpa {

[[nodiscard]] constexpr double power(double x, int exponent) {
    double result = 1.0;
    for (int left = exponent < 0 ? -exponent : exponent; left != 0; left /= 2) {
        if (left % 2 == 1) {
            result *= x;
        }
        x *= x;
    }
    return exponent < 0 ? 1.0 / result : result;
}

}  // namespace tided::policy::vpa
