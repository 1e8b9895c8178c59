package io.sluice.client;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Brings an older revision back, as a new one. */
@Command(name = "rollback")
final class RollbackCommand extends ApiCommand {
  @Mixin private final Writing writing = new Writing();

  @Parameters(paramLabel = "NUMBER", description = "The revision to go back to.")
  private long number;

  @Override
  void run(ApiClient api, Output output) throws ClientException {
    JsonNode now = api.call("POST", "/revisions/" + number + "/rollback" + writing.query(), null);
    writing.told(
        output,
        now,
        "revision " + now.path("number").asString("?") + " is in force, the same as " + number);
  }
}
