// query_tool: the core of `tided query` as a filter, for the differential test against a real
// Prometheus: loads one file, then answers one request per line of stdin, one line each.
//
//   usage: query_tool DIALECT FILE.om      DIALECT is 2 or 3
//   request: TIME <tab> EXPR               or   START <tab> END <tab> STEP <tab> EXPR
//            in which line ends of EXPR are sent as 0x1e
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "metrics/query_command.h"

using namespace tided;
using namespace tided::metrics;

namespace {

std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields;
    std::size_t begin = 0;
    for (std::size_t tab = line.find('\t'); tab != std::string::npos;
         tab = line.find('\t', begin)) {
        fields.push_back(line.substr(begin, tab - begin));
        begin = tab + 1;
    }
    fields.push_back(line.substr(begin));
    return fields;
}

QueryRequest request_of(const std::string& line, promql::Dialect dialect) {
    const std::vector<std::string> fields = fields_of(line);
    QueryRequest request{.expression = fields.back(), .options = {}, .time = {}, .steps = {}};
    request.options.dialect = dialect;
    std::replace(request.expression.begin(), request.expression.end(), '\x1e', '\n');
    request.time = parse_query_time(fields.at(0)).value();
    if (fields.size() == 4) {
        request.steps = {.start = request.time,
                         .end = parse_query_time(fields.at(1)).value(),
                         .step = parse_query_step(fields.at(2)).value()};
    }
    return request;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv, argv + argc);
    if (arguments.size() != 3) {
        std::cerr << "usage: query_tool 2|3 FILE.om\n";
        return 2;
    }
    const auto dialect =
        arguments[1] == "2" ? promql::Dialect::prometheus_2 : promql::Dialect::prometheus_3;
    std::ifstream file{arguments[2], std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    Store store;
    if (const auto loaded = load_samples(text, arguments[2], store); !loaded) {
        std::cerr << loaded.error().message << '\n';
        return 3;
    }
    for (std::string line; std::getline(std::cin, line);) {
        std::cout << answer_query(request_of(line, dialect), store).json << std::endl;
    }
    return 0;
}
