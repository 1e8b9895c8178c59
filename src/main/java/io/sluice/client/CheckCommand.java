package io.sluice.client;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Probes a backend now, whatever its health checks say. */
@Command(name = "check")
final class CheckCommand extends ApiCommand {
  private static final List<Output.Column> COLUMNS =
      List.of(
          new Output.Column("STEP", "/step"),
          new Output.Column("OK", "/ok"),
          new Output.Column("MS", "/ms"),
          new Output.Column("DETAIL", "/detail"));

  @Parameters(
      paramLabel = "POOL/ID",
      description = "The backend.",
      converter = BackendName.Converter.class)
  private @Nullable BackendName backend;

  @Override
  void run(ApiClient api, Output output) throws ClientException {
    JsonNode probe = api.call("POST", Objects.requireNonNull(backend).path() + "/check", null);
    output.list(probe, "steps", COLUMNS);
    if (!probe.path("ok").asBoolean(false)) {
      throw new ClientException(backend + " does not pass");
    }
  }
}
