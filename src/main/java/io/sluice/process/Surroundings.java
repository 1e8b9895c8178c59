package io.sluice.process;

import io.sluice.config.Configuration;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a serving process has of the system around it: signals, streams, the service manager, the
 * sockets and rights it was started with, its pid file.
 *
 * @param activated sockets that systemd has bound
 * @param pidFile null: none is configured
 */
record Surroundings(
    Signals signals,
    Terminal terminal,
    Notify systemd,
    Privileges privileges,
    Sockets activated,
    @Nullable PidFile pidFile) {
  private static final Logger log = LoggerFactory.getLogger(Surroundings.class);

  /**
   * Makes everything ready before anything is served. What is opened here is given back when the
   * process exits.
   *
   * @param upgrade whether another process has the pid file and the sockets until this one takes
   *     over
   * @throws StartException when something cannot be had
   */
  static Surroundings prepare(
      Signals signals, Terminal terminal, Configuration configuration, boolean upgrade)
      throws StartException {
    Configuration.Process process = configuration.process();
    Privileges privileges = Privileges.of(process);
    // First: a second instance is to leave no trace in the log of the one that runs.
    PidFile pidFile = pidFile(process, signals, privileges, upgrade);
    Path errorLog = process.errorLog();
    terminal.redirect(errorLog);
    if (errorLog != null) {
      privileges.own(errorLog);
    }
    long pid = ProcessHandle.current().pid();
    return new Surroundings(
        signals,
        terminal,
        Notify.of(System.getenv(), pid),
        privileges,
        Sockets.activated(System.getenv(), pid, configuration),
        pidFile);
  }

  private static @Nullable PidFile pidFile(
      Configuration.Process process, Signals signals, Privileges privileges, boolean upgrade)
      throws StartException {
    Path path = process.pidFile();
    if (path == null) {
      return null;
    }
    PidFile file = upgrade ? PidFile.ofPredecessor(path) : PidFile.claim(path);
    signals.atExit(file::close);
    if (!upgrade) {
      privileges.own(file.path());
    }
    return file;
  }

  /** A terminal and signals, nothing else. */
  static Surroundings bare(Signals signals, Terminal terminal) {
    return new Surroundings(
        signals, terminal, Notify.nobody(), Privileges.kept(), Sockets.NONE, null);
  }

  /**
   * Becomes the configured user, when root is to do that, after binding what only root may bind.
   *
   * @param given sockets that listen already
   * @return these, and those bound here
   * @throws StartException when one of both cannot be done
   */
  Sockets becomeUser(Configuration configuration, Sockets given) throws StartException {
    if (!privileges.areToBeDropped()) {
      return given;
    }
    Sockets all = given.bound(configuration, privileges);
    privileges.drop();
    return all;
  }

  /** This process has taken the place of another one: so does its number in the pid file. */
  void tookOver() {
    if (pidFile != null) {
      try {
        pidFile.takeOver();
      } catch (StartException e) {
        log.error("{}; this process serves all the same", e.getMessage());
      }
    }
  }

  /**
   * This process serves: whoever started it may know, and go.
   *
   * @param what is served where, for people
   * @param turn asks everything that must move for a turn
   */
  void serving(String what, Supplier<CompletableFuture<?>> turn) {
    systemd.ready(what);
    systemd.watch(turn);
    terminal.serving(what);
  }
}
