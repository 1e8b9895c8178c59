package io.sluice.client;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Gives a backend requests again, and calls a drain off. */
@Command(name = "ready")
final class ReadyCommand extends ApiCommand {
  @Mixin private final Writing writing = new Writing();

  @Parameters(
      paramLabel = "POOL/ID",
      description = "The backend.",
      converter = BackendName.Converter.class)
  private @Nullable BackendName backend;

  @Override
  void run(ApiClient api, Output output) throws ClientException {
    String path = Objects.requireNonNull(backend).path() + "/admin-state" + writing.query();
    JsonNode answer = api.call("PUT", path, Map.of("state", "ready"));
    writing.told(output, answer, backend + " is ready");
  }
}
