// transform_driver transform --config FILE < records.jsonl: what `weir transform` does, without a worker's plugins.
#include "chain.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

int main(int argc, char** argv) {
  if (argc != 4 || std::string_view(argv[1]) != "transform" || std::string_view(argv[2]) != "--config") {
    std::cerr << "usage: transform_driver transform --config FILE < records.jsonl\n";
    return 2;
  }
  std::stringstream text;
  text << std::ifstream(argv[3]).rdbuf();
  const auto config = weir::conformance::read_config(text.str());
  if (!config) {
    std::cerr << config.error().message << "\n";
    return 1;
  }
  auto chain = weir::conformance::Chain::create(*config);
  if (!chain) {
    std::cerr << chain.error().message << "\n";
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);) {
    const auto record = weir::runtime::data::read_record_line(line);
    if (!record) {
      std::cerr << record.error().message << "\n";
      return 1;
    }
    std::cout << chain->run(*record) << "\n";
  }
  return 0;
}
