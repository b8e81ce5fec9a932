#include "runtime/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <ostream>

#include "runtime/cli/connector_commands.hpp"
#include "runtime/cli/plugin_commands.hpp"
#include "runtime/cli/transform_command.hpp"
#include "runtime/cli/version.hpp"
#include "runtime/cli/worker_command.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/worker/plugins.hpp"

namespace weir::runtime::cli {
namespace {

/// CLI11 reads "-2" as a very large number.
std::string not_negative(const std::string& text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? "" : "\"" + text + "\" is not a number from 0 up";
}

/// What the options leave behind; one command is chosen and runs after parsing.
struct Options {
  std::string url;
  std::string output{"table"};
  bool yes{false};
  bool strict{false};
  std::string name;
  std::string second;
  std::string file;
  std::string state;
  std::vector<std::string> names;
  std::vector<std::string> changes;
  std::vector<std::string> unset;
  std::vector<std::string> plugin_path;
  bool include_tasks{false};
  bool only_failed{false};
  bool reset{false};
  bool all{false};
  std::optional<int> task;
  std::string write_dir;
  std::string check_dir;
  WorkerArguments worker;
  TransformArguments transform;
};

class CommandLine {
 public:
  explicit CommandLine(const Terminal& terminal) : terminal_(terminal) {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.set_help_all_flag("--help-all", "Help of every command");
    app_.add_option("--url", o_.url,
                    "The worker's REST API (else WEIR_URL, else http://127.0.0.1:8083)")
        ->take_last();
    app_.add_option("-o,--output", o_.output, "json or table")
        ->check(CLI::IsMember({"json", "table"}))
        ->take_last();
    app_.add_flag("-y,--yes", o_.yes, "Do not ask before what cannot be undone");
    app_.add_flag("--strict", o_.strict, "Unknown keys are errors");
    add_worker();
    add_connector();
    add_offset();
    add_breaker();
    add_plugin();
    add_rest();
  }

  int run(std::vector<std::string> args) {
    std::reverse(args.begin(), args.end());  // as CLI11 takes them
    try {
      app_.parse(std::move(args));
    } catch (const CLI::ParseError& e) {
      if (const auto why = unknown_command()) {
        return console().fail(*why);
      }
      return app_.exit(e, terminal_.out, terminal_.err) == 0 ? kDone : kFailed;
    }
    return command_ ? command_() : kFailed;
  }

 private:
  using Rest = std::function<int(ConnectorCommands&)>;
  using Local = std::function<int(const Console&, const plugin::Registry&)>;

  /// What stands where the name of a command was expected, as `creat` in `weir connector creat`.
  std::optional<std::string> unknown_command() {
    CLI::App* at = &app_;
    std::string path = "weir";
    while (!at->get_subcommands().empty()) {
      at = at->get_subcommands().front();
      path += " " + at->get_name();
    }
    const auto rest = app_.remaining(true);
    if (at->get_require_subcommand_min() == 0 || rest.empty() || rest.front().starts_with("-")) {
      return std::nullopt;
    }
    std::vector<std::string> names;
    for (const CLI::App* sub : at->get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(sub->get_name());
    }
    const auto near = config::nearest(rest.front(), names);
    return "unknown command \"" + rest.front() + "\"; " +
           (near ? "did you mean \"" + path + " " + *near + "\"?" : path + " --help lists them");
  }

  Console console() const {
    return {terminal_.in,        terminal_.out, terminal_.err, terminal_.interactive,
            o_.output == "json", o_.yes,        o_.strict};
  }

  CLI::App* group(const char* name, const char* description) {
    CLI::App* sub = app_.add_subcommand(name, description);
    sub->require_subcommand(1);
    sub->fallthrough();
    return sub;
  }
  CLI::App* verb(CLI::App* parent, const char* name, const char* description,
                 std::function<int()> run) {
    CLI::App* sub = parent->add_subcommand(name, description);
    sub->fallthrough();
    sub->callback([this, run = std::move(run)] { command_ = run; });
    return sub;
  }
  CLI::App* rest(CLI::App* parent, const char* name, const char* description, Rest run) {
    return verb(parent, name, description, [this, run = std::move(run)] {
      const char* environment = std::getenv("WEIR_URL");
      RestClient client(!o_.url.empty() ? o_.url
                        : environment != nullptr && environment[0] != '\0'
                            ? environment
                            : "http://127.0.0.1:8083");
      const Console here = console();
      ConnectorCommands commands(here, client);
      return run(commands);
    });
  }
  CLI::App* local(CLI::App* parent, const char* name, const char* description, Local run) {
    CLI::App* sub = verb(parent, name, description, [this, run = std::move(run)] {
      const Console here = console();
      return run(here, worker::load_plugins(o_.plugin_path));
    });
    sub->add_option("--plugin-path", o_.plugin_path, "Folders of plugins, or .so files")
        ->delimiter(',');
    return sub;
  }
  /// rest() with the connector's name as the first argument.
  CLI::App* named(CLI::App* parent, const char* name, const char* description, Rest run) {
    CLI::App* sub = rest(parent, name, description, std::move(run));
    sub->add_option("name", o_.name, "The connector's name")->required();
    return sub;
  }

  void add_worker() {
    CLI::App* sub =
        verb(&app_, "worker", "Run a worker", [this] { return run_worker(console(), o_.worker); });
    sub->add_option("--config", o_.worker.config_file, "The worker's .properties or JSON file");
    sub->add_flag("--embedded", o_.worker.embedded,
                  "With a broker inside, which forgets everything at exit");
    sub->add_option("--connectors", o_.worker.connectors,
                    "Files, or folders of files, of connectors to run");
    sub->add_flag("--insecure-rest", o_.worker.insecure_rest,
                  "Listen where other machines can reach it, without TLS or authentication");
  }

  void add_connector() {
    CLI::App* connector = group("connector", "Connectors of a running worker");
    rest(connector, "list", "All connectors", [](auto& c) { return c.list(); });
    named(connector, "get", "One connector", [this](auto& c) { return c.get(o_.name); });
    named(connector, "config", "Its config as JSON", [this](auto& c) { return c.config(o_.name); });
    CLI::App* create = rest(connector, "create", "Create from a file",
                            [this](auto& c) { return c.create(o_.file, o_.name, o_.state); });
    create->add_option("file", o_.file, "JSON or .properties; - is standard input")->required();
    create->add_option("--name", o_.name, "Name, if the file has none or another");
    create->add_option("--state", o_.state, "RUNNING, PAUSED or STOPPED");
    for (const char* name : {"put", "update"}) {
      CLI::App* put = rest(connector, name, "Create, or replace the config", [this](auto& c) {
        return o_.second.empty() ? c.put(o_.name, "") : c.put(o_.second, o_.name);
      });
      put->add_option("name_or_file", o_.name, "The file, or the name and the file")->required();
      put->add_option("file", o_.second, "JSON or .properties; - is standard input");
    }
    CLI::App* patch = named(connector, "patch", "Change some keys", [this](auto& c) {
      return c.patch(o_.name, o_.changes, o_.unset, o_.file);
    });
    patch->add_option("changes", o_.changes, "key=value");
    patch->add_option("--unset", o_.unset, "Keys to be removed");
    patch->add_option("--file", o_.file, "A file of changes; null removes");
    CLI::App* remove =
        rest(connector, "delete", "Delete", [this](auto& c) { return c.remove(o_.names); });
    remove->add_option("names", o_.names)->required();
    for (const char* name : {"pause", "resume", "stop"}) {
      CLI::App* change = rest(connector, name, "Change the target state",
                              [this, name](auto& c) { return c.set_state(name, o_.names); });
      change->add_option("names", o_.names)->required();
    }
    CLI::App* restart = named(
        connector, "restart", "Restart the connector or a task",
        [this](auto& c) { return c.restart(o_.name, o_.include_tasks, o_.only_failed, o_.task); });
    restart->add_flag("--include-tasks", o_.include_tasks, "Its tasks too");
    restart->add_flag("--only-failed", o_.only_failed, "Only what has failed");
    restart->add_option("--task", o_.task, "Only this task");
    named(connector, "status", "State of the connector and its tasks",
          [this](auto& c) { return c.status(o_.name); });
    named(connector, "tasks", "Configs of its tasks", [this](auto& c) { return c.tasks(o_.name); });
    named(connector, "topics", "Topics it has used", [this](auto& c) {
      return c.topics(o_.name, o_.reset);
    })->add_flag("--reset", o_.reset, "Forget them");
    named(connector, "offsets", "Its offsets", [this](auto& c) { return c.offsets(o_.name); });
    rest(connector, "validate", "Let the worker check a config",
         [this](auto& c) { return c.validate(o_.file); })
        ->add_option("file", o_.file, "JSON or .properties; - is standard input")
        ->required();
  }

  void add_offset() {
    CLI::App* offset = group("offset", "Offsets of a connector");
    named(offset, "get", "Show", [this](auto& c) { return c.offsets(o_.name); });
    named(offset, "alter", "Change; the connector must be stopped",
          [this](auto& c) { return c.alter_offsets(o_.name, o_.file); })
        ->add_option("file", o_.file,
                     R"({"offsets":[{"partition":{...},"offset":{...}}]}; - is standard input)")
        ->required();
    named(offset, "reset", "Delete all; the connector must be stopped",
          [this](auto& c) { return c.reset_offsets(o_.name); });
  }

  void add_breaker() {
    CLI::App* breaker = group("breaker", "Circuit breakers");
    rest(breaker, "list", "Of one connector, or all", [this](auto& c) {
      return c.breakers(o_.name);
    })->add_option("connector", o_.name);
    struct State {
      const char* verb;
      const char* state;
      const char* description;
    };
    for (const State& s : {State{"open", "FORCED_OPEN", "Hold back what goes through it"},
                           State{"close", "CLOSED", "Let it through again"}}) {
      CLI::App* sub = rest(breaker, s.verb, s.description, [this, state = s.state](auto& c) {
        return c.set_breaker(o_.name, o_.second, state);
      });
      sub->add_option("connector", o_.name)->required();
      sub->add_option("breaker", o_.second, "Its name, if the connector has several");
    }
  }

  void add_plugin() {
    CLI::App* plugin = group("plugin", "Plugins of this machine");
    local(plugin, "list", "What a worker here could run",
          [this](const Console& c, const auto& registry) {
            return list_plugins(c, registry, o_.all);
          })
        ->add_flag("--all", o_.all, "Transforms, predicates and converters too");
    local(plugin, "describe", "Options of a plugin",
          [this](const Console& c, const auto& registry) {
            return describe_plugin(c, registry, o_.name);
          })
        ->add_option("name", o_.name)
        ->required();
    CLI::App* validate =
        local(plugin, "validate", "Check a connector's config without a worker",
              [this](const Console& c, const auto& registry) {
                return validate_config(c, registry, o_.file, o_.worker.config_file);
              });
    validate->add_option("file", o_.file, "JSON or .properties; - is standard input")->required();
    validate->add_option("--config", o_.worker.config_file,
                         "The worker's file: its converters and config providers");
    verb(plugin, "check", "Load one .so and say what it holds",
         [this] { return check_plugin(console(), o_.file); })
        ->add_option("file", o_.file)
        ->required();
  }

  void add_transform() {
    CLI::App* sub = local(&app_, "transform", "Records through a connector's converters and transforms, step by step",
                          [this](const Console& c, const auto& registry) { return transform(c, registry, o_.transform); });
    sub->footer(kTransformHelp);
    TransformArguments& t = o_.transform;
    sub->add_option("--config", t.config_file, "The connector's config: JSON or .properties")->required();
    sub->add_option("--worker", t.worker_file,
                    "The worker's file: its converters, config providers and consumer.* properties");
    sub->add_option("--input", t.input_file, "A file of records instead of standard input");
    sub->add_option("--from-topic", t.topic, "Read the records from this topic; nothing is committed");
    sub->add_option("--kafka", t.bootstrap, "bootstrap.servers for --from-topic");
    sub->add_option("--partition", t.partition, "Only this partition")->check(not_negative);
    sub->add_option("--from", t.from,
                    "beginning (default), end: what comes from now on, an offset, or -N: the last N of each partition");
    sub->add_option("-n,--count", t.count, "At most so many records")->check(not_negative);
    sub->add_flag("--explain", t.explain, "Show every record after every step; with -o json a line each");
  }

  void add_rest() {
    add_transform();
    CLI::App* docs = local(
        &app_, "docs", "Option tables of all plugins", [this](const Console& c, const auto& r) {
          return write_docs(c, r, o_.check_dir.empty() ? o_.write_dir : o_.check_dir,
                            !o_.check_dir.empty());
        });
    auto* write =
        docs->add_option("--write", o_.write_dir, "Renew the READMEs of this source tree");
    docs->add_option("--check", o_.check_dir, "Fail when a README of this source tree is stale")
        ->excludes(write);
    verb(&app_, "version", "Versions", [this] {
      terminal_.out << version_text() << '\n';
      return kDone;
    });
  }

  const Terminal& terminal_;
  Options o_;
  CLI::App app_{"Weir: connectors between Kafka and everything else", "weir"};
  std::function<int()> command_;
};

}  // namespace

int run(const std::vector<std::string>& args, const Terminal& terminal) {
  return CommandLine(terminal).run(args);
}

}  // namespace weir::runtime::cli
