package io.sluice.client;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists backends. */
@Command(name = "backends")
final class BackendsCommand extends ApiCommand {
  private static final List<Output.Column> COLUMNS =
      List.of(
          new Output.Column("POOL", "/pool"),
          new Output.Column("ID", "/id"),
          new Output.Column("ADDRESS", "/address"),
          new Output.Column("WEIGHT", "/weight"),
          new Output.Column("STATE", "/adminState"),
          new Output.Column("HEALTH", "/status/health/state"),
          new Output.Column("ACTIVE", "/status/active"),
          new Output.Column("TUNNELS", "/status/tunnels"));

  @Option(names = "--pool", paramLabel = "POOL", description = "Only this pool's.")
  private String pool = "";

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only those in this state, for instance down or drain.")
  private String state = "";

  @Option(names = "-q", paramLabel = "TEXT", description = "Only those with this in id or address.")
  private String text = "";

  @Override
  void run(ApiClient api, Output output) throws ClientException {
    String path = pool.isEmpty() ? "/backends" : "/pools/" + ApiClient.encoded(pool) + "/backends";
    Map<String, String> filter = new LinkedHashMap<>();
    filter.put("state", state);
    filter.put("q", text);
    output.list(api.all(path, filter), COLUMNS);
  }
}
