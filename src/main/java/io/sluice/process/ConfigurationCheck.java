package io.sluice.process;

import io.sluice.admin.AdminPlane;
import io.sluice.config.Configuration;
import io.sluice.config.ConfigurationReader;
import io.sluice.config.ConfigurationReader.Places;
import io.sluice.config.InvalidConfigurationException;
import io.sluice.config.Problem;
import io.sluice.config.Problem.Severity;
import io.sluice.config.SnapshotDocument.Violation;
import io.sluice.control.DataPlane;
import io.sluice.tls.ListenerCheck;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Everything that can be found out about a configuration without serving it: what the file says,
 * and whether this machine, its files and DNS are as the file needs them. No port is opened.
 */
final class ConfigurationCheck {
  private static final Comparator<Problem> BY_PLACE =
      Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column);

  private final List<Problem> problems = new ArrayList<>();

  /** Keys that could not be read: what is looked at instead is nobody's wish. */
  private final List<String> unreadable = new ArrayList<>();

  private final Configuration configuration;
  private final Places places;
  private final String file;
  private final String yaml;

  private ConfigurationCheck(String file, String yaml, Configuration configuration) {
    this.file = file;
    this.yaml = yaml;
    this.configuration = configuration;
    this.places = ConfigurationReader.places(file, yaml);
  }

  /**
   * All problems in the order of the file.
   *
   * @param file its name
   * @param yaml its text
   */
  static List<Problem> of(String file, String yaml) {
    try {
      Configuration configuration = ConfigurationReader.read(file, yaml);
      ConfigurationCheck check = new ConfigurationCheck(file, yaml, configuration);
      return check.everything();
    } catch (InvalidConfigurationException e) {
      if (e.problems().stream().anyMatch(p -> p.key().isEmpty())) {
        return e.problems(); // no YAML: there is nothing more to look at
      }
      ConfigurationCheck check = new ConfigurationCheck(file, yaml, e.readable());
      for (Problem problem : e.problems()) {
        check.problems.add(problem);
        check.unreadable.add(problem.key());
      }
      return check.everything();
    }
  }

  /**
   * What a start would stop at later, with less of an explanation: quick, and without the addresses
   * that it is about to take.
   */
  static List<Problem> beforeStart(ConfigurationFile file) {
    ConfigurationCheck check =
        new ConfigurationCheck(file.file(), file.yaml(), file.configuration());
    new SystemCheck(file.configuration(), check::add).places();
    return check.problems.stream().filter(Problem::isError).sorted(BY_PLACE).toList();
  }

  private List<Problem> everything() {
    SystemCheck system = new SystemCheck(configuration, this::addUnlessWrong);
    system.addresses();
    system.places();
    // With a part left out, indices and references would mean something else.
    if (!isWrong("sluice.bootstrap") && !isWrong("sluice.admin") && !isWrong("sluice.resolvers")) {
      dataPlane();
    }
    for (AdminPlane.Finding found : AdminPlane.check(file, yaml)) {
      add(found.key(), found.message(), found.warning() ? Severity.WARNING : Severity.ERROR);
    }
    return problems.stream().sorted(BY_PLACE).toList();
  }

  private void dataPlane() {
    DataPlane.Findings found = DataPlane.check(configuration, AdminPlane.bundles(file, yaml));
    for (ListenerCheck.Finding one : found.listeners()) {
      addUnlessWrong(one.key(), one.message(), one.warning() ? Severity.WARNING : Severity.ERROR);
    }
    String extensions = found.extensions();
    if (extensions != null) {
      add("sluice.extensions.path", extensions, Severity.ERROR);
    }
    for (Violation error : found.errors()) {
      add(Places.keyOf(error.pointer()), error.message(), Severity.ERROR);
    }
    for (Violation warning : found.warnings()) {
      add(Places.keyOf(warning.pointer()), warning.message(), Severity.WARNING);
    }
  }

  private void addUnlessWrong(String key, String message, Severity severity) {
    String section = key.replaceFirst("(\\[|\\.[^.]+$).*", "");
    if (!isWrong(section)) {
      add(key, message, severity);
    }
  }

  private boolean isWrong(String section) {
    return unreadable.stream()
        .anyMatch(key -> key.startsWith(section) || section.startsWith(key + "."));
  }

  private void add(String key, String message, Severity severity) {
    problems.add(places.problem(key, message, severity));
  }
}
