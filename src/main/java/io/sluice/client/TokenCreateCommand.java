package io.sluice.client;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** Makes a token and prints it, once. */
@Command(name = "create", description = "Makes a token and prints it, once.")
final class TokenCreateCommand extends ApiCommand {
  @Parameters(paramLabel = "NAME", description = "For whom or what it is.")
  private String name = "";

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      required = true,
      description = "viewer, operator or admin.")
  private String role = "";

  @Option(
      names = "--expires-in",
      paramLabel = "TIME",
      description = "For instance PT720H. Default: never.")
  private String expiresIn = "";

  @Override
  void run(ApiClient api, Output output) throws ClientException {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("name", name);
    body.put("role", role);
    if (!expiresIn.isEmpty()) {
      body.put("expiresIn", expiresIn);
    }
    JsonNode token = api.call("POST", "/tokens", body);
    output.said(token.path("token").asString("?"), token);
  }
}
