// Element functions: one number to another, applied to every element of an instant vector (abs,
// exp, ...), also those that read it as an instant in seconds since 1970 (hour, month, ...; UTC).
//
//   An instant beyond the years Go's calendar can tell apart from an overflow is NaN here.
#pragma once

namespace tided::metrics::promql {

using ElementFunction = double (*)(double value);

namespace each {

double abs(double value);
double acos(double value);
double acosh(double value);
double asin(double value);
double asinh(double value);
double atan(double value);
double atanh(double value);
double ceil(double value);
double cos(double value);
double cosh(double value);
double deg(double radians);
double exp(double value);
double floor(double value);
double ln(double value);
double log10(double value);
double log2(double value);
double rad(double degrees);
double sgn(double value);
double sin(double value);
double sinh(double value);
double sqrt(double value);
double tan(double value);
double tanh(double value);

double day_of_month(double instant);   ///< 1..31
double day_of_week(double instant);    ///< 0..6, 0 is Sunday
double day_of_year(double instant);    ///< 1..366
double days_in_month(double instant);  ///< 28..31
double hour(double instant);           ///< 0..23
double minute(double instant);         ///< 0..59
double month(double instant);          ///< 1..12
double year(double instant);

}  // namespace each
}  // namespace tided::metrics::promql
