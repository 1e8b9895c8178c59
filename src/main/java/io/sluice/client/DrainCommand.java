package io.sluice.client;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Lets a backend finish what it has and take nothing new. */
@Command(name = "drain")
final class DrainCommand extends ApiCommand {
  private static final Duration POLL = Duration.ofMillis(500);

  @Mixin private final Writing writing = new Writing();

  @Parameters(
      paramLabel = "POOL/ID",
      description = "The backend.",
      converter = BackendName.Converter.class)
  private @Nullable BackendName backend;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      description = "How long it may take, for instance 5m. Default: as long as it takes.")
  private String deadline = "";

  @Option(
      names = "--at-deadline",
      paramLabel = "WHAT",
      description = "wait (default) or close what remains.")
  private String atDeadline = "";

  @Option(
      names = "--revert-after",
      paramLabel = "TIME",
      description = "Becomes ready again by itself after this time.")
  private String revertAfter = "";

  @Option(names = "--wait", description = "Return when it is empty.")
  private boolean wait;

  @Override
  void run(ApiClient api, Output output) throws ClientException {
    Map<String, Object> body = new LinkedHashMap<>();
    put(body, "deadline", deadline);
    put(body, "atDeadline", atDeadline);
    put(body, "revertAfter", revertAfter);
    String path = Objects.requireNonNull(backend).path() + "/drain" + writing.query();
    JsonNode operation = api.call("POST", path, body);
    if (wait && !writing.isDryRun()) {
      ended(api, output, operation);
    } else {
      writing.told(
          output,
          operation,
          backend + " drains: " + left(operation) + "; operation " + id(operation));
    }
  }

  private static void put(Map<String, Object> body, String name, String value) {
    if (!value.isEmpty()) {
      body.put(name, value);
    }
  }

  private void ended(ApiClient api, Output output, JsonNode begun) throws ClientException {
    JsonNode now = begun;
    while (isGoingOn(now)) {
      now = Pause.then(POLL, () -> api.get("/operations/" + ApiClient.encoded(id(begun))));
    }
    String state = now.path("state").asString("?");
    if (!state.equals("done")) {
      throw new ClientException(
          "the drain of " + backend + " is " + state + ": " + now.path("error").asString("-"));
    }
    output.said(backend + " is empty", now);
  }

  private static boolean isGoingOn(JsonNode operation) {
    String state = operation.path("state").asString("");
    return state.equals("running") || state.equals("suspended");
  }

  private static String id(JsonNode operation) {
    return operation.path("id").asString("?");
  }

  private static String left(JsonNode operation) {
    return operation.path("remaining").path("requests").asString("?")
        + " requests and "
        + operation.path("remaining").path("tunnels").asString("?")
        + " tunnels left";
  }
}
