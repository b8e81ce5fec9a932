// post_sales: a load of sales for the ingest; for the demo, the end-to-end tests and the benchmark.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <string>

#include "support/load/poster.hpp"

namespace {

constexpr char kHelp[] =
    R"(Reads "key<TAB>json" lines, posts each to the ingest until it has an answer, prints one JSON line.
Keys that begin with "O-" go to the online path, all others to the store path. Tried again: connection errors,
time-outs, 429 and 503 (Retry-After is kept to). Exit status 1 when a sale got no answer.)";

std::vector<weir::test::Sale> read_sales(std::istream& in) {
  std::vector<weir::test::Sale> sales;
  for (std::string line; std::getline(in, line);) {
    if (std::size_t tab = line.find('\t'); tab != std::string::npos) {
      sales.push_back({line.substr(0, tab), line.substr(tab + 1)});
    }
  }
  return sales;
}

std::string summary(const weir::test::PosterReport& report) {
  std::string statuses;
  for (const auto& [status, count] : report.counts) {
    statuses += fmt::format("{}\"{}\":{}", statuses.empty() ? "" : ",", status, count);
  }
  return fmt::format(
      R"({{"sales":{},"acknowledged":{},"statuses":{{{}}},"tries_again":{},"seconds":{:.3f},)"
      R"("acknowledged_per_second":{:.0f},"latency_ms":{{"p50":{:.3f},"p95":{:.3f},"p99":{:.3f},"max":{:.3f}}}}})",
      report.statuses.size(), report.acknowledged(), statuses, report.tries_again, report.seconds,
      static_cast<double>(report.acknowledged()) / std::max(report.seconds, 1e-6),
      report.percentile_ms(0.5), report.percentile_ms(0.95), report.percentile_ms(0.99),
      report.percentile_ms(1));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{kHelp, "post_sales"};
  weir::test::PosterOptions options;
  std::string file = "-";
  std::string report_file;
  long timeout_ms = options.timeout.count();
  long give_up_ms = options.give_up_after.count();
  app.add_option("--host", options.host, "address of the ingest")->capture_default_str();
  app.add_option("--port", options.port, "of the ingest")->required();
  app.add_option("--api-key", options.api_key, "sent as X-API-Key");
  app.add_option("--connections", options.connections)->capture_default_str();
  app.add_option("--rate", options.rate, "sales per second; 0: no limit")->capture_default_str();
  app.add_option("--store-path", options.store_path)->capture_default_str();
  app.add_option("--online-path", options.online_path)->capture_default_str();
  app.add_option("--timeout-ms", timeout_ms, "of one try")->capture_default_str();
  app.add_option("--give-up-ms", give_up_ms, "of one sale")->capture_default_str();
  app.add_option("--report", report_file, "a line \"key status\" for each sale; 0: no answer");
  app.add_flag("--progress", options.progress, "a line a second on stderr");
  app.add_option("file", file, "default: standard input");
  CLI11_PARSE(app, argc, argv);
  try {
    options.timeout = std::chrono::milliseconds(timeout_ms);
    options.give_up_after = std::chrono::milliseconds(give_up_ms);
    std::vector<weir::test::Sale> sales;
    if (file == "-") {
      sales = read_sales(std::cin);
    } else {
      std::ifstream in(file);
      if (!in) {
        throw std::runtime_error("cannot read " + file);
      }
      sales = read_sales(in);
    }
    weir::test::PosterReport report = weir::test::post_sales(sales, options);
    std::cout << summary(report) << std::endl;
    if (!report_file.empty()) {
      std::ofstream out(report_file);
      for (std::size_t i = 0; i < sales.size(); ++i) {
        out << sales[i].key << ' ' << report.statuses[i] << '\n';
      }
    }
    return report.counts.contains(0) ? 1 : 0;
  } catch (const std::exception& error) {
    std::cerr << "post_sales: " << error.what() << std::endl;
    return 2;
  }
}
