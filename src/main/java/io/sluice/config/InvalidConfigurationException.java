package io.sluice.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration file that cannot be used; carries every problem, not only the first. */
public final class InvalidConfigurationException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<Problem> problems;
  private final transient Configuration readable;

  InvalidConfigurationException(List<Problem> problems, Configuration readable) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
    this.readable = readable;
  }

  /** All problems in the order of the file. */
  public List<Problem> problems() {
    return problems;
  }

  /**
   * What could be read, to look for further problems in; never to be served. What is wrong has its
   * default or is left out.
   */
  public Configuration readable() {
    return readable;
  }
}
