package io.sluice.client;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Deletes a token; it is not accepted any more. */
@Command(name = "delete", description = "Deletes a token; it is not accepted any more.")
final class TokenDeleteCommand extends ApiCommand {
  @Parameters(paramLabel = "ID", description = "As the list shows it.")
  private String id = "";

  @Override
  void run(ApiClient api, Output output) throws ClientException {
    output.said(
        "token " + id + " is deleted",
        api.call("DELETE", "/tokens/" + ApiClient.encoded(id), null));
  }
}
