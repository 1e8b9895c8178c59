package io.sluice.client;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command has: whom to call, as whom, and how to print. */
final class Connection {
  private static final String LOCAL = "http://127.0.0.1:6189";

  private Map<String, String> environment = Map.of();

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The management plane. Default: $SLUICE_URL, else " + LOCAL + ".")
  private @Nullable String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file that holds the token. Default: the token itself in $SLUICE_TOKEN.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "PEM file of the authorities to trust. Default: $SLUICE_CA, else Java's.")
  private @Nullable Path ca;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "One of ${COMPLETION-CANDIDATES}. Default: table.")
  private Output.Format output = Output.Format.table;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "This text.")
  @SuppressWarnings("UnusedVariable") // read by picocli
  private boolean help;

  void environment(Map<String, String> variables) {
    environment = variables;
  }

  ApiClient open() throws ClientException {
    String address = url == null ? environment.getOrDefault("SLUICE_URL", LOCAL) : url;
    String authority = environment.get("SLUICE_CA");
    return new ApiClient(
        address, token(), ca == null && authority != null ? Path.of(authority) : ca);
  }

  private @Nullable String token() throws ClientException {
    if (tokenFile == null) {
      String token = environment.get("SLUICE_TOKEN");
      return token == null || token.isBlank() ? null : token.strip();
    }
    try {
      return Files.readString(tokenFile).strip();
    } catch (IOException e) {
      throw new ClientException("cannot read the token in " + tokenFile + " (" + e + ")", e);
    }
  }

  Output output(PrintWriter out) {
    return new Output(output, out);
  }
}
