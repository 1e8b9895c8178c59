package io.sluice.client;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tokens for automation; its subcommands do the work. */
@Command(name = "token", synopsisSubcommandLabel = "(list | create | delete)")
final class TokenCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "This text.")
  @SuppressWarnings("UnusedVariable") // read by picocli
  private boolean help;
}
