// partner_simulator: OnePass or Slyp on the loopback, for tests and the demo.
#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "support/partner/simulator.hpp"

namespace {

constexpr char kHelp[] = R"(A partner's receipts API on 127.0.0.1, with faults on request.

onepass  POST /oauth/token, POST /v1/receipts: 201 new, 200 the same Idempotency-Key again, 409 with another body
slyp     POST /v1/receipts: 201 new, 303 previous success; API key and HMAC signature
plain    every request is answered 200

Control routes, on both ports: GET /_receipts (a line each), DELETE /_receipts, GET /_stats, GET /_health,
POST /_fault {"mode": "refuse|hang|reset|lose|slow|500|503|429|401|status|none", "for_ms": 0, "rate": 1,
"status": 500, "delay_ms": 3000, "retry_after": 1, "tokens": false})";

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{kHelp, "partner_simulator"};
  std::string kind = "plain";
  std::uint16_t port = 0;
  std::uint16_t control_port = 0;
  long token_seconds = 300;
  weir::test::PartnerOptions options;
  app.add_option("--partner", kind, "onepass, slyp or plain")
      ->check(CLI::IsMember({"onepass", "slyp", "plain"}));
  app.add_option("--port", port, "of the receipts API; 0: any");
  app.add_option("--control-port", control_port, "stays open while the other refuses; 0: any");
  app.add_option("--state-dir", options.state_dir, "remembers the receipts over a restart");
  app.add_option("--schema", options.schema, "JSON Schema that bodies must pass");
  app.add_option("--api-key", options.api_key, "slyp");
  app.add_option("--hmac-secret", options.hmac_secret, "slyp");
  app.add_option("--client-id", options.client_id, "onepass");
  app.add_option("--client-secret", options.client_secret, "onepass");
  app.add_option("--token-seconds", token_seconds, "how long a token is good for");
  CLI11_PARSE(app, argc, argv);
  try {
    options.kind = *weir::test::parse_partner(kind);
    options.token_lifetime = std::chrono::seconds(token_seconds);
    weir::test::Simulator simulator(options, port, control_port);
    std::cout << R"({"partner":")" << kind << R"(","port":)" << simulator.port()
              << R"(,"control_port":)" << simulator.control_port() << "}" << std::endl;
    simulator.run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "partner_simulator: " << error.what() << std::endl;
    return 1;
  }
}
