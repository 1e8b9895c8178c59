package io.sluice.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Does what a page says, command by command, and sees what it promises: {@code sh} blocks are
 * executed, one that starts Sluice goes to the background; {@code text} is what the command before
 * has printed, {@code log} what the running Sluice has said.
 */
public final class DocumentRun implements AutoCloseable {
  private final String page;
  private final Path directory;
  private final Map<String, String> environment;
  private final Set<String> skippedSections;
  private @Nullable SluiceProcess running;

  /**
   * A run of a page.
   *
   * @param page its name, for messages
   * @param directory where its commands run
   * @param environment added for its commands
   * @param skippedSections headings whose commands are not executed
   */
  public DocumentRun(
      String page, Path directory, Map<String, String> environment, Set<String> skippedSections) {
    this.page = page;
    this.directory = directory;
    this.environment = Map.copyOf(environment);
    this.skippedSections = Set.copyOf(skippedSections);
  }

  /**
   * Follows the page to its end.
   *
   * @param atLeast commands that it must have, so that an empty page is noticed
   */
  public void follow(List<DocumentBlock> blocks, int atLeast) throws Exception {
    String output = "";
    int commands = 0;
    for (DocumentBlock block : blocks) {
      String where = page + ":" + block.line();
      switch (block.language()) {
        case "sh" -> {
          commands++;
          output = skippedSections.contains(block.section()) ? "" : execute(block);
        }
        case "text" -> {
          String said = isServer(blocks, block) ? "" : output;
          if (said.isEmpty()) {
            expectLines(block);
          } else {
            assertThat(said).as(where).containsPattern(block.expected());
          }
        }
        case "log" -> expectLines(block);
        default -> throw new AssertionError(where + ": nobody executes " + block.language());
      }
    }
    assertThat(commands).as("commands in %s", page).isGreaterThanOrEqualTo(atLeast);
  }

  /** Whether the block shows what the server that was started last has said. */
  private static boolean isServer(List<DocumentBlock> blocks, DocumentBlock block) {
    return startsServer(blocks.get(blocks.indexOf(block) - 1));
  }

  private static boolean startsServer(DocumentBlock block) {
    return block.language().equals("sh")
        && block.text().matches("(SLUICE_[A-Z_]+=\\S+ )*bin/sluice( --demo| -c \\S+)?\n");
  }

  /** Runs commands and returns what they print; a server goes to the background. */
  private String execute(DocumentBlock block) throws Exception {
    if (startsServer(block)) {
      stop();
      running = bash("exec env " + block.text()).awaitServing();
      return "";
    }
    if (block.text().contains(" & ")) {
      stop(); // it starts one of its own
    }
    try (SluiceProcess command = bash("exec 2>&1\n" + block.text())) {
      assertThat(command.exitCode()).as("%s\n%s", block, command.stdout()).isZero();
      return command.stdout();
    }
  }

  private SluiceProcess bash(String script) throws Exception {
    return SluiceProcess.command(
        directory, environment, List.of("bash", "-euo", "pipefail", "-c", script));
  }

  private void stop() throws Exception {
    if (running != null) {
      running.kill("TERM");
      assertThat(running.exitCode()).as(running.stderr()).isZero();
      running.close();
      running = null;
    }
  }

  private void expectLines(DocumentBlock block) throws Exception {
    if (running == null) {
      throw new AssertionError(page + ":" + block.line() + ": nothing runs that could say this");
    }
    for (var line : block.expectedLines()) {
      running.awaitAny(line);
    }
  }

  /** Ends a Sluice that still runs. */
  @Override
  public void close() {
    if (running != null) {
      running.close();
    }
  }
}
