package io.sluice.client;

import picocli.CommandLine.Command;

/** Shows how the running Sluice is. */
@Command(name = "status")
final class StatusCommand extends ApiCommand {
  @Override
  void run(ApiClient api, Output output) throws ClientException {
    output.one(api.get("/status"));
  }
}
